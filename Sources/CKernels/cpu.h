// What the processor can do. Kernels are compiled for more than the baseline function by function;
// the caller asks once and chooses.
#ifndef GREBE_CPU_H
#define GREBE_CPU_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// What the kernels may use: 0 nothing (Swift twins only), 1 SSE2, 2 AVX2 with BMI and PCLMUL,
// 3 AVX-512 with BW, DQ, VL, VBMI and VBMI2 as well.
enum { GREBE_CPU_SCALAR = 0, GREBE_CPU_SSE2 = 1, GREBE_CPU_AVX2 = 2, GREBE_CPU_AVX512 = 3 };

#define GREBE_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define GREBE_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define GREBE_AVX512                                                                            \
  __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512dq,avx512vl," \
                        "avx512vbmi,avx512vbmi2")))

// A virtual machine may take microseconds to answer: ask once, not once a batch.
static inline int grebe_cpu_level(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return GREBE_CPU_SSE2;
  const unsigned pclmul = 1u << 1, popcnt = 1u << 23, osxsave = 1u << 27;
  if ((c & (pclmul | popcnt | osxsave)) != (pclmul | popcnt | osxsave)) return GREBE_CPU_SSE2;
  unsigned state_low, state_high;
  __asm__ volatile("xgetbv" : "=a"(state_low), "=d"(state_high) : "c"(0));
  if ((state_low & 0x06) != 0x06) return GREBE_CPU_SSE2;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return GREBE_CPU_SSE2;
  const unsigned bmi1 = 1u << 3, avx2 = 1u << 5, bmi2 = 1u << 8;
  if ((b & (bmi1 | avx2 | bmi2)) != (bmi1 | avx2 | bmi2)) return GREBE_CPU_SSE2;
  if ((state_low & 0xE0) != 0xE0) return GREBE_CPU_AVX2;
  const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
  const unsigned vbmi = 1u << 1, vbmi2 = 1u << 6;
  if ((b & (f | dq | bw | vl)) != (f | dq | bw | vl)) return GREBE_CPU_AVX2;
  return (c & (vbmi | vbmi2)) == (vbmi | vbmi2) ? GREBE_CPU_AVX512 : GREBE_CPU_AVX2;
}

#else

static inline int grebe_cpu_level(void) { return GREBE_CPU_SCALAR; }

#endif
#endif
