// The innermost loops in mixed precision, for crystals that are parallelepipeds.
//
// Indices are computed in double precision, and rounded there to multiples of 2^-32: the lower word
// of h + 1.5 2^20 is then the signed fraction of h as a 32-bit integer, and a multiplication by the
// number of cells, which wraps around, takes the whole turns of a phase away exactly. What follows
// from the fraction is computed in single precision, and terms are added in double precision.

#ifndef NB_SINGLE_H
#define NB_SINGLE_H

#include "terms.h"

/// 1.5 2^20, which leaves 32 bits for the fraction.
NB_CONSTANT double FIXED_POINT = 1572864.0;
/// 2^-32.
NB_CONSTANT float GRAIN = 2.3283064365386963e-10f;
/// Half an index.
NB_CONSTANT unsigned HALF = 0x80000000u;

/// Terms in single precision that are added before their sum goes into a double.
NB_CONSTANT int BLOCK_OF_TERMS = 32;

/// sin(pi N d)/sin(pi d), as a way to compute |F_latt|^2 in single precision.
struct Quotients {};

NB_DEVICE float single_lattice(Quotients, const Parameters &p, const int *fraction) {
    float delta[3], phase[3];
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        // A fraction of 0 is the peak itself: the quotient is that of the fraction next to it.
        const unsigned unit = fraction[axis] == 0 ? 1 : (unsigned)fraction[axis];
        const int turned = (int)(unit * (unsigned)p.whole_cells[axis]);
        delta[axis] = (float)(int)unit * GRAIN;
        phase[axis] = (float)turned * GRAIN;
    }
    return sines(delta, phase);
}

template <int DEGREE, bool EVEN>
NB_DEVICE float single_lattice(Polynomials<DEGREE, EVEN>, const Parameters &p, const int *fraction) {
    float delta[3];
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        delta[axis] = (float)fraction[axis] * GRAIN;
    }
    return Polynomials<DEGREE, EVEN>::squared(p, delta);
}

/// Adds terms in mixed precision.
template <int FACTOR, typename Lattice> NB_DEVICE void add_single_terms(const Terms &terms) {
    const Parameters &p = terms.p;
    Pixel &pixel = terms.pixel;
    const Beam &beam = terms.beam;
    const double *cells = terms.cells, *waves = terms.waves;
    const int first = terms.first, orientations = terms.orientations;
    const int source = terms.source, wavelengths = terms.wavelengths;
    const bool skips = p.water_size == 0.0;
    const unsigned edge = (unsigned)p.edge_fixed, reach = (unsigned)p.reach_fixed;
    double sum = pixel.intensity;
    double cell_sum = 0.0; ///< Of |F_cell|^2 of what is not decided by the C program's expressions.
    float block = 0.0f;
    int pending = 0;
    NB_ROLLED
    for (int number = 0; number < orientations; number++) {
        const double *cell = cells + 9 * number;
        double along[3];
        NB_UNROLL
        for (int axis = 0; axis < 3; axis++) {
            along[axis] = fused_dot(cell + 3 * axis, beam.along);
        }
        const bool tricubic =
            FACTOR == TRICUBIC && interpolates_at(p, pixel, source, first + number);
        NB_ROLLED
        for (int wave = 0; wave < wavelengths; wave++) {
            const double inverse = waves[wave];
            double fixed[3];
            int fraction[3];
            bool close = false;
            NB_UNROLL
            for (int axis = 0; axis < 3; axis++) {
                fixed[axis] = mad(along[axis], inverse, FIXED_POINT);
                fraction[axis] = low_word(fixed[axis]);
                // Distances from half an index and from a whole one, up to a quarter.
                close = close || (unsigned)(fraction[axis] + (int)reach) <= 2 * reach;
                if (FACTOR != CONSTANT) {
                    close = close || (unsigned)fraction[axis] - (HALF - edge) <= 2 * edge;
                }
            }
            const float squared = single_lattice(Lattice(), p, fraction);
            Term term = {0.0, true, false, false};
            if constexpr (FACTOR == CONSTANT) {
                float value = squared;
                if (close) {
                    term = decided<FACTOR>(p, pixel.place, source + wave, cell, along[0], along[1],
                                           along[2], inverse, false);
                    value = (float)term.value;
                }
                block += value;
            } else {
                double index[3];
                int nearest[3];
                NB_UNROLL
                for (int axis = 0; axis < 3; axis++) {
                    // The upper word has the floor of the index, and the bits of 1.5 2^20.
                    const int below = (high_word(fixed[axis]) & 0xfffff) - 0x80000;
                    nearest[axis] = below + ((unsigned)fraction[axis] >> 31);
                    index[axis] = along[axis] * inverse;
                }
                if (FACTOR == TRICUBIC && tricubic) {
                    term.outside = !in_range(p, index);
                    close = close || close_to_limit(p, index);
                }
                if (close) {
                    term = decided<FACTOR>(p, pixel.place, source + wave, cell, along[0], along[1],
                                           along[2], inverse, tricubic);
                } else {
                    const double f = FACTOR == TRICUBIC && tricubic && !term.outside
                                         ? tricubic_factor(p, index)
                                         : nearest_factor(p, nearest);
                    term.value = (double)squared * (f * f);
                    cell_sum = mad(f, f, cell_sum);
                }
                sum = mad(term.value, beam.weight, sum);
                if (FACTOR == TRICUBIC && term.outside && (term.alive || !skips)) {
                    pixel.outside++;
                }
            }
            pixel.guarded += term.asked ? 1 : 0;
        }
        pending += wavelengths;
        if (FACTOR == CONSTANT && (pending >= BLOCK_OF_TERMS || number + 1 == orientations)) {
            sum = mad((double)block, beam.weight, sum);
            block = 0.0f;
            pending = 0;
        }
    }
    pixel.intensity = sum;
    cell_sum = FACTOR == CONSTANT ? (double)orientations * wavelengths : cell_sum;
    pixel.doubt = mad(cell_sum * p.amplitude, beam.weight, pixel.doubt);
}

/// The same as work for [`with_polynomials`].
template <int FACTOR> struct SinglePolynomialTerms {
    const Terms &terms;

    template <typename Lattice> NB_MEMBER void run() const {
        add_single_terms<FACTOR, Lattice>(terms);
    }
};

#endif
