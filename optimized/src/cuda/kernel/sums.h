// Sums over pixels. The columns of a row are dealt out to strands, which are added in pairs; the rows
// of a group are added by one thread. What comes out depends neither on the launches nor on the device.

#ifndef NB_SUMS_H
#define NB_SUMS_H

#include "parameters.h"

/// Strands of a row: columns that are this far apart.
NB_CONSTANT int STRANDS = 128;

/// The sums of no pixels.
NB_DEVICE Sums no_sums() {
    Sums sums = {};
    sums.outside_at = -1;
    return sums;
}

/// Adds the sums of other pixels.
NB_DEVICE void add_sums(Sums &sums, const Sums &next) {
    sums.pixels += next.pixels;
    sums.squares += next.squares;
    sums.omega += next.omega;
    sums.solid_angle += next.solid_angle;
    sums.doubt = next.doubt > sums.doubt ? next.doubt : sums.doubt;
    const bool before = next.maximum == sums.maximum && next.maximum_at < sums.maximum_at;
    if (next.maximum > sums.maximum || before) {
        sums.maximum = next.maximum;
        sums.maximum_at = next.maximum_at;
    }
    sums.count += next.count;
    sums.outside += next.outside;
    // As a number without a sign, -1 is larger than all.
    const bool earlier = (unsigned long long)next.outside_at < (unsigned long long)sums.outside_at;
    sums.outside_at = earlier ? next.outside_at : sums.outside_at;
    sums.guarded += next.guarded;
}

/// The sums of a pixel of this launch.
NB_DEVICE Sums sums_of(const Parameters &p, Integer at) {
    const float pixel = p.pixels[at];
    const float square = pixel * pixel;
    Sums sums = {};
    sums.pixels = pixel;
    sums.squares = square;
    sums.omega = p.omega_sums[at];
    sums.solid_angle = p.solid_angles ? p.solid_angles[at] : 0.0;
    sums.doubt = p.doubts ? (double)p.doubts[at] * p.doubts[at] : 0.0;
    sums.maximum = pixel;
    sums.maximum_at = p.row * p.size[0] + at;
    sums.count = 1;
    sums.outside = p.outside ? p.outside[at] : 0;
    sums.outside_at = sums.outside ? sums.maximum_at : -1;
    sums.guarded = p.guarded[at];
    return sums;
}

/// One row of this launch.
NB_DEVICE void add_row(const Parameters &p, Sums *strands) {
    const Integer row = block_number();
    for (int strand = thread_number(); strand < STRANDS; strand += thread_count()) {
        Sums sums = no_sums();
        for (Integer column = strand; column < p.size[0]; column += STRANDS) {
            const Integer at = row * p.size[0] + column;
            if (!p.mask || p.mask[at]) {
                add_sums(sums, sums_of(p, at));
            }
        }
        strands[strand] = sums;
    }
    for (int half = STRANDS / 2; half > 0; half /= 2) {
        any_thread(false);
        for (int strand = thread_number(); strand < half; strand += thread_count()) {
            add_sums(strands[strand], strands[strand + half]);
        }
    }
    if (thread_number() == 0) {
        p.row_sums[p.row + row] = strands[0];
    }
}

/// A group of rows of the region.
NB_DEVICE void add_group(const Parameters &p) {
    const Integer group = (Integer)block_number() * thread_count() + thread_number();
    Sums sums = no_sums();
    for (Integer row = group * p.group; row < (group + 1) * p.group && row < p.rows; row++) {
        add_sums(sums, p.row_sums[row]);
    }
    if (group * p.group < p.rows) {
        p.group_sums[group] = sums;
    }
}

#endif
