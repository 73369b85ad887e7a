// The steps of one pixel for its trace, by the functions of the kernels that render.
//
// One thread walks through the pixel in their order, and a launch ends where there is no place for
// more records: the next one goes on there.

#ifndef NB_TRACE_H
#define NB_TRACE_H

#include "kernels.h"
#include "record.h"

/// What comes next.
enum Stage { LAYER, RAY, RUN, SOURCES, TERMS, RAY_DONE, PIXEL_DONE };

/// Where a walk through the pixel is.
struct Walk {
    Integer stage;
    Pixel pixel;
    Vector direction;
    Beam beam;
    Pixel told; ///< The pixel as the sources of the run have left it that are told so far.
    int run;
    int wave;      ///< Within the run.
    Integer first; ///< Orientation.
};

/// What host and device tell each other about the trace of a pixel.
struct Trace {
    Integer pixel[2]; ///< Fast and slow.
    Integer way;
    Integer factor;
    Integer begun;
    Integer capacity; ///< Records of a launch at most.
    Integer count;    ///< Records of the last launch.
    Integer done;
    Record *records;
    Walk *walk;
};

/// The most records of a stage: the terms of all that is in shared memory.
NB_CONSTANT int MOST_RECORDS = CHUNK * CHUNK;

static_assert(sizeof(Record) == 36 * 8, "the host has records of this size");
static_assert(sizeof(Walk) <= 1024, "the host has so much memory for a walk");

/// Begins a sub-pixel (see `look_at`).
NB_DEVICE void record_ray(const Parameters &p, Walk &walk, Recorder &recorder) {
    Pixel &pixel = walk.pixel;
    walk.direction = look_at(p, pixel);
    RayRecord &ray = recorder.next(OF_RAY, pixel.place, 0).ray;
    const Vector end = position(p, pixel.place);
    for (int axis = 0; axis < 2; axis++) {
        ray.along[axis] = along_axis(p, pixel.place, axis);
    }
    for (int i = 0; i < 3; i++) {
        ray.position[i] = end.x[i];
        ray.direction[i] = walk.direction.x[i];
    }
    ray.inverse = inverse_length(end);
    ray.omega = pixel.omega;
    ray.parallax = fused_dot(walk.direction.x, p.odet);
    ray.capture = pixel.capture;
}

/// The sources of a run from the one at work on that fit into shared memory.
NB_DEVICE void record_sources(const Parameters &p, Walk &walk, Recorder &recorder, int count) {
    const int first = (int)p.run_list[walk.run].first;
    for (int wave = walk.wave; wave < walk.wave + count; wave++) {
        // The polarization is found by the first source that has one (see `meet`).
        if (wave == 0) {
            meet(p, walk.told, first, 1, walk.direction);
        } else if (walk.told.polar == 0.0) {
            polarize(p, walk.told, first + wave, walk.direction, true);
        }
        const Source &source = p.source_list[first + wave];
        SourceRecord &seen = recorder.next(OF_SOURCE, walk.pixel.place, first + wave).source_seen;
        for (int i = 0; i < 3; i++) {
            seen.incident[i] = -source.direction[i];
            seen.scattering[i] = walk.beam.along[i] * source.inverse;
        }
        seen.wavelength = source.wavelength;
        seen.culled = !walk.beam.seen;
        seen.polar = walk.told.polar;
        seen.weight = walk.beam.weight;
        seen.multiplier = walk.beam.multiplier;
    }
}

/// Ends a layer (see `end_layer`).
NB_DEVICE void record_layer(const Parameters &p, Walk &walk, Recorder &recorder) {
    Pixel &pixel = walk.pixel;
    add_background(p, pixel);
    LayerRecord &layer = recorder.next(OF_LAYER, pixel.place, 0).layer_done;
    layer.sum = pixel.intensity;
    layer.capture = pixel.capture;
    take_layer(p, pixel);
    layer.layers = pixel.layers;
}

/// Ends the pixel (see `put`).
NB_DEVICE void record_pixel(const Parameters &p, const Walk &walk, Recorder &recorder) {
    const Pixel &pixel = walk.pixel;
    PixelRecord &done = recorder.next(OF_PIXEL, pixel.place, 0).pixel_done;
    done.background = background_in_sum(p);
    done.sum = sum_of_terms(p, pixel);
    done.capture = pixel.capture;
    done.polar = pixel.polar;
    done.omega = pixel.omega;
    done.photons = all_photons(p, pixel);
    done.pixel = (double)(float)done.photons;
}

/// Goes to the next sub-pixel; the stage that comes then.
NB_DEVICE Stage go_on(const Parameters &p, Place &place) {
    for (int axis = 0; axis < 2; axis++) {
        if (++place.sub[axis] < (int)p.oversample) {
            return RAY;
        }
        place.sub[axis] = 0;
    }
    return LAYER;
}

/// Adds the terms of what is staged.
template <int FACTOR, int WAY>
NB_COLD void record_part(const Parameters &p, Walk &walk, Shared &shared, const Part &part,
                         Recorder &recorder) {
    add_part<FACTOR, WAY>(p, walk.pixel, walk.beam, shared, part, recorder);
}

/// The same with the factors that the pixel was rendered with.
template <int WAY>
NB_DEVICE void record_by(const Parameters &p, Walk &walk, Shared &shared, const Part &part,
                         Recorder &recorder) {
    switch ((int)p.trace->factor) {
    case CONSTANT:
        return record_part<CONSTANT, WAY>(p, walk, shared, part, recorder);
    case NEAREST:
        return record_part<NEAREST, WAY>(p, walk, shared, part, recorder);
    default:
        return record_part<TRICUBIC, WAY>(p, walk, shared, part, recorder);
    }
}

/// The same in the way in which it was.
NB_DEVICE void record_terms(const Parameters &p, Walk &walk, Shared &shared, const Part &part,
                            Recorder &recorder) {
    switch ((int)p.trace->way) {
    case GENERAL:
        return record_by<GENERAL>(p, walk, shared, part, recorder);
    case DOUBLE:
        return record_by<DOUBLE>(p, walk, shared, part, recorder);
    default:
        return record_by<MIXED>(p, walk, shared, part, recorder);
    }
}

/// Does one stage.
NB_DEVICE void record_stage(const Parameters &p, Walk &walk, Shared &shared, Recorder &recorder) {
    Pixel &pixel = walk.pixel;
    const Run run = walk.run < (int)p.runs ? p.run_list[walk.run] : Run{0, 0};
    const int waves = smaller((int)run.count - walk.wave, CHUNK);
    switch ((int)walk.stage) {
    case LAYER:
        start_layer(p, pixel);
        walk.stage = RAY;
        break;
    case RAY:
        record_ray(p, walk, recorder);
        walk.run = 0;
        walk.stage = RUN;
        break;
    case RUN:
        if (walk.run == (int)p.runs) {
            walk.stage = RAY_DONE;
            break;
        }
        walk.told = pixel;
        walk.beam = meet(p, pixel, (int)run.first, (int)run.count, walk.direction);
        walk.wave = 0;
        walk.stage = SOURCES;
        break;
    case SOURCES:
        if (waves <= 0) {
            walk.run++;
            walk.stage = RUN;
            break;
        }
        record_sources(p, walk, recorder, waves);
        walk.first = 0;
        walk.stage = TERMS;
        break;
    case TERMS: {
        if (!walk.beam.seen || walk.first >= p.orientations) {
            walk.wave += waves;
            walk.stage = SOURCES;
            break;
        }
        const Part part = part_of(p, (int)run.first + walk.wave, waves, walk.first);
        stage_cells(p, shared.cells, part.first, part.orientations);
        stage_waves(p, shared.waves, part.source, part.wavelengths);
        record_terms(p, walk, shared, part, recorder);
        walk.first += part.orientations;
        break;
    }
    case RAY_DONE: {
        pixel.ray += p.sources;
        Place next = pixel.place;
        walk.stage = go_on(p, next);
        if (walk.stage == LAYER) {
            record_layer(p, walk, recorder);
            next.layer++;
            if (next.layer == p.layers) {
                record_pixel(p, walk, recorder);
                walk.stage = PIXEL_DONE;
                break;
            }
        }
        pixel.place = next;
        break;
    }
    }
}

/// Records as many stages as there is place for.
NB_KERNEL(nb_trace, 128, 4) {
    NB_SHARED Shared shared;
    Trace &trace = *p.trace;
    Walk &walk = *trace.walk;
    if (!trace.begun) {
        trace.begun = 1;
        walk = {};
        walk.pixel = start_pixel(p, (int)trace.pixel[0], (int)trace.pixel[1]);
    }
    Recorder recorder = {trace.records, 0, 0};
    while (walk.stage != PIXEL_DONE && trace.capacity - recorder.count >= MOST_RECORDS) {
        record_stage(p, walk, shared, recorder);
    }
    trace.count = recorder.count;
    trace.done = walk.stage == PIXEL_DONE;
}

#endif
