//! The files of a job, and how those of a large image are written side by side.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use super::noise::{self, Drawn};
use super::staged::{Staged, is_special};
use super::{cbf, integers, npy, png, smv};
use crate::arguments::settings::OutputSettings;
use crate::engine::Rendered;
use crate::error::Result;
use crate::experiment::{Experiment, StructureFactors};
use crate::files::fdump;
use crate::host::Host;
use crate::random::Noise;
use crate::region::Region;
use crate::resolve::Job;
use crate::statistics::{Statistics, statistics_of};

/// Images of fewer pixels are written before a thread would have started.
const LARGE: usize = 1 << 18;

/// An output file. Those that take longest come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// Photon noise.
    Noise,
    /// Photon noise, compressed.
    NoiseCbf,
    /// Preview with a tone curve.
    Png,
    /// Scaled integers, compressed.
    Cbf,
    /// Photons.
    Float,
    /// Photons as an array of NumPy.
    Npy,
    /// Scaled integers.
    Int,
    /// Scaled preview.
    Pgm,
    /// Structure factors.
    Dump,
}

impl File {
    /// The images, in the order in which they come to their places.
    pub(super) const IMAGES: [File; 8] = [
        File::Float,
        File::Int,
        File::Pgm,
        File::Noise,
        File::Png,
        File::Npy,
        File::Cbf,
        File::NoiseCbf,
    ];

    /// The option that names it.
    pub(super) fn option(self) -> &'static str {
        match self {
            File::Noise => "-noisefile",
            File::NoiseCbf => "-noisecbf",
            File::Png => "-pngfile",
            File::Cbf => "-cbffile",
            File::Float => "-floatfile",
            File::Npy => "-npyfile",
            File::Int => "-intfile",
            File::Pgm => "-pgmfile",
            File::Dump => "-dump",
        }
    }

    /// Where an image goes; `None` for one that is not asked for, and for the dump.
    pub(super) fn image(self, outputs: &OutputSettings) -> Option<&Path> {
        match self {
            File::Noise => outputs.calculate_noise.then_some(&outputs.noise),
            File::NoiseCbf => outputs.noise_cbf.as_ref(),
            File::Png => outputs.png.as_ref(),
            File::Cbf => outputs.cbf.as_ref(),
            File::Npy => outputs.npy.as_ref(),
            File::Float => Some(&outputs.float),
            File::Int => Some(&outputs.int),
            File::Pgm => outputs.write_pgm.then_some(&outputs.pgm),
            File::Dump => None,
        }
        .map(PathBuf::as_path)
    }
}

/// What became of a file.
pub(super) struct Written {
    /// The file beside its place.
    pub(super) staged: Result<Staged>,
    /// What was drawn for the noise image, also where it could not be written.
    pub(super) drawn: Drawn,
}

/// All that the files are made from.
pub(super) struct Files<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) rendered: &'a Rendered,
    pub(super) region: Region<'a>,
    /// Names, scales and the offset; the scale of the SMV image is in force.
    pub(super) outputs: &'a OutputSettings,
    /// The dump and what it holds, where one is written.
    pub(super) dump: Option<(&'a Path, &'a StructureFactors)>,
    /// The random stream at its start.
    pub(super) noise: &'a Noise,
    pub(super) host: &'a Host,
    /// Empty until [`Files::statistics`] is asked.
    pub(super) statistics: OnceLock<Statistics>,
}

impl<'a> Files<'a> {
    /// The files of a job whose scale of the SMV image is settled.
    pub(super) fn new(job: &'a Job, rendered: &'a Rendered, host: &'a Host) -> Files<'a> {
        let Job { experiment, outputs, dump, noise, .. } = job;
        Files {
            experiment,
            rendered,
            region: Region::of(experiment, &rendered.image),
            outputs,
            dump: dump.as_deref().zip(experiment.structure.factors.as_deref()),
            noise,
            host,
            statistics: OnceLock::new(),
        }
    }

    /// Mean and spread, computed once.
    pub(super) fn statistics(&self) -> &Statistics {
        // A thread that asks while another computes waits for it.
        self.statistics.get_or_init(|| statistics_of(&self.region, self.rendered))
    }

    /// The scale of the PGM (C:3190-3193).
    pub(super) fn pgm_scale(&self) -> f64 {
        let scale = self.outputs.pgm_scale;
        if scale <= 0.0 {
            let rmsd = self.statistics().rmsd;
            return if rmsd > 0.0 { 250.0 / (5.0 * rmsd) } else { self.outputs.int_scale };
        }
        scale
    }

    /// Where a file goes; `None` for one that is not asked for.
    fn name(&self, file: File) -> Option<&'a Path> {
        match file {
            File::Dump => self.dump.map(|(name, _)| name),
            image => image.image(self.outputs),
        }
    }

    /// Writes a file beside its place; `None` for one that is not asked for.
    pub(super) fn write(&self, file: File) -> Option<Written> {
        let Written { staged, drawn } = self.stage(file)?;
        let staged = staged.map_err(|error| error.of_option(file.option()));
        Some(Written { staged, drawn })
    }

    fn stage(&self, file: File) -> Option<Written> {
        let Files { experiment, region, outputs, host, .. } = self;
        let name = self.name(file)?;
        let staged = match file {
            File::Noise | File::NoiseCbf => return Some(self.write_noise(file, name)),
            File::Png => {
                Staged::write(name, host, |out| png::write(experiment, &self.rendered.image, out))
            }
            File::Float => Staged::write(name, host, |out| {
                out.write_all(bytemuck::cast_slice(region.photons()))
            }),
            File::Npy => Staged::write(name, host, |out| {
                out.write_all(&npy::header(experiment.detector.pixels))?;
                out.write_all(bytemuck::cast_slice(region.photons()))
            }),
            File::Cbf => Staged::write(name, host, |out| {
                let [scale, offset] = [outputs.int_scale, outputs.adc_offset];
                let fill = |take: cbf::Take<'_>| integers::make_counts(region, scale, offset, take);
                cbf::write(experiment, fill, out)
            }),
            File::Int => Staged::write(name, host, |out| {
                let [scale, offset] = [outputs.int_scale, outputs.adc_offset];
                out.write_all(smv::header(experiment).as_bytes())?;
                integers::make_counts(region, scale, offset, |counts| out.write_all(counts))
            }),
            File::Pgm => Staged::write(name, host, |out| {
                integers::write_pgm(region, experiment.detector.pixels, self.pgm_scale(), out)
            }),
            File::Dump => {
                let (_, factors) = self.dump?;
                Staged::write(name, host, |out| fdump::write_dump(factors, out))
            }
        };
        Some(Written { staged, drawn: Drawn::default() })
    }

    /// Draws the noise image, each time anew from the start of its random stream: images of both
    /// formats are the same.
    fn draw(&self, take: cbf::Take<'_>) -> (Drawn, io::Result<()>) {
        let Files { experiment, region, outputs, .. } = self;
        let helped = self.side_by_side() && noise::pays(region.photons());
        noise::draw(experiment, region, outputs.adc_offset, self.noise.clone(), helped, take)
    }

    fn write_noise(&self, file: File, name: &Path) -> Written {
        let Files { experiment, host, .. } = self;
        let draw = |take: cbf::Take<'_>| self.draw(take);
        let mut drawn = None;
        let staged = Staged::write(name, host, |out| {
            let mut noted = |(photons, pixels): (Drawn, io::Result<()>)| {
                drawn = Some(photons);
                pixels
            };
            if file == File::NoiseCbf {
                return cbf::write(experiment, |take| noted(draw(take)), out);
            }
            let header = out.write_all(smv::header(experiment).as_bytes());
            let pixels = noted(draw(&mut |counts| out.write_all(counts)));
            header.and(pixels)
        });
        let drawn = drawn.unwrap_or_else(|| draw(&mut |_| Ok(())).0);
        Written { staged, drawn }
    }

    /// A file and, of the noise image, both formats from one drawing where both are asked for.
    fn write_with_twin(&self, file: File) -> BTreeMap<File, Written> {
        let twins = if file == File::Noise { self.write_both_noises() } else { None };
        match twins {
            Some(twins) => BTreeMap::from(twins),
            None => self.write(file).map(|made| (file, made)).into_iter().collect(),
        }
    }

    /// The names of the noise image in both formats, where one drawing serves both.
    fn twins(&self) -> Option<[&'a Path; 2]> {
        Some([self.regular(File::Noise)?, self.regular(File::NoiseCbf)?])
    }

    /// `None` without twins, and where one fails: which of them that is, each tells at its turn.
    fn write_both_noises(&self) -> Option<[(File, Written); 2]> {
        let Files { experiment, host, .. } = self;
        let [plain, packed] = self.twins()?;
        let (mut encoder, mut drawn) = (cbf::Encoder::default(), Drawn::default());
        let image = Staged::write(plain, host, |out| {
            out.write_all(smv::header(experiment).as_bytes())?;
            let (photons, pixels) = self.draw(&mut |counts| {
                encoder.extend(counts)?;
                out.write_all(counts)
            });
            drawn = photons;
            pixels
        });
        let image = image.ok()?;
        let pixels = encoder.finish();
        let write = |out: &mut dyn io::Write| cbf::write_pixels(experiment, &pixels, out);
        let compressed = Staged::write(packed, host, write).ok()?;
        let written = |staged| Written { staged: Ok(staged), drawn };
        Some([(File::Noise, written(image)), (File::NoiseCbf, written(compressed))])
    }

    /// The name of a file that is asked for and does not wait for its turn, as pipes and devices do.
    fn regular(&self, file: File) -> Option<&'a Path> {
        self.name(file).filter(|name| !is_special(&self.host.locate(name)))
    }

    /// Whether threads are there and pay.
    fn side_by_side(&self) -> bool {
        self.host.threads > 1 && self.region.photons().len() >= LARGE
    }

    /// Writes the files of a large image side by side, as far as the machine has threads, and the
    /// image is surveyed at the same time. Pipes and devices wait for their turn.
    pub(super) fn ahead(&'a self) -> Ahead<'a> {
        let mut ahead = Ahead { files: self, written: BTreeMap::new() };
        if !self.side_by_side() {
            return ahead;
        }
        let has_twins = self.twins().is_some();
        let all = File::IMAGES.into_iter().chain([File::Dump]);
        let mut files: Vec<File> = all
            .filter(|&file| self.regular(file).is_some())
            .filter(|&file| file != File::NoiseCbf || !has_twins)
            .collect();
        // Those that take longest come first.
        files.sort();
        let helpers = files.len().min(self.host.threads - 1);
        let files = Mutex::new(files.into_iter());
        let written = Mutex::new(BTreeMap::new());
        let work = || {
            // The guard is gone before the file is written.
            while let Some(file) = { lock(&files).next() } {
                let made = self.write_with_twin(file);
                lock(&written).extend(made);
            }
        };
        thread::scope(|scope| {
            for _ in 0..helpers {
                // Where no thread can be had, the others do its work.
                drop(thread::Builder::new().spawn_scoped(scope, work));
            }
            self.statistics();
            work();
        });
        let written = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Which of several files runs into a full disk is chance: after a failure each is written
        // again at its turn.
        if written.values().all(|made| made.staged.is_ok()) {
            ahead.written = written;
        }
        ahead
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files written before their turn in the report.
pub(super) struct Ahead<'a> {
    files: &'a Files<'a>,
    written: BTreeMap<File, Written>,
}

impl Ahead<'_> {
    /// A file whose turn has come; it is written now unless it already is. `None` for one that is
    /// not asked for.
    pub(super) fn turn(&mut self, file: File) -> Option<Written> {
        if !self.written.contains_key(&file) {
            self.written.extend(self.files.write_with_twin(file));
        }
        self.written.remove(&file)
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Files, Staged};
    use crate::engine::{Engine, Unobserved};
    use crate::host::Host;
    use crate::report::Report;
    use crate::resolve::resolve;
    use crate::{ReferenceEngine, Request};

    fn bytes(staged: &Staged) -> Vec<u8> {
        let (file, _) = staged.beside().expect("a file beside its place");
        std::fs::read(file.path()).expect("readable")
    }

    #[test]
    fn one_drawing_serves_both_formats() {
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        let job = |more: &str| {
            let line =
                "-cell 70 80 90 90 90 90 -default_F 100 -N 5 -detpixels 24 -seed 3 -noisecbf n.cbf";
            let words = line.split(' ').chain(more.split_whitespace());
            let request = Request::parse(words).expect("a request");
            resolve(&request, &host, &mut Report::collect()).expect("a job")
        };
        let both = job("");
        let rendered = ReferenceEngine.render(&both.experiment, &mut Unobserved).expect("an image");
        let files = Files::new(&both, &rendered, &host);
        let mut ahead = files.ahead();
        let noise = ahead.turn(File::Noise).expect("asked for");
        assert!(ahead.written.contains_key(&File::NoiseCbf));
        let compressed = ahead.turn(File::NoiseCbf).expect("asked for");
        assert!(noise.drawn.photons > 0.0 && compressed.drawn == noise.drawn);
        for (file, twin) in [(File::Noise, noise), (File::NoiseCbf, compressed)] {
            let single = files.write(file).and_then(|made| made.staged.ok()).expect("a file");
            let twin = twin.staged.expect("a file");
            assert_eq!((bytes(&twin), twin.name()), (bytes(&single), single.name()), "{file:?}");
        }
        // What is asked for alone, and what waits for its turn, is drawn alone.
        for more in ["-nonoise", "-noisefile /dev/null"] {
            assert!(Files::new(&job(more), &rendered, &host).twins().is_none(), "{more}");
        }
    }
}
