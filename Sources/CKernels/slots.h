// Slots and validity bits: values are stored without the nulls between them, columns have a slot
// for every row. Bit i of a step's mask is row i.
//
//   spread    values to rows, from the back, in place     vpexpand, or vpermd by a table
//   compact   rows to values                              vpcompress, or vpermd by a table
//   levels    bytes to bits                               compare, movemask
#ifndef GREBE_SLOTS_H
#define GREBE_SLOTS_H

#include "bits.h"
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

// ---- The same, AVX2: 32-bit lanes move by a table, eight a step ---------------------------------

// How many bits are set in a byte below each of its bits, as bytes.
#define GREBE_RANK_BYTE(byte, bit) \
  ((uint64_t)__builtin_popcount((byte) & ((1 << (bit)) - 1)) << (8 * (bit)))
#define GREBE_RANKS(byte)                                                        \
  GREBE_RANK_BYTE(byte, 1) | GREBE_RANK_BYTE(byte, 2) | GREBE_RANK_BYTE(byte, 3) \
      | GREBE_RANK_BYTE(byte, 4) | GREBE_RANK_BYTE(byte, 5)                      \
      | GREBE_RANK_BYTE(byte, 6) | GREBE_RANK_BYTE(byte, 7)
static const uint64_t grebe_bit_ranks[256] = {
    GREBE_EACH_BYTE(GREBE_RANKS)};

// The lanes of `mask`, 8 bits, filled from the front of `values`; the others are zero.
GREBE_INLINE GREBE_AVX2 __m256i grebe_expand_u32_avx2(unsigned mask, __m256i values) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  __m256i ranks =
      _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)&grebe_bit_ranks[mask]));
  __m256i is_set = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)mask), bit), bit);
  return _mm256_and_si256(_mm256_permutevar8x32_epi32(values, ranks), is_set);
}

// The lanes of `mask` at the front; what is behind them is not specified.
GREBE_INLINE GREBE_AVX2 __m256i grebe_compress_u32_avx2(unsigned mask, __m256i rows) {
  __m256i places =
      _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)&grebe_bit_places[mask]));
  return _mm256_permutevar8x32_epi32(rows, places);
}

// `lanes` slots a block of 32 bytes: a bit of a slot becomes as many as it has 32-bit lanes.
GREBE_INLINE GREBE_AVX2 unsigned grebe_lanes_of_bits(uint64_t bits, size_t lanes) {
  if (lanes == 4) return (unsigned)_pdep_u64(bits, 0x55) * 3;
  return lanes == 2 ? (unsigned)_pdep_u64(bits, 0x11) * 15 : (unsigned)bits;
}

GREBE_INLINE GREBE_AVX2 size_t grebe_spread_avx2(
    void *slots, size_t value_count, size_t block_count, const uint64_t *words, size_t first_bit,
    size_t lanes) {
  while (block_count && value_count < block_count * lanes) {
    block_count--;
    size_t row = block_count * lanes;
    uint64_t bits = grebe_bits_at(words, first_bit + row) & (((uint64_t)1 << lanes) - 1);
    size_t count = (size_t)__builtin_popcountll(bits);
    value_count = count > value_count ? 0 : value_count - count;
    const __m256i *values = (const __m256i *)((const char *)slots + value_count * (32 / lanes));
    _mm256_storeu_si256(
        (__m256i *)((char *)slots + row * (32 / lanes)),
        grebe_expand_u32_avx2(grebe_lanes_of_bits(bits, lanes), _mm256_loadu_si256(values)));
  }
  return value_count;
}

#define grebe_spread_kernel_avx2(name, lanes)                                                   \
  static inline GREBE_AVX2 size_t name(                                                         \
      void *slots, size_t value_count, size_t block_count, const uint64_t *words,               \
      size_t first_bit) {                                                                       \
    return grebe_spread_avx2(slots, value_count, block_count, words, first_bit, lanes);         \
  }

grebe_spread_kernel_avx2(grebe_spread_4_avx2, 8)
grebe_spread_kernel_avx2(grebe_spread_8_avx2, 4)
grebe_spread_kernel_avx2(grebe_spread_16_avx2, 2)

GREBE_INLINE GREBE_AVX2 size_t grebe_compact_avx2(
    const void *slots, size_t block_count, const uint64_t *words, size_t first_bit, void *output,
    size_t lanes) {
  size_t count = 0;
  for (size_t block = 0; block < block_count; block++) {
    uint64_t bits = grebe_bits_at(words, first_bit + block * lanes) & (((uint64_t)1 << lanes) - 1);
    __m256i rows = _mm256_loadu_si256((const __m256i *)slots + block);
    _mm256_storeu_si256(
        (__m256i *)((char *)output + count * (32 / lanes)),
        grebe_compress_u32_avx2(grebe_lanes_of_bits(bits, lanes), rows));
    count += (size_t)__builtin_popcountll(bits);
  }
  return count;
}

#define grebe_compact_kernel_avx2(name, lanes)                                                  \
  static inline GREBE_AVX2 size_t name(                                                         \
      const void *slots, size_t block_count, const uint64_t *words, size_t first_bit,           \
      void *output) {                                                                           \
    return grebe_compact_avx2(slots, block_count, words, first_bit, output, lanes);             \
  }

grebe_compact_kernel_avx2(grebe_compact_4_avx2, 8)
grebe_compact_kernel_avx2(grebe_compact_8_avx2, 4)
grebe_compact_kernel_avx2(grebe_compact_16_avx2, 2)

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
