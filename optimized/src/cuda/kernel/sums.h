// Sums over pixels. Each row is added by one thread, and some rows by another: what comes out depends
// neither on the launches nor on the device.

#ifndef NB_SUMS_H
#define NB_SUMS_H

#include "parameters.h"

/// Adds the sums of pixels that follow.
NB_DEVICE void add_sums(Sums &sums, const Sums &next) {
    sums.pixels += next.pixels;
    sums.squares += next.squares;
    sums.omega += next.omega;
    sums.solid_angle += next.solid_angle;
    sums.doubt = next.doubt > sums.doubt ? next.doubt : sums.doubt;
    if (next.maximum > sums.maximum) {
        sums.maximum = next.maximum;
        sums.maximum_at = next.maximum_at;
    }
    sums.count += next.count;
    sums.outside += next.outside;
    sums.outside_at = sums.outside_at < 0 ? next.outside_at : sums.outside_at;
    sums.guarded += next.guarded;
}

/// One row of this launch.
NB_DEVICE void add_row(const Parameters &p) {
    const Integer row = (Integer)block_number() * thread_count() + thread_number();
    if (row >= p.size[1]) {
        return;
    }
    Sums sums = {};
    sums.outside_at = -1;
    for (Integer column = 0; column < p.size[0]; column++) {
        const Integer at = row * p.size[0] + column;
        if (p.mask && !p.mask[at]) {
            continue;
        }
        const float pixel = p.pixels[at];
        const float square = pixel * pixel;
        Sums next = {};
        next.pixels = pixel;
        next.squares = square;
        next.omega = p.omega_sums[at];
        next.solid_angle = p.solid_angles ? p.solid_angles[at] : 0.0;
        next.doubt = p.doubts ? (double)p.doubts[at] * p.doubts[at] : 0.0;
        next.maximum = pixel;
        next.maximum_at = p.row * p.size[0] + at;
        next.count = 1;
        next.outside = p.outside ? p.outside[at] : 0;
        next.outside_at = next.outside ? next.maximum_at : -1;
        next.guarded = p.guarded[at];
        add_sums(sums, next);
    }
    p.row_sums[p.row + row] = sums;
}

/// A group of rows of the region.
NB_DEVICE void add_group(const Parameters &p) {
    const Integer group = (Integer)block_number() * thread_count() + thread_number();
    Sums sums = {};
    sums.outside_at = -1;
    for (Integer row = group * p.group; row < (group + 1) * p.group && row < p.rows; row++) {
        add_sums(sums, p.row_sums[row]);
    }
    if (group * p.group < p.rows) {
        p.group_sums[group] = sums;
    }
}

#endif
