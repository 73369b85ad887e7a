//! What the command line of a run reads and writes, before anything is read or written.

use nanobragg_reference::arguments::settings::{Misset, SeedChoice, Settings};
pub use nanobragg_reference::named::{Input, Output};
use nanobragg_reference::named::{Named, settings};
use nanobragg_reference::{Error, Quirk, Request, Result};
use sha2::{Digest, Sha256};

/// Most bytes of a command line, as Linux has it for an argument.
const LONGEST: usize = 1 << 17;

/// What a command line reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Files written.
    pub outputs: Vec<Output>,
    /// Files read.
    pub inputs: Vec<Input>,
    /// The seed of what has none and would follow the clock.
    pub seed: Option<i64>,
}

/// A command line as a batch understands it: `Fdump.bin` is neither read nor written where `-dump`
/// does not name it.
///
/// # Errors
/// As [`Request::parse`], and a line that is too long.
pub fn request(args: &[String]) -> Result<Request> {
    let bytes: usize = args.iter().map(String::len).sum();
    if bytes > LONGEST {
        return Err(Error::Usage(format!("a command line of {bytes} bytes, more than {LONGEST}")));
    }
    let mut request = Request::parse(args)?;
    if request.help || request.version {
        return Err(Error::Usage("-help and -version have no place in a batch".into()));
    }
    if request.trace.is_some() {
        let why = "-trace_pixel has no place in a batch; to trace a pixel of a run, give it to nanobragg \
                   with the arguments and the seed that -list shows";
        return Err(Error::Usage(why.into()));
    }
    if settings(&request)?.inputs.dump.is_none() {
        request.quirks = request.quirks.with(Quirk::ImplicitFdump, false);
    }
    Ok(request)
}

/// What a command line reads and writes.
///
/// # Errors
/// As [`request`].
pub fn outline(args: &[String]) -> Result<Outline> {
    let request = request(args)?;
    let settings = settings(&request)?;
    let Named { outputs, inputs } = Named::of(&request, &settings);
    let seed = follows_the_clock(&request, &settings).then(|| seed_of(args));
    Ok(Outline { outputs, inputs, seed })
}

/// Whether photon noise or a random orientation would follow the clock.
fn follows_the_clock(request: &Request, settings: &Settings) -> bool {
    let unseeded = |seed| seed == SeedChoice::Default;
    let outputs = &settings.outputs;
    let noise = (outputs.calculate_noise || outputs.noise_cbf.is_some()) && unseeded(settings.seed);
    let by_seed = !request.quirks.has(Quirk::MissetClock) && !unseeded(settings.seed);
    let misset = settings.misset == Misset::Random && unseeded(settings.misset_seed) && !by_seed;
    noise || misset
}

/// A seed of 31 bits that belongs to a command line: another one for each run, and the same at each
/// try.
fn seed_of(args: &[String]) -> i64 {
    let digest = digest(args);
    let [a, b, c, d] = [digest[0], digest[1], digest[2], digest[3]].map(i64::from);
    (((a & 0x7f) << 24) | (b << 16) | (c << 8) | d).max(1)
}

/// The digest of a command line.
pub fn digest(args: &[String]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for word in args {
        sha.update((word.len() as u64).to_le_bytes());
        sha.update(word);
    }
    sha.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{Outline, outline, request};
    use nanobragg_reference::Quirk;

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn of(line: &str) -> Outline {
        outline(&args(line)).expect("an outline")
    }

    #[test]
    fn inputs_and_outputs_are_told_by_their_options() {
        let found = of("-hkl P1.hkl -mat A.mat -floatfile a.bin -nonoise -npyfile b.npy -dump d");
        let outputs: Vec<_> =
            found.outputs.iter().map(|o| (o.option, o.name.to_str().unwrap_or("?"))).collect();
        let expected = [
            ("-floatfile", "a.bin"),
            ("-intfile", "intimage.img"),
            ("-pgmfile", "image.pgm"),
            ("-npyfile", "b.npy"),
            ("-dump", "d"),
        ];
        assert_eq!(outputs, expected);
        let inputs: Vec<_> = found.inputs.iter().map(|i| i.option).collect();
        assert_eq!((inputs, found.seed), (vec!["-mat", "-hkl"], None));
        let found = of("-dump d -cell 9 9 9");
        assert!(found.inputs[0].option == "-dump" && !found.inputs[0].optional);
        assert!(of("-dump d -default_F 1").inputs[0].optional);
    }

    #[test]
    fn the_dump_of_the_default_name_is_left_alone() {
        let quirk =
            |line: &str| request(&args(line)).expect("a request").quirks.has(Quirk::ImplicitFdump);
        assert!(!quirk("-hkl P1.hkl") && quirk("-hkl P1.hkl -dump d"));
        assert!(!quirk("-dump d -quirks none"));
    }

    #[test]
    fn seeds_stand_in_for_the_clock_alone() {
        let seed = |line: &str| of(line).seed;
        assert!(seed("-nonoise").is_none() && seed("-seed 3").is_none());
        let (one, other) = (seed("-N 5").expect("one"), seed("-N 6").expect("one"));
        assert!(one != other && one > 0 && other > 0 && Some(one) == seed("-N 5"));
        assert!(seed("-nonoise -noisecbf n").is_some() && seed("-noisecbf n -seed 3").is_none());
        assert!(seed("-seed 3 -misset random").is_some());
        assert!(seed("-seed 3 -misset random -misset_seed 4").is_none());
        assert!(seed("-seed 3 -misset random -quirks none").is_none());
        assert!(outline(&args("-help")).is_err() && outline(&args("-sed 3")).is_err());
    }
}
