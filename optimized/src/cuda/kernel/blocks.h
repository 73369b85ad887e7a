// Terms of crystals that are parallelepipeds, in blocks.
//
// Terms close to a decision are rare. A loop that adds terms asks none for itself, but keeps how close
// the closest of a block comes; a block with one that is too close is added again, one by one. So the
// loop has no branch and no call, and neither waits nor spills.

#ifndef NB_BLOCKS_H
#define NB_BLOCKS_H

#include "terms.h"

/// Terms of a block, about; those of one orientation are in one block.
NB_CONSTANT int BLOCK_OF_TERMS = 32;

/// Adds the terms of a block in double precision.
template <int FACTOR, typename Lattice> struct DoubleBlock {
    double sum = 0.0; ///< Where |F_cell|^2 is the same for all, over the unit of the plan.
    int farthest = 0; ///< Upper words of the largest and of the smallest distance.
    int closest = 0x7fffffff;
    unsigned outside = 0;
    bool limited = false; ///< Whether an index is close to the range of the interpolation.

    /// What the sum is to be multiplied by.
    NB_MEMBER static double unit(const Parameters &p) { return FACTOR == CONSTANT ? p.doubles.unit : 1.0; }

    /// Adds a term: products of the cell with the scattering vector come times the wavelength.
    template <typename... Recorders>
    NB_MEMBER void add(const Parameters &p, const double *along, double inverse, bool tricubic,
                       Recorders &...recorders) {
        double nearest[3], delta[3], index[3];
        find_indices(along, inverse, nearest, delta, index, closest, farthest);
        (recorders.at(index, nearest, delta), ...);
        if (FACTOR == CONSTANT) {
            (recorders.found(Lattice::add_squared(p, delta, 0.0), p.doubles.unit), ...);
            sum = Lattice::add_squared(p, delta, sum);
            return;
        }
        const LatticeFactor lattice = {Lattice::add_squared(p, delta, 0.0) * p.doubles.unit, true, false};
        const Term term = complete<FACTOR>(p, lattice, index, nearest, tricubic, recorders...);
        sum += term.value;
        if (FACTOR == TRICUBIC && tricubic) {
            limited = limited || close_to_limit(p, index);
            outside += term.outside ? 1 : 0;
        }
    }

    NB_MEMBER bool close(const Parameters &p) const {
        return closest <= (int)p.reach_high || limited ||
               (FACTOR != CONSTANT && farthest >= (int)p.edge_high);
    }

    NB_MEMBER double total() const { return sum; }

    /// What its sum may be off by comes from nothing but its rounding.
    NB_MEMBER double doubt(const Parameters &, int) const { return 0.0; }
};

/// Adds the terms of some orientations one by one.
template <int FACTOR, typename... Recorders>
NB_COLD void add_again(const Terms &terms, int begin, int end, Recorders &...recorders) {
    Terms part = terms;
    part.cells += 9 * begin;
    part.first += begin;
    part.orientations = end - begin;
    add_terms<FACTOR>(part, recorders...);
}

/// Adds terms block by block.
template <int FACTOR, typename Block, typename... Recorders>
NB_DEVICE void add_blocks(const Terms &terms, Recorders &...recorders) {
    const Parameters &p = terms.p;
    Pixel &pixel = terms.pixel;
    const double *waves = terms.waves;
    const int wavelengths = terms.wavelengths, orientations = terms.orientations;
    const int together = larger(1, BLOCK_OF_TERMS / wavelengths);
    const double beam[3] = {terms.beam.along[0], terms.beam.along[1], terms.beam.along[2]};
    const double weight = terms.beam.weight, unit = Block::unit(p);
    // Terms to compute at a time; one that is interpolated, or recorded, is long enough.
    constexpr bool recorded = sizeof...(Recorders) > 0;
    constexpr int some = 2, many = FACTOR == TRICUBIC || recorded ? 1 : 4;
    double sum = pixel.intensity, doubt = 0.0;
    NB_ROLLED
    for (int begin = 0; begin < orientations; begin += together) {
        const int end = smaller(begin + together, orientations);
        Block block;
        (recorders.begin(), ...);
        const auto along_axes = [&](int number, double *along) {
            NB_UNROLL
            for (int axis = 0; axis < 3; axis++) {
                along[axis] = fused_dot(terms.cells + 9 * number + 3 * axis, beam);
            }
            return FACTOR == TRICUBIC &&
                   interpolates_at(p, pixel, terms.source, terms.first + number);
        };
        if (wavelengths == 1 && FACTOR != TRICUBIC && !recorded) {
            const double inverse = waves[0];
            NB_UNROLL_BY(some)
            for (int number = begin; number < end; number++) {
                double along[3];
                const bool tricubic = along_axes(number, along);
                block.add(p, along, inverse, tricubic);
            }
        } else {
            NB_ROLLED
            for (int number = begin; number < end; number++) {
                double along[3];
                const bool tricubic = along_axes(number, along);
                NB_UNROLL_BY(many)
                for (int wave = 0; wave < wavelengths; wave++) {
                    block.add(p, along, waves[wave], tricubic, recorders...);
                    (recorders.value(terms, number, wave, unit, block.total()), ...);
                }
            }
        }
        if (block.close(p)) {
            pixel.intensity = sum;
            (recorders.forget(), ...);
            add_again<FACTOR>(terms, begin, end, recorders...);
            sum = pixel.intensity;
        } else {
            sum = mad(block.total(), weight * unit, sum);
            (recorders.end(sum), ...);
            doubt += block.doubt(p, (end - begin) * wavelengths);
            if (FACTOR == TRICUBIC) {
                pixel.outside += block.outside;
            }
        }
    }
    pixel.intensity = sum;
    pixel.doubt = mad(doubt, weight, pixel.doubt);
}

/// Blocks of a kind as work for [`with_lattice`].
template <int FACTOR, template <int, typename> class Block> struct Blocks {
    const Terms &terms;

    template <typename Lattice> NB_MEMBER void run() const {
        add_blocks<FACTOR, Block<FACTOR, Lattice>>(terms);
    }
};

/// Adds terms in blocks of a kind; with a recorder the lattice factor is chosen for each term.
template <int FACTOR, template <int, typename> class Block, typename... Recorders>
NB_DEVICE void add_in_blocks(const Terms &terms, Recorders &...recorders) {
    if constexpr (sizeof...(Recorders) == 0) {
        with_lattice(terms.p, Blocks<FACTOR, Block>{terms});
    } else {
        add_blocks<FACTOR, Block<FACTOR, AnyLattice>>(terms, recorders...);
    }
}

#endif
