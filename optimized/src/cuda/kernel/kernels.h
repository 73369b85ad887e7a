// The kernels: pixels, and the sums over them.

#ifndef NB_KERNELS_H
#define NB_KERNELS_H

#include "finish.h"
#include "geometry.h"
#include "single.h"
#include "sums.h"

static_assert(sizeof(Parameters) == 1656, "the host has parameters of this size");

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

/// How terms are added: one by one, or in blocks, in double or in mixed precision.
enum Way { GENERAL, DOUBLE, MIXED };

/// Adds terms in a way.
template <int FACTOR, int WAY> NB_DEVICE void add(const Parameters &p, const Terms &terms) {
    if constexpr (WAY == GENERAL) {
        add_terms<FACTOR>(terms);
    } else if constexpr (WAY == DOUBLE) {
        with_lattice(p, DoubleBlocks<FACTOR>{terms});
    } else {
        with_lattice(p, SingleBlocks<FACTOR>{terms});
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
    const Integer orientations = p.orientations;
    for (int number = 0; number < (int)p.runs; number++) {
        const int run = (int)p.run_list[number].first, length = (int)p.run_list[number].count;
        Beam beam = {};
        if (lit) {
            beam = meet(p, pixel, run, length, direction);
        }
        for (int wave = 0; wave < length; wave += CHUNK) {
            const int source = run + wave, wavelengths = smaller(length - wave, CHUNK);
            for (Integer first = 0; first < orientations; first += CHUNK) {
                const int count = orientations - first < CHUNK ? (int)(orientations - first) : CHUNK;
                if (staged.cell != first || staged.wave != source) {
                    // This waits for those who still read what is there.
                    if (is_cancelled(p)) {
                        return false;
                    }
                    if (staged.cell != first) {
                        stage_cells(p, shared.cells, first, count);
                    }
                    for (int w = thread_number(); w < wavelengths; w += thread_count()) {
                        shared.waves[w] = p.source_list[source + w].inverse;
                    }
                    staged = {first, source};
                    any_thread(false);
                }
                const bool special = pixel.ray + source == pixel.unrotated;
                for (int done = 0; beam.seen && done < count;) {
                    const bool own = special && first + done < p.leading;
                    if (own) {
                        stage_unrotated(p, shared.cells, first + done);
                    }
                    const double *cells = shared.cells + 9 * (own ? OWN_CELL : done);
                    const int part = own ? 1 : count - done;
                    const Terms terms = {p,    pixel,        beam,       source, cells, first + done,
                                         part, shared.waves, wavelengths};
                    add<FACTOR, WAY>(p, terms);
                    done += part;
                }
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
        pixel.capture = p.thickness == 0.0 ? 1.0 : 0.0;
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
