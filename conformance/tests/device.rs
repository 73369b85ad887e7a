//! What the engine on a GPU promises beside its images, on a GPU and with the kernels on the
//! processor: `device::launches::SCENE::LABEL` that launches of any size give the same bits,
//! `device::repeat::…` that runs do, `device::cancelled::…` that it ends when it is told to,
//! `device::resident::…` what is copied, `device::infinite::…` what becomes of infinite structure factors;
//! on a GPU alone `device::exhausted` and `device::processes`.

use std::num::FpCategory;
use std::ops::ControlFlow;
use std::process::{Command, ExitCode};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cudarc::driver::{CudaContext, CudaSlice, CudaStream, DriverError};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::cases;
use nanobragg_conformance::execute::CommandLine;
use nanobragg_conformance::metrics::same;
use nanobragg_optimized::CudaEngine;
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::engine::{Engine, Observer, Rendered, Unobserved};
use nanobragg_reference::{Error, Experiment, ReferenceEngine};

/// What all scenes share. The sides are multiples of no block's.
const COMMON: &str = "-cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 60 -pixel 0.2 \
                      -detpixels_f 43 -detpixels_s 37 -N 5 -seed 1";

/// Scenes by name, each with what it adds.
const SCENES: [(&str, &str); 5] = [
    ("plain", "-default_F 9 -oversample 1"),
    (
        "many",
        "-default_F 9 -mosaic 0.6 -mosaic_dom 70 -phi 3 -osc 2 -phisteps 2 -dispersion 1 \
         -dispsteps 3 -hdivrange 2 -hdivsteps 2 -roi 3 40 5 33",
    ),
    ("table", "-hkl p1.hkl -default_F 3 -mosaic 0.6 -mosaic_dom 5"),
    ("tricubic", "-hkl p1.hkl -default_F 3 -interpolate"),
    ("no-quirks", "-hkl p1.hkl -default_F 3 -interpolate -quirks none -osc 1 -phisteps 3"),
];

/// Where squares of structure factors are infinite, and terms vanish, but the water counts.
const INFINITE: &str =
    "-hkl huge.hkl -default_F 1e200 -nointerpolate -tophat_spots -water 3 -oversample 1";

/// Its table.
const HUGE: &str = "0 0 0 1e200\n1 0 0 9\n";

/// Pixels of a launch.
const LAUNCHES: [usize; 3] = [1, 100, 700];

/// The two places where the kernels run, in both precisions.
const PLACES: [(&str, Place, Precision); 4] = [
    ("cuda", Place::Device, Precision::Double),
    ("cuda-mixed", Place::Device, Precision::Mixed),
    ("cuda-host", Place::Host, Precision::Double),
    ("cuda-host-mixed", Place::Host, Precision::Mixed),
];

#[derive(Clone, Copy)]
enum Place {
    Device,
    Host,
}

/// The start of the names of those tests that take the memory of the GPU from the others.
const EXHAUSTED: &str = "device::exhausted::";

/// Held alone by such a test, together by the others.
static MEMORY: RwLock<()> = RwLock::new(());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (label, place, precision) in PLACES {
        let engine = move || match place {
            Place::Device => CudaEngine::new(precision),
            Place::Host => CudaEngine::on_host(precision),
        };
        let mut add =
            |name: String, test: fn(&dyn Fn() -> Made, &str) -> Result<(), Failed>, scene| {
                let alone = name.starts_with(EXHAUSTED);
                trials.push(Trial::ignorable_test(name, move || match engine() {
                    Err(reason) => Ok(Completion::ignored_with(reason.to_string())),
                    Ok(_) => with_memory(alone, || test(&engine, scene)),
                }));
            };
        for (name, scene) in SCENES {
            add(format!("device::launches::{name}::{label}"), launches, scene);
        }
        add(format!("device::repeat::{label}"), repeat, SCENES[1].1);
        add(format!("device::cancelled::{label}"), cancelled, "-default_F 9");
        add(format!("device::resident::{label}"), resident, "-default_F 9");
        add(format!("device::infinite::{label}"), infinite, INFINITE);
        if matches!(place, Place::Device) {
            add(format!("{EXHAUSTED}{label}"), exhausted, "-default_F 9");
            let name = format!("device::processes::{label}");
            trials.push(Trial::ignorable_test(name, move || match engine() {
                Err(reason) => Ok(Completion::ignored_with(reason.to_string())),
                Ok(_) => with_memory(false, || processes(label)),
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs a test, alone or beside others.
fn with_memory(
    alone: bool,
    test: impl FnOnce() -> Result<(), Failed>,
) -> Result<Completion, Failed> {
    // A test that has panicked leaves nothing behind that others could miss.
    let _alone = alone.then(|| MEMORY.write().unwrap_or_else(PoisonError::into_inner));
    let _shared = (!alone).then(|| MEMORY.read().unwrap_or_else(PoisonError::into_inner));
    test().map(|()| Completion::Completed)
}

/// An engine, or why there is none.
type Made = nanobragg_reference::Result<CudaEngine>;

fn experiment(more: &str) -> Result<Experiment, Failed> {
    let mut line = CommandLine::new(&format!("{COMMON} {more}"));
    let table = "p1.hkl";
    if line.arguments.iter().any(|argument| argument == table) {
        let path = cases::default_folder().join("inputs").join(table);
        line.inputs.insert(table.into(), std::fs::read(path)?.into());
    }
    let table = "huge.hkl";
    if line.arguments.iter().any(|argument| argument == table) {
        line.inputs.insert(table.into(), HUGE.as_bytes().into());
    }
    Ok(line.resolve()?)
}

fn render(engine: &CudaEngine, experiment: &Experiment) -> Result<Rendered, Failed> {
    Ok(engine.render(experiment, &mut Unobserved)?)
}

/// Launches of any size, and any memory, give the same image and sums.
fn launches(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(scene)?;
    let expected = render(&engine()?, &experiment)?;
    for pixels in LAUNCHES {
        let cut = engine()?.with_launches_of(pixels);
        same(&expected, &render(&cut, &experiment)?)
            .map_err(|difference| format!("launches of {pixels} pixels: {difference}"))?;
        if cut.traffic().launches < 2 {
            return Err("the image was one launch".into());
        }
    }
    let poor = engine()?.with_memory(4096);
    same(&expected, &render(&poor, &experiment)?)
        .map_err(|difference| format!("4096 bytes: {difference}").into())
}

/// The same engine, and another, give the same again.
fn repeat(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(scene)?;
    let first = engine()?;
    let expected = render(&first, &experiment)?;
    same(&expected, &render(&first, &experiment)?)?;
    Ok(same(&expected, &render(&engine()?, &experiment)?)?)
}

/// Says stop at once.
struct Stop;

impl Observer for Stop {
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// A rendering that would take long ends soon where the observer says so.
fn cancelled(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(&format!(
        "{scene} -detpixels_f 2048 -detpixels_s 2048 -oversample 3 -mosaic 0.5 -mosaic_dom 3000"
    ))?;
    let engine = engine()?;
    let start = Instant::now();
    match engine.render(&experiment, &mut Stop) {
        Err(Error::Cancelled) if start.elapsed() < Duration::from_secs(10) => Ok(()),
        Err(Error::Cancelled) => Err(format!("it took {:?}", start.elapsed()).into()),
        Err(other) => Err(other.into()),
        Ok(_) => Err("it went on".into()),
    }
}

/// Nothing goes to the device but what the experiment is made of, nothing comes back but the image,
/// once, and a few sums (AT-PERF-008).
fn resident(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(&format!("{scene} -detpixels_f 512 -detpixels_s 512"))?;
    let engine = engine()?;
    render(&engine, &experiment)?;
    let traffic = engine.traffic();
    let image = 4 * 512 * 512;
    if traffic.to_device > 65_536 {
        return Err(format!("{} bytes went to the device", traffic.to_device).into());
    }
    if !(image..=image + 65_536).contains(&traffic.from_device) {
        return Err(format!("{} bytes came back", traffic.from_device).into());
    }
    if traffic.held == 0 {
        return Err("the device held nothing".into());
    }
    Ok(())
}

/// What is infinite, no number or neither is so in each pixel as with the reference engine: an infinite
/// square times a lattice factor of 0 is no number.
fn infinite(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(scene)?;
    let kinds = |engine: &dyn Engine| -> Result<Vec<FpCategory>, Failed> {
        let image = engine.render(&experiment, &mut Unobserved)?.image;
        Ok(image.iter().map(|pixel| pixel.classify()).collect())
    };
    let expected = kinds(&ReferenceEngine)?;
    for kind in [FpCategory::Infinite, FpCategory::Nan] {
        if !expected.contains(&kind) {
            return Err(format!("no pixel is {kind:?}").into());
        }
    }
    let found = kinds(&engine()?)?;
    let differ = found.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
    if differ == 0 { Ok(()) } else { Err(format!("{differ} pixels are of another kind").into()) }
}

/// Memory that something else holds: a smaller rest is used in bands, and where nothing is left the
/// error says so.
fn exhausted(engine: &dyn Fn() -> Made, scene: &str) -> Result<(), Failed> {
    let experiment = experiment(&format!("{scene} -detpixels_f 2048 -detpixels_s 2048"))?;
    let expected = render(&engine()?, &experiment)?;
    let context = CudaContext::new(0)?;
    let stream = context.new_stream()?;
    let hog = hog(&context, &stream)?;
    stream.synchronize()?;
    let poor = engine()?;
    let found = render(&poor, &experiment);
    drop(hog);
    stream.synchronize()?;
    match found {
        Ok(found) if poor.traffic().launches > 1 => Ok(same(&expected, &found)?),
        Ok(_) => Err("the image was one launch".into()),
        Err(failed) if message(&failed).contains("memory") => Ok(()),
        Err(failed) => Err(failed),
    }
}

/// All memory of the GPU but for a rest that is smaller than the image.
fn hog(context: &CudaContext, stream: &Arc<CudaStream>) -> Result<Vec<CudaSlice<u8>>, DriverError> {
    const PIECE: usize = 16 << 20;
    const PIECES: usize = 3;
    let (free, _) = context.mem_get_info()?;
    // First most of it, then piece by piece: a driver may not give all that is free, and it may have
    // more that it has kept.
    let mut taken = vec![stream.alloc_zeros(free.saturating_sub(16 * PIECE))?];
    while let Ok(piece) = stream.alloc_zeros(PIECE) {
        taken.push(piece);
    }
    taken.truncate(taken.len().saturating_sub(PIECES).max(1));
    Ok(taken)
}

/// Two processes render at once.
fn processes(label: &str) -> Result<(), Failed> {
    let program = std::env::current_exe()?;
    let start = || {
        Command::new(&program)
            .args(["--exact", &format!("device::repeat::{label}"), "--test-threads", "1"])
            .output()
    };
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(start);
        (start(), other.join())
    });
    for output in [one?, two.map_err(|_| "a thread has panicked")??] {
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stdout).into_owned().into());
        }
    }
    Ok(())
}

fn message(failed: &Failed) -> &str {
    failed.message().unwrap_or("")
}
