//! Look-ups in small tables by the permutations of a vector unit.
//!
//! pulp has no name for them that all units share. Its token tells which unit it stands for, and
//! that unit's own instruction is taken; where there is none, the caller looks lane by lane. Only
//! vector units of x86-64 are known here.

use std::any::Any;

use pulp::Simd;
use pulp::bytemuck::cast;

/// The values at places of a table whose first `count` values are in use; `None` where the unit
/// cannot look into so many.
///
/// A place stands in the lowest bits of its lane, which is the place + 1.5 · 2^23.
#[inline(always)]
pub(crate) fn f32s<S: Simd>(
    simd: S,
    places: S::f32s,
    table: &[f32],
    count: usize,
) -> Option<S::f32s> {
    const ORIGIN: f32 = 12582912.0;
    let vectors = S::as_simd_f32s(table).0;
    if let Some(unit) = (&simd as &dyn Any).downcast_ref::<pulp::x86::V4>() {
        let [a, b, c, d] = vectors.first_chunk()?.map(cast);
        let index = cast(places);
        let near = cast(unit.avx512f._mm512_permutex2var_ps(a, index, b));
        if count <= 32 {
            return Some(near);
        }
        let far = cast(unit.avx512f._mm512_permutex2var_ps(c, index, d));
        let beyond = simd.greater_than_or_equal_f32s(places, simd.splat_f32s(ORIGIN + 32.0));
        return (count <= 64).then_some(simd.select_f32s(beyond, far, near));
    }
    if let Some(unit) = (&simd as &dyn Any).downcast_ref::<pulp::x86::V3>() {
        let index = cast(places);
        let [first, rest @ ..] = vectors.first_chunk::<4>()?;
        let mut values = cast(unit.avx2._mm256_permutevar8x32_ps(cast(*first), index));
        let mut start = 8;
        for vector in rest {
            if count <= start {
                return Some(values);
            }
            let there = cast(unit.avx2._mm256_permutevar8x32_ps(cast(*vector), index));
            let origin = simd.splat_f32s(ORIGIN + start as f32);
            let beyond = simd.greater_than_or_equal_f32s(places, origin);
            values = simd.select_f32s(beyond, there, values);
            start += 8;
        }
        return (count <= start).then_some(values);
    }
    None
}

/// The same for doubles, whose lanes are places + 1.5 · 2^52.
#[inline(always)]
pub(crate) fn f64s<S: Simd>(
    simd: S,
    places: S::f64s,
    table: &[f64],
    count: usize,
) -> Option<S::f64s> {
    const ORIGIN: f64 = 6755399441055744.0;
    let vectors = S::as_simd_f64s(table).0;
    if let Some(unit) = (&simd as &dyn Any).downcast_ref::<pulp::x86::V4>() {
        let index = cast(places);
        let [a, b, rest @ ..] = vectors.first_chunk::<8>()?;
        let mut values = cast(unit.avx512f._mm512_permutex2var_pd(cast(*a), index, cast(*b)));
        let mut start = 16;
        for [low, high] in rest.as_chunks().0 {
            if count <= start {
                return Some(values);
            }
            let pair = unit.avx512f._mm512_permutex2var_pd(cast(*low), index, cast(*high));
            let origin = simd.splat_f64s(ORIGIN + start as f64);
            let beyond = simd.greater_than_or_equal_f64s(places, origin);
            values = simd.select_f64s(beyond, cast(pair), values);
            start += 16;
        }
        return (count <= start).then_some(values);
    }
    None
}
