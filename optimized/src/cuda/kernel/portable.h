// What lets one source be CUDA C++ and plain C++.
//
// As plain C++ a block has one thread, so that shared memory is its own and a barrier does nothing.

#ifndef NB_PORTABLE_H
#define NB_PORTABLE_H

typedef long long Integer;

#ifdef __CUDACC__

#define NB_DEVICE static __device__ __forceinline__
#define NB_COLD static __device__ __noinline__
#define NB_MEMBER __device__ __forceinline__
#define NB_SHARED __shared__
#define NB_CONSTANT static __device__ constexpr
#define NB_TABLE static __constant__ const
#define NB_UNROLL _Pragma("unroll")
#define NB_TEXT(text) #text
#define NB_UNROLL_BY(count) _Pragma(NB_TEXT(unroll(count)))
#define NB_ROLLED _Pragma("unroll 1")
#define NB_KERNEL(name, threads, blocks)                                                           \
    extern "C" __global__ void __launch_bounds__(threads, blocks)                                  \
        name(const __grid_constant__ Parameters p)

NB_DEVICE int thread_number() { return threadIdx.x; }
NB_DEVICE int thread_count() { return blockDim.x; }
NB_DEVICE int block_number() { return blockIdx.x; }

/// Whether a condition holds for any thread of the block; waits for all of them.
NB_DEVICE bool any_thread(bool condition) { return __syncthreads_or(condition); }

/// Sign, exponent and the upper 20 bits of the mantissa.
NB_DEVICE int high_word(double x) { return __double2hiint(x); }

/// The lower bits of the mantissa.
NB_DEVICE int low_word(double x) { return __double2loint(x); }

NB_DEVICE float infinite() { return __int_as_float(0x7f800000); }

/// a/b within two units of the last place, for b below 2^126.
NB_DEVICE float over(float a, float b) { return __fdividef(a, b); }

#else

#include <cmath>
#include <cstring>

#define NB_DEVICE static inline
#define NB_COLD static __attribute__((noinline))
#define NB_MEMBER
#define NB_SHARED
#define NB_CONSTANT static constexpr
#define NB_TABLE static const
#define NB_UNROLL
#define NB_UNROLL_BY(count) static_assert((count) > 0, "");
#define NB_ROLLED
#define NB_KERNEL(name, threads, blocks) static void name(const Parameters &p)

static thread_local int current_block;

NB_DEVICE int thread_number() { return 0; }
NB_DEVICE int thread_count() { return 1; }
NB_DEVICE int block_number() { return current_block; }
NB_DEVICE bool any_thread(bool condition) { return condition; }

NB_DEVICE int high_word(double x) {
    Integer bits;
    std::memcpy(&bits, &x, sizeof bits);
    return (int)(bits >> 32);
}

NB_DEVICE int low_word(double x) {
    Integer bits;
    std::memcpy(&bits, &x, sizeof bits);
    return (int)bits;
}

NB_DEVICE float infinite() { return HUGE_VALF; }
NB_DEVICE float over(float a, float b) { return a / b; }

using std::fma;

#endif

/// The upper word of |x|: greater where |x| is, and equal only where they agree to 20 bits.
NB_DEVICE int high_magnitude(double x) { return high_word(x) & 0x7fffffff; }

NB_DEVICE double over(double a, double b) { return a / b; }

NB_DEVICE int larger(int a, int b) { return a > b ? a : b; }
NB_DEVICE int smaller(int a, int b) { return a < b ? a : b; }
NB_DEVICE unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

/// a · b + c, rounded once.
NB_DEVICE double mad(double a, double b, double c) { return fma(a, b, c); }
NB_DEVICE float mad(float a, float b, float c) { return fmaf(a, b, c); }

/// 1.5 · 2^52: added and taken away again, it leaves the nearest integer.
NB_CONSTANT double ROUNDER = 6755399441055744.0;

/// The nearest integer, to the even one of two; for magnitudes below 2^51.
NB_DEVICE double nearest_integer(double x) { return (x + ROUNDER) - ROUNDER; }

#endif
