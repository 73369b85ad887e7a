// Three-vectors by the C program's expressions, in its order (C:3311-3410, C:3972-4049).

#ifndef NB_VECTOR_H
#define NB_VECTOR_H

#include "portable.h"

struct Vector {
    double x[3];
};

NB_DEVICE Vector vector_from(const double *from) { return {{from[0], from[1], from[2]}}; }

NB_DEVICE double dot(const Vector &a, const Vector &b) {
    return a.x[0] * b.x[0] + a.x[1] * b.x[1] + a.x[2] * b.x[2];
}

NB_DEVICE double magnitude(const Vector &v) { return sqrt(dot(v, v)); }

/// The unit vector; a zero vector stays zero.
NB_DEVICE Vector unitize(const Vector &v) {
    double length = magnitude(v);
    if (length == 0.0) {
        return {{0.0, 0.0, 0.0}};
    }
    return {{v.x[0] / length, v.x[1] / length, v.x[2] / length}};
}

NB_DEVICE Vector rotate_axis(const Vector &v, const double *axis, double angle) {
    double sine = sin(angle), cosine = cos(angle);
    double along = (axis[0] * v.x[0] + axis[1] * v.x[1] + axis[2] * v.x[2]) * (1.0 - cosine);
    return {{
        axis[0] * along + v.x[0] * cosine + (-axis[2] * v.x[1] + axis[1] * v.x[2]) * sine,
        axis[1] * along + v.x[1] * cosine + (axis[2] * v.x[0] - axis[0] * v.x[2]) * sine,
        axis[2] * along + v.x[2] * cosine + (-axis[1] * v.x[0] + axis[0] * v.x[1]) * sine,
    }};
}

NB_DEVICE Vector rotate_matrix(const Vector &v, const double *u) {
    return {{
        u[0] * v.x[0] + u[1] * v.x[1] + u[2] * v.x[2],
        u[3] * v.x[0] + u[4] * v.x[1] + u[5] * v.x[2],
        u[6] * v.x[0] + u[7] * v.x[1] + u[8] * v.x[2],
    }};
}

/// Inner product for batches: fused, the last components first.
NB_DEVICE double fused_dot(const double *a, const double *b) {
    return mad(a[0], b[0], mad(a[1], b[1], a[2] * b[2]));
}

#endif
