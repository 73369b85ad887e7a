//! Vectors of real numbers as values with operators, over the tokens of [`pulp`].
//!
//! The physics is written once, generic over [`Lanes`]: [`Doubles`] and [`Singles`] on any
//! instruction set that pulp knows. All operations are correctly rounded and act on each lane
//! alone, so that a lane's result depends neither on the width of the vector nor on its neighbours.
//! The portable set has no fused multiply-add; there [`Lanes::mul_add`] rounds twice.

use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::{Simd, bytemuck};

#[cfg(target_arch = "x86_64")]
use crate::{permute, rounding};

/// An array over the three axes: `three!(i => expression of i)`.
///
/// A closure would do, were it not for the compiler: it inlines one that is large into its caller
/// only after it has given up on the vector instructions in it.
macro_rules! three {
    ($axis:ident => $value:expr) => {{
        [
            {
                let $axis = 0usize;
                $value
            },
            {
                let $axis = 1usize;
                $value
            },
            {
                let $axis = 2usize;
                $value
            },
        ]
    }};
}
pub(crate) use three;

/// A vector of real numbers.
pub(crate) trait Lanes:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The instruction set.
    type Simd: Simd;
    /// One lane.
    type Element: bytemuck::Pod + Default + PartialOrd + Into<f64>;
    /// As pulp keeps it in memory.
    type Raw: pulp::bytemuck::Pod;
    /// One bit of truth for each lane.
    type Mask: Copy;
    /// Number of lanes.
    const COUNT: usize;
    /// 1.5 · 2^(bits of the mantissa): added and taken away again, it rounds to the nearest integer.
    const ROUNDER: f64;
    /// Whether the elements are doubles.
    const DOUBLE: bool;

    /// The same number, rounded to the element's precision, in all lanes.
    fn splat(simd: Self::Simd, value: f64) -> Self;
    /// The same for the instruction set that this vector is of.
    fn like(self, value: f64) -> Self;
    /// The same element in all lanes.
    fn broadcast(simd: Self::Simd, value: Self::Element) -> Self;
    /// The vectors that a slice is made of; its length must be a multiple of [`Lanes::COUNT`].
    fn vectors(slice: &[Self::Element]) -> &[Self::Raw];
    /// The same for writing.
    fn vectors_mut(slice: &mut [Self::Element]) -> &mut [Self::Raw];
    /// A vector from memory.
    fn from_raw(simd: Self::Simd, raw: Self::Raw) -> Self;
    /// A vector for memory.
    fn raw(self) -> Self::Raw;
    /// `self` · `factor` + `term`.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// The larger of two numbers.
    fn max(self, other: Self) -> Self;
    /// The smaller of two numbers.
    fn min(self, other: Self) -> Self;
    /// Where `self` < `other`.
    fn less(self, other: Self) -> Self::Mask;
    /// Where `self` = `other`.
    fn equals(self, other: Self) -> Self::Mask;
    /// Where either holds.
    fn either(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether a mask holds anywhere.
    fn any(self, mask: Self::Mask) -> bool;
    /// A bit for each lane, the first one lowest: whether a mask holds there.
    fn bits(self, mask: Self::Mask) -> u32;
    /// The largest of the lanes.
    #[inline(always)]
    fn largest(self) -> Self::Element {
        let mut values = self;
        let values = values.elements_mut();
        let mut count = values.len();
        // By halves, which are vectors again.
        while count > 1 {
            count /= 2;
            let (low, high) = values.split_at_mut(count);
            // A choice of values, which is an instruction, and not whether to write.
            for (low, high) in low.iter_mut().zip(high) {
                *low = if *low < *high { *high } else { *low };
            }
        }
        values[0]
    }
    /// The lanes, one by one.
    fn elements(&self) -> &[Self::Element];
    /// The lanes for writing.
    fn elements_mut(&mut self) -> &mut [Self::Element];
    /// Each lane rounded to single precision.
    fn to_single(self) -> Self;
    /// The elements of a table at whole, not negative places.
    fn look_up(self, simd: Self::Simd, table: &[Self::Element]) -> Self;
    /// The elements of a small table, whose length is a power of two, at whole, not negative
    /// places below `count`, to which [`Lanes::ROUNDER`] is added.
    fn look_up_near<const LENGTH: usize>(
        self,
        table: &[Self::Element; LENGTH],
        count: usize,
    ) -> Self;
    /// 2^n, where `self` is n + [`Lanes::ROUNDER`]; for exponents of normal numbers.
    fn power_of_two(self) -> Self;
    /// `self` where the mask holds, `other` elsewhere.
    fn select(self, mask: Self::Mask, other: Self) -> Self;

    /// The nearest integer, to the even one of two; for magnitudes below 2^51 (2^22).
    fn round(self, simd: Self::Simd) -> Self;

    /// `self` · `self`.
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }
}

macro_rules! lanes {
    ($name:ident, $element:ident, $raw:ident, $word:ident, $mask:ident, $count:ident, $rounder:expr, $bias:expr, $doc:literal,
     $splat:ident, $as_simd:ident, $as_mut_simd:ident, $add:ident, $sub:ident, $mul:ident, $div:ident,
     $neg:ident, $mul_add:ident, $sqrt:ident, $abs:ident, $max:ident, $min:ident, $less:ident,
     $equal:ident, $or:ident, $first_true:ident, $select:ident) => {
        #[doc = $doc]
        #[derive(Clone, Copy)]
        pub(crate) struct $name<S: Simd>(S, S::$raw);

        lanes!(@operator $name, Add, add, $add);
        lanes!(@operator $name, Sub, sub, $sub);
        lanes!(@operator $name, Mul, mul, $mul);
        lanes!(@operator $name, Div, div, $div);

        impl<S: Simd> Neg for $name<S> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                $name(self.0, self.0.$neg(self.1))
            }
        }

        impl<S: Simd> Lanes for $name<S> {
            type Simd = S;
            type Element = $element;
            type Raw = S::$raw;
            type Mask = S::$mask;
            const COUNT: usize = S::$count;
            const ROUNDER: f64 = $rounder;
            const DOUBLE: bool = size_of::<$element>() == 8;

            #[inline(always)]
            fn splat(simd: S, value: f64) -> Self {
                $name(simd, simd.$splat(value as $element))
            }
            #[inline(always)]
            fn like(self, value: f64) -> Self {
                Self::splat(self.0, value)
            }
            #[inline(always)]
            fn broadcast(simd: S, value: $element) -> Self {
                $name(simd, simd.$splat(value))
            }
            #[inline(always)]
            fn vectors(slice: &[$element]) -> &[Self::Raw] {
                S::$as_simd(slice).0
            }
            #[inline(always)]
            fn vectors_mut(slice: &mut [$element]) -> &mut [Self::Raw] {
                S::$as_mut_simd(slice).0
            }
            #[inline(always)]
            fn from_raw(simd: S, raw: Self::Raw) -> Self {
                $name(simd, raw)
            }
            #[inline(always)]
            fn raw(self) -> Self::Raw {
                self.1
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                $name(self.0, self.0.$mul_add(self.1, factor.1, term.1))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $name(self.0, self.0.$sqrt(self.1))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $name(self.0, self.0.$abs(self.1))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                $name(self.0, self.0.$max(self.1, other.1))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                $name(self.0, self.0.$min(self.1, other.1))
            }
            #[inline(always)]
            fn less(self, other: Self) -> Self::Mask {
                self.0.$less(self.1, other.1)
            }
            #[inline(always)]
            fn equals(self, other: Self) -> Self::Mask {
                self.0.$equal(self.1, other.1)
            }
            #[inline(always)]
            fn either(self, a: Self::Mask, b: Self::Mask) -> Self::Mask {
                self.0.$or(a, b)
            }
            #[inline(always)]
            fn any(self, mask: Self::Mask) -> bool {
                if const { size_of::<S::$mask>() == size_of::<S::$raw>() } {
                    let mut some = 0;
                    for &word in bytemuck::cast_slice::<_, $word>(std::slice::from_ref(&mask)) {
                        some |= word;
                    }
                    return some != 0;
                }
                self.0.$first_true(mask) < Self::COUNT
            }
            #[inline(always)]
            fn bits(self, mask: S::$mask) -> u32 {
                let mask = std::slice::from_ref(&mask);
                let mut bits = 0;
                if const { size_of::<S::$mask>() == size_of::<S::$raw>() } {
                    for (lane, &word) in bytemuck::cast_slice::<_, $word>(mask).iter().enumerate() {
                        bits |= u32::from(word != 0) << lane;
                    }
                    return bits;
                }
                // One bit for each lane already.
                for (place, &byte) in bytemuck::cast_slice::<_, u8>(mask).iter().enumerate() {
                    bits |= u32::from(byte) << (8 * place);
                }
                bits
            }
            #[inline(always)]
            fn elements(&self) -> &[$element] {
                bytemuck::cast_slice(std::slice::from_ref(&self.1))
            }
            #[inline(always)]
            fn elements_mut(&mut self) -> &mut [$element] {
                bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.1))
            }
            #[inline(always)]
            fn to_single(mut self) -> Self {
                for element in self.elements_mut() {
                    *element = (*element as f32).into();
                }
                self
            }
            #[inline(always)]
            fn look_up(self, simd: S, table: &[$element]) -> Self {
                // Behind this sum the place stands in the lowest bits of the number.
                let places = self + Self::splat(simd, Self::ROUNDER);
                let mut values = places;
                let last = table.len().saturating_sub(1);
                if table.is_empty() {
                    return Self::splat(simd, 0.0);
                }
                for (value, place) in values.elements_mut().iter_mut().zip(places.elements()) {
                    let bits = place.to_bits() & ((1 << ($element::MANTISSA_DIGITS - 2)) - 1);
                    *value = table[(bits as usize).min(last)];
                }
                values
            }
            #[inline(always)]
            fn look_up_near<const LENGTH: usize>(
                self,
                table: &[$element; LENGTH],
                count: usize,
            ) -> Self {
                debug_assert!(count <= LENGTH, "values beyond the table");
                #[cfg(target_arch = "x86_64")]
                if let Some(values) = permute::$raw(self.0, self.1, table, count) {
                    return $name(self.0, values);
                }
                let mut values = self;
                for (value, place) in values.elements_mut().iter_mut().zip(self.elements()) {
                    *value = table[place.to_bits() as usize & (LENGTH - 1)];
                }
                values
            }
            #[inline(always)]
            fn round(self, simd: S) -> Self {
                #[cfg(target_arch = "x86_64")]
                if let Some(rounded) = rounding::$raw(simd, self.1) {
                    return $name(simd, rounded);
                }
                let rounder = Self::splat(simd, Self::ROUNDER);
                (self + rounder) - rounder
            }
            #[inline(always)]
            fn power_of_two(mut self) -> Self {
                for element in self.elements_mut() {
                    let exponent = element.to_bits() + $bias;
                    *element = $element::from_bits(exponent << ($element::MANTISSA_DIGITS - 1));
                }
                self
            }
            #[inline(always)]
            fn select(self, mask: Self::Mask, other: Self) -> Self {
                $name(self.0, self.0.$select(mask, self.1, other.1))
            }
        }
    };
    (@operator $name:ident, $trait:ident, $method:ident, $operation:ident) => {
        impl<S: Simd> $trait for $name<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $name(self.0, self.0.$operation(self.1, other.1))
            }
        }
    };
}

lanes!(
    Doubles,
    f64,
    f64s,
    u64,
    m64s,
    F64_LANES,
    6755399441055744.0,
    1023,
    "Vectors of doubles.",
    splat_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    neg_f64s,
    mul_add_e_f64s,
    sqrt_f64s,
    abs_f64s,
    max_f64s,
    min_f64s,
    less_than_f64s,
    equal_f64s,
    or_m64s,
    first_true_m64s,
    select_f64s
);
lanes!(
    Singles,
    f32,
    f32s,
    u32,
    m32s,
    F32_LANES,
    12582912.0,
    127,
    "Vectors of singles.",
    splat_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    neg_f32s,
    mul_add_e_f32s,
    sqrt_f32s,
    abs_f32s,
    max_f32s,
    min_f32s,
    less_than_f32s,
    equal_f32s,
    or_m32s,
    first_true_m32s,
    select_f32s
);
