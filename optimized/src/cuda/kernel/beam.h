// The sources of a run at a ray: resolution limit, polarization, and what each term is multiplied
// by (C:2745-2777).

#ifndef NB_BEAM_H
#define NB_BEAM_H

#include "pixel.h"

/// How close to 1 the resolution limit has to come to be decided by the C program's expression.
NB_CONSTANT double RESOLUTION_GUARD = 1e-12;
/// Below this polarization factor the C program's rounding decides whether it counts as known.
NB_CONSTANT double DARK = 1e-12;

/// Sources of one direction.
struct Beam {
    double along[3];   ///< Diffracted minus incident ray: the scattering vector times the wavelength.
    double weight;     ///< What a term is multiplied by.
    double multiplier; ///< What the running sum is multiplied by behind each term.
    bool seen;         ///< Whether the resolution limit leaves the source.
};

/// Whether the resolution limit removes a source.
NB_DEVICE bool culled(const Parameters &p, Pixel &pixel, int number, const double *along) {
    if (!(p.dmin > 0.0)) {
        return false;
    }
    double inverse = p.source_list[number].inverse;
    double ratio = fused_dot(along, along) * (inverse * inverse) * (p.dmin * p.dmin);
    // Also where a source without wavelength gives no number.
    if (RESOLUTION_GUARD < fabs(ratio - 1.0) && ratio < 1e300) {
        return ratio > 1.0;
    }
    pixel.guarded++;
    return exact::culled_by(p, exact::scattering(p, pixel.place, number));
}

/// 1/2 (1 + cos^2 2theta - K cos 2psi sin^2 2theta). With e, b and the incident ray a right-handed
/// basis, the components of the diffracted ray along them give sin^2 2theta cos 2psi = E^2 - B^2.
NB_DEVICE double polarization(const Parameters &p, Pixel &pixel, int number, const Vector &ray) {
    const Source &source = p.source_list[number];
    double cosine = fused_dot(ray.x, source.incident);
    double across = 1.0 - cosine * cosine;
    if (source.isotropic == 0.0) {
        double e = fused_dot(ray.x, source.e_in), b = fused_dot(ray.x, source.b_in);
        across = e * e - b * b;
    }
    double polar = 0.5 * (1.0 + cosine * cosine - p.kahn * across);
    if (fabs(polar) < DARK) {
        pixel.guarded++;
        return exact::polarization(p, pixel.place, number);
    }
    return polar;
}

/// The polarization factor as it stands behind a source (C:2766).
NB_DEVICE void polarize(const Parameters &p, Pixel &pixel, int number, const Vector &ray,
                        bool seen) {
    if (pixel.first() && number == 0) {
        pixel.polar = p.nopolar ? 1.0 : 0.0;
        if (p.water_scale) {
            pixel.first_polar = p.nopolar ? 1.0 : polarization(p, pixel, number, ray);
        }
    }
    if (seen && (pixel.polar == 0.0 || p.renewed)) {
        pixel.polar = polarization(p, pixel, number, ray);
    }
}

/// The sources of a run.
NB_DEVICE Beam meet(const Parameters &p, Pixel &pixel, int first, int count, const Vector &ray) {
    const Source &source = p.source_list[first];
    Beam beam;
    NB_UNROLL
    for (int i = 0; i < 3; i++) {
        beam.along[i] = ray.x[i] + source.direction[i];
    }
    // Runs of several sources have no resolution limit.
    beam.seen = !culled(p, pixel, first, beam.along);
    polarize(p, pixel, first, ray, beam.seen);
    for (int number = 1; number < count && pixel.polar == 0.0; number++) {
        polarize(p, pixel, first + number, ray, true);
    }
    double factor = 1.0;
    if (!p.uniform) {
        factor *= p.each_thick ? pixel.capture : 1.0;
        factor *= p.each_polar ? pixel.polar : 1.0;
        factor *= p.each_omega ? pixel.omega : 1.0;
    }
    beam.weight = p.running ? p.gain : p.gain * factor;
    beam.multiplier = factor;
    return beam;
}

#endif
