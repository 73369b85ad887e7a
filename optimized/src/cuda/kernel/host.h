// The kernels as functions of a shared library, for a machine without a device.

#ifndef NB_HOST_H
#define NB_HOST_H

#include "trace.h"

/// Runs some blocks of a kernel, one thread each, one after the other. The kernels have the numbers
/// that the host counts them by.
extern "C" void nb_run(int kernel, const Parameters *parameters, Integer begin, Integer end) {
    static void (*const kernels[])(const Parameters &) = {
        nb_constant,
        nb_nearest,
        nb_tricubic,
        nb_constant_double,
        nb_nearest_double,
        nb_tricubic_double,
        nb_constant_mixed,
        nb_nearest_mixed,
        nb_tricubic_mixed,
        nb_rows,
        nb_groups,
        nb_trace,
    };
    for (Integer block = begin; block < end; block++) {
        current_block = (int)block;
        kernels[kernel](*parameters);
    }
}

#endif
