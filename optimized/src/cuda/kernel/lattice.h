// |F_latt|^2 from the distances to the nearest lattice point, in index units, up to the constant
// that the plan leaves out. See plan/lattice.rs for the polynomials.

#ifndef NB_LATTICE_H
#define NB_LATTICE_H

#include "functions.h"
#include "parameters.h"

/// 2^-32, the unit of fractions as integers (see `single.h`).
NB_CONSTANT float GRAIN = 2.3283064365386963e-10f;

/// The polynomials in the precision of the argument.
NB_DEVICE const Polynomials<double> &polynomials_of(const Parameters &p, double) {
    return p.doubles;
}
NB_DEVICE const Polynomials<float> &polynomials_of(const Parameters &p, float) {
    return p.singles;
}

/// Polynomials of first or second degree in cos^2(pi d) whose squares are completed, for even N times
/// the cosine: their square over the unit of the plan, added to a sum. See plan/polynomials.rs.
template <int DEGREE, bool EVEN, typename Real>
NB_DEVICE Real completed_squares(const Parameters &p, const Real *delta, Real sum) {
    Real product = 1;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        const Real c = cosine(delta[axis] * delta[axis]);
        const Real *constants = polynomials_of(p, Real()).constants[axis];
        const Real t = mad(c, c, constants[0]);
        Real factor = DEGREE == 1 ? t : mad(t, t, constants[1]);
        if (EVEN) {
            const Real *parts = polynomials_of(p, Real()).roots[axis];
            factor *= mad(c, parts[1], parts[0]);
        }
        product = axis == 0 ? factor : product * factor;
    }
    return mad(product, product, sum);
}

/// Polynomials in cos^2(pi d), above the fourth degree in cos(2 pi d): their square, added to a sum.
template <int DEGREE, bool EVEN, typename Real>
NB_DEVICE Real cosines(const Parameters &p, const Real *delta, Real sum) {
    Real product = 1, parity = 1;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        const Real c = cosine(delta[axis] * delta[axis]);
        const Real w = c * c;
        const Real y = DEGREE <= 4 ? w : mad(w, Real(2), Real(-1));
        if (EVEN) {
            const Real *parts = polynomials_of(p, Real()).parity[axis];
            parity *= mad(w, parts[1], parts[0]);
        }
        const Real *coefficients = polynomials_of(p, Real()).coefficients[axis];
        Real factor = coefficients[DEGREE];
        NB_UNROLL
        for (int power = DEGREE - 1; power >= 0; power--) {
            factor = mad(factor, y, coefficients[power]);
        }
        product = axis == 0 ? factor : product * factor;
    }
    return EVEN ? mad(product * product, parity, sum) : mad(product, product, sum);
}

/// |F_latt|^2 by the polynomials of a plan, for single evaluations.
NB_COLD double any_cosines(const Parameters &p, const double *delta) {
    double product = 1.0;
    for (int axis = 0; axis < 3; axis++) {
        const double c = cosine(delta[axis] * delta[axis]), w = c * c;
        const double y = p.degree <= 4 ? w : mad(w, 2.0, -1.0);
        double factor = p.doubles.coefficients[axis][p.degree];
        for (int power = (int)p.degree - 1; power >= 0; power--) {
            factor = mad(factor, y, p.doubles.coefficients[axis][power]);
        }
        product *= factor * factor * mad(w, p.doubles.parity[axis][1], p.doubles.parity[axis][0]);
    }
    return product;
}

/// The square of a product of sin(pi N d)/sin(pi d); the phases N d come without their whole turns.
template <typename Real> NB_DEVICE Real sines(const Real *delta, const Real *phase) {
    Real above = 1, below = 1;
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        above *= phase[axis] * sine_over(phase[axis] * phase[axis]);
        below *= delta[axis] * sine_over(delta[axis] * delta[axis]);
    }
    const Real root = over(above, below);
    return root * root;
}

/// The same in double precision from the distances alone.
NB_DEVICE double quotient(const Parameters &p, const double *delta) {
    double near[3], phase[3];
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        // Far below what matters, and keeps 0/0 away: the quotient is N there.
        near[axis] = fmax(fabs(delta[axis]), 1e-15);
        const double turns = near[axis] * p.cells[axis];
        phase[axis] = turns - nearest_integer(turns);
    }
    return sines(near, phase);
}

/// sin(pi N d)/sin(pi d), as a way to compute |F_latt|^2.
struct Quotients {
    NB_MEMBER static double add_squared(const Parameters &p, const double *delta, double sum) {
        return sum + quotient(p, delta);
    }

    /// From fractions in units of 2^-32, to which the guard is added.
    NB_MEMBER static float add_squared(const Parameters &p, const unsigned *fraction, float sum) {
        float delta[3], phase[3];
        NB_UNROLL
        for (int axis = 0; axis < 3; axis++) {
            // A fraction of 0 is the peak itself: the quotient is that of the fraction next to it.
            const unsigned exact = fraction[axis] - (unsigned)p.guard_fixed;
            const unsigned unit = exact == 0 ? 1 : exact;
            const int turned = (int)(unit * (unsigned)p.whole_cells[axis]);
            delta[axis] = (float)(int)unit * GRAIN;
            phase[axis] = (float)turned * GRAIN;
        }
        return sum + sines(delta, phase);
    }
};

/// Distances in single precision, from fractions in units of 2^-32, to which the guard is added.
NB_DEVICE void single_distances(const Parameters &p, const unsigned *fraction, float *delta) {
    NB_UNROLL
    for (int axis = 0; axis < 3; axis++) {
        delta[axis] = mad((float)(int)fraction[axis], GRAIN, -p.single_guard);
    }
}

/// The polynomials of a degree and parity, as another.
template <int DEGREE, bool EVEN> struct Powers {
    NB_MEMBER static double add_squared(const Parameters &p, const double *delta, double sum) {
        return cosines<DEGREE, EVEN>(p, delta, sum);
    }

    NB_MEMBER static float add_squared(const Parameters &p, const unsigned *fraction, float sum) {
        float delta[3];
        single_distances(p, fraction, delta);
        return cosines<DEGREE, EVEN>(p, delta, sum);
    }
};

/// Those whose squares are completed.
template <int DEGREE, bool EVEN> struct Squares {
    NB_MEMBER static double add_squared(const Parameters &p, const double *delta, double sum) {
        return completed_squares<DEGREE, EVEN>(p, delta, sum);
    }

    NB_MEMBER static float add_squared(const Parameters &p, const unsigned *fraction, float sum) {
        float delta[3];
        single_distances(p, fraction, delta);
        return completed_squares<DEGREE, EVEN>(p, delta, sum);
    }
};

/// Calls work with the way in which |F_latt|^2 is computed, over the unit of the plan. What is chosen
/// here is not chosen for each term.
template <typename Work> NB_DEVICE void with_lattice(const Parameters &p, const Work &work) {
    const int degree = (int)p.degree;
    if ((int)p.lattice == SINES) {
        work.template run<Quotients>();
    } else if ((int)p.completed) {
        if ((int)p.even && degree == 1) {
            work.template run<Squares<1, true>>();
        } else if ((int)p.even) {
            work.template run<Squares<2, true>>();
        } else if (degree == 1) {
            work.template run<Squares<1, false>>();
        } else {
            work.template run<Squares<2, false>>();
        }
    } else if ((int)p.even) {
        if (degree <= 2) {
            work.template run<Powers<2, true>>();
        } else if (degree == 4) {
            work.template run<Powers<4, true>>();
        } else {
            work.template run<Powers<8, true>>();
        }
    } else if (degree <= 2) {
        work.template run<Powers<2, false>>();
    } else if (degree == 4) {
        work.template run<Powers<4, false>>();
    } else {
        work.template run<Powers<8, false>>();
    }
}

/// One addition as work for it.
template <typename Distance, typename Real> struct Addition {
    const Parameters &p;
    const Distance *from;
    Real &sum;

    template <typename Lattice> NB_MEMBER void run() const {
        sum = Lattice::add_squared(p, from, sum);
    }
};

template <typename Distance, typename Real>
NB_COLD Real add_any(const Parameters &p, const Distance *from, Real sum) {
    with_lattice(p, Addition<Distance, Real>{p, from, sum});
    return sum;
}

/// A way that is chosen for each term, where time does not matter.
struct AnyLattice {
    template <typename Distance, typename Real>
    NB_MEMBER static Real add_squared(const Parameters &p, const Distance *from, Real sum) {
        return add_any(p, from, sum);
    }
};

NB_DEVICE double radius_sqr(const double *squares, const double *d) {
    return mad(d[0] * d[0], squares[0], mad(d[1] * d[1], squares[1], d[2] * d[2] * squares[2]));
}

/// A quadratic form as a sum of squares, by its triangle.
NB_DEVICE double form(const Parameters &p, const double *d) {
    const double *row = p.triangle;
    double x = mad(d[0], row[0], mad(d[1], row[1], d[2] * row[2]));
    double y = mad(d[1], row[3], d[2] * row[4]);
    double z = d[2] * row[5];
    return mad(x, x, mad(y, y, z * z)) * p.triangle_factor;
}

/// The transform of a sphere: 3 (sin x - x cos x)/x^3 with x = pi r, squared.
NB_DEVICE double sphere(double radius_sqr) {
    double radius = sqrt(radius_sqr);
    double phase = radius - nearest_integer(radius);
    double u = phase * phase;
    // Both signs turn with the half turns taken away: the square does not.
    double x = radius * 3.14159265358979323846;
    double value = 3.0 * (phase * sine_over(u) - x * cosine(u)) / (x * x * x);
    return value * value;
}

/// The exponent of |F_latt|^2 from which on F_latt itself vanishes.
NB_CONSTANT double VANISHES = 2.0 * 745.0;

/// What an evaluation's lattice factor is.
struct LatticeFactor {
    double squared;
    bool alive; ///< Whether F_latt is not 0.
    bool close; ///< Whether the C program's rounding may decide its value.
};

/// The shapes that are not square, and sines, in double precision.
NB_DEVICE LatticeFactor other_lattice(const Parameters &p, const double *delta) {
    LatticeFactor found = {1.0, true, false};
    double margin = 1e300;
    switch ((int)p.lattice) {
    case SINES:
        found.squared = quotient(p, delta);
        break;
    case ROUND: {
        margin = radius_sqr(p.squares, delta);
        found.squared = margin < p.margin ? 1.0 : sphere(margin);
        break;
    }
    case GAUSS: {
        double exponent = form(p, delta);
        found.squared = exp(-exponent);
        found.alive = exponent < VANISHES;
        margin = p.stiff ? exponent : fabs(exponent - VANISHES);
        break;
    }
    case TOPHAT: {
        double radius = form(p, delta);
        found.squared = radius < 1.0 ? 1.0 : 0.0;
        found.alive = radius < 1.0;
        margin = fabs(radius - 1.0);
        break;
    }
    default:
        break;
    }
    found.close = margin < p.margin;
    return found;
}

/// |F_latt|^2 in double precision.
NB_DEVICE LatticeFactor lattice_factor(const Parameters &p, const double *delta) {
    const int lattice = (int)p.lattice;
    if (lattice == COSINES) {
        return {any_cosines(p, delta), true, false};
    }
    if (lattice == SINGLE) {
        return {1.0, true, false};
    }
    return other_lattice(p, delta);
}

#endif
