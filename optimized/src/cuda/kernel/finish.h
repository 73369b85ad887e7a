// From the sum of the terms to photons (C:3032-3049).

#ifndef NB_FINISH_H
#define NB_FINISH_H

#include "pixel.h"

/// Adds the water of the C program with the factors that its terms have had: to each layer where they
/// are apart, else to the last one.
NB_DEVICE void add_background(const Parameters &p, Pixel &pixel) {
    const bool ends = p.sensor_layers || pixel.place.layer + 1 == p.layers;
    if (!ends || p.water_scale || !p.background_apart) {
        return;
    }
    double background = p.background;
    background *= p.each_thick ? pixel.capture : 1.0;
    background *= p.each_polar ? pixel.polar : 1.0;
    background *= p.each_omega ? pixel.omega : 1.0;
    pixel.intensity += background;
}

/// Begins a layer of the sensor.
NB_DEVICE void start_layer(const Parameters &p, Pixel &pixel) {
    pixel.capture = p.thickness == 0.0 ? 1.0 : 0.0;
}

/// Adds the sum of a layer, its background included, to that over layers.
NB_DEVICE void take_layer(const Parameters &p, Pixel &pixel) {
    if (p.sensor_layers) {
        // Each layer's terms with its own fraction, unless each term has had its own.
        double fraction = p.each_thick || !p.captures ? 1.0 : pixel.capture;
        pixel.layers += pixel.intensity * fraction;
        pixel.intensity = background_in_sum(p);
    }
}

/// Ends a layer of the sensor.
NB_DEVICE void end_layer(const Parameters &p, Pixel &pixel) {
    add_background(p, pixel);
    take_layer(p, pixel);
}

/// The sum of the terms of all layers.
NB_DEVICE double sum_of_terms(const Parameters &p, const Pixel &pixel) {
    return p.sensor_layers ? pixel.layers : pixel.intensity;
}

/// A sum of terms times what has not gone into them.
NB_DEVICE double photons(const Parameters &p, const Pixel &pixel, double sum) {
    if (p.captures && !p.each_thick && !p.sensor_layers) {
        sum *= pixel.capture;
    }
    if (!p.each_polar) {
        sum *= pixel.polar;
    }
    if (!p.each_omega) {
        sum *= pixel.omega;
    }
    return sum * p.scale;
}

/// Photons from the water, once a pixel: background x solid angle x polarization x the fraction that
/// the whole sensor captures. Used where the quirk `water-scale` is off.
NB_DEVICE double water(const Parameters &p, const Pixel &pixel) {
    double value = p.background * pixel.first_omega * pixel.first_polar;
    if (p.thickness > 0.0) {
        double depth = -(double)p.layers * p.layer_step * p.mu;
        value *= 1.0 - exp(depth / pixel.first_parallax);
    }
    return value;
}

/// All photons. Added to a zero, as in the C program: a negative zero does not stay one.
NB_DEVICE double all_photons(const Parameters &p, const Pixel &pixel) {
    const double added = p.water_scale ? water(p, pixel) : 0.0;
    return 0.0 + (photons(p, pixel, sum_of_terms(p, pixel)) + added);
}

/// Puts a pixel into the image. The doubt is what finish.rs of the engine on the processor calls so:
/// an amplitude f that is wrong by d gives a square that is wrong by 2fd + d^2.
template <bool MIXED>
NB_DEVICE void put(const Parameters &p, const Pixel &pixel, Integer at) {
    p.pixels[at] = (float)all_photons(p, pixel);
    p.omega_sums[at] = pixel.omega_sum;
    p.guarded[at] = pixel.guarded;
    if (p.solid_angles) {
        p.solid_angles[at] = pixel.solid_angle;
    }
    if (p.outside) {
        p.outside[at] = pixel.outside;
    }
    if (p.doubts) {
        // What is no number has no bound.
        const double doubt = MIXED ? fabs(photons(p, pixel, pixel.doubt)) : 0.0;
        p.doubts[at] = doubt >= 0.0 ? (float)sqrt(doubt) : infinite();
    }
}

#endif
