// What the kernels' PTX needs of C++ beside its operators (`ptx.py`), as the PTX ISA defines it.

#ifndef NB_EMULATED_PTX_H
#define NB_EMULATED_PTX_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "guarded.h"

/// A kernel, which takes the address of its parameters.
struct Kernel {
    const char *name;
    void (*function)(unsigned char *);
    size_t parameters; ///< Bytes of them.
    unsigned threads;  ///< The most of a block.
};

/// The kernels, and the sums of all code that they are of.
extern const std::vector<Kernel> KERNELS;
extern const std::vector<uint64_t> SUMS;

/// Makes junk of the memory that the threads of a block share.
void renew_shared();

/// What a thread is told of its place, and the barrier; of the driver.
int thread_number();
int thread_count();
int block_number();
bool any_thread(int barrier, bool condition);

/// Ends it all: bytes that are moved at once begin where they must not.
[[noreturn]] void misaligned();

/// The sum that `ptx.py` takes of code (FNV-1a).
inline uint64_t sum_of(const char *code, size_t bytes) {
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t at = 0; at < bytes; at++) {
        sum = (sum ^ (unsigned char)code[at]) * 0x100000001b3u;
    }
    return sum;
}

/// Makes junk of one piece of it, which is taken where there is none yet.
inline void renew_shared(unsigned char *&memory, size_t bytes) {
    if (!memory) {
        memory = (unsigned char *)Guarded(bytes).begin;
    }
    spoil(memory, bytes);
}

/// What a register has that nothing was written to.
template <class R> inline R junk() {
    R r;
    std::memset(&r, std::is_same<R, bool>::value ? 1 : 0xff, sizeof r);
    return r;
}

/// The bits of a register as a value: all of them, or the lower ones of an integer.
template <class T, class R> inline T as(R r) {
    if constexpr (sizeof(T) == sizeof(R)) {
        T t;
        std::memcpy(&t, &r, sizeof t);
        return t;
    } else {
        static_assert(std::is_integral<R>::value && std::is_integral<T>::value, "no part of a float");
        return (T)r;
    }
}

/// Puts a value into a register: the same bits, or an integer that is extended as its sign tells.
template <class R, class T> inline void put(R &r, T t) {
    if constexpr (sizeof(R) == sizeof(T)) {
        std::memcpy(&r, &t, sizeof r);
    } else {
        static_assert(std::is_integral<R>::value && std::is_integral<T>::value, "no part of a float");
        r = (R)t;
    }
}

/// An address of so many bytes, of which it has to be a multiple.
inline uint64_t aligned(uint64_t at, size_t bytes) {
    if (at % bytes != 0) {
        misaligned();
    }
    return at;
}

template <class T> inline T load(uint64_t at) {
    T t;
    std::memcpy(&t, (const void *)at, sizeof t);
    return t;
}

template <class T> inline void store(uint64_t at, T t) { std::memcpy((void *)at, &t, sizeof t); }

/// A whole number as an integer: the nearest that there is. What is no number has the upper bit alone, or
/// none where neither side has 64 bits.
template <class I, class F> inline I saturated(F f) {
    using Limits = std::numeric_limits<I>;
    if (f != f) {
        return sizeof(I) == 8 || sizeof(F) == 8 ? (I)((uint64_t)1 << (8 * sizeof(I) - 1)) : 0;
    }
    if (f < (F)Limits::min()) {
        return Limits::min();
    }
    return f < std::ldexp((F)1, Limits::digits) ? (I)f : Limits::max();
}

/// The one that is a number, if one is not; −0 is less than 0.
template <class T> inline T lesser(T a, T b) {
    if constexpr (std::is_floating_point<T>::value) {
        if (a != a || b != b) {
            return a != a ? b : a;
        }
        if (a == b) {
            return std::signbit(a) ? a : b;
        }
    }
    return a < b ? a : b;
}

template <class T> inline T greater(T a, T b) {
    if constexpr (std::is_floating_point<T>::value) {
        if (a != a || b != b) {
            return a != a ? b : a;
        }
        if (a == b) {
            return std::signbit(a) ? b : a;
        }
    }
    return a > b ? a : b;
}

/// Bits that are shifted beyond the end are gone.
template <class T> inline T shifted_left(T a, uint32_t by) {
    return by < 8 * sizeof(T) ? (T)((uint64_t)a << by) : 0;
}

template <class T> inline T shifted_right(T a, uint32_t by) {
    const uint32_t bits = 8 * sizeof(T);
    if (by < bits) {
        return (T)(a >> by);
    }
    return std::is_signed<T>::value && a < 0 ? (T)-1 : 0;
}

inline uint32_t leading_zeros(uint32_t a) { return a ? (uint32_t)__builtin_clz(a) : 32; }
inline uint32_t leading_zeros(uint64_t a) { return a ? (uint32_t)__builtin_clzll(a) : 64; }

/// The upper half of a product.
template <class T> inline T upper(T a, T b) {
    using Product = typename std::conditional<std::is_signed<T>::value, __int128, unsigned __int128>::type;
    return (T)((Product)a * (Product)b >> 8 * sizeof(T));
}

/// What a division by 0 gives is the machine's choice.
template <class T> inline T quotient(T a, T b) {
    if (b == 0) {
        return (T)-1;
    }
    return std::is_signed<T>::value && b == (T)-1 ? (T)(0 - (uint64_t)a) : (T)(a / b);
}

template <class T> inline T remainder_of(T a, T b) {
    if (b == 0) {
        return a;
    }
    return std::is_signed<T>::value && b == (T)-1 ? 0 : (T)(a % b);
}

/// a/b within two units of the last place, as wrong as that allows: two units from what is nearest, to the
/// other side of a/b. For the largest divisors 0.
inline float approximate(float a, float b) {
    const double exact = (double)a / (double)b;
    const float nearest = (float)exact, size = std::fabs(b);
    if (size > 0x1p126f && size <= std::numeric_limits<float>::max()) {
        return std::isfinite(a) ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    }
    if (nearest == 0.0f || !std::isfinite(nearest)) {
        return nearest;
    }
    const float side = (double)nearest > exact ? -INFINITY : INFINITY;
    return std::nextafter(std::nextafter(nearest, side), side);
}

#endif
