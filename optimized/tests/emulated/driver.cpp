// NVIDIA's driver for a GPU that there is not: what the engine calls of it, and the kernels as the code says
// that it is given. `ptx.py` makes C++ of that code; `.ci/emulated` builds it with this.
//
// It is stricter than a driver: memory that is asked for, and what a block shares, ends at a page that nobody
// may touch, blocks and their threads run one after the other in orders that change, and what goes wrong is
// said on standard error. It takes the machine code that is shipped beside the PTX, but runs the PTX.
//
// NB_EMULATED_GPU is its compute capability (9.0), NB_EMULATED_MEMORY what it has of memory, MiB (1024).

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "memory.h"
#include "ptx.h"
#include "streams.h"
#include "threads.h"

static thread_local Block *block = nullptr;

int thread_number() { return block->current; }
int thread_count() { return block->count; }
int block_number() { return block->number; }
bool any_thread(int barrier, bool condition) { return block->wait(barrier, condition); }

void misaligned() {
    std::fprintf(stderr, "emulated GPU: bytes are moved at once that do not begin at a multiple of them\n");
    std::abort();
}

enum Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    NOT_FOUND = 500,
    NOT_READY = 600,
    LAUNCH_FAILED = 719,
};

static std::atomic<bool> started{false};
/// What went wrong in a stream: said from then on.
static std::atomic<int> broken{SUCCESS};
static thread_local bool current_context = false;

static const char *setting(const char *name, const char *otherwise) {
    const char *value = std::getenv(name);
    return value ? value : otherwise;
}

/// What lives as long as the process: nothing ends a stream's thread.
static Memory &memory() {
    static Memory *all = new Memory((size_t)std::atoll(setting("NB_EMULATED_MEMORY", "1024")) << 20);
    return *all;
}

/// Says what is wrong with a call.
static int refuse(Result result, const char *what) {
    std::fprintf(stderr, "emulated GPU: %s\n", what);
    return result;
}

/// Whether the calling thread may ask for anything.
static int ready() {
    if (!started) {
        return refuse(NOT_INITIALIZED, "asked before cuInit");
    }
    if (!current_context) {
        return refuse(INVALID_CONTEXT, "asked by a thread without a context");
    }
    return broken;
}

/// An operation of a stream has gone wrong.
static void fail(const std::string &what) {
    std::fprintf(stderr, "emulated GPU: %s\n", what.c_str());
    broken = LAUNCH_FAILED;
}

/// Code that the kernels are of: text, or an ELF file for some GPUs.
struct Module {};

/// Whether the kernels are of this code.
static bool is_known(const char *code, size_t bytes) {
    return std::count(SUMS.begin(), SUMS.end(), sum_of(code, bytes)) > 0;
}

static void capability(int &major, int &minor) {
    major = 9;
    minor = 0;
    std::sscanf(setting("NB_EMULATED_GPU", "9.0"), "%d.%d", &major, &minor);
}

/// Bytes of an ELF file, whose last part is its table of sections or that of segments.
static size_t size_of_elf(const unsigned char *image) {
    unsigned long long offsets[2];
    unsigned short sizes[4];
    std::memcpy(offsets, image + 32, sizeof offsets);
    std::memcpy(sizes, image + 54, sizeof sizes);
    const unsigned long long segments = offsets[0] + (unsigned long long)sizes[0] * sizes[1];
    const unsigned long long sections = offsets[1] + (unsigned long long)sizes[2] * sizes[3];
    return (size_t)(segments > sections ? segments : sections);
}

extern "C" {

int cuDriverGetVersion(int *version) {
    *version = 12000;
    return SUCCESS;
}

int cuInit(unsigned flags) {
    started = true;
    return flags == 0 ? SUCCESS : INVALID_VALUE;
}

int cuGetErrorString(int error, const char **text) {
    *text = error == OUT_OF_MEMORY ? "out of memory" : "the emulated GPU refuses";
    return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetName(char *name, int length, int) {
    std::snprintf(name, (size_t)length, "emulated GPU");
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
    int major, minor;
    capability(major, minor);
    switch (attribute) {
    case 13: // Clock rate, kHz: launches are short for a GPU of this speed.
        *value = 100000;
        return SUCCESS;
    case 16: // Multiprocessors.
        *value = 2;
        return SUCCESS;
    case 75:
        *value = major;
        return SUCCESS;
    case 76:
        *value = minor;
        return SUCCESS;
    case 115: // Memory in the order of streams.
        *value = 1;
        return SUCCESS;
    default:
        return refuse(INVALID_VALUE, "asked for an attribute that it does not know");
    }
}

int cuDevicePrimaryCtxRetain(void **context, int) {
    *context = &started;
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

int cuCtxSetCurrent(void *context) {
    current_context = context == &started;
    return SUCCESS;
}

int cuCtxGetCurrent(void **context) {
    *context = current_context ? &started : nullptr;
    return SUCCESS;
}

int cuCtxSynchronize() { return ready(); }

/// What is given back is given back: nothing is kept, whatever is asked for.
int cuDeviceGetDefaultMemPool(void **pool, int) {
    *pool = &memory();
    return ready();
}

int cuMemPoolSetAttribute(void *, int attribute, void *) {
    return attribute == 4 ? ready() : refuse(INVALID_VALUE, "set an attribute that it does not know");
}

/// Bytes reserved and bytes used are the same.
int cuMemPoolGetAttribute(void *, int attribute, void *value) {
    const unsigned long long used = memory().total - memory().free();
    std::memcpy(value, &used, sizeof used);
    return attribute == 5 || attribute == 7 ? ready() : INVALID_VALUE;
}

int cuModuleLoadData(void **module, const void *image) {
    if (const int result = ready()) {
        return result;
    }
    const char *code = (const char *)image;
    const bool machine_code = std::memcmp(code, "\x7f" "ELF", 4) == 0;
    if (machine_code) {
        const unsigned char *file = (const unsigned char *)image;
        int major, minor;
        capability(major, minor);
        // The machine is CUDA, and the GPU one of the same generation that is not older.
        if (file[18] != 190) {
            return refuse(INVALID_IMAGE, "machine code of another machine");
        }
        const int made_for = file[48];
        if (made_for / 10 != major || made_for % 10 > minor) {
            return NO_BINARY_FOR_GPU;
        }
    }
    if (!is_known(code, machine_code ? size_of_elf((const unsigned char *)image) : std::strlen(code))) {
        return refuse(INVALID_IMAGE, "code that it was not made of: .ci/emulated builds it anew");
    }
    *module = new Module;
    return SUCCESS;
}

int cuModuleUnload(void *module) {
    delete (Module *)module;
    return SUCCESS;
}

int cuModuleGetFunction(void **function, void *, const char *name) {
    for (const Kernel &kernel : KERNELS) {
        if (std::strcmp(kernel.name, name) == 0) {
            *function = (void *)&kernel;
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

int cuMemGetInfo_v2(size_t *free, size_t *total) {
    *free = memory().free();
    *total = memory().total;
    return ready();
}

int cuMemAllocAsync(unsigned long long *address, size_t bytes, void *stream) {
    if (const int result = ready()) {
        return result;
    }
    if (bytes == 0 || !stream) {
        return refuse(INVALID_VALUE, "asked for no memory, or in no stream");
    }
    *address = memory().take(bytes);
    return *address ? SUCCESS : OUT_OF_MEMORY;
}

int cuMemFreeAsync(unsigned long long address, void *stream) {
    ((Stream *)stream)->put([address] {
        if (!memory().give(address)) {
            fail("memory is given back that is not there");
        }
    });
    return ready();
}

int cuMemsetD8Async(unsigned long long address, unsigned char value, size_t bytes, void *stream) {
    ((Stream *)stream)->put([=] {
        if (!memory().holds(address, bytes)) {
            return fail("bytes are set that are not there");
        }
        std::memset((void *)address, value, bytes);
    });
    return ready();
}

int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes, void *stream) {
    // What is copied is what stands there now.
    const std::string staged((const char *)from, bytes);
    ((Stream *)stream)->put([=] {
        if (!memory().holds(to, staged.size())) {
            return fail("bytes are copied to where there is no memory");
        }
        std::memcpy((void *)to, staged.data(), staged.size());
    });
    return ready();
}

int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes, void *stream) {
    ((Stream *)stream)->put([=] {
        if (!memory().holds(from, bytes)) {
            return fail("bytes are copied from where there is no memory");
        }
        std::memcpy(to, (const void *)from, bytes);
    });
    return ready();
}

int cuStreamCreate(void **stream, unsigned) {
    *stream = new Stream;
    return ready();
}

/// Its thread goes on to wait: there are few.
int cuStreamDestroy_v2(void *stream) {
    ((Stream *)stream)->wait();
    return SUCCESS;
}

int cuStreamSynchronize(void *stream) {
    ((Stream *)stream)->wait();
    return ready();
}

int cuStreamWaitEvent(void *stream, void *event, unsigned) {
    const auto wait = ((Event *)event)->waiting();
    ((Stream *)stream)->put(wait);
    return ready();
}

int cuEventCreate(void **event, unsigned) {
    *event = new Event;
    return ready();
}

int cuEventDestroy_v2(void *event) {
    delete (Event *)event;
    return SUCCESS;
}

int cuEventRecord(void *event, void *stream) {
    ((Event *)event)->record(*(Stream *)stream);
    return ready();
}

int cuEventQuery(void *event) {
    const int result = ready();
    return result ? result : ((Event *)event)->has_come() ? SUCCESS : NOT_READY;
}

int cuEventSynchronize(void *event) {
    while (!((Event *)event)->has_come()) {
        std::this_thread::yield();
    }
    return ready();
}

int cuEventElapsedTime(float *milliseconds, void *from, void *to) {
    const Event &start = *(Event *)from, &end = *(Event *)to;
    if (!start.is_recorded() || !end.is_recorded()) {
        return refuse(INVALID_VALUE, "the time between events that are no moments");
    }
    if (!start.has_come() || !end.has_come()) {
        return NOT_READY;
    }
    *milliseconds = end.since(start);
    return ready();
}

int cuLaunchKernel(void *function, unsigned blocks, unsigned rows, unsigned planes, unsigned threads,
                   unsigned thread_rows, unsigned thread_planes, unsigned shared, void *stream,
                   void **arguments, void **) {
    if (const int result = ready()) {
        return result;
    }
    const Kernel kernel = *(const Kernel *)function;
    const bool flat = rows == 1 && planes == 1 && thread_rows == 1 && thread_planes == 1;
    if (!flat || blocks == 0 || blocks > 0x7fffffff || threads == 0 || threads > kernel.threads || shared) {
        return refuse(INVALID_VALUE, "a launch of a shape that the kernels do not have");
    }
    static std::atomic<unsigned> launches{0};
    const bool backwards = launches++ % 2 == 1;
    const std::string parameters((const char *)arguments[0], kernel.parameters);
    ((Stream *)stream)->put([=] {
        static thread_local Block own;
        block = &own;
        // At a multiple of 8, as the kernels ask for, and of no more.
        std::vector<std::max_align_t> place(parameters.size() / sizeof(std::max_align_t) + 2);
        unsigned char *given = (unsigned char *)place.data() + 8;
        std::memcpy(given, parameters.data(), parameters.size());
        const std::function<void()> work = [&] { kernel.function(given); };
        for (unsigned number = 0; number < blocks && broken == SUCCESS; number++) {
            renew_shared();
            if (!own.run((int)(backwards ? blocks - 1 - number : number), (int)threads, work)) {
                fail(std::string(kernel.name) + ": threads of a block do not come to the same barrier");
            }
        }
        block = nullptr;
    });
    return SUCCESS;
}

} // extern "C"
