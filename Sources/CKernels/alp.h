// ALP: integers to decimals. AlpEncoding.md, "Decoding".
//
//   value = integer * 10^factor * 10^-exponent    two multiplications, in the value's own precision
//
// Integers are packed as in bits.h.
#ifndef GREBE_ALP_H
#define GREBE_ALP_H

#include "bits.h"

#if defined(__x86_64__)

// Whole groups of eight, `width` 0...64; integers are `base` more than what is packed.
static inline GREBE_AVX512 void grebe_alp_f64_avx512(
    const uint8_t *source, unsigned width, size_t group_count, int64_t base, double factor,
    double exponent, double *output) {
  grebe_unpacker by = grebe_unpacker_u64(width);
  __m512i bases = _mm512_set1_epi64(base);
  __m512d factors = _mm512_set1_pd(factor), exponents = _mm512_set1_pd(exponent);
  for (; group_count; group_count--, source += width, output += 8) {
    __m512i packed = width <= 57 ? grebe_unpack8(by, source) : grebe_unpack8_wide(by, source);
    __m512d integers = _mm512_cvtepi64_pd(_mm512_add_epi64(packed, bases));
    __m512d scaled = _mm512_mul_pd(integers, factors);
    _mm512_storeu_pd(output, _mm512_mul_pd(scaled, exponents));
  }
}

// An even number of groups, `width` 0...25.
static inline GREBE_AVX512 void grebe_alp_f32_avx512(
    const uint8_t *source, unsigned width, size_t group_count, int32_t base, float factor,
    float exponent, float *output) {
  grebe_unpacker by = grebe_unpacker_u32(width);
  __m512i bases = _mm512_set1_epi32(base);
  __m512 factors = _mm512_set1_ps(factor), exponents = _mm512_set1_ps(exponent);
  for (; group_count >= 2; group_count -= 2, source += 2 * width, output += 16) {
    __m512 integers = _mm512_cvtepi32_ps(_mm512_add_epi32(grebe_unpack16(by, source), bases));
    __m512 scaled = _mm512_mul_ps(integers, factors);
    _mm512_storeu_ps(output, _mm512_mul_ps(scaled, exponents));
  }
}

#endif
#endif
