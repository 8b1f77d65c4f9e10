// CRC-32 (ISO 3309, reflected polynomial 0xEDB88320) by carry-less multiplication.
// V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel, 2009.
//
// A message of 64 bytes and more is folded, 64 bytes a step, into 16 bytes with the same remainder.
// Swift's tables take it from there; they are also the twin.
#ifndef GREBE_CRC32_H
#define GREBE_CRC32_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

// x * 2^(distance) mod P for both halves of x, added to the block at that distance.
__attribute__((target("pclmul,sse2")))
static inline __m128i grebe_crc32_shift(__m128i x, __m128i factors, __m128i block) {
  __m128i low = _mm_clmulepi64_si128(x, factors, 0x00);
  __m128i high = _mm_clmulepi64_si128(x, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), block);
}

// Folds the first `block_count` >= 4 blocks of 16 bytes, after a message whose state is `crc` (not
// inverted), into the 16 bytes at `folded`: their CRC from a state of 0 is that of the message.
__attribute__((target("pclmul,sse2")))
static inline void grebe_crc32_fold(
    const uint8_t *data, size_t block_count, uint32_t crc, uint8_t *folded) {
  // x^(d+32) and x^(d-32) mod P, reflected, for the distances d of 512 and 128 bits.
  const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const __m128i *block = (const __m128i *)data;
  const __m128i *end = block + block_count;
  __m128i a = _mm_xor_si128(_mm_loadu_si128(block), _mm_cvtsi32_si128((int)crc));
  __m128i b = _mm_loadu_si128(block + 1);
  __m128i c = _mm_loadu_si128(block + 2);
  __m128i d = _mm_loadu_si128(block + 3);
  for (block += 4; end - block >= 4; block += 4) {
    a = grebe_crc32_shift(a, by_512, _mm_loadu_si128(block));
    b = grebe_crc32_shift(b, by_512, _mm_loadu_si128(block + 1));
    c = grebe_crc32_shift(c, by_512, _mm_loadu_si128(block + 2));
    d = grebe_crc32_shift(d, by_512, _mm_loadu_si128(block + 3));
  }
  b = grebe_crc32_shift(a, by_128, b);
  c = grebe_crc32_shift(b, by_128, c);
  d = grebe_crc32_shift(c, by_128, d);
  for (; block < end; block++) d = grebe_crc32_shift(d, by_128, _mm_loadu_si128(block));
  _mm_storeu_si128((__m128i *)folded, d);
}

#else

// Never called: `grebe_cpu_level` says so.
static inline void grebe_crc32_fold(
    const uint8_t *data, size_t block_count, uint32_t crc, uint8_t *folded) {
  (void)data; (void)block_count; (void)crc; (void)folded;
}

#endif
#endif
