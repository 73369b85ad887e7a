//! A GPU behind NVIDIA's driver, which is loaded when it is asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use cudarc::driver::sys::{CUdevice_attribute, CUevent_flags, CUresult};
use cudarc::driver::{CudaContext, CudaEvent, CudaFunction, CudaSlice, CudaStream, DriverError};
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::{Error, Result};

use super::bands::Limits;
use super::code;
use super::device::{Device, Kernel};
use super::parameters::{Address, Parameters};
use super::unchecked;

/// The oldest CUDA that a driver has to know: 1000 · major + 10 · minor.
const OLDEST_DRIVER: i32 = 12_000;

/// The oldest compute capability that the kernels are made for.
pub(super) const OLDEST_GPU: (i32, i32) = (8, 0);

/// Columns and rows of the pixels of a block: a warp has two rows of neighbours, which look up
/// neighbouring structure factors.
const BLOCK: [usize; 2] = [16, 8];

/// Threads of a block.
const THREADS: u32 = (BLOCK[0] * BLOCK[1]) as u32;

/// Blocks that a multiprocessor runs at a time (`kernel/kernels.h`).
const BLOCKS: usize = 4;

/// How long a launch should take, s: long beside its start, short enough that a large image takes
/// several, so that one is copied while the next is rendered. It takes longer where each of the pixels
/// that keep the GPU busy has very many steps.
const LAUNCH: f64 = 0.025;

/// Operations of a step, about: those in double precision, and in mixed precision all.
const OPERATIONS: [f64; 2] = [50.0, 45.0];

/// Memory that the driver keeps when it is given back, bytes: the next rendering takes as much again,
/// and to get it anew takes milliseconds.
const KEPT: u64 = 512 << 20;

/// The first GPU of this machine.
pub(super) struct Driver {
    /// What the driver calls the GPU.
    name: String,
    context: Arc<CudaContext>,
    /// Launches, and copies to the device before them.
    launches: Arc<CudaStream>,
    /// Copies to the host.
    copies: Arc<CudaStream>,
    /// The flag that ends a launch.
    aside: Arc<CudaStream>,
    kernels: Vec<CudaFunction>,
    /// Multiply-adds a second in double and in single precision.
    peak: Option<[f64; 2]>,
    /// Threads that it runs at a time.
    threads: usize,
}

/// Nanoseconds that it took to load the kernels.
static LOADED_IN: AtomicU64 = AtomicU64::new(0);

/// The same in seconds.
pub(super) fn seconds_to_load() -> f64 {
    LOADED_IN.load(Ordering::Relaxed) as f64 * 1e-9
}

impl Driver {
    /// The GPU of this process, opened when it is first asked for.
    ///
    /// # Errors
    /// One line about what is missing.
    pub(super) fn shared() -> Result<&'static Driver> {
        static DRIVER: OnceLock<std::result::Result<Driver, String>> = OnceLock::new();
        match DRIVER
            .get_or_init(|| Driver::open().map_err(|reason| format!("-engine cuda: {reason}")))
        {
            Ok(driver) => Ok(driver),
            Err(reason) => Err(Error::Unavailable(reason.clone())),
        }
    }

    fn open() -> std::result::Result<Driver, String> {
        if !unchecked::has_driver() {
            return Err("this machine has no NVIDIA driver: libcuda cannot be loaded".into());
        }
        if !unchecked::is_driver() {
            return Err("libcuda is not a driver's: it lacks cuDriverGetVersion".into());
        }
        let version = unchecked::driver_version().map_err(say)?;
        if version < OLDEST_DRIVER {
            let (major, minor) = (version / 1000, version % 1000 / 10);
            return Err(format!("the driver knows CUDA {major}.{minor}; 12.0 or later is needed"));
        }
        let context = CudaContext::new(0).map_err(|error| match error.0 {
            CUresult::CUDA_ERROR_NO_DEVICE => "the driver finds no GPU".into(),
            _ => say(error),
        })?;
        let name = context.name().map_err(say)?;
        let capability = context.compute_capability().map_err(say)?;
        if capability < OLDEST_GPU {
            let (major, minor) = capability;
            return Err(format!(
                "the {name} has compute capability {major}.{minor}; 8.0 or later is needed"
            ));
        }
        unchecked::order_by_hand(&context);
        unchecked::keep(&context, KEPT).map_err(say)?;
        let start = Instant::now();
        let module = code::load(&context, capability)?;
        let kernels = Kernel::NAMES.iter().map(|name| module.load_function(name));
        let kernels = kernels.collect::<std::result::Result<_, _>>().map_err(say)?;
        LOADED_IN.store(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        let stream = || context.new_stream().map_err(say);
        let [launches, copies, aside] = [stream()?, stream()?, stream()?];
        let peak = peak(&context, capability);
        let threads = BLOCKS * THREADS as usize * multiprocessors(&context).unwrap_or(1) as usize;
        Ok(Driver { name, context, launches, copies, aside, kernels, peak, threads })
    }

    /// What the driver calls the GPU.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Multiply-adds a second in a precision. The mixed one is bound by those in single precision.
    pub(super) fn peak(&self, precision: Precision) -> Option<f64> {
        let [double, single] = self.peak?;
        Some(if precision == Precision::Mixed { single } else { double })
    }

    fn error(&self, error: DriverError) -> Error {
        Error::Impossible(format!("{}: {}", self.name, say(error)))
    }
}

/// Lanes of a multiprocessor for multiply-adds in double and in single precision, by compute
/// capability (CUDA C++ Programming Guide, throughput of native arithmetic instructions).
const LANES: [((i32, i32), [f64; 2]); 6] = [
    ((8, 0), [32.0, 64.0]),
    ((8, 6), [2.0, 128.0]),
    ((8, 9), [2.0, 128.0]),
    ((9, 0), [64.0, 128.0]),
    ((10, 0), [64.0, 128.0]),
    ((12, 0), [2.0, 128.0]),
];

/// Multiply-adds a second in double and in single precision, at the highest clock.
fn peak(context: &CudaContext, capability: (i32, i32)) -> Option<[f64; 2]> {
    let (_, lanes) = LANES.iter().find(|(known, _)| *known == capability)?;
    let number = |attribute| context.attribute(attribute).ok().map(f64::from);
    let units = f64::from(multiprocessors(context)?);
    let kilohertz = number(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?;
    (kilohertz > 0.0).then(|| lanes.map(|lanes| lanes * units * kilohertz * 1e3))
}

fn multiprocessors(context: &CudaContext) -> Option<u32> {
    let count = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
    context.attribute(count).ok().and_then(|count| u32::try_from(count).ok())
}

/// What the driver says of an error.
pub(super) fn say(error: DriverError) -> String {
    let text = error.error_string().map(|text| text.to_string_lossy().into_owned());
    text.unwrap_or_else(|_| format!("{error:?}"))
}

/// Memory of the GPU.
pub(super) struct Piece(CudaSlice<u8>);

impl Drop for Piece {
    /// It may be any thread that gives it back, and the driver wants a context of that.
    fn drop(&mut self) {
        let context = self.0.context();
        context.record_err(context.bind_to_thread());
    }
}

impl Device for Driver {
    type Memory = Piece;
    type Mark = CudaEvent;

    fn block(&self) -> [usize; 2] {
        BLOCK
    }

    /// A launch of [`LAUNCH`], or as many pixels as there are places for.
    fn limits(&self, precision: Precision) -> Limits {
        let operations = OPERATIONS[usize::from(precision == Precision::Mixed)];
        let steps = self.peak(precision).map_or(1e9, |peak| peak * LAUNCH / operations);
        Limits { memory: None, steps: steps as u64, pixels: self.threads }
    }

    fn free_memory(&self) -> Result<usize> {
        let (free, _) = self.context.mem_get_info().map_err(|error| self.error(error))?;
        let kept = unchecked::kept(&self.context).map_err(|error| self.error(error))?;
        Ok(free + kept)
    }

    fn allocate(&self, bytes: usize) -> Result<Option<Self::Memory>> {
        match unchecked::uninitialized(&self.launches, bytes) {
            Ok(memory) => Ok(Some(Piece(memory))),
            Err(error) if error.0 == CUresult::CUDA_ERROR_OUT_OF_MEMORY => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    fn address(&self, memory: &Self::Memory) -> Address {
        use cudarc::driver::DevicePtr;
        memory.0.device_ptr(&self.launches).0
    }

    fn upload(&self, bytes: &[u8], memory: &mut Self::Memory) -> Result<()> {
        self.launches.memcpy_htod(bytes, &mut memory.0).map_err(|error| self.error(error))
    }

    fn launch(&self, kernel: Kernel, count: usize, parameters: &Parameters) -> Result<()> {
        let whole = kernel.works_in_blocks();
        let threads = if kernel.is_alone() { 1 } else { THREADS };
        let blocks = if whole { count } else { count.div_ceil(THREADS as usize) };
        let blocks = u32::try_from(blocks)
            .map_err(|_| Error::Impossible("the image has too many blocks of pixels".into()))?;
        let function = &self.kernels[kernel.number()];
        unchecked::launch(&self.launches, function, [blocks, threads], parameters)
            .map_err(|error| self.error(error))
    }

    fn mark(&self) -> Result<CudaEvent> {
        self.launches
            .record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))
            .map_err(|error| self.error(error))
    }

    fn seconds(&self, from: &CudaEvent, to: &CudaEvent) -> Result<f64> {
        let milliseconds = from.elapsed_ms(to).map_err(|error| self.error(error))?;
        Ok(f64::from(milliseconds) * 1e-3)
    }

    fn has_come(&self, mark: &CudaEvent) -> Result<bool> {
        self.context
            .bind_to_thread()
            .and_then(|()| mark.try_is_complete())
            .map_err(|error| self.error(error))
    }

    fn download(&self, memory: &Self::Memory, bytes: &mut [u8]) -> Result<()> {
        let part = memory.0.slice(..bytes.len());
        self.copies
            .memcpy_dtoh(&part, bytes)
            .and_then(|()| self.copies.synchronize())
            .map_err(|error| self.error(error))
    }

    fn raise(&self, memory: &mut Self::Memory) -> Result<()> {
        self.aside
            .memcpy_htod(&1u32.to_ne_bytes(), &mut memory.0)
            .and_then(|()| self.aside.synchronize())
            .map_err(|error| self.error(error))
    }
}
