//! The nearest integers, in one instruction.
//!
//! pulp has no name for it that all units share. Its token tells which unit it stands for; `None`
//! for those that are not known here, whose callers add a large number and take it away again. Both
//! ways round to the even one of two, and differ in the sign of zero alone.

use std::any::Any;

use pulp::Simd;
use pulp::bytemuck::cast;

/// To the nearest, and no exception for what is not a whole number.
const NEAREST: i32 = 0x08;

macro_rules! round {
    ($name:ident, $wide:ident, $narrow:ident) => {
        #[inline(always)]
        pub(crate) fn $name<S: Simd>(simd: S, values: S::$name) -> Option<S::$name> {
            if let Some(unit) = (&simd as &dyn Any).downcast_ref::<pulp::x86::V4>() {
                return Some(cast(unit.avx512f.$wide::<NEAREST>(cast(values))));
            }
            if let Some(unit) = (&simd as &dyn Any).downcast_ref::<pulp::x86::V3>() {
                return Some(cast(unit.avx.$narrow::<NEAREST>(cast(values))));
            }
            None
        }
    };
}

round!(f32s, _mm512_roundscale_ps, _mm256_round_ps);
round!(f64s, _mm512_roundscale_pd, _mm256_round_pd);
