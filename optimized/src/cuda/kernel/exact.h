// Single evaluations by the C program's own expressions, in its order (C:2691-3007): what a thread
// asks that is close to a decision. Nothing here is contracted.

#ifndef NB_EXACT_H
#define NB_EXACT_H

#include "parameters.h"
#include "vector.h"

/// A sub-pixel of a layer of a pixel.
struct Place {
    int pixel[2]; ///< Fast and slow.
    int layer;
    int sub[2]; ///< Fast and slow.
};

/// One evaluation.
struct Evaluation {
    double index[3];
    double nearest[3];
    double f_latt;
};

namespace exact {

/// Position of a sub-pixel along one axis of the detector, m (C:2694).
NB_DEVICE double coordinate(const Parameters &p, int pixel, int sub) {
    return p.subpixel_size * (double)((Integer)pixel * p.oversample + sub) + p.subpixel_size / 2.0;
}

/// Position of the ray's end, m (C:2691-2716).
NB_COLD Vector position(const Parameters &p, const Place &place) {
    double fast = coordinate(p, place.pixel[0], place.sub[0]);
    double slow = coordinate(p, place.pixel[1], place.sub[1]);
    double depth = (double)place.layer * p.layer_step;
    Vector flat;
    for (int i = 0; i < 3; i++) {
        flat.x[i] = fast * p.fdet[i] + slow * p.sdet[i] + depth * p.odet[i] + p.pix0[i];
    }
    if (!p.curved) {
        return flat;
    }
    double about_slow = flat.x[1] / p.distance, about_fast = flat.x[2] / p.distance;
    if (p.curved_axes) {
        about_slow = (fast - p.beam_spot[0]) / p.distance * p.senses[0];
        about_fast = (slow - p.beam_spot[1]) / p.distance * p.senses[1];
    }
    Vector spot;
    for (int i = 0; i < 3; i++) {
        spot.x[i] = p.distance * p.beam_direction[i];
    }
    return rotate_axis(rotate_axis(spot, p.sdet, about_slow), p.fdet, about_fast);
}

/// Unit vector of the diffracted ray.
NB_COLD Vector diffracted(const Parameters &p, const Place &place) {
    return unitize(position(p, place));
}

/// The scattering vector of a source, 1/m (C:2751).
NB_COLD Vector between(const Parameters &p, const Vector &diffracted, int number) {
    const Source &source = p.source_list[number];
    Vector scattering;
    for (int i = 0; i < 3; i++) {
        double incident = -source.direction[i];
        scattering.x[i] = (diffracted.x[i] - incident) / source.wavelength;
    }
    return scattering;
}

/// Whether the resolution limit removes a scattering vector (C:2758).
NB_COLD bool culled_by(const Parameters &p, const Vector &scattering) {
    double stol = 0.5 * magnitude(scattering);
    return p.dmin > 0.0 && stol > 0.0 && p.dmin > 0.5 / stol;
}

/// Whether the polarization is known before a ray: where a source of an earlier one was not culled.
NB_COLD bool polarized_before(const Parameters &p, const Place &place) {
    if (p.nopolar) {
        return true;
    }
    int side = (int)p.oversample;
    int rays = (place.layer * side + place.sub[1]) * side + place.sub[0];
    for (int ray = 0; ray < rays; ray++) {
        Place earlier = place;
        earlier.sub[0] = ray % side;
        earlier.sub[1] = ray / side % side;
        earlier.layer = ray / side / side;
        Vector direction = diffracted(p, earlier);
        for (int source = 0; source < p.sources; source++) {
            if (!culled_by(p, between(p, direction, source))) {
                return true;
            }
        }
    }
    return false;
}

/// The scattering vector of a source at a place. The polarization factor makes the ray a unit
/// vector once more each time that it is computed: for the first source of a pixel, or for all.
NB_COLD Vector scattering(const Parameters &p, const Place &place, int source) {
    Vector direction = diffracted(p, place);
    if (p.renewed || !polarized_before(p, place)) {
        bool done = false;
        for (int earlier = 0; earlier < source; earlier++) {
            if ((p.renewed || !done) && !culled_by(p, between(p, direction, earlier))) {
                direction = unitize(direction);
                done = true;
            }
        }
    }
    return between(p, direction, source);
}

/// Kahn's polarization factor (C:4053-4095).
NB_COLD double polarization(const Parameters &p, const Place &place, int number) {
    const Source &source = p.source_list[number];
    Vector direction = unitize(diffracted(p, place));
    double cos_two_theta = dot(vector_from(source.incident), direction);
    double cos_sqr = cos_two_theta * cos_two_theta;
    double psi = 0.0;
    if (p.kahn != 0.0) {
        double e_out = dot(direction, vector_from(source.e_in));
        double b_out = dot(direction, vector_from(source.b_in));
        psi = -atan2(b_out, e_out);
    }
    return 0.5 * (1.0 + cos_sqr - p.kahn * cos(2.0 * psi) * (1.0 - cos_sqr));
}

/// The fraction that a layer captures (C:2733-2736).
NB_COLD double capture(const Parameters &p, const Place &place) {
    double parallax = dot(diffracted(p, place), vector_from(p.odet));
    double tic = (double)place.layer;
    return exp(-tic * p.layer_step * p.mu / parallax) -
           exp(-(tic + 1.0) * p.layer_step * p.mu / parallax);
}

/// Whether an index lies in the range of the interpolation (C:2937).
NB_COLD bool interpolates(const Parameters &p, const double *index) {
    for (int axis = 0; axis < 3; axis++) {
        double h = index[axis];
        double low = (double)p.table_min[axis];
        double high = (double)(p.table_min[axis] + p.table_size[axis] - 1);
        bool inside = p.strict ? floor(h) - 1.0 >= low && floor(h) + 2.0 <= high
                               : !(h - low + 3.0 > high - low + 1.0 || h - 2.0 < low);
        if (!inside) {
            return false;
        }
    }
    return true;
}

/// sin(Nx)/sin(x) (C:3291).
NB_DEVICE double interference(double x, double cells) {
    return x == 0.0 ? cells : sin(x * cells) / sin(x);
}

/// F_latt (C:2821-2866, C:3291-3308).
NB_COLD double lattice_factor(const Parameters &p, const double *index, const double *nearest) {
    const double pi = 3.14159265358979323846;
    double na = p.cells[0], nb = p.cells[1], nc = p.cells[2];
    if (p.shape == SQUARE_SHAPE) {
        double factor = 1.0;
        for (int axis = 0; axis < 3; axis++) {
            if (p.cells[axis] > 1.0) {
                factor *= interference(pi * index[axis], p.cells[axis]);
            }
        }
        return factor;
    }
    double dh = index[0] - nearest[0], dk = index[1] - nearest[1], dl = index[2] - nearest[2];
    if (p.shape == ROUND_SHAPE) {
        double radius_sqr = dh * dh * na * na + dk * dk * nb * nb + dl * dl * nc * nc;
        double x = pi * sqrt(radius_sqr * p.fudge);
        double sinc3 = x == 0.0 ? 1.0 : 3.0 * (sin(x) / x - cos(x)) / (x * x);
        return na * nb * nc * 0.723601254558268 * sinc3;
    }
    Vector offset;
    for (int i = 0; i < 3; i++) {
        offset.x[i] = dh * p.reciprocal[i] + dk * p.reciprocal[3 + i] + dl * p.reciprocal[6 + i];
    }
    double radius_sqr = dot(offset, offset) * na * na * nb * nb * nc * nc;
    if (p.shape == GAUSS_SHAPE) {
        return na * nb * nc * exp(-(radius_sqr / 0.63 * p.fudge));
    }
    return na * nb * nc * (radius_sqr * p.fudge < 0.3969 ? 1.0 : 0.0);
}

/// One evaluation of an orientation (C:2813-2866).
NB_COLD Evaluation evaluate(const Parameters &p, const Place &place, int source,
                            const double *cell) {
    Vector vector = scattering(p, place, source);
    Evaluation found;
    for (int axis = 0; axis < 3; axis++) {
        found.index[axis] = dot(vector_from(cell + 3 * axis), vector);
        found.nearest[axis] = ceil(found.index[axis] - 0.5);
    }
    found.f_latt = lattice_factor(p, found.index, found.nearest);
    return found;
}

} // namespace exact

#endif
