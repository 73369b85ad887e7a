// The kernels: pixels, and the sums over them.

#ifndef NB_KERNELS_H
#define NB_KERNELS_H

#include "finish.h"
#include "geometry.h"
#include "single.h"
#include "sums.h"

static_assert(sizeof(Parameters) == 1824, "the host has parameters of this size");

/// Puts the orientations of a chunk into shared memory, as the C program computes them
/// (C:2781-2811).
NB_DEVICE void stage_cells(const Parameters &p, double *cells, Integer first, int count) {
    for (int number = thread_number(); number < 3 * count; number += thread_count()) {
        const Integer orientation = first + number / 3;
        const int axis = number % 3;
        Vector turned = vector_from(p.turned + orientation / p.domains * 9 + 3 * axis);
        if (p.mosaic) {
            turned = rotate_matrix(turned, p.matrices + orientation % p.domains * 9);
        }
        for (int i = 0; i < 3; i++) {
            cells[3 * number + i] = turned.x[i];
        }
    }
}

/// The place of a cell of its own of the one thread whose evaluation is the first of the run.
NB_CONSTANT int OWN_CELL = CHUNK;

/// Puts an orientation there as nothing has turned it yet (C:2783).
NB_COLD void stage_unrotated(const Parameters &p, double *cells, Integer orientation) {
    for (int axis = 0; axis < 3; axis++) {
        Vector vector = vector_from(p.cell + 3 * axis);
        if (p.mosaic) {
            vector = rotate_matrix(vector, p.matrices + orientation % p.domains * 9);
        }
        for (int i = 0; i < 3; i++) {
            cells[9 * OWN_CELL + 3 * axis + i] = vector.x[i];
        }
    }
}

/// What a block keeps for its threads.
struct Shared {
    alignas(16) double waves[CHUNK];
    double cells[9 * (CHUNK + 1)];
};

/// What is there: the numbers of the first orientation and of the first source.
struct Staged {
    Integer cell;
    int wave;
};

/// Puts the wavelengths of some sources into shared memory.
NB_DEVICE void stage_waves(const Parameters &p, double *waves, int source, int count) {
    for (int wave = thread_number(); wave < count; wave += thread_count()) {
        waves[wave] = p.source_list[source + wave].inverse;
    }
}

/// How terms are added: one by one, or in blocks, in double or in mixed precision.
enum Way { GENERAL, DOUBLE, MIXED };

/// Adds terms in a way.
template <int FACTOR, int WAY, typename... Recorders>
NB_DEVICE void add(const Terms &terms, Recorders &...recorders) {
    if constexpr (WAY == GENERAL) {
        add_terms<FACTOR>(terms, recorders...);
    } else if constexpr (WAY == DOUBLE) {
        add_in_blocks<FACTOR, DoubleBlock>(terms, recorders...);
    } else {
        add_in_blocks<FACTOR, SingleBlock>(terms, recorders...);
    }
}

/// What is staged: some wavelengths of a run, and some orientations.
struct Part {
    int source;
    int wavelengths;
    Integer first;
    int orientations;
};

/// The part of the orientations that begins with one.
NB_DEVICE Part part_of(const Parameters &p, int source, int wavelengths, Integer first) {
    const Integer rest = p.orientations - first;
    return {source, wavelengths, first, rest < CHUNK ? (int)rest : CHUNK};
}

/// Adds the terms of what is staged.
template <int FACTOR, int WAY, typename... Recorders>
NB_DEVICE void add_part(const Parameters &p, Pixel &pixel, const Beam &beam, Shared &shared,
                        const Part &part, Recorders &...recorders) {
    const bool special = pixel.ray + part.source == pixel.unrotated;
    for (int done = 0; beam.seen && done < part.orientations;) {
        const Integer orientation = part.first + done;
        const bool own = special && orientation < p.leading;
        if (own) {
            stage_unrotated(p, shared.cells, orientation);
        }
        const double *cells = shared.cells + 9 * (own ? OWN_CELL : done);
        const int count = own ? 1 : part.orientations - done;
        const Terms terms = {p,     pixel,       beam,  part.source,  cells,
                             orientation, count, shared.waves, part.wavelengths};
        add<FACTOR, WAY>(terms, recorders...);
        done += count;
    }
}

/// Rays after which to ask whether the launch is cancelled.
NB_CONSTANT int PATIENCE = 256;

/// Whether the launch is cancelled; waits for all threads of the block.
NB_DEVICE bool is_cancelled(const Parameters &p) {
    return any_thread(thread_number() == 0 && *(volatile const int *)p.cancelled);
}

/// The terms of a sub-pixel.
template <int FACTOR, int WAY>
NB_DEVICE bool add_ray(const Parameters &p, Pixel &pixel, bool lit, Shared &shared, Staged &staged) {
    Vector direction = {};
    if (lit) {
        direction = look_at(p, pixel);
    }
    for (int number = 0; number < (int)p.runs; number++) {
        const int run = (int)p.run_list[number].first, length = (int)p.run_list[number].count;
        Beam beam = {};
        if (lit) {
            beam = meet(p, pixel, run, length, direction);
        }
        for (int wave = 0; wave < length; wave += CHUNK) {
            const int source = run + wave, wavelengths = smaller(length - wave, CHUNK);
            for (Integer first = 0; first < p.orientations; first += CHUNK) {
                const Part part = part_of(p, source, wavelengths, first);
                if (staged.cell != first || staged.wave != source) {
                    // This waits for those who still read what is there.
                    if (is_cancelled(p)) {
                        return false;
                    }
                    if (staged.cell != first) {
                        stage_cells(p, shared.cells, first, part.orientations);
                    }
                    stage_waves(p, shared.waves, source, wavelengths);
                    staged = {first, source};
                    any_thread(false);
                }
                add_part<FACTOR, WAY>(p, pixel, beam, shared, part);
            }
        }
    }
    return true;
}

/// One pixel for each thread, in rectangular blocks.
template <int FACTOR, int WAY> NB_DEVICE void render(const Parameters &p, Shared &shared) {
    const int across = (int)p.blocks, width = (int)p.block[0];
    const int column = block_number() % across * width + thread_number() % width;
    const int row = block_number() / across * (int)p.block[1] + thread_number() / width;
    const bool inside = column < p.size[0] && row < p.size[1];
    const Integer at = row * p.size[0] + column;
    const bool lit = inside && (!p.mask || p.mask[at]);
    if (!any_thread(lit)) {
        if (inside) {
            p.pixels[at] = 0.0f;
        }
        return;
    }
    Pixel pixel = start_pixel(p, (int)p.first[0] + column, (int)p.first[1] + row);
    Staged staged = {-1, -1};
    const int layers = (int)p.layers, side = (int)p.oversample;
    int rays = 0;
    for (int layer = 0; layer < layers; layer++) {
        pixel.place.layer = layer;
        start_layer(p, pixel);
        for (int slow = 0; slow < side; slow++) {
            pixel.place.sub[1] = slow;
            for (int fast = 0; fast < side; fast++) {
                pixel.place.sub[0] = fast;
                if (!add_ray<FACTOR, WAY>(p, pixel, lit, shared, staged)) {
                    return;
                }
                pixel.ray += p.sources;
                if (++rays % PATIENCE == 0 && is_cancelled(p)) {
                    return;
                }
            }
        }
        end_layer(p, pixel);
    }
    if (lit) {
        put<WAY == MIXED>(p, pixel, at);
    } else if (inside) {
        p.pixels[at] = 0.0f;
    }
}

#define NB_RENDER(name, factor, way)                                                               \
    NB_KERNEL(name, 128, 4) {                                                                      \
        NB_SHARED Shared shared;                                                                   \
        render<factor, way>(p, shared);                                                            \
    }

NB_RENDER(nb_constant, CONSTANT, GENERAL)
NB_RENDER(nb_nearest, NEAREST, GENERAL)
NB_RENDER(nb_tricubic, TRICUBIC, GENERAL)
NB_RENDER(nb_constant_double, CONSTANT, DOUBLE)
NB_RENDER(nb_nearest_double, NEAREST, DOUBLE)
NB_RENDER(nb_tricubic_double, TRICUBIC, DOUBLE)
NB_RENDER(nb_constant_mixed, CONSTANT, MIXED)
NB_RENDER(nb_nearest_mixed, NEAREST, MIXED)
NB_RENDER(nb_tricubic_mixed, TRICUBIC, MIXED)
NB_KERNEL(nb_rows, 128, 1) {
    NB_SHARED Sums strands[STRANDS];
    add_row(p, strands);
}
NB_KERNEL(nb_groups, 128, 1) { add_group(p); }

#endif
