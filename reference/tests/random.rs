//! The random streams against values recorded from the C program's own functions, compiled with
//! `-O2 -ffp-contract=off`. Values are bit patterns.

use nanobragg_reference::random::{Noise, Ran1, misset_angles, mosaic_rotation};

fn uniform(ran1: &mut Ran1, seed: &mut i64, count: usize) -> Vec<u32> {
    (0..count).map(|_| ran1.uniform(seed).to_bits()).collect()
}

#[test]
fn uniform_deviates() {
    let (mut ran1, mut seed) = (Ran1::default(), -1);
    let first = [
        0x3ed4fdde, 0x3dbc5817, 0x3f41a41e, 0x3f079a6f, 0x3f6e3116, 0x3ec45a62, 0x3f27673c,
        0x3d88e495,
    ];
    assert_eq!(uniform(&mut ran1, &mut seed, 8), first);
    uniform(&mut ran1, &mut seed, 99_992);
    assert_eq!(uniform(&mut ran1, &mut seed, 1), [0x3f004bc7]);
    assert_eq!(seed, 1_066_310_995);
}

#[test]
fn a_positive_seed_goes_on_with_the_table_of_the_stream_before() {
    let (mut ran1, mut seed) = (Ran1::default(), -12_345_678);
    let first = [
        0x3f4417e0, 0x3cc021e6, 0x3f16f853, 0x3f08fc6b, 0x3f7b7385, 0x3f316981, 0x3ea802de,
        0x3e975e59,
    ];
    assert_eq!(uniform(&mut ran1, &mut seed, 8), first);
    let mut next = 7;
    let then = [0x3f599438, 0x3f179e78, 0x3f0ee1c8, 0x3f08f0ee];
    assert_eq!(uniform(&mut ran1, &mut next, 4), then);
}

#[test]
fn the_first_stream_takes_every_seed_that_is_not_negated_for_one() {
    let expected = [0x3ed4fdde, 0x3dbc5817, 0x3f41a41e, 0x3f079a6f];
    for seed in [5, 1, 0, -1, 2_147_483_647] {
        let (mut ran1, mut seed) = (Ran1::default(), seed);
        assert_eq!(uniform(&mut ran1, &mut seed, 4), expected);
    }
}

#[test]
fn gaussian_deviates() {
    let mut noise = Noise::new(Ran1::default(), -42);
    let found: Vec<u32> = (0..6).map(|_| noise.gaussian().to_bits()).collect();
    let expected = [0x401f1b8b, 0xbfe4a09e, 0xbf49796a, 0x3f193099, 0x3c553b5a, 0x3e58000e];
    assert_eq!(found, expected);
}

#[test]
fn poisson_deviates_of_all_three_methods() {
    let means = [
        0.0, -3.0, 0.5, 0.5, 3.0, 11.9, 12.0, 12.0, 40.0, 1000.0, 1000.0, 123456.0, 999999.0, 1e6,
        2e6, 3e9, 0.25,
    ];
    let mut noise = Noise::new(Ran1::default(), -42);
    let found = means.map(|mean| noise.poisson(mean).to_bits());
    let expected = [
        0x00000000, 0x00000000, 0x3f800000, 0x3f800000, 0x40000000, 0x41000000, 0x41a80000,
        0x41600000, 0x422c0000, 0x44728000, 0x4480a000, 0x47f17380, 0x49743fe0, 0x497441c0,
        0x49f45406, 0x4f32d033, 0x00000000,
    ];
    assert_eq!(found, expected);
}

#[test]
fn poisson_deviates_have_mean_and_variance_of_their_parameter() {
    for mean in [0.3f32, 5.0, 11.0, 30.0, 5000.0] {
        let mut noise = Noise::new(Ran1::default(), -7);
        let count = 20_000;
        let draws: Vec<f64> = (0..count).map(|_| f64::from(noise.poisson(mean))).collect();
        let average = draws.iter().sum::<f64>() / f64::from(count);
        let variance =
            draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / f64::from(count - 1);
        let (mean, error) = (f64::from(mean), 5.0 / f64::from(count).sqrt());
        assert!((average - mean).abs() < error * mean.sqrt(), "mean {average} of {mean}");
        assert!((variance / mean - 1.0).abs() < error * (2.0 + 1.0 / mean).sqrt(), "{variance}");
    }
}

#[test]
fn rotations_and_their_angles() {
    let (mut ran1, mut seed) = (Ran1::default(), -12_345_678);
    let small = [
        0x3fefffa2b60f1fce,
        0x3f834e68ba1bffa6,
        0xbf34994d366a4902,
        0xbf834ee0c7dfe2a2,
        0x3fefff9980513050,
        0xbf686404a8b876a2,
        0x3f32c2266f44e442,
        0x3f6869f473ca4d82,
        0x3feffff699d9d3aa,
    ];
    assert_eq!(mosaic_rotation(0.01, &mut ran1, &mut seed).map(f64::to_bits), small);
    let large = [
        0xbfec6a821416e6d4,
        0x3fdd6c5621183197,
        0xbf83f502a5512930,
        0xbfd9cf4aba043ac7,
        0xbfe896d8b98f1b5c,
        0x3fdfcd2d839f6682,
        0x3fcc483df713accf,
        0x3fdc7dc385c2d60c,
        0x3febc4a477a8a458,
    ];
    let umat = mosaic_rotation(90.0, &mut ran1, &mut seed);
    assert_eq!(umat.map(f64::to_bits), large);
    let angles = [0x3fde562dda04e0af, 0xbfcc847ce251cc6e, 0xc005b8efce69b705];
    assert_eq!(misset_angles(&umat).map(f64::to_bits), angles);
    // A rotation by 90° about y, where the other two angles are not determined.
    let locked = misset_angles(&[0.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0]);
    let expected = [0x400921fb54442d18, 0x3ff921fb54442d18, 0x400921fb54442d18];
    assert_eq!(locked.map(f64::to_bits), expected);
}
