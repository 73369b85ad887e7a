// What a launch is told. The host has the same structures, field by field: all of them are made of
// words of eight bytes.

#ifndef NB_PARAMETERS_H
#define NB_PARAMETERS_H

#include "portable.h"

/// How |F_latt|^2 is computed.
enum Lattice { SINGLE, COSINES, SINES, ROUND, GAUSS, TOPHAT };

/// The shape of the crystal, for the C program's expression of F_latt.
enum Shape { SQUARE_SHAPE, ROUND_SHAPE, GAUSS_SHAPE, TOPHAT_SHAPE };

/// A source.
struct Source {
    double direction[3]; ///< From the sample to the source.
    double wavelength;   ///< m
    double inverse;      ///< 1/wavelength
    double incident[3];  ///< Unit vector of the incident ray.
    double e_in[3];      ///< The direction of the E-vector across it.
    double b_in[3];      ///< The direction of the B-vector.
    double isotropic;    ///< Not 0 where the polarization has no direction.
};

/// Sources of one direction, which follow each other.
struct Run {
    Integer first;
    Integer count;
};

/// What some rows of pixels add up to.
struct Sums {
    double pixels;      ///< Of the pixels.
    double squares;     ///< Of their squares, each rounded to single precision.
    double omega;       ///< Of the solid angles, over layers and sub-pixels.
    double solid_angle; ///< Of the solid angles of the pixels.
    double doubt;       ///< The largest doubt of a pixel.
    double maximum;     ///< The largest pixel, 0 where none is positive.
    Integer maximum_at; ///< Its number within the region, row by row; the first of equal ones.
    Integer count;      ///< Number of pixels rendered.
    Integer outside;    ///< Evaluations out of the range of the interpolation.
    Integer outside_at; ///< The number of the first pixel that has some, or -1.
    Integer guarded;    ///< Evaluations by the C program's own expressions.
};

/// What host and device tell each other about the trace of a pixel (`trace.h`).
struct Trace;

/// The polynomials of the three axes in one precision: see plan/lattice.rs and plan/polynomials.rs.
template <typename Real> struct Polynomials {
    Real coefficients[3][9];
    Real parity[3][2];
    Real constants[3][2]; ///< Those of completed squares, and what multiplies them.
    Real roots[3][2];
    double unit; ///< |F_latt|^2 over what is computed of it.
};

struct Parameters {
    // The detector: lengths in m.
    double fdet[3];
    double sdet[3];
    double odet[3];
    double pix0[3];
    double beam_direction[3];
    double distance;
    double close_distance;
    double pixel_size;
    double subpixel_size;
    double beam_spot[2];
    double senses[2]; ///< Of the rotations of a curved detector.
    double thickness;
    double layer_step;
    double mu;
    // Sampling.
    double kahn;
    double dmin;
    double background;
    double water_size;
    double scale; ///< From the sum of the terms to photons.
    // The crystal.
    double cell[9];       ///< Unrotated a, b, c, m.
    double reciprocal[9]; ///< a*, b*, c*, 1/A.
    double cells[3];
    double fudge;
    // The lattice factor: the parameters of the way in which it is computed.
    Polynomials<double> doubles;
    Polynomials<float> singles;
    double squares[3];
    double triangle[6];
    double triangle_factor;
    double reach;        ///< Distances from a lattice point below which rounding shows.
    double margin;       ///< The same for the margins of the shapes that are not square.
    double lattice_gain; ///< The constant that |F_latt|^2 leaves out.
    double gain;         ///< What each term is multiplied by.
    double index_guard;  ///< Indices closer than this to a decision are computed as in C.
    double amplitude;    ///< Square of the relative error of an amplitude in single precision.
    // Structure factors.
    double default_f;
    double limits[3][2]; ///< Range of the interpolation.
    // The guard of mixed precision: the larger one of an edge and of a peak.
    double fixed_point; ///< 1.5 2^20, which leaves 32 bits for the fraction, and the guard.
    float single_guard; ///< The guard.
    float padding;
    Integer table_min[3];
    Integer table_size[3];
    // Counts.
    Integer layers;
    Integer oversample;
    Integer sources;
    Integer runs;
    Integer orientations;
    Integer domains;
    Integer leading; ///< Orientations that the first evaluation of the run finds unrotated.
    // Choices.
    Integer lattice;
    Integer shape;
    Integer degree;
    Integer completed; ///< Whether the squares of all axes are completed.
    Integer even;
    Integer stiff;
    Integer active[3]; ///< Axes with more than one cell.
    Integer whole_cells[3]; ///< Numbers of cells as integers.
    Integer has_table;
    Integer strict; ///< Whether the upper limits of the interpolation are excluded.
    Integer mosaic;
    Integer curved;
    Integer point_pixel;
    Integer nopolar;
    Integer each_thick;
    Integer each_polar;
    Integer each_omega;
    Integer captures; ///< Whether a layer may capture a fraction other than 1.
    Integer renewed;  ///< Whether the polarization is computed for each source.
    Integer uniform;  ///< Whether all terms are multiplied by the gain alone.
    Integer running;  ///< Whether the sum is multiplied behind each term.
    Integer background_apart;
    // Corrections in force.
    Integer curved_axes;
    Integer sensor_layers;
    Integer zero_capture;
    Integer water_scale;
    Integer solid_angle_report;
    // Guards as upper words of magnitudes, and that of mixed precision in units of 2^-32.
    Integer edge_high;
    Integer reach_high;
    Integer guard_fixed;
    // What happens once in a run.
    Integer unrotated_pixel[2]; ///< The pixel of the first evaluation; -1: not special.
    Integer unrotated_ray;      ///< Its number of ray and source within the pixel.
    Integer interpolate;        ///< Whether the run starts with interpolation.
    Integer switch_pixel[2];    ///< Where interpolation ends; -1: nowhere.
    Integer switch_evaluation;  ///< The number of that evaluation within the pixel.
    // The pixels of this launch.
    Integer first[2]; ///< Fast and slow coordinate of the first.
    Integer size[2];  ///< Number of columns and rows.
    Integer block[2]; ///< Columns and rows of a block.
    Integer blocks;   ///< Blocks along a row.
    Integer row;      ///< The first row within the region.
    Integer rows;     ///< Rows of the region.
    Integer group;    ///< Rows whose sums are added.
    // In device memory.
    const Source *source_list;
    const Run *run_list;
    const double *turned;  ///< a, b, c of each spindle step, m.
    const double *matrices; ///< Rotations of the domains, row by row.
    const double *table;
    const unsigned char *mask; ///< For each pixel of this launch whether to render it, or null.
    const int *cancelled;
    float *pixels;
    double *omega_sums;
    double *solid_angles; ///< Null where nobody asks for them; so the two below.
    float *doubts; ///< Square roots, so that singles hold them.
    unsigned *outside;
    unsigned *guarded;
    Sums *row_sums;
    Sums *group_sums;
    Trace *trace;
};

#endif
