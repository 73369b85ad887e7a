// Blocks of terms in mixed precision, for crystals that are parallelepipeds.
//
// Indices are computed in double precision, and rounded there to multiples of 2^-32: the lower word
// of h + 1.5 2^20 is then the signed fraction of h as a 32-bit integer, and a multiplication by the
// number of cells, which wraps around, takes the whole turns of a phase away exactly. What follows
// from the fraction is computed in single precision, and blocks are added in double precision.
//
// The guard g is added to each index before it is rounded. A fraction that is closer than g to 0 is
// then an integer from 0 to 2g without a sign, and one closer to a half is so once 2^31 is added: the
// smallest of all these tells whether any was too close.

#ifndef NB_SINGLE_H
#define NB_SINGLE_H

#include "blocks.h"

/// Half an index.
NB_CONSTANT unsigned HALF = 0x80000000u;

/// The integer next to an index.
NB_DEVICE int nearest_of(double fixed) {
    // The upper word has the floor of the index, and the bits of 1.5 2^20.
    const int below = (high_word(fixed) & 0xfffff) - 0x80000;
    return below + ((unsigned)low_word(fixed) >> 31);
}

/// Adds the terms of a block in mixed precision.
template <int FACTOR, typename Lattice> struct SingleBlock {
    float squares = 0.0f; ///< The sum where |F_cell|^2 is the same for all, over the unit of the plan.
    double sum = 0.0;     ///< The sum where it is not.
    double cells = 0.0;   ///< Of |F_cell|^2.
    unsigned closest = 0xffffffffu; ///< Distance from a decision, counted from the guard's edge.
    unsigned outside = 0;
    bool limited = false; ///< Whether an index is close to the range of the interpolation.

    /// What the sum is to be multiplied by.
    NB_MEMBER static double unit(const Parameters &p) {
        return FACTOR == CONSTANT ? p.singles.unit : 1.0;
    }

    /// Adds a term: products of the cell with the scattering vector come times the wavelength.
    template <typename... Recorders>
    NB_MEMBER void add(const Parameters &p, const double *along, double inverse, bool tricubic,
                       Recorders &...recorders) {
        double fixed[3];
        unsigned fraction[3]; // And the guard.
        NB_UNROLL
        for (int axis = 0; axis < 3; axis++) {
            fixed[axis] = mad(along[axis], inverse, p.fixed_point);
            fraction[axis] = (unsigned)low_word(fixed[axis]);
            closest = smaller(closest, fraction[axis]);
            if (FACTOR != CONSTANT) {
                closest = smaller(closest, fraction[axis] + HALF);
            }
        }
        (recorders.at(p, fixed), ...);
        if (FACTOR == CONSTANT) {
            (recorders.found((double)Lattice::add_squared(p, fraction, 0.0f), p.singles.unit), ...);
            squares = Lattice::add_squared(p, fraction, squares);
            return;
        }
        double index[3];
        int nearest[3];
        NB_UNROLL
        for (int axis = 0; axis < 3; axis++) {
            nearest[axis] = nearest_of(fixed[axis]);
            index[axis] = along[axis] * inverse;
        }
        double f;
        bool inside = false;
        if (FACTOR == TRICUBIC && tricubic) {
            inside = in_range(p, index);
            limited = limited || close_to_limit(p, index);
            outside += inside ? 0 : 1;
            f = inside ? tricubic_factor(p, index) : nearest_factor(p, nearest);
        } else {
            f = nearest_factor(p, nearest);
        }
        const double squared = (double)Lattice::add_squared(p, fraction, 0.0f) * p.singles.unit;
        (recorders.found(squared, f, inside, squared * (f * f)), ...);
        sum = mad(squared, f * f, sum);
        cells = mad(f, f, cells);
    }

    NB_MEMBER bool close(const Parameters &p) const {
        return closest <= 2 * (unsigned)p.guard_fixed || limited;
    }

    NB_MEMBER double total() const { return FACTOR == CONSTANT ? (double)squares : sum; }

    /// What its sum may be off by, as the square of an amplitude.
    NB_MEMBER double doubt(const Parameters &p, int terms) const {
        return (FACTOR == CONSTANT ? (double)terms : cells) * p.amplitude;
    }
};

#endif
