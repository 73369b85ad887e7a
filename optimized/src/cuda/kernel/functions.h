// Elementary functions of the innermost loop, as polynomials on a reduced argument. The
// coefficients are those of the engine on the processor, highest power first.

#ifndef NB_FUNCTIONS_H
#define NB_FUNCTIONS_H

#include "portable.h"

/// cos(pi sqrt(u)) on 0 <= u <= 1/4, absolute error 2e-15.
NB_TABLE double COSINE[8] = {
    -0.00010041646256406651, 0.0019278700513520395, -0.02580653197549436, 0.23533058831311196,
    -1.3352627661817582,     4.058712126333295,     -4.934802200543686,   0.9999999999999981,
};

/// The same, absolute error 5e-8 and the rounding of singles.
NB_TABLE float SINGLE_COSINE[5] = {
    0.21968241750504722f, -1.331872970129924f, 4.058410790406354f,
    -4.934792802474597f,  0.9999999530274193f,
};

/// sin(pi sqrt(u))/sqrt(u) on 0 <= u <= 1/4, absolute error 4e-16.
NB_TABLE double SINE[8] = {
    -2.1133627044696175e-05, 0.0004659870155545756, -0.007370364326451152, 0.08214587881629803,
    -0.599264528825223,      2.5501640398618677,    -5.1677127800497855,   3.1415926535897927,
};

/// The same, absolute error 1.4e-8 and the rounding of singles.
NB_TABLE float SINGLE_SINE[5] = {
    0.0776559105259094f, -0.5982904105173209f, 2.5500773864262305f,
    -5.167710076664031f, 3.1415926400771763f,
};

/// A polynomial by Horner's rule.
template <int COUNT, typename Real>
NB_DEVICE Real polynomial(const Real (&coefficients)[COUNT], Real u) {
    Real sum = coefficients[0];
    NB_UNROLL
    for (int place = 1; place < COUNT; place++) {
        sum = mad(sum, u, coefficients[place]);
    }
    return sum;
}

NB_DEVICE double cosine(double u) { return polynomial(COSINE, u); }
NB_DEVICE float cosine(float u) { return polynomial(SINGLE_COSINE, u); }
NB_DEVICE double sine_over(double u) { return polynomial(SINE, u); }
NB_DEVICE float sine_over(float u) { return polynomial(SINGLE_SINE, u); }

#endif
