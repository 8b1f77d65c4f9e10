// Bit packing as Parquet has it: values of `width` bits, least significant bit first. Eight values
// are a group and fill exactly `width` bytes. spec: Encodings.md, "Run Length Encoding /
// Bit-Packing Hybrid", "Delta Encoding".
//
//   unpack   vpermb brings the bytes of each value into its lane, a shift by lane drops the bits of
//            the value before, a mask those of the one after
//   delta    the same, then the sum of the lanes before is added in log2(lanes) steps
//   pack     pext takes the low bits of four or eight values out of a word
//
// Every function handles whole groups. Unpacking reads up to 64 bytes from the first byte of a
// group, packing writes up to 16 past the last (of 64-bit words: 64): the padding of every buffer.
#ifndef GREBE_BITS_H
#define GREBE_BITS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

#if defined(__x86_64__)

// ---- AVX-512 ------------------------------------------------------------------------------------

// Byte numbers for vpermb: four from each 32-bit lane's first, `first`.
GREBE_INLINE GREBE_AVX512 __m512i grebe_bytes_of_u32(__m512i first) {
  __m512i spread = _mm512_mullo_epi32(first, _mm512_set1_epi32(0x01010101));
  return _mm512_add_epi8(spread, _mm512_set1_epi32(0x03020100));
}

// The same, eight for each 64-bit lane.
GREBE_INLINE GREBE_AVX512 __m512i grebe_bytes_of_u64(__m512i first) {
  const __m512i low = _mm512_set4_epi64(
      0x0808080808080808, 0, 0x0808080808080808, 0);
  return _mm512_add_epi8(
      _mm512_shuffle_epi8(first, low), _mm512_set1_epi64(0x0706050403020100));
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_iota_u32(void) {
  return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_iota_u64(void) {
  return _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
}

// How 16 values of one width come out of the bytes they are packed in.
typedef struct {
  __m512i bytes, shifts, mask;
} grebe_unpacker;

// Widths 0...25: a value and the bits before it in its first byte fit 32 bits.
GREBE_INLINE GREBE_AVX512 grebe_unpacker grebe_unpacker_u32(unsigned width) {
  __m512i bits = _mm512_mullo_epi32(grebe_iota_u32(), _mm512_set1_epi32((int)width));
  grebe_unpacker unpacker = {
      .bytes = grebe_bytes_of_u32(_mm512_srli_epi32(bits, 3)),
      .shifts = _mm512_and_si512(bits, _mm512_set1_epi32(7)),
      .mask = _mm512_set1_epi32((int)(((uint64_t)1 << width) - 1))};
  return unpacker;
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_unpack16(grebe_unpacker by, const uint8_t *source) {
  __m512i bytes = _mm512_permutexvar_epi8(by.bytes, _mm512_loadu_si512(source));
  return _mm512_and_si512(_mm512_srlv_epi32(bytes, by.shifts), by.mask);
}

// Widths 0...57, eight values.
GREBE_INLINE GREBE_AVX512 grebe_unpacker grebe_unpacker_u64(unsigned width) {
  __m512i bits = _mm512_mul_epu32(grebe_iota_u64(), _mm512_set1_epi64((int64_t)width));
  uint64_t mask = width >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << width) - 1;
  grebe_unpacker unpacker = {
      .bytes = grebe_bytes_of_u64(_mm512_srli_epi64(bits, 3)),
      .shifts = _mm512_and_si512(bits, _mm512_set1_epi64(7)),
      .mask = _mm512_set1_epi64((int64_t)mask)};
  return unpacker;
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_unpack8(grebe_unpacker by, const uint8_t *source) {
  __m512i bytes = _mm512_permutexvar_epi8(by.bytes, _mm512_loadu_si512(source));
  return _mm512_and_si512(_mm512_srlv_epi64(bytes, by.shifts), by.mask);
}

// Any width: a second word has the bits that a shift leaves behind.
GREBE_INLINE GREBE_AVX512 __m512i grebe_unpack8_wide(grebe_unpacker by, const uint8_t *source) {
  __m512i loaded = _mm512_loadu_si512(source);
  __m512i low = _mm512_permutexvar_epi8(by.bytes, loaded);
  __m512i after = _mm512_add_epi8(by.bytes, _mm512_set1_epi8(8));
  __m512i high = _mm512_permutexvar_epi8(after, loaded);
  return _mm512_and_si512(_mm512_shrdv_epi64(low, high, by.shifts), by.mask);
}

// `width` 0...32.
static inline GREBE_AVX512 void grebe_unpack_u32_avx512(
    const uint8_t *source, unsigned width, size_t group_count, uint32_t *output) {
  if (width <= 25) {
    grebe_unpacker by = grebe_unpacker_u32(width);
    const size_t step = 2 * width;
    for (; group_count >= 8; group_count -= 8, source += 4 * step, output += 64) {
      _mm512_storeu_si512(output, grebe_unpack16(by, source));
      _mm512_storeu_si512(output + 16, grebe_unpack16(by, source + step));
      _mm512_storeu_si512(output + 32, grebe_unpack16(by, source + 2 * step));
      _mm512_storeu_si512(output + 48, grebe_unpack16(by, source + 3 * step));
    }
    for (; group_count >= 2; group_count -= 2, source += step, output += 16)
      _mm512_storeu_si512(output, grebe_unpack16(by, source));
    if (group_count) _mm512_mask_storeu_epi32(output, 0xFF, grebe_unpack16(by, source));
    return;
  }
  grebe_unpacker by = grebe_unpacker_u64(width);
  for (; group_count; group_count--, source += width, output += 8)
    _mm256_storeu_si256(
        (__m256i *)output, _mm512_cvtepi64_epi32(grebe_unpack8(by, source)));
}

// `width` 1...8, a byte a value.
static inline GREBE_AVX512 void grebe_unpack_u8_avx512(
    const uint8_t *source, unsigned width, size_t group_count, uint8_t *output) {
  __m512i first = _mm512_mul_epu32(grebe_iota_u64(), _mm512_set1_epi64((int64_t)width));
  __m512i bytes = grebe_bytes_of_u64(first);
  const uint64_t shift = 0x0706050403020100 * width;
  __m512i shifts = _mm512_set1_epi64((int64_t)shift);
  __m512i mask = _mm512_set1_epi8((char)((1u << width) - 1));
  while (group_count) {
    __m512i groups = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(source));
    __m512i values = _mm512_and_si512(_mm512_multishift_epi64_epi8(shifts, groups), mask);
    if (group_count < 8) {
      _mm512_mask_storeu_epi64(output, (__mmask8)((1u << group_count) - 1), values);
      return;
    }
    _mm512_storeu_si512(output, values);
    group_count -= 8;
    source += 8 * width;
    output += 64;
  }
}

// Lane i becomes the sum of lanes 0...i.
GREBE_INLINE GREBE_AVX512 __m512i grebe_sums_u64(__m512i v) {
  const __m512i zero = _mm512_setzero_si512();
  v = _mm512_add_epi64(v, _mm512_alignr_epi64(v, zero, 7));
  v = _mm512_add_epi64(v, _mm512_alignr_epi64(v, zero, 6));
  return _mm512_add_epi64(v, _mm512_alignr_epi64(v, zero, 4));
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_sums_u32(__m512i v) {
  const __m512i zero = _mm512_setzero_si512();
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 15));
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 14));
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 12));
  return _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 8));
}

// Values whose differences, less `least`, are packed at `width` bits, 0...64: the first follows
// `last`. Returns the last of them.
static inline GREBE_AVX512 int64_t grebe_delta_i64_avx512(
    const uint8_t *source, unsigned width, size_t group_count, int64_t least, int64_t last,
    int64_t *output) {
  const __m512i top = _mm512_set1_epi64(7);
  grebe_unpacker by = grebe_unpacker_u64(width);
  __m512i base = _mm512_set1_epi64(least), carry = _mm512_set1_epi64(last);
  for (; group_count; group_count--, source += width, output += 8) {
    __m512i deltas = width <= 57 ? grebe_unpack8(by, source) : grebe_unpack8_wide(by, source);
    __m512i values =
        _mm512_add_epi64(grebe_sums_u64(_mm512_add_epi64(deltas, base)), carry);
    _mm512_storeu_si512(output, values);
    carry = _mm512_permutexvar_epi64(top, values);
  }
  return _mm_cvtsi128_si64(_mm512_castsi512_si128(carry));
}

// The same in 32 bits, `width` 0...32 and an even number of groups.
static inline GREBE_AVX512 int32_t grebe_delta_i32_avx512(
    const uint8_t *source, unsigned width, size_t group_count, int32_t least, int32_t last,
    int32_t *output) {
  const __m512i top = _mm512_set1_epi32(15);
  grebe_unpacker by = width <= 25 ? grebe_unpacker_u32(width) : grebe_unpacker_u64(width);
  __m512i base = _mm512_set1_epi32(least), carry = _mm512_set1_epi32(last);
  for (; group_count >= 2; group_count -= 2, source += 2 * width, output += 16) {
    __m512i deltas;
    if (width <= 25) {
      deltas = grebe_unpack16(by, source);
    } else {
      __m256i low = _mm512_cvtepi64_epi32(grebe_unpack8(by, source));
      __m256i high = _mm512_cvtepi64_epi32(grebe_unpack8(by, source + width));
      deltas = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    __m512i values =
        _mm512_add_epi32(grebe_sums_u32(_mm512_add_epi32(deltas, base)), carry);
    _mm512_storeu_si512(output, values);
    carry = _mm512_permutexvar_epi32(top, values);
  }
  return _mm_cvtsi128_si32(_mm512_castsi512_si128(carry));
}

// ---- Packing whole words, AVX-512 ---------------------------------------------------------------

// Pairs of neighbours: lane i becomes value 2i and, `bits` higher, value 2i + 1, of a and b.
GREBE_INLINE GREBE_AVX512 __m512i grebe_pair_up(__m512i a, __m512i b, unsigned bits) {
  const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  __m512i high = _mm512_permutex2var_epi64(a, odd, b);
  return _mm512_or_si512(
      _mm512_permutex2var_epi64(a, even, b), _mm512_sll_epi64(high, _mm_cvtsi32_si128((int)bits)));
}

// Packs 32 values of `width` 1...64 bits into 4 * width bytes, storing up to 64 past them.
//
// Lanes are paired until they have more than 32 bits. Then a word of the output has bits of at most
// three lanes: the one that its first bit lies in, and the two after it.
static inline GREBE_AVX512 void grebe_pack_u64_avx512(
    const uint64_t *values, unsigned width, uint8_t *output) {
  __m512i v[4];
  for (int i = 0; i < 4; i++) v[i] = _mm512_loadu_si512(values + 8 * i);
  unsigned bits = width, count = 4;
  for (; bits <= 32; bits *= 2) {
    for (unsigned i = 0; i < (count + 1) / 2; i++) {
      __m512i next = 2 * i + 1 < count ? v[2 * i + 1] : _mm512_setzero_si512();
      v[i] = grebe_pair_up(v[2 * i], next, bits);
    }
    count = (count + 1) / 2;
  }
  // No quotient is nearer to the integer above it than 1 / 64: truncation is right.
  const __m512i first_bits = _mm512_slli_epi64(grebe_iota_u64(), 6);
  __m512i lane = _mm512_cvttpd_epi64(_mm512_div_pd(
      _mm512_cvtepi64_pd(first_bits), _mm512_set1_pd((double)bits)));
  const __m512i size = _mm512_set1_epi64(bits), one = _mm512_set1_epi64(1);
  __m512i right = _mm512_sub_epi64(first_bits, _mm512_mul_epu32(lane, size));
  __m512i left = _mm512_sub_epi64(size, right);
  __m512i lane_1 = _mm512_add_epi64(lane, one), lane_2 = _mm512_add_epi64(lane_1, one);
  __m512i left_2 = _mm512_add_epi64(left, size);
  for (unsigned i = 0; i < count; i++, output += bits) {
    __m512i a = _mm512_srlv_epi64(_mm512_permutexvar_epi64(lane, v[i]), right);
    __m512i b = _mm512_sllv_epi64(_mm512_permutexvar_epi64(lane_1, v[i]), left);
    __m512i c = _mm512_sllv_epi64(_mm512_permutexvar_epi64(lane_2, v[i]), left_2);
    _mm512_storeu_si512(output, _mm512_or_si512(_mm512_or_si512(a, b), c));
  }
}

// The differences of 128 values to the ones before them, `values[-1]` for the first, less the least
// of them, which is returned; and what is set in any of each 32.
static inline GREBE_AVX512 int64_t grebe_differences_i64_avx512(
    const int64_t *values, uint64_t *differences, uint64_t *set) {
  __m512i least = _mm512_set1_epi64(INT64_MAX);
  for (int i = 0; i < 128; i += 8) {
    __m512i difference = _mm512_sub_epi64(
        _mm512_loadu_si512(values + i), _mm512_loadu_si512(values + i - 1));
    _mm512_storeu_si512(differences + i, difference);
    least = _mm512_min_epi64(least, difference);
  }
  int64_t smallest = _mm512_reduce_min_epi64(least);
  least = _mm512_set1_epi64(smallest);
  for (int part = 0; part < 4; part++) {
    __m512i any = _mm512_setzero_si512();
    for (int i = 32 * part; i < 32 * part + 32; i += 8) {
      __m512i excess = _mm512_sub_epi64(_mm512_loadu_si512(differences + i), least);
      _mm512_storeu_si512(differences + i, excess);
      any = _mm512_or_si512(any, excess);
    }
    set[part] = (uint64_t)_mm512_reduce_or_epi64(any);
  }
  return smallest;
}

// The same of 32-bit values, whose differences wrap.
static inline GREBE_AVX512 int32_t grebe_differences_i32_avx512(
    const int32_t *values, uint64_t *differences, uint64_t *set) {
  __m256i least = _mm256_set1_epi32(INT32_MAX);
  for (int i = 0; i < 128; i += 8)
    least = _mm256_min_epi32(least, _mm256_sub_epi32(
        _mm256_loadu_si256((const __m256i *)(values + i)),
        _mm256_loadu_si256((const __m256i *)(values + i - 1))));
  int32_t smallest = _mm512_reduce_min_epi32(_mm512_broadcast_i64x4(least));
  least = _mm256_set1_epi32(smallest);
  for (int part = 0; part < 4; part++) {
    __m512i any = _mm512_setzero_si512();
    for (int i = 32 * part; i < 32 * part + 32; i += 8) {
      __m256i difference = _mm256_sub_epi32(
          _mm256_loadu_si256((const __m256i *)(values + i)),
          _mm256_loadu_si256((const __m256i *)(values + i - 1)));
      __m512i excess = _mm512_cvtepu32_epi64(_mm256_sub_epi32(difference, least));
      _mm512_storeu_si512(differences + i, excess);
      any = _mm512_or_si512(any, excess);
    }
    set[part] = (uint64_t)_mm512_reduce_or_epi64(any);
  }
  return smallest;
}

// ---- AVX2 and BMI2 ------------------------------------------------------------------------------

// A table of what `of` makes of each byte.
#define GREBE_4_BYTES(of, byte) of(byte), of((byte) + 1), of((byte) + 2), of((byte) + 3)
#define GREBE_16_BYTES(of, byte)                              \
  GREBE_4_BYTES(of, byte), GREBE_4_BYTES(of, (byte) + 4), \
      GREBE_4_BYTES(of, (byte) + 8), GREBE_4_BYTES(of, (byte) + 12)
#define GREBE_64_BYTES(of, byte)                                 \
  GREBE_16_BYTES(of, byte), GREBE_16_BYTES(of, (byte) + 16), \
      GREBE_16_BYTES(of, (byte) + 32), GREBE_16_BYTES(of, (byte) + 48)
#define GREBE_EACH_BYTE(of)                                                                   \
  GREBE_64_BYTES(of, 0), GREBE_64_BYTES(of, 64), GREBE_64_BYTES(of, 128), GREBE_64_BYTES(of, 192)

// The bits set in a byte, as bytes in order.
#define GREBE_PLACE(byte, bit)              \
  ((uint64_t)((byte) >> (bit) & 1) * (bit) \
   << 8 * __builtin_popcount((byte) & ((1 << (bit)) - 1)))
#define GREBE_PLACES(byte)                                                                    \
  GREBE_PLACE(byte, 1) | GREBE_PLACE(byte, 2) | GREBE_PLACE(byte, 3) | GREBE_PLACE(byte, 4) | \
      GREBE_PLACE(byte, 5) | GREBE_PLACE(byte, 6) | GREBE_PLACE(byte, 7)
static const uint64_t grebe_bit_places[256] = {
    GREBE_EACH_BYTE(GREBE_PLACES)};

// The position of every bit set, plus `base`; returns where the next ones go. `out` has room for
// eight more than there are. A table look-up for each byte, whatever is set in it: how many bits
// are set is hard to predict, and a branch guessed wrong costs more than eight stores.
GREBE_INLINE GREBE_AVX2 uint32_t *grebe_store_positions_avx2(
    uint32_t *out, uint32_t base, uint64_t bits) {
  uint64_t counts = bits - (bits >> 1 & 0x5555555555555555);
  counts = (counts & 0x3333333333333333) + (counts >> 2 & 0x3333333333333333);
  counts = ((counts + (counts >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101;
  // Now byte i has how many are set in bytes 0 ... i.
  __m256i offset = _mm256_set1_epi32((int)base);
  uint64_t before = counts << 8;
  for (int i = 0; i < 8; i++) {
    __m256i places = _mm256_cvtepu8_epi32(
        _mm_loadl_epi64((const __m128i *)&grebe_bit_places[bits >> 8 * i & 0xFF]));
    _mm256_storeu_si256(
        (__m256i *)(out + (before >> 8 * i & 0xFF)), _mm256_add_epi32(places, offset));
    offset = _mm256_add_epi32(offset, _mm256_set1_epi32(8));
  }
  return out + (counts >> 56);
}

// Eight values of `width` 0...25 bits a step, four from each half: the second half's first byte is
// `width / 2`, and an odd width leaves four bits of the value before in it.
static inline GREBE_AVX2 void grebe_unpack_narrow_avx2(
    const uint8_t *source, unsigned width, size_t group_count, uint32_t *output) {
  __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3);
  __m256i bits = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)width));
  int rest = (int)(4 * width & 7);
  bits = _mm256_add_epi32(bits, _mm256_setr_epi32(0, 0, 0, 0, rest, rest, rest, rest));
  __m256i first = _mm256_srli_epi32(bits, 3);
  __m256i bytes = _mm256_add_epi8(
      _mm256_mullo_epi32(first, _mm256_set1_epi32(0x01010101)), _mm256_set1_epi32(0x03020100));
  __m256i shifts = _mm256_and_si256(bits, _mm256_set1_epi32(7));
  __m256i mask = _mm256_set1_epi32((int)(((uint64_t)1 << width) - 1));
  for (; group_count; group_count--, source += width, output += 8) {
    __m128i low = _mm_loadu_si128((const __m128i *)source);
    __m128i high = _mm_loadu_si128((const __m128i *)(source + width / 2));
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    __m256i values = _mm256_srlv_epi32(_mm256_shuffle_epi8(both, bytes), shifts);
    _mm256_storeu_si256((__m256i *)output, _mm256_and_si256(values, mask));
  }
}

// Widths up to 32: a 64-bit lane a value, four a step.
static inline GREBE_AVX2 void grebe_unpack_wide_avx2(
    const uint8_t *source, unsigned width, size_t group_count, uint32_t *output) {
  __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  uint64_t mask = ((uint64_t)1 << width) - 1;
  __m256i masks = _mm256_set1_epi64x((int64_t)mask);
  for (; group_count; group_count--, source += width, output += 8) {
    for (unsigned half = 0; half < 2; half++) {
      uint64_t words[4], shifts[4];
      for (unsigned lane = 0; lane < 4; lane++) {
        unsigned bit = (half * 4 + lane) * width;
        memcpy(&words[lane], source + bit / 8, 8);
        shifts[lane] = bit & 7;
      }
      __m256i loaded = _mm256_loadu_si256((const __m256i *)words);
      __m256i shift = _mm256_loadu_si256((const __m256i *)shifts);
      __m256i values = _mm256_and_si256(_mm256_srlv_epi64(loaded, shift), masks);
      __m256i packed = _mm256_permutevar8x32_epi32(values, even);
      _mm_storeu_si128((__m128i *)(output + 4 * half), _mm256_castsi256_si128(packed));
    }
  }
}

// `width` 0...32.
static inline GREBE_AVX2 void grebe_unpack_u32_avx2(
    const uint8_t *source, unsigned width, size_t group_count, uint32_t *output) {
  if (width <= 25) {
    grebe_unpack_narrow_avx2(source, width, group_count, output);
  } else {
    grebe_unpack_wide_avx2(source, width, group_count, output);
  }
}

// The sums of the lanes up to each.
GREBE_INLINE GREBE_AVX2 __m256i grebe_sums_u32_avx2(__m256i v) {
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 4));
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 8));
  // The sum of the lower half, in all lanes of the upper one.
  __m256i half = _mm256_shuffle_epi32(_mm256_permute2x128_si256(v, v, 0x08), 0xFF);
  return _mm256_add_epi32(v, half);
}

// As grebe_delta_i32_avx512, for any number of groups. In 64 bits, four lanes a step are no faster
// than one value after the other.
static inline GREBE_AVX2 int32_t grebe_delta_i32_avx2(
    const uint8_t *source, unsigned width, size_t group_count, int32_t least, int32_t last,
    int32_t *output) {
  const __m256i top = _mm256_set1_epi32(7);
  grebe_unpack_u32_avx2(source, width, group_count, (uint32_t *)output);
  __m256i base = _mm256_set1_epi32(least), carry = _mm256_set1_epi32(last);
  for (; group_count; group_count--, output += 8) {
    __m256i deltas = _mm256_loadu_si256((const __m256i *)output);
    __m256i values =
        _mm256_add_epi32(grebe_sums_u32_avx2(_mm256_add_epi32(deltas, base)), carry);
    _mm256_storeu_si256((__m256i *)output, values);
    carry = _mm256_permutevar8x32_epi32(values, top);
  }
  return _mm256_cvtsi256_si32(carry);
}

// What is set in any of the four.
GREBE_INLINE GREBE_AVX2 uint64_t grebe_set_in_any_u64_avx2(__m256i lanes) {
  __m128i pairs = _mm_or_si128(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  return (uint64_t)(_mm_cvtsi128_si64(pairs) | _mm_extract_epi64(pairs, 1));
}

// As grebe_differences_i64_avx512.
static inline GREBE_AVX2 int64_t grebe_differences_i64_avx2(
    const int64_t *values, uint64_t *differences, uint64_t *set) {
  __m256i least = _mm256_set1_epi64x(INT64_MAX);
  for (int i = 0; i < 128; i += 4) {
    __m256i difference = _mm256_sub_epi64(
        _mm256_loadu_si256((const __m256i *)(values + i)),
        _mm256_loadu_si256((const __m256i *)(values + i - 1)));
    _mm256_storeu_si256((__m256i *)(differences + i), difference);
    least = _mm256_blendv_epi8(least, difference, _mm256_cmpgt_epi64(least, difference));
  }
  int64_t lanes[4];
  _mm256_storeu_si256((__m256i *)lanes, least);
  for (int lane = 1; lane < 4; lane++) lanes[0] = lanes[lane] < lanes[0] ? lanes[lane] : lanes[0];
  least = _mm256_set1_epi64x(lanes[0]);
  for (int part = 0; part < 4; part++) {
    __m256i any = _mm256_setzero_si256();
    for (int i = 32 * part; i < 32 * part + 32; i += 4) {
      __m256i *at = (__m256i *)(differences + i);
      __m256i excess = _mm256_sub_epi64(_mm256_loadu_si256(at), least);
      _mm256_storeu_si256(at, excess);
      any = _mm256_or_si256(any, excess);
    }
    set[part] = grebe_set_in_any_u64_avx2(any);
  }
  return lanes[0];
}

// As grebe_differences_i32_avx512.
static inline GREBE_AVX2 int32_t grebe_differences_i32_avx2(
    const int32_t *values, uint64_t *differences, uint64_t *set) {
  __m256i least = _mm256_set1_epi32(INT32_MAX);
  for (int i = 0; i < 128; i += 8)
    least = _mm256_min_epi32(least, _mm256_sub_epi32(
        _mm256_loadu_si256((const __m256i *)(values + i)),
        _mm256_loadu_si256((const __m256i *)(values + i - 1))));
  int32_t lanes[8];
  _mm256_storeu_si256((__m256i *)lanes, least);
  for (int lane = 1; lane < 8; lane++) lanes[0] = lanes[lane] < lanes[0] ? lanes[lane] : lanes[0];
  least = _mm256_set1_epi32(lanes[0]);
  for (int part = 0; part < 4; part++) {
    __m256i any = _mm256_setzero_si256();
    for (int i = 32 * part; i < 32 * part + 32; i += 8) {
      __m256i difference = _mm256_sub_epi32(
          _mm256_loadu_si256((const __m256i *)(values + i)),
          _mm256_loadu_si256((const __m256i *)(values + i - 1)));
      __m256i excess = _mm256_sub_epi32(difference, least);
      _mm256_storeu_si256(
          (__m256i *)(differences + i), _mm256_cvtepu32_epi64(_mm256_castsi256_si128(excess)));
      _mm256_storeu_si256(
          (__m256i *)(differences + i + 4),
          _mm256_cvtepu32_epi64(_mm256_extracti128_si256(excess, 1)));
      any = _mm256_or_si256(any, excess);
    }
    uint64_t pairs = grebe_set_in_any_u64_avx2(any);
    set[part] = (uint32_t)(pairs | pairs >> 32);
  }
  return lanes[0];
}

// A stream of bits: whole words are stored, the rest is kept.
typedef struct {
  uint8_t *out;
  uint64_t rest;
  unsigned rest_bits;
} grebe_bit_stream;

// Appends `count` 1...64 bits, of which no others are set; stores eight bytes.
GREBE_INLINE void grebe_append_bits(grebe_bit_stream *stream, uint64_t bits, unsigned count) {
  unsigned at = stream->rest_bits;
  uint64_t low = stream->rest | bits << at;
  uint64_t high = bits >> 1 >> (63 - at);
  memcpy(stream->out, &low, 8);
  at += count;
  stream->out += at / 64 * 8;
  stream->rest = at >= 64 ? high : low;
  stream->rest_bits = at % 64;
}

// As grebe_pack_u64_avx512: four values make a word, or two, or one.
static inline GREBE_AVX2 void grebe_pack_u64_avx2(
    const uint64_t *values, unsigned width, uint8_t *output) {
  grebe_bit_stream stream = {.out = output};
  const __m256i shifts =
      width <= 16 ? _mm256_setr_epi64x(0, width, 2 * width, 3 * width)
                  : _mm256_setr_epi64x(0, width, 0, width);
  for (int i = 0; i < 32; i += 4) {
    if (width > 32) {
      for (int lane = 0; lane < 4; lane++) grebe_append_bits(&stream, values[i + lane], width);
      continue;
    }
    __m256i v = _mm256_sllv_epi64(_mm256_loadu_si256((const __m256i *)(values + i)), shifts);
    v = _mm256_or_si256(v, _mm256_srli_si256(v, 8));
    uint64_t low = (uint64_t)_mm256_extract_epi64(v, 0);
    uint64_t high = (uint64_t)_mm256_extract_epi64(v, 2);
    if (width <= 16) {
      grebe_append_bits(&stream, low | high, 4 * width);
    } else {
      grebe_append_bits(&stream, low, 2 * width);
      grebe_append_bits(&stream, high, 2 * width);
    }
  }
  memcpy(stream.out, &stream.rest, 8);
}

// `width` 1...8, a byte a value: pdep spreads a group over a word.
static inline GREBE_AVX2 void grebe_unpack_u8_avx2(
    const uint8_t *source, unsigned width, size_t group_count, uint8_t *output) {
  const uint64_t mask = 0x0101010101010101 * (uint64_t)((1u << width) - 1);
  for (; group_count; group_count--, source += width, output += 8) {
    uint64_t word;
    memcpy(&word, source, 8);
    word = _pdep_u64(word, mask);
    memcpy(output, &word, 8);
  }
}

// `width` 1...8.
static inline GREBE_AVX2 void grebe_pack_u8_avx2(
    const uint8_t *values, unsigned width, size_t group_count, uint8_t *output) {
  const uint64_t mask = 0x0101010101010101 * (uint64_t)((1u << width) - 1);
  for (; group_count; group_count--, values += 8, output += width) {
    uint64_t word;
    memcpy(&word, values, 8);
    word = _pext_u64(word, mask);
    memcpy(output, &word, 8);
  }
}

// `width` 1...16.
static inline GREBE_AVX2 void grebe_pack_u16_avx2(
    const uint16_t *values, unsigned width, size_t group_count, uint8_t *output) {
  const uint64_t mask = 0x0001000100010001 * (uint64_t)((1u << width) - 1);
  const unsigned half = 4 * width;
  for (; group_count; group_count--, values += 8, output += width) {
    uint64_t low, high;
    memcpy(&low, values, 8);
    memcpy(&high, values + 4, 8);
    low = _pext_u64(low, mask);
    high = _pext_u64(high, mask);
    if (width <= 8) {
      low |= half == 64 ? 0 : high << half;
      memcpy(output, &low, 8);
    } else {
      uint64_t words[2] = {
          half == 64 ? low : low | high << half, half == 64 ? high : high >> (64 - half)};
      memcpy(output, words, 16);
    }
  }
}

// `width` 1...32: pairs of values through a 128-bit word.
static inline GREBE_AVX2 void grebe_pack_u32_avx2(
    const uint32_t *values, unsigned width, size_t group_count, uint8_t *output) {
  const uint64_t mask = 0x0000000100000001 * (((uint64_t)1 << width) - 1);
  const unsigned pair = 2 * width;
  for (; group_count; group_count--, values += 8, output += width) {
    uint64_t words[4];
    memcpy(words, values, 32);
    unsigned __int128 low = _pext_u64(words[0], mask);
    unsigned __int128 high = _pext_u64(words[2], mask);
    low |= (unsigned __int128)_pext_u64(words[1], mask) << pair;
    high |= (unsigned __int128)_pext_u64(words[3], mask) << pair;
    // The halves have `width / 2` bytes each, and an odd width four bits more.
    if (width & 1) {
      unsigned __int128 carry = low >> (4 * width - 4);
      high = high << 4 | (carry & 15);
    }
    memcpy(output, &low, 16);
    memcpy(output + width / 2, &high, 16);
  }
}

// ---- Runs ---------------------------------------------------------------------------------------

// The first group from `group` on, below `end`, whose eight values are equal; `end` if none.
static inline GREBE_AVX2 size_t grebe_equal_group_u8_avx2(
    const uint8_t *values, size_t group, size_t end) {
  const __m256i first = _mm256_setr_epi8(
      0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8,
      0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8);
  for (; group + 4 <= end; group += 4) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(values + 8 * group));
    __m256i equal = _mm256_cmpeq_epi64(v, _mm256_shuffle_epi8(v, first));
    unsigned mask = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
    if (mask) return group + (size_t)__builtin_ctz(mask);
  }
  for (; group < end; group++) {
    uint64_t word;
    memcpy(&word, values + 8 * group, 8);
    if (word == 0x0101010101010101 * (word & 0xFF)) break;
  }
  return group;
}

static inline GREBE_AVX2 size_t grebe_equal_group_u16_avx2(
    const uint16_t *values, size_t group, size_t end) {
  const __m256i first = _mm256_set1_epi16(0x0100);
  for (; group + 4 <= end; group += 4) {
    unsigned mask = 0;
    for (unsigned pair = 0; pair < 2; pair++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(values + 8 * group) + pair);
      __m256i equal = _mm256_cmpeq_epi64(v, _mm256_shuffle_epi8(v, first));
      mask |= (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(equal)) << 4 * pair;
    }
    mask &= mask >> 1 & 0x55;
    if (__builtin_expect(mask != 0, 0)) return group + (size_t)__builtin_ctz(mask) / 2;
  }
  for (; group < end; group++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(values + 8 * group));
    __m128i equal = _mm_cmpeq_epi16(v, _mm_shuffle_epi8(v, _mm256_castsi256_si128(first)));
    if (_mm_movemask_epi8(equal) == 0xFFFF) break;
  }
  return group;
}

static inline GREBE_AVX2 size_t grebe_equal_group_u32_avx2(
    const uint32_t *values, size_t group, size_t end) {
  for (; group < end; group++) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(values + 8 * group));
    __m256i equal = _mm256_cmpeq_epi32(v, _mm256_set1_epi32((int)values[8 * group]));
    if (_mm256_movemask_epi8(equal) == -1) break;
  }
  return group;
}

#endif
#endif
