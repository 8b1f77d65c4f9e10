// UTF-8 validation, 32 bytes a step. J. Keiser, D. Lemire, "Validating UTF-8 In Less Than One
// Instruction Per Byte", 2021.
//
// What is wrong with a byte shows in it and the byte before: three tables, asked with the high and
// the low half of the byte before and the high half of the byte, each answer with the set of faults
// still possible; the faults that all three name are there. Only whether the third and fourth
// bytes of a sequence continue it needs bytes further back.
#ifndef GREBE_UTF8_H
#define GREBE_UTF8_H

#include "cpu.h"

#if defined(__x86_64__)

// Faults, a bit each. The last, two continuations in a row, is one only where no third or fourth
// byte is due.
enum {
  GREBE_UTF8_TOO_SHORT = 1 << 0,       // a lead, then no continuation
  GREBE_UTF8_TOO_LONG = 1 << 1,        // ASCII, then a continuation
  GREBE_UTF8_OVERLONG_3 = 1 << 2,      // E0 80...9F
  GREBE_UTF8_TOO_LARGE = 1 << 3,       // F4 90...BF, F5... 90...BF
  GREBE_UTF8_SURROGATE = 1 << 4,       // ED A0...BF
  GREBE_UTF8_OVERLONG_2 = 1 << 5,      // C0, C1
  GREBE_UTF8_TOO_LARGE_1000 = 1 << 6,  // F5... 80...8F; with overlong 4, F0 80...8F
  GREBE_UTF8_TWO_CONTINUATIONS = 1 << 7
};

// The bytes `n` places before those of `v`, `before` being the vector in front of it.
#define GREBE_UTF8_BEFORE(v, before, n) \
  _mm256_alignr_epi8(v, _mm256_permute2x128_si256(before, v, 0x21), 16 - (n))

GREBE_INLINE GREBE_AVX2 __m256i grebe_utf8_faults(__m256i v, __m256i before) {
  enum {
    short_ = GREBE_UTF8_TOO_SHORT, long_ = GREBE_UTF8_TOO_LONG, over3 = GREBE_UTF8_OVERLONG_3,
    large = GREBE_UTF8_TOO_LARGE, surrogate = GREBE_UTF8_SURROGATE, over2 = GREBE_UTF8_OVERLONG_2,
    large1000 = GREBE_UTF8_TOO_LARGE_1000, over4 = large1000, two = GREBE_UTF8_TWO_CONTINUATIONS,
    carry = short_ | long_ | two
  };
#define GREBE_TABLE(...) \
  _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
  // By the high half of the byte before.
  const __m256i table_1_high = GREBE_TABLE(
      long_, long_, long_, long_, long_, long_, long_, long_, (char)two, (char)two, (char)two,
      (char)two, short_ | over2, short_, short_ | over3 | surrogate,
      short_ | large | large1000 | over4);
  // By its low half.
  const __m256i table_1_low = GREBE_TABLE(
      (char)(carry | over3 | over2 | over4), (char)(carry | over2), (char)carry, (char)carry,
      (char)(carry | large), (char)(carry | large | large1000), (char)(carry | large | large1000),
      (char)(carry | large | large1000), (char)(carry | large | large1000),
      (char)(carry | large | large1000), (char)(carry | large | large1000),
      (char)(carry | large | large1000), (char)(carry | large | large1000),
      (char)(carry | large | large1000 | surrogate), (char)(carry | large | large1000),
      (char)(carry | large | large1000));
  // By the high half of the byte.
  const __m256i table_2_high = GREBE_TABLE(
      short_, short_, short_, short_, short_, short_, short_, short_,
      (char)(long_ | over2 | two | over3 | large1000 | over4),
      (char)(long_ | over2 | two | over3 | large), (char)(long_ | over2 | two | surrogate | large),
      (char)(long_ | over2 | two | surrogate | large), short_, short_, short_, short_);
#undef GREBE_TABLE
  const __m256i low_half = _mm256_set1_epi8(15);
  __m256i one = GREBE_UTF8_BEFORE(v, before, 1);
  __m256i faults = _mm256_and_si256(
      _mm256_shuffle_epi8(
          table_1_high, _mm256_and_si256(_mm256_srli_epi16(one, 4), low_half)),
      _mm256_shuffle_epi8(table_1_low, _mm256_and_si256(one, low_half)));
  faults = _mm256_and_si256(
      faults, _mm256_shuffle_epi8(
          table_2_high, _mm256_and_si256(_mm256_srli_epi16(v, 4), low_half)));
  // Where a third or fourth byte is due, two continuations are right and anything else is wrong.
  __m256i third = _mm256_subs_epu8(
      GREBE_UTF8_BEFORE(v, before, 2), _mm256_set1_epi8((char)(0xE0 - 0x80)));
  __m256i fourth = _mm256_subs_epu8(
      GREBE_UTF8_BEFORE(v, before, 3), _mm256_set1_epi8((char)(0xF0 - 0x80)));
  __m256i due = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
  return _mm256_xor_si256(due, faults);
}

// Not zero where the last three bytes begin a sequence that they do not end.
GREBE_INLINE GREBE_AVX2 __m256i grebe_utf8_open(__m256i v) {
  const __m256i most = _mm256_setr_epi8(
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, (char)0xEF, (char)0xDF, (char)0xBF);
  return _mm256_subs_epu8(v, most);
}

// Bytes 0 ..< count of 32, zeros behind. Reads 32 bytes.
GREBE_INLINE GREBE_AVX2 __m256i grebe_load_first(const uint8_t *bytes, size_t count) {
  const __m256i iota = _mm256_setr_epi8(
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
  __m256i keep = _mm256_cmpgt_epi8(_mm256_set1_epi8((char)count), iota);
  return _mm256_and_si256(_mm256_loadu_si256((const __m256i *)bytes), keep);
}

// Whether `count` bytes are UTF-8. Up to 32 bytes past the last are read.
static inline GREBE_AVX2 int grebe_is_utf8_avx2(const uint8_t *bytes, size_t count) {
  __m256i faults = _mm256_setzero_si256(), open = faults, before = faults;
  while (count >= 128) {
    __m256i a = _mm256_loadu_si256((const __m256i *)bytes);
    __m256i b = _mm256_loadu_si256((const __m256i *)(bytes + 32));
    __m256i c = _mm256_loadu_si256((const __m256i *)(bytes + 64));
    __m256i d = _mm256_loadu_si256((const __m256i *)(bytes + 96));
    __m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
    if (_mm256_movemask_epi8(any) == 0) {
      faults = _mm256_or_si256(faults, open);
      open = _mm256_setzero_si256();
    } else {
      faults = _mm256_or_si256(faults, grebe_utf8_faults(a, before));
      faults = _mm256_or_si256(faults, grebe_utf8_faults(b, a));
      faults = _mm256_or_si256(faults, grebe_utf8_faults(c, b));
      faults = _mm256_or_si256(faults, grebe_utf8_faults(d, c));
      if (!_mm256_testz_si256(faults, faults)) return 0;
      open = grebe_utf8_open(d);
    }
    before = d;
    bytes += 128;
    count -= 128;
  }
  // A step more than there are bytes: its zeros end whatever is open.
  for (;;) {
    __m256i v = grebe_load_first(bytes, count < 32 ? count : 32);
    faults = _mm256_or_si256(faults, grebe_utf8_faults(v, before));
    before = v;
    if (count < 32) break;
    bytes += 32;
    count -= 32;
  }
  return _mm256_testz_si256(faults, faults);
}

// A part of shared bytes, as Swift's `ValueSlice` lays it out.
typedef struct {
  uint32_t offset, count;
} grebe_slice;

// The first slice that is not UTF-8, or `slice_count`. Up to 32 bytes past each are read.
static inline GREBE_AVX2 size_t grebe_first_not_utf8_avx2(
    const grebe_slice *slices, size_t slice_count, const uint8_t *bytes) {
  for (size_t index = 0; index < slice_count; index++) {
    grebe_slice slice = slices[index];
    const uint8_t *start = bytes + slice.offset;
    if (slice.count > 32) {
      if (!grebe_is_utf8_avx2(start, slice.count)) return index;
      continue;
    }
    __m256i v = grebe_load_first(start, slice.count);
    if (_mm256_movemask_epi8(v) == 0) continue;
    __m256i faults = grebe_utf8_faults(v, _mm256_setzero_si256());
    // A slice that fills the vector has no zero to end an open sequence.
    if (slice.count == 32) faults = _mm256_or_si256(faults, grebe_utf8_open(v));
    if (!_mm256_testz_si256(faults, faults)) return index;
  }
  return slice_count;
}

#endif
#endif
