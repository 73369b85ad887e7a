// What is told of one pixel for its trace, in the order in which it is computed. The host reads these
// structures field by field (`trace.rs`): all of them are made of words of eight bytes.

#ifndef NB_RECORD_H
#define NB_RECORD_H

#include "single.h"

/// What a record is about.
enum Kind { OF_RAY, OF_SOURCE, OF_STEP, OF_LAYER, OF_PIXEL };

/// A sub-pixel of a layer is begun.
struct RayRecord {
    double along[2]; ///< Position along the fast and the slow axis, m.
    double position[3];
    double inverse; ///< 1/distance
    double direction[3];
    double omega;
    double parallax;
    double capture;
};

/// A source is seen from there.
struct SourceRecord {
    double incident[3]; ///< From the source to the sample.
    double wavelength;
    double scattering[3];
    Integer culled;
    double polar; ///< As it stands behind this source.
    double weight;
    double multiplier;
};

/// An evaluation.
struct StepRecord {
    Integer orientation;
    Integer single; ///< Whether what follows from the fraction is in single precision.
    double cell[9];
    double nearest[3];
    double fraction[3];
    double index[3];
    Integer guarded; ///< Whether the C program's expressions were asked.
    double lattice;  ///< |F_latt|^2, up to the constant that the plan leaves out.
    Integer added;   ///< Whether the term counts.
    Integer interpolated;
    double f_cell; ///< 0 where one structure factor is that of all.
    double value;
    Integer in_block;
    double unit;      ///< What the values of the block are multiplied by.
    double block_sum; ///< Of the values of the block up to this one.
    Integer summed;   ///< Whether the sum of the pixel is known here.
    double sum;
};

/// A layer is done.
struct LayerRecord {
    double sum;
    double capture;
    double layers;
};

/// The pixel is done.
struct PixelRecord {
    double background;
    double sum;
    double capture;
    double polar;
    double omega;
    double photons;
    double pixel;
};

/// One of these.
struct Record {
    Integer kind;
    Integer layer;
    Integer sub[2]; ///< Fast and slow.
    Integer source;
    union {
        RayRecord ray;
        SourceRecord source_seen;
        StepRecord step;
        LayerRecord layer_done;
        PixelRecord pixel_done;
    };
};

/// Writes records. Where a function that computes terms has a recorder, it says there what it makes
/// of an evaluation; the kernels that render have none.
struct Recorder {
    Record *records;
    Integer count; ///< Records written.
    Integer block; ///< Those before the block at work.

    /// A record of something at a place.
    NB_MEMBER Record &next(Kind kind, const Place &place, int source) {
        Record &record = records[count++];
        record.kind = kind;
        record.layer = place.layer;
        record.sub[0] = place.sub[0];
        record.sub[1] = place.sub[1];
        record.source = source;
        return record;
    }

    /// The evaluation at work, whose record is not finished.
    NB_MEMBER StepRecord &step() const { return records[count].step; }

    /// Its indices.
    NB_MEMBER void at(const double *index, const double *nearest, const double *delta) const {
        step().single = 0;
        for (int axis = 0; axis < 3; axis++) {
            step().nearest[axis] = nearest[axis];
            step().fraction[axis] = delta[axis];
            step().index[axis] = index[axis];
        }
    }

    /// The same in mixed precision: they have the guard, and fractions in units of 2^-32.
    NB_MEMBER void at(const Parameters &p, const double *fixed) const {
        step().single = 1;
        for (int axis = 0; axis < 3; axis++) {
            const Integer units = (Integer)low_word(fixed[axis]) - p.guard_fixed;
            step().nearest[axis] = (double)nearest_of(fixed[axis]);
            step().fraction[axis] = (double)units * (double)GRAIN;
            step().index[axis] = step().nearest[axis] + step().fraction[axis];
        }
    }

    /// What is made of them.
    NB_MEMBER void found(double lattice, double f_cell, bool interpolated, double value) const {
        step().lattice = lattice;
        step().f_cell = f_cell;
        step().interpolated = interpolated;
        step().value = value;
    }

    /// The same where |F_cell|^2 is the same for all: |F_latt|^2 over a unit.
    NB_MEMBER void found(double value, double unit) const {
        found(value * unit, 0.0, false, value);
    }

    /// Its term is added, or left out, by itself.
    NB_MEMBER void term(const Terms &terms, int number, int wave, bool guarded, bool added,
                        double sum) {
        step().guarded = guarded;
        step().added = added;
        step().in_block = 0;
        step().unit = 1.0;
        step().block_sum = 0.0;
        step().summed = 1;
        step().sum = sum;
        finish(terms, number, wave);
    }

    /// A block begins.
    NB_MEMBER void begin() { block = count; }

    /// Its value is added to those of a block.
    NB_MEMBER void value(const Terms &terms, int number, int wave, double unit, double block_sum) {
        step().guarded = 0;
        step().added = 1;
        step().in_block = 1;
        step().unit = unit;
        step().block_sum = block_sum;
        step().summed = 0;
        step().sum = 0.0;
        finish(terms, number, wave);
    }

    /// The block does not count: its terms are added once more.
    NB_MEMBER void forget() { count = block; }

    /// The block is added to the sum of the pixel.
    NB_MEMBER void end(double sum) const {
        records[count - 1].step.summed = 1;
        records[count - 1].step.sum = sum;
    }

    NB_MEMBER void finish(const Terms &terms, int number, int wave) {
        step().orientation = terms.first + number;
        for (int i = 0; i < 9; i++) {
            step().cell[i] = terms.cells[9 * number + i];
        }
        next(OF_STEP, terms.pixel.place, terms.source + wave);
    }
};

#endif
