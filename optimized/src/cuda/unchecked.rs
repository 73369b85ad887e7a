//! What the compiler cannot check: calls of kernels, whose arguments are addresses.

#![expect(
    unsafe_code,
    reason = "a kernel is called by its address and writes to the addresses that it is given; the \
              driver and a shared library offer no other way"
)]

use cudarc::driver::result::device::get_default_mem_pool;
use cudarc::driver::sys::{
    CUmemPool_attribute, CUmemoryPool, cuMemPoolGetAttribute, cuMemPoolSetAttribute,
};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaStream, DeviceRepr, DriverError, LaunchConfig, PushKernelArg,
};

use super::parameters::Parameters;

// SAFETY: the structure is `repr(C)` and made of numbers alone, as that of `kernel/parameters.h` is;
// both sides assert its size.
unsafe impl DeviceRepr for Parameters {}

/// Whether a shared library of the driver can be loaded.
pub(super) fn has_driver() -> bool {
    // SAFETY: it loads a library of NVIDIA's, whose start-up code is trusted.
    unsafe { cudarc::driver::sys::is_culib_present() }
}

/// Whether that library is a driver's: what is called before its version is known is there.
pub(super) fn is_driver() -> bool {
    type Version = unsafe extern "C" fn(*mut i32) -> cudarc::driver::sys::CUresult;
    // SAFETY: the library can be loaded, as [`has_driver`] has found, and nothing is called.
    unsafe { cudarc::driver::sys::culib().get::<Version>(b"cuDriverGetVersion").is_ok() }
}

/// Whether the compiler for kernels can be loaded.
pub(super) fn has_compiler() -> bool {
    // SAFETY: as for the driver.
    unsafe { cudarc::nvrtc::sys::is_culib_present() }
}

/// The version of the compiler for kernels: major and minor.
pub(super) fn compiler_version() -> Option<(i32, i32)> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: the compiler writes two numbers.
    let result = unsafe { cudarc::nvrtc::sys::nvrtcVersion(&mut major, &mut minor) };
    result.result().ok().map(|()| (major, minor))
}

/// The version of CUDA that the driver knows, 1000 · major + 10 · minor.
pub(super) fn driver_version() -> Result<i32, DriverError> {
    let mut version = 0;
    // SAFETY: the driver writes one number.
    unsafe { cudarc::driver::sys::cuDriverGetVersion(&mut version) }.result()?;
    Ok(version)
}

/// Lets the order of launches and copies be the caller's own affair.
pub(super) fn order_by_hand(context: &CudaContext) {
    // SAFETY: the driver module orders streams by marks, and frees memory behind them.
    unsafe { context.disable_event_tracking() };
}

/// Lets the driver keep so many bytes of memory that was given back.
pub(super) fn keep(context: &CudaContext, bytes: u64) -> Result<(), DriverError> {
    let Some(pool) = pool(context)? else { return Ok(()) };
    let mut bytes = bytes;
    let attribute = CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    // SAFETY: the attribute is a number of 64 bits, which the driver reads.
    unsafe { cuMemPoolSetAttribute(pool, attribute, (&raw mut bytes).cast()) }.result()
}

/// Bytes that the driver keeps so.
pub(super) fn kept(context: &CudaContext) -> Result<usize, DriverError> {
    let Some(pool) = pool(context)? else { return Ok(0) };
    let number = |attribute| -> Result<u64, DriverError> {
        let mut bytes = 0u64;
        // SAFETY: the attributes are numbers of 64 bits, which the driver writes.
        unsafe { cuMemPoolGetAttribute(pool, attribute, (&raw mut bytes).cast()) }.result()?;
        Ok(bytes)
    };
    let reserved = number(CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)?;
    let used = number(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?;
    Ok(reserved.saturating_sub(used) as usize)
}

/// Where the driver takes memory from in the order of a stream, on GPUs that have such memory.
fn pool(context: &CudaContext) -> Result<Option<CUmemoryPool>, DriverError> {
    if !context.has_async_alloc() {
        return Ok(None);
    }
    // SAFETY: the context is that of the device.
    unsafe { get_default_mem_pool(context.cu_device()) }.map(Some)
}

/// Memory whose contents are unknown.
pub(super) fn uninitialized(
    stream: &std::sync::Arc<CudaStream>,
    bytes: usize,
) -> Result<cudarc::driver::CudaSlice<u8>, DriverError> {
    // SAFETY: all bit patterns are bytes, and a kernel or a copy writes them before they are read.
    unsafe { stream.alloc::<u8>(bytes) }
}

/// Puts a kernel of the shipped source into a stream.
pub(super) fn launch(
    stream: &CudaStream,
    kernel: &CudaFunction,
    [blocks, threads]: [u32; 2],
    parameters: &Parameters,
) -> Result<(), DriverError> {
    let shape =
        LaunchConfig { grid_dim: (blocks, 1, 1), block_dim: (threads, 1, 1), shared_mem_bytes: 0 };
    // SAFETY: all kernels take one structure of parameters, by value. The addresses in it are those
    // of memory that the renderer holds until the launch is done, and of the sizes that the kernels
    // assume.
    unsafe { stream.launch_builder(kernel).arg(parameters).launch(shape) }.map(drop)
}

/// The kernels as functions of a shared library.
#[cfg(feature = "host")]
pub(super) struct Library {
    run: unsafe extern "C" fn(i32, *const Parameters, i64, i64),
    /// Holds the code.
    _library: libloading::Library,
}

#[cfg(feature = "host")]
impl Library {
    /// Loads what the C++ compiler made of `kernel/host.h`.
    pub(super) fn load(path: &std::path::Path) -> Result<Library, libloading::Error> {
        // SAFETY: the library has no start-up code but the language's own, and `nb_run` has this
        // signature.
        unsafe {
            let library = libloading::Library::new(path)?;
            let run = *library.get(b"nb_run")?;
            Ok(Library { run, _library: library })
        }
    }

    /// Runs some blocks of a kernel.
    pub(super) fn run(&self, kernel: i32, parameters: &Parameters, blocks: std::ops::Range<i64>) {
        // SAFETY: as for a launch on a device.
        unsafe { (self.run)(kernel, parameters, blocks.start, blocks.end) };
    }
}
