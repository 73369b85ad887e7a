// The ray to a sub-pixel: direction, solid angle, capture fraction (C:2691-2743).

#ifndef NB_GEOMETRY_H
#define NB_GEOMETRY_H

#include "pixel.h"

/// Below this optical thickness of a layer, and above the other, the C library's own rounding
/// shows in the difference of two exponentials.
NB_CONSTANT double THIN = 1e-3;
NB_CONSTANT double THICK = 600.0;

/// The position of a sub-pixel on a detector whose pixels all have the same distance (C:2707-2716).
NB_COLD Vector curved(const Parameters &p, const Vector &flat, double fast, double slow) {
    double about_slow = flat.x[1] / p.distance, about_fast = flat.x[2] / p.distance;
    if (p.curved_axes) {
        about_slow = (fast - p.beam_spot[0]) / p.distance * p.senses[0];
        about_fast = (slow - p.beam_spot[1]) / p.distance * p.senses[1];
    }
    Vector spot;
    for (int i = 0; i < 3; i++) {
        spot.x[i] = p.beam_direction[i] * p.distance;
    }
    return rotate_axis(rotate_axis(spot, p.sdet, about_slow), p.fdet, about_fast);
}

/// The position of a sub-pixel along an axis of the detector.
NB_DEVICE double along_axis(const Parameters &p, const Place &place, int axis) {
    double number = mad((double)place.pixel[axis], (double)p.oversample, (double)place.sub[axis]);
    return mad(number, p.subpixel_size, p.subpixel_size / 2.0);
}

NB_DEVICE Vector position(const Parameters &p, const Place &place) {
    double coordinates[2];
    NB_UNROLL
    for (int axis = 0; axis < 2; axis++) {
        coordinates[axis] = along_axis(p, place, axis);
    }
    double depth = (double)place.layer * p.layer_step;
    Vector flat;
    NB_UNROLL
    for (int i = 0; i < 3; i++) {
        double corner = mad(depth, p.odet[i], p.pix0[i]);
        flat.x[i] = mad(coordinates[0], p.fdet[i], mad(coordinates[1], p.sdet[i], corner));
    }
    return p.curved ? curved(p, flat, coordinates[0], coordinates[1]) : flat;
}

/// The solid angle, where it is not known yet or belongs to the sub-pixel (C:2723).
NB_DEVICE void solid_angle(const Parameters &p, Pixel &pixel, double inverse) {
    double area = p.pixel_size * p.pixel_size * p.close_distance;
    double flat = inverse * inverse * inverse * area;
    double fresh = p.point_pixel ? inverse * inverse : flat;
    if (pixel.omega == 0.0 || p.each_omega) {
        pixel.omega = fresh;
    }
    pixel.omega_sum += pixel.omega;
    if (p.solid_angle_report && pixel.place.layer == 0) {
        pixel.solid_angle = mad(flat, 1.0 / (double)(p.oversample * p.oversample), pixel.solid_angle);
    }
    if (pixel.first()) {
        pixel.first_omega = pixel.omega;
    }
}

/// The fraction that the layer captures, where it is not known yet or belongs to the sub-pixel
/// (C:2733).
NB_DEVICE void capture(const Parameters &p, Pixel &pixel, const Vector &ray) {
    if (!p.captures && !(p.water_scale && pixel.first())) {
        return;
    }
    double parallax = fused_dot(ray.x, p.odet);
    if (pixel.first()) {
        pixel.first_parallax = parallax;
    }
    if (!p.captures || (pixel.capture != 0.0 && !p.each_thick)) {
        return;
    }
    double depth = p.layer_step * p.mu / parallax;
    double tic = (double)pixel.place.layer, next = tic + 1.0;
    if (p.zero_capture && p.thickness == 0.0) {
        pixel.capture = 1.0;
    } else if (THIN < depth && next * depth < THICK) {
        pixel.capture = exp(-(tic * depth)) - exp(-(next * depth));
    } else {
        pixel.capture = exact::capture(p, pixel.place);
    }
}

/// 1/length
NB_DEVICE double inverse_length(const Vector &v) { return 1.0 / sqrt(fused_dot(v.x, v.x)); }

/// The direction of the ray; solid angle and capture fraction on the way.
NB_DEVICE Vector look_at(const Parameters &p, Pixel &pixel) {
    Vector end = position(p, pixel.place);
    double inverse = inverse_length(end);
    Vector ray;
    NB_UNROLL
    for (int i = 0; i < 3; i++) {
        ray.x[i] = end.x[i] * inverse;
    }
    solid_angle(p, pixel, inverse);
    capture(p, pixel, ray);
    return ray;
}

#endif
