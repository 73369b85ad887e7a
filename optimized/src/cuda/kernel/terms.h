// The innermost loops: mosaic domains and spindle steps outside, the wavelengths of a direction
// inside (C:2779-3016).
//
// A Miller index is h = (cell . along)/wavelength: the product with the cell is shared by the
// wavelengths. Its nearest integer n is peeled off in index units, and a fused multiply-add gives
// the fraction h - n without the rounding of h. A few operations on the upper words of the fractions
// tell whether some decision is close; then the C program's expressions are asked.
//
// Where a run has several sources, their terms are added orientation by orientation, and not source
// by source as the C program does: nothing but the rounding of the sum depends on it.
//
// This is the way for any crystal; `blocks.h` has a faster one for most of them.
//
// For the trace of a pixel these functions take a recorder (`record.h`) and tell it what they make of
// each evaluation. The kernels that render hand them none, and nothing is compiled of it.

#ifndef NB_TERMS_H
#define NB_TERMS_H

#include "beam.h"
#include "factor.h"
#include "lattice.h"

/// Orientations, and wavelengths, that a block keeps in shared memory.
NB_CONSTANT int CHUNK = 64;

/// What one evaluation gives.
struct Term {
    double value;  ///< |F_latt|^2 |F_cell|^2
    bool alive;    ///< Whether F_latt is not 0.
    bool outside;  ///< Whether the index is out of the range of the interpolation.
    bool asked;    ///< Whether it is the C program's expressions that say so.
};

/// The integers that doubles of whole numbers stand for.
struct Indices {
    int of[3];
};

NB_DEVICE Indices integers(const double *nearest) {
    return {{(int)nearest[0], (int)nearest[1], (int)nearest[2]}};
}

/// The indices of a wavelength, their nearest integers and what is left, from the products of the cell
/// with the scattering vector, which come times the wavelength. Keeps the upper words of the smallest
/// and of the largest distance. Three arrays, so that one whose address is taken keeps no other in
/// memory.
NB_DEVICE void find_indices(const double *along, double inverse, double *nearest, double *delta,
                            double *index, int &closest, int &farthest) {
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        nearest[axis] = mad(along[axis], inverse, ROUNDER) - ROUNDER;
        delta[axis] = mad(along[axis], inverse, -nearest[axis]);
        index[axis] = nearest[axis] + delta[axis];
        const int high = high_magnitude(delta[axis]);
        farthest = larger(farthest, high);
        closest = smaller(closest, high);
    }
}

/// A term with the structure factor of an index: 0 where the C program leaves the term out before it
/// looks the factor up, which may be infinite. With water it leaves none out (C:2868).
template <int FACTOR, typename... Recorders>
NB_DEVICE Term complete(const Parameters &p, const LatticeFactor &lattice, const double *index,
                        const double *nearest, bool tricubic, Recorders &...recorders) {
    Term term = {lattice.squared, lattice.alive, false, false};
    if (FACTOR == CONSTANT) {
        (recorders.found(lattice.squared, 0.0, false, term.value), ...);
        return term;
    }
    double f;
    if (FACTOR == TRICUBIC && tricubic) {
        term.outside = !in_range(p, index);
        f = term.outside ? nearest_factor(p, integers(nearest).of) : tricubic_factor(p, index);
    } else {
        f = nearest_factor(p, integers(nearest).of);
    }
    term.value = lattice.alive || p.water_size != 0.0 ? lattice.squared * (f * f) : 0.0;
    (recorders.found(lattice.squared, f, FACTOR == TRICUBIC && tricubic && !term.outside, term.value),
     ...);
    return term;
}

/// Whether a lattice point is so close that the C program's sin(Nx)/sin(x) is a quotient of two
/// roundings.
NB_DEVICE bool at_peak(const Parameters &p, const double *delta, const double *nearest) {
    bool close = false;
    for (int axis = 0; axis < 3; axis++) {
        close = close || (p.active[axis] && nearest[axis] != 0.0 && fabs(delta[axis]) < p.reach);
    }
    return close;
}

/// An evaluation that may be close to a decision: what is, is taken by the C program's expressions.
/// The products of the cell with the scattering vector come times the wavelength.
template <int FACTOR, typename... Recorders>
NB_COLD Term decided(const Parameters &p, const Place &place, int source, const double *cell,
                     double along_a, double along_b, double along_c, double wave, bool tricubic,
                     Recorders &...recorders) {
    double h[3] = {along_a * wave, along_b * wave, along_c * wave};
    const double along[3] = {along_a, along_b, along_c};
    double n[3], delta[3];
    double farthest = 0.0;
    for (int axis = 0; axis < 3; axis++) {
        n[axis] = nearest_integer(h[axis]);
        delta[axis] = mad(along[axis], wave, -n[axis]);
        farthest = fmax(farthest, fabs(delta[axis]));
    }
    Evaluation found = {};
    bool asked = false;
    const bool sided = FACTOR != CONSTANT || p.lattice == GAUSS || p.lattice == TOPHAT;
    const bool limited = FACTOR == TRICUBIC && tricubic;
    if ((sided && farthest > 0.5 - p.index_guard) || (limited && close_to_limit(p, h))) {
        found = exact::evaluate(p, place, source, cell);
        asked = true;
        for (int axis = 0; axis < 3; axis++) {
            h[axis] = found.index[axis];
            n[axis] = found.nearest[axis];
            delta[axis] = h[axis] - n[axis];
        }
    }
    (recorders.at(h, n, delta), ...);
    LatticeFactor lattice = lattice_factor(p, delta);
    const bool square = p.lattice == COSINES || p.lattice == SINES;
    if (square ? at_peak(p, delta, n) : lattice.close) {
        if (!asked) {
            found = exact::evaluate(p, place, source, cell);
            asked = true;
        }
        lattice.squared = found.f_latt * found.f_latt / p.lattice_gain;
        lattice.alive = found.f_latt != 0.0;
    }
    if (limited && asked) {
        const bool inside = exact::interpolates(p, found.index);
        for (int axis = 0; axis < 3; axis++) {
            h[axis] = inside ? settled(p, axis, found.index[axis]) : p.limits[axis][0] - 1.0;
        }
    }
    Term term = complete<FACTOR>(p, lattice, h, n, tricubic, recorders...);
    term.asked = asked;
    return term;
}

/// Whether the next evaluations of a pixel are interpolated. Where interpolation ends within the
/// pixel, runs have one source.
NB_DEVICE bool interpolates_at(const Parameters &p, const Pixel &pixel, int source,
                               Integer orientation) {
    return (pixel.ray + source) * p.orientations + orientation < pixel.tricubic;
}

/// Terms to add: those of some orientations, numbered from `first`, and of the wavelengths of a run.
struct Terms {
    const Parameters &p;
    Pixel &pixel;
    const Beam &beam;
    int source;
    const double *cells; ///< The orientations.
    Integer first;
    int orientations;
    const double *waves; ///< 1/wavelength.
    int wavelengths;
};

/// Adds terms one by one.
template <int FACTOR, typename... Recorders>
NB_DEVICE void add_terms(const Terms &terms, Recorders &...recorders) {
    const Parameters &p = terms.p;
    Pixel &pixel = terms.pixel;
    const Beam &beam = terms.beam;
    const double *cells = terms.cells, *waves = terms.waves;
    const Integer first = terms.first;
    const int orientations = terms.orientations;
    const int source = terms.source, wavelengths = terms.wavelengths;
    const bool skips = p.water_size == 0.0, running = (int)p.running;
    const int edge = (int)p.edge_high, reach = (int)p.reach_high;
    double sum = pixel.intensity;
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
            int farthest = 0, closest = 0x7fffffff;
            double nearest[3], delta[3], index[3];
            find_indices(along, inverse, nearest, delta, index, closest, farthest);
            const LatticeFactor lattice = lattice_factor(p, delta);
            bool close = farthest >= edge || closest <= reach || lattice.close;
            if (FACTOR == TRICUBIC && tricubic) {
                close = close || close_to_limit(p, index);
            }
            Term term;
            if (close) {
                term = decided<FACTOR>(p, pixel.place, source + wave, cell, along[0], along[1],
                                       along[2], inverse, tricubic, recorders...);
                pixel.guarded += term.asked ? 1 : 0;
            } else {
                (recorders.at(index, nearest, delta), ...);
                term = complete<FACTOR>(p, lattice, index, nearest, tricubic, recorders...);
            }
            if (term.alive || !skips) {
                const double next = mad(term.value, beam.weight, sum);
                sum = running ? next * beam.multiplier : next;
            }
            (recorders.term(terms, number, wave, term.asked, term.alive || !skips, sum), ...);
            if (FACTOR == TRICUBIC && term.outside && (term.alive || !skips)) {
                pixel.outside++;
            }
        }
    }
    pixel.intensity = sum;
}

#endif
