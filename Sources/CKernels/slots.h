// Slots and validity bits: values are stored without the nulls between them, columns have a slot
// for every row. Bit i of a step's mask is row i.
//
//   spread    values to rows, from the back, in place     vpexpand
//   compact   rows to values                              vpcompress
//   levels    bytes to bits                               compare, movemask
#ifndef GREBE_SLOTS_H
#define GREBE_SLOTS_H

#include "cpu.h"

// 64 bits from bit `index` on. Reads the word that holds the first and the one after it.
GREBE_INLINE uint64_t grebe_bits_at(const uint64_t *words, size_t index) {
  const uint64_t *word = words + index / 64;
  unsigned shift = index % 64;
  return shift ? word[0] >> shift | word[1] << (64 - shift) : word[0];
}

#if defined(__x86_64__)

// Moves the last `value_count` of the values at the front of `slots` to those of the
// `block_count` blocks of rows whose bit is set, and zeroes the others of these rows. Stops early
// once every row left has its value. Returns how many values are left at the front.
//
// A block is 64 bytes of slots; rows begin at slot 0, their bits at `first_bit`.
#define grebe_spread_kernel(name, lanes, expand)                                                  \
  static inline GREBE_AVX512 size_t name(                                                       \
      void *slots, size_t value_count, size_t block_count, const uint64_t *words,               \
      size_t first_bit) {                                                                       \
    while (block_count && value_count < block_count * (lanes)) {                                \
      block_count--;                                                                            \
      size_t row = block_count * (lanes);                                                       \
      uint64_t bits = grebe_bits_at(words, first_bit + row);                                    \
      if ((lanes) < 64) bits &= ((uint64_t)1 << ((lanes) & 63)) - 1;                            \
      size_t count = (size_t)__builtin_popcountll(bits);                                        \
      value_count = count > value_count ? 0 : value_count - count;                              \
      __m512i values = _mm512_loadu_si512((const char *)slots + value_count * (64 / (lanes)));  \
      _mm512_storeu_si512((char *)slots + row * (64 / (lanes)), expand);                        \
    }                                                                                           \
    return value_count;                                                                         \
  }

grebe_spread_kernel(grebe_spread_1_avx512, 64, _mm512_maskz_expand_epi8(bits, values))
grebe_spread_kernel(
    grebe_spread_4_avx512, 16, _mm512_maskz_expand_epi32((__mmask16)bits, values))
grebe_spread_kernel(
    grebe_spread_8_avx512, 8, _mm512_maskz_expand_epi64((__mmask8)bits, values))

// Two 64-bit lanes a slot: bit i of four becomes bits 2i and 2i + 1.
GREBE_INLINE GREBE_AVX512 __mmask8 grebe_pairs_of_bits(uint64_t bits) {
  return (__mmask8)(_pdep_u64(bits, 0x55) * 3);
}

grebe_spread_kernel(
    grebe_spread_16_avx512, 4, _mm512_maskz_expand_epi64(grebe_pairs_of_bits(bits), values))

// Writes the slots of the rows whose bit is set, one after the other. Returns how many. Up to 64
// bytes past the last are written.
#define grebe_compact_kernel(name, lanes, compress)                                               \
  static inline GREBE_AVX512 size_t name(                                                       \
      const void *slots, size_t block_count, const uint64_t *words, size_t first_bit,           \
      void *output) {                                                                           \
    size_t count = 0;                                                                           \
    for (size_t block = 0; block < block_count; block++) {                                      \
      uint64_t bits = grebe_bits_at(words, first_bit + block * (lanes));                        \
      if ((lanes) < 64) bits &= ((uint64_t)1 << ((lanes) & 63)) - 1;                            \
      __m512i rows = _mm512_loadu_si512((const char *)slots + block * 64);                      \
      _mm512_storeu_si512((char *)output + count * (64 / (lanes)), compress);                   \
      count += (size_t)__builtin_popcountll(bits);                                              \
    }                                                                                           \
    return count;                                                                               \
  }

grebe_compact_kernel(grebe_compact_1_avx512, 64, _mm512_maskz_compress_epi8(bits, rows))
grebe_compact_kernel(
    grebe_compact_4_avx512, 16, _mm512_maskz_compress_epi32((__mmask16)bits, rows))
grebe_compact_kernel(
    grebe_compact_8_avx512, 8, _mm512_maskz_compress_epi64((__mmask8)bits, rows))

grebe_compact_kernel(
    grebe_compact_16_avx512, 4, _mm512_maskz_compress_epi64(grebe_pairs_of_bits(bits), rows))

// Bit i of the result: `levels[i] >= least`, for 64 levels.
GREBE_INLINE uint64_t grebe_levels_at_least_sse2(const uint8_t *levels, uint8_t least) {
  const __m128i wanted = _mm_set1_epi8((char)least);
  uint64_t bits = 0;
  for (int part = 0; part < 4; part++) {
    __m128i v = _mm_loadu_si128((const __m128i *)levels + part);
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(v, wanted), v));
    bits |= (uint64_t)mask << (16 * part);
  }
  return bits;
}

// The largest of `count` values, 0 for none.
static inline GREBE_AVX2 uint32_t grebe_largest_u32_avx2(const uint32_t *values, size_t count) {
  __m256i a = _mm256_setzero_si256(), b = a;
  size_t index = 0;
  for (; index + 16 <= count; index += 16) {
    a = _mm256_max_epu32(a, _mm256_loadu_si256((const __m256i *)(values + index)));
    b = _mm256_max_epu32(b, _mm256_loadu_si256((const __m256i *)(values + index + 8)));
  }
  uint32_t lanes[8], largest = 0;
  _mm256_storeu_si256((__m256i *)lanes, _mm256_max_epu32(a, b));
  for (int lane = 0; lane < 8; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  for (; index < count; index++) largest = values[index] > largest ? values[index] : largest;
  return largest;
}

#endif
#endif
