// F_cell: one value for all, the nearest in the table, or the tricubic interpolation (C:2929-3007).

#ifndef NB_FACTOR_H
#define NB_FACTOR_H

#include "parameters.h"

/// How structure factors are found.
enum Factor { CONSTANT, NEAREST, TRICUBIC };

/// The structure factor of the nearest reflection. Indices are smaller than 2^31 (see
/// `parameters.rs`).
NB_DEVICE double nearest_factor(const Parameters &p, const int *nearest) {
    Integer place = 0;
    bool inside = true;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        unsigned offset = (unsigned)nearest[axis] - (unsigned)(int)p.table_min[axis];
        inside = inside && offset < (unsigned)p.table_size[axis];
        place = place * (unsigned)p.table_size[axis] + offset;
    }
    return inside ? p.table[place] : p.default_f;
}

/// Whether an index lies in the range of the interpolation.
NB_DEVICE bool in_range(const Parameters &p, const double *index) {
    bool inside = true;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        double low = p.limits[axis][0], high = p.limits[axis][1];
        inside = inside && index[axis] >= low &&
                 (p.strict ? index[axis] < high : index[axis] <= high);
    }
    return inside;
}

/// Whether an index is so close to a limit of the range that the C program has to decide.
NB_DEVICE bool close_to_limit(const Parameters &p, const double *index) {
    bool close = false;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        close = close || fabs(index[axis] - p.limits[axis][0]) < p.index_guard ||
                fabs(index[axis] - p.limits[axis][1]) < p.index_guard;
    }
    return close;
}

/// Moves an index by its last digits into the range of the interpolation.
NB_DEVICE double settled(const Parameters &p, int axis, double index) {
    double low = p.limits[axis][0], high = p.limits[axis][1];
    if (p.strict && index >= high) {
        // The neighbourhood of the largest number below the limit starts one lower.
        index = nextafter(high, low);
    }
    return fmax(low, fmin(high, index));
}

/// Weights of the cubic Lagrange polynomial through -1, 0, 1, 2 (C:3807).
NB_DEVICE void lagrange(double x, double *weights) {
    double before = x + 1.0, after = x - 1.0, far = x - 2.0;
    double inner = x * after, outer = before * far;
    weights[0] = inner * far * (-1.0 / 6.0);
    weights[1] = outer * after * 0.5;
    weights[2] = outer * x * -0.5;
    weights[3] = inner * before * (1.0 / 6.0);
}

/// The interpolation along l, then k, then h (C:3831), of an index in its range.
NB_DEVICE double tricubic_factor(const Parameters &p, const double *index) {
    double weights[3][4];
    Integer place = 0;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        double below = floor(index[axis]);
        lagrange(index[axis] - below, weights[axis]);
        Integer first = (Integer)below - 1 - p.table_min[axis];
        // An index that is no number must not read elsewhere.
        Integer last = p.table_size[axis] - 4;
        first = first < 0 ? 0 : first > last ? last : first;
        place = place * p.table_size[axis] + first;
    }
    double sum = 0.0;
    for (int h = 0; h < 4; h++) {
        double plane = 0.0;
        NB_UNROLL
        for (int k = 0; k < 4; k++) {
            const double *line =
                p.table + place + (h * p.table_size[1] + k) * p.table_size[2];
            double value = weights[2][0] * line[0];
            value = mad(weights[2][1], line[1], value);
            value = mad(weights[2][2], line[2], value);
            value = mad(weights[2][3], line[3], value);
            plane = mad(weights[1][k], value, plane);
        }
        sum = mad(weights[0][h], plane, sum);
    }
    return sum;
}

#endif
