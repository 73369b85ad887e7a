// What a thread keeps of its pixel while it walks through layers, sub-pixels and sources.

#ifndef NB_PIXEL_H
#define NB_PIXEL_H

#include "exact.h"

struct Pixel {
    Place place;        ///< The pixel, and the sub-pixel at work.
    double omega;       ///< Solid angle, polarization factor, capture fraction as they stand.
    double polar;
    double capture;
    double intensity;   ///< The sum of the terms.
    double layers;      ///< The sum over the layers before.
    double omega_sum;   ///< Of the solid angle, over layers and sub-pixels.
    double solid_angle; ///< Of the pixel.
    double first_omega; ///< Of the first sub-pixel; polarization of the first source.
    double first_polar;
    double first_parallax;
    double doubt;       ///< What single precision may have made wrong; see `finish.h`.
    Integer ray;        ///< Number of the ray within the pixel, times the number of sources.
    Integer unrotated;  ///< Number of ray and source that finds the crystal unrotated, or -1.
    Integer tricubic;   ///< Evaluations before this one are interpolated.
    unsigned outside;   ///< Evaluations out of the range of the interpolation.
    unsigned guarded;   ///< Evaluations by the C program's own expressions.

    NB_MEMBER bool first() const {
        return place.layer == 0 && place.sub[0] == 0 && place.sub[1] == 0;
    }
};

/// What the sum of terms starts from.
NB_DEVICE double background_in_sum(const Parameters &p) {
    return p.water_scale || p.background_apart ? 0.0 : p.background;
}

/// The number of evaluations of a pixel that are interpolated.
NB_DEVICE Integer interpolated(const Parameters &p, int fast, int slow) {
    const Integer all = 0x7fffffffffffffffLL;
    if (!p.interpolate) {
        return 0;
    }
    if (p.switch_pixel[0] < 0) {
        return all;
    }
    if (slow != p.switch_pixel[1]) {
        return slow < p.switch_pixel[1] ? all : 0;
    }
    if (fast != p.switch_pixel[0]) {
        return fast < p.switch_pixel[0] ? all : 0;
    }
    return p.switch_evaluation;
}

NB_DEVICE Pixel start_pixel(const Parameters &p, int fast, int slow) {
    Pixel pixel = {};
    pixel.place.pixel[0] = fast;
    pixel.place.pixel[1] = slow;
    pixel.intensity = background_in_sum(p);
    pixel.tricubic = interpolated(p, fast, slow);
    bool special = fast == p.unrotated_pixel[0] && slow == p.unrotated_pixel[1];
    pixel.unrotated = special ? p.unrotated_ray : -1;
    return pixel;
}

#endif
