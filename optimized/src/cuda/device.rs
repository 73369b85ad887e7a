//! What the renderer asks of a device: memory, launches, copies. There are two: the one behind the
//! driver, and, in builds with the feature `host`, the processor with the kernels as plain C++.

use nanobragg_reference::Result;
use nanobragg_reference::arguments::Precision;

use super::bands::Limits;
use super::parameters::{Address, Parameters};

/// How the structure factors of a launch are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factors {
    /// One for all.
    Constant,
    /// The nearest.
    Nearest,
    /// Interpolated.
    Tricubic,
}

/// How the terms of a launch are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// One by one, in double precision: any crystal.
    General,
    /// In blocks, in double precision: crystals that are parallelepipeds.
    Double,
    /// In blocks, in mixed precision.
    Mixed,
}

/// A kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// Renders pixels.
    Pixels(Way, Factors),
    /// The sums of each row.
    Rows,
    /// The sums of groups of rows.
    Groups,
    /// The steps of one pixel.
    Trace,
}

impl Kernel {
    /// The names of the entries, in the order of `kernel/host.h`.
    pub(super) const NAMES: [&str; 12] = [
        "nb_constant",
        "nb_nearest",
        "nb_tricubic",
        "nb_constant_double",
        "nb_nearest_double",
        "nb_tricubic_double",
        "nb_constant_mixed",
        "nb_nearest_mixed",
        "nb_tricubic_mixed",
        "nb_rows",
        "nb_groups",
        "nb_trace",
    ];

    /// Its place in [`Kernel::NAMES`].
    pub(super) fn number(self) -> usize {
        match self {
            Kernel::Pixels(way, factors) => 3 * way as usize + factors as usize,
            Kernel::Rows => 9,
            Kernel::Groups => 10,
            Kernel::Trace => 11,
        }
    }

    /// Whether each of its blocks has a work of its own: a rectangle of pixels, or a row. Else each
    /// thread has one.
    pub(super) fn works_in_blocks(self) -> bool {
        self != Kernel::Groups
    }

    /// Whether a block has one thread.
    pub(super) fn is_alone(self) -> bool {
        self == Kernel::Trace
    }
}

/// A device. Launches follow each other in their order; copies to the host may run beside them.
pub(super) trait Device: Send + Sync {
    /// Memory of the device, given back when it is dropped.
    type Memory: Send + Sync;
    /// A moment in the order of launches.
    type Mark: Send;

    /// Columns and rows of the pixels of a block.
    fn block(&self) -> [usize; 2];

    /// What a launch may take of it in a precision.
    fn limits(&self, precision: Precision) -> Limits;

    /// Memory that can still be had, bytes.
    ///
    /// # Errors
    /// What the device says.
    fn free_memory(&self) -> Result<usize>;

    /// Memory, its contents unknown; `None` where there is not enough.
    ///
    /// # Errors
    /// What the device says.
    fn allocate(&self, bytes: usize) -> Result<Option<Self::Memory>>;

    /// Where memory is.
    fn address(&self, memory: &Self::Memory) -> Address;

    /// Fills memory from its start, in the order of launches.
    ///
    /// # Errors
    /// What the device says.
    fn upload(&self, bytes: &[u8], memory: &mut Self::Memory) -> Result<()>;

    /// Puts a kernel behind what was launched before, with this number of blocks where it works in
    /// blocks, else of threads.
    ///
    /// # Errors
    /// What the device says.
    fn launch(&self, kernel: Kernel, count: usize, parameters: &Parameters) -> Result<()>;

    /// The moment when all that was launched is done.
    ///
    /// # Errors
    /// What the device says.
    fn mark(&self) -> Result<Self::Mark>;

    /// Seconds between two moments that have come, by the device's clock.
    ///
    /// # Errors
    /// What the device says.
    fn seconds(&self, from: &Self::Mark, to: &Self::Mark) -> Result<f64>;

    /// Whether a moment has come.
    ///
    /// # Errors
    /// What has gone wrong before it.
    fn has_come(&self, mark: &Self::Mark) -> Result<bool>;

    /// Copies from the start of memory, beside what is launched.
    ///
    /// # Errors
    /// What the device says.
    fn download(&self, memory: &Self::Memory, bytes: &mut [u8]) -> Result<()>;

    /// Sets the first word of memory to 1, beside what is launched.
    ///
    /// # Errors
    /// What the device says.
    fn raise(&self, memory: &mut Self::Memory) -> Result<()>;
}
