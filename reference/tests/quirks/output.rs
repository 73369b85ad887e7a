//! `noise-wrap`, `masked-pixels`, `smv-header-overflow`.

use nanobragg_reference::Quirk;

use super::support::{Bench, corrected, kept, same, smv_with};

const CUBE: &str = "-cell 60 60 60 90 90 90 -N 4 -default_F 100 -lambda 1 -distance 100 -pixel 1 \
                    -detpixels 24 -oversample 1 -fluence 1e28 -seed 7";

#[test]
fn noise_wrap() {
    for quirks in corrected(Quirk::NoiseWrap) {
        let bench = Bench::new();
        // Photons alone, then with an offset below zero, from the same stream.
        bench.run(&format!("{CUBE} -adc 0 -noisefile zero.img {quirks}"));
        let photons = bench.counts("zero.img", 512);
        let done = bench.run(&format!("{CUBE} -adc -100 -noisefile below.img {quirks}"));
        let expected: Vec<u16> = photons.iter().map(|count| count.saturating_sub(100)).collect();
        assert_eq!(bench.counts("below.img", 512), expected);
        assert!(!done.decisive.has(Quirk::NoiseWrap));
        let some = |f: &dyn Fn(u16) -> bool| photons.iter().any(|&count| f(count));
        assert!(some(&|count| count < 100) && some(&|count| count > 100), "{photons:?}");
    }
    for quirks in kept(Quirk::NoiseWrap) {
        let bench = Bench::new();
        bench.run(&format!("{CUBE} -adc 0 -noisefile zero.img {quirks}"));
        let photons = bench.counts("zero.img", 512);
        let done = bench.run(&format!("{CUBE} -adc -100 -noisefile below.img {quirks}"));
        let expected: Vec<u16> = photons.iter().map(|count| count.wrapping_sub(100)).collect();
        assert_eq!(bench.counts("below.img", 512), expected);
        assert!(expected.contains(&65436), "no photon at all gives 65536 − 100");
        assert!(done.decisive.has(Quirk::NoiseWrap));
        for options in ["", "-adc 0", "-adc -0.9", "-adc -100 -nonoise"] {
            let done = bench.run(&format!("{CUBE} {options} {quirks}"));
            assert!(!done.decisive.has(Quirk::NoiseWrap), "{options}");
        }
    }
}

/// A mask of every seventh pixel.
fn masked(place: usize) -> bool {
    place.is_multiple_of(7)
}

#[test]
fn masked_pixels() {
    let mask = smv_with([24, 24], "PIXEL_SIZE=1;\n", |f, s| u16::from(!masked(24 * s + f)));
    let free = smv_with([24, 24], "PIXEL_SIZE=1;\n", |_, _| 65535);
    let bench = Bench::new().with("mask.img", mask).with("free.img", free);
    let line = format!("{CUBE} -roi 0 23 4 23 -mask mask.img");
    let in_roi = |place: usize| place >= 4 * 24;
    let mut images = Vec::new();
    for (quirks, off) in corrected(Quirk::MaskedPixels)
        .map(|quirks| (quirks, true))
        .into_iter()
        .chain(kept(Quirk::MaskedPixels).map(|quirks| (quirks, false)))
    {
        let done = bench.run(&format!("{line} {quirks}"));
        assert_eq!(done.decisive.has(Quirk::MaskedPixels), !off);
        let floats = bench.floats("floatimage.bin");
        let (int, noise) = (bench.counts("intimage.img", 512), bench.counts("noiseimage.img", 512));
        let pgm = bench.read("image.pgm").split_off("P5\n24 24\n".len());
        let pgm = &pgm[pgm.len() - 24 * 24..];
        for place in 0..24 * 24 {
            if masked(place) || !in_roi(place) {
                // Only the C program gives the offset to what was not measured.
                let offset = if off || !in_roi(place) { 0 } else { 40 };
                assert_eq!((floats[place], int[place], noise[place]), (0.0, offset, offset));
                assert_eq!(pgm[place], 0);
            } else {
                assert!(int[place] >= 40 && noise[place] >= 40);
            }
        }
        // The statistics from the image itself.
        let counted = |place: &usize| in_roi(*place) && (!off || !masked(*place));
        let measured: Vec<f64> = (0..24 * 24)
            .filter(|place| in_roi(*place) && !masked(*place))
            .map(|place| f64::from(floats[place]))
            .collect();
        let mean = measured.iter().sum::<f64>() / measured.len() as f64;
        let spread: Vec<f64> =
            (0..24 * 24).filter(counted).map(|p| (f64::from(floats[p]) - mean).powi(2)).collect();
        let rmsd = (spread.iter().sum::<f64>() / (spread.len() - 1) as f64).sqrt();
        same(done.number("mean= "), mean, 1e-5, &quirks);
        same(done.number("rmsd= "), rmsd, 1e-5, &quirks);
        let photons: u64 = (0..24 * 24)
            .filter(|place| in_roi(*place) && !masked(*place))
            .map(|place| u64::from(noise[place]) - 40)
            .sum();
        assert!(done.report.contains(&format!("{photons} photons on noise image")));
        images.push((floats, int, noise));
    }
    // What was measured does not depend on the switch, noise included.
    let (first, rest) = images.split_first().expect("four runs");
    for image in rest {
        for place in (0..24 * 24).filter(|place| !masked(*place)) {
            assert_eq!(image.0[place], first.0[place]);
            assert_eq!((image.1[place], image.2[place]), (first.1[place], first.2[place]));
        }
    }
    for options in ["", "-mask free.img", "-mask mask.img -roi 1 3 0 0"] {
        let done = bench.run(&format!("{CUBE} {options}"));
        assert!(!done.decisive.has(Quirk::MaskedPixels), "{options}");
    }
}

#[test]
fn smv_header_overflow() {
    let long = "-distance 101.2345 -pixel 0.912345 -lambda 1.00123 -Xbeam 12.3457 -Ybeam 15.4321 \
                -detector_rotx 3.14159 -detector_roty -2.71828 -twotheta 7.38906 -phi 12.3456 \
                -osc 1.23457";
    // Where the text of a header ends.
    let end = |bytes: &[u8]| bytes.iter().position(|&byte| byte == b'\x0c').expect("an end") + 1;
    let declared = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(&bytes[..40]).into_owned();
        let (_, rest) = text.split_once("HEADER_BYTES=").expect("the key");
        rest.split(';').next().and_then(|word| word.parse::<usize>().ok()).expect("a number")
    };
    let pixels = 2 * 24 * 24;
    for quirks in corrected(Quirk::SmvHeaderOverflow) {
        let bench = Bench::new();
        let done = bench.run(&format!("{CUBE} {long} {quirks}"));
        assert!(!done.decisive.has(Quirk::SmvHeaderOverflow));
        let floats = bench.floats("floatimage.bin");
        let scale = done.number("intfile_scale = ");
        for name in ["intimage.img", "noiseimage.img"] {
            let bytes = bench.read(name);
            assert_eq!((declared(&bytes), bytes.len()), (1024, 1024 + pixels));
            assert!(end(&bytes) > 512 && end(&bytes) <= 1024);
            assert!(bytes[end(&bytes)..1024].iter().all(|&byte| byte == b' '));
        }
        for (count, photons) in bench.counts("intimage.img", 1024).iter().zip(&floats) {
            let expected = f64::from(*photons) * scale + 40.0;
            assert!((f64::from(*count) - expected).abs() < 0.51 + 1e-5 * expected);
        }
        // The file can be read again.
        let again = bench.job("-cell 9 9 9 90 90 90 -default_F 1 -oversample 1 -img intimage.img");
        assert_eq!(again.experiment.detector.pixels, [24, 24]);
        assert!(again.notes.is_empty(), "{:?}", again.notes);
        bench.run(&format!("{CUBE} {quirks}"));
        let bytes = bench.read("intimage.img");
        assert_eq!((declared(&bytes), bytes.len()), (512, 512 + pixels));
    }
    for quirks in kept(Quirk::SmvHeaderOverflow) {
        let bench = Bench::new();
        let done = bench.run(&format!("{CUBE} {long} {quirks}"));
        assert!(done.decisive.has(Quirk::SmvHeaderOverflow));
        let bytes = bench.read("intimage.img");
        assert_eq!(declared(&bytes), 512);
        assert_eq!(bytes.len(), end(&bytes) + pixels);
        assert!(end(&bytes) > 512);
        let done = bench.run(&format!("{CUBE} {quirks}"));
        assert!(!done.decisive.has(Quirk::SmvHeaderOverflow));
        assert_eq!(bench.read("intimage.img").len(), 512 + pixels);
    }
}
