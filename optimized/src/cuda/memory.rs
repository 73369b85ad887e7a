//! Memory of a device, filled and read as plain values.

use std::time::Duration;

use nanobragg_reference::{Error, Result};

use super::device::Device;

/// How long to sleep before looking again whether a moment has come.
pub(super) const NAP: Duration = Duration::from_micros(50);

/// Memory of at least a word: devices have none of no bytes.
pub(super) fn allocate<D: Device>(device: &D, what: &str, bytes: usize) -> Result<D::Memory> {
    device.allocate(bytes.max(size_of::<u64>()))?.ok_or_else(|| refused(what, bytes))
}

/// Memory with contents.
pub(super) fn upload<D: Device>(device: &D, what: &str, bytes: &[u8]) -> Result<D::Memory> {
    let mut memory = allocate(device, what, bytes.len())?;
    if !bytes.is_empty() {
        device.upload(bytes, &mut memory)?;
    }
    Ok(memory)
}

/// Waits for a moment, whatever else happens.
pub(super) fn wait<D: Device>(device: &D, mark: &D::Mark) -> Result<()> {
    while !device.has_come(mark)? {
        std::thread::sleep(NAP);
    }
    Ok(())
}

/// The error where a device has no memory left.
pub(super) fn refused(what: &str, bytes: usize) -> Error {
    let size = bytes.div_ceil(1 << 20);
    Error::Impossible(format!("the device has no {size} MiB of memory left for {what}"))
}

/// The bytes of values.
pub(super) fn bytes_of<T: bytemuck::NoUninit>(values: &[T]) -> &[u8] {
    bytemuck::cast_slice(values)
}

/// The same, to be filled.
pub(super) fn bytes_of_mut<T: bytemuck::Pod>(values: &mut [T]) -> &mut [u8] {
    bytemuck::cast_slice_mut(values)
}
