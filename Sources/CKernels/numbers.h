// Integers, decimal fractions, dates and timestamps of delimited text, several rows at a time, with
// AVX2. Integers and fractions have a twin with AVX-512 in widenumbers.h.
//
//   load      the 16 bytes that end where a field ends, so that its digits line up at the end
//   strip     xor '0' and mask away what lies before the field: zeros take its place
//   point     where there is one, the bytes before it move up by one
//   check     every byte is at most 9, and no zero leads other digits
//   combine   pairs, quads, eights and all sixteen by multiply-add
//
// What is not plainly written (nulls too) is listed, in order. Slots of listed rows hold anything.
#ifndef GREBE_NUMBERS_H
#define GREBE_NUMBERS_H

#include "cpu.h"

// Fields of one column: field i lies between `ends[i * stride] + 1` and `ends[i * stride + 1]`. 64
// bytes before and after the text may be read.
typedef struct {
  const uint8_t *text;
  const uint32_t *ends;
  size_t stride;
} grebe_fields;

// How a number with so many digits behind its point becomes an unscaled decimal: times `factor`, if
// it is below `bound`.
typedef struct {
  int64_t factor, bound;
} grebe_decimal_rule;

#if defined(__x86_64__)

// The mask of a field's last n bytes is the 16 from n on.
static const uint8_t grebe_tail_masks[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

// The mask of the first of n > 0 digits is the 16 bytes from n on; none is marked at 0.
static const uint8_t grebe_lead_masks[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

// Shuffle n takes out the byte with n bytes behind it: those before it move up by one, behind a
// zero. The last takes out none.
static const uint8_t grebe_point_shuffles[17][16] = {
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

// Where a field ends, and its characters behind the sign, 16 at most.
typedef struct {
  const uint8_t *end;
  uint32_t count;
} grebe_field;

// The field of a row. Bit `lane` of `negative` says whether it has a minus, that of `wrong` whether
// it is not of 1 to 16 characters.
GREBE_INLINE grebe_field grebe_signed_field(
    grebe_fields fields, size_t row, int lane, uint32_t *negative, uint32_t *wrong) {
  const uint32_t *entry = fields.ends + (row + (size_t)lane) * fields.stride;
  const uint8_t *start = fields.text + (uint32_t)(entry[0] + 1);
  grebe_field field;
  field.end = fields.text + entry[1];
  uint32_t sign = *start == '-';
  start += sign;
  uint32_t count = (uint32_t)(field.end - start);
  field.count = count < 16 ? count : 16;
  *negative |= sign << lane;
  *wrong |= (uint32_t)(count - 1 >= 16) << lane;
  return field;
}

GREBE_INLINE GREBE_AVX2 __m256i grebe_two_loads(const void *low, const void *high) {
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
      _mm_loadu_si128((const __m128i *)high), 1);
}

// The characters of two fields, xored with '0' and aligned at the end.
GREBE_INLINE GREBE_AVX2 __m256i grebe_two_fields(grebe_field low, grebe_field high) {
  __m256i bytes = grebe_two_loads(low.end - 16, high.end - 16);
  __m256i mask =
      grebe_two_loads(grebe_tail_masks + low.count, grebe_tail_masks + high.count);
  return _mm256_and_si256(_mm256_xor_si256(bytes, _mm256_set1_epi8('0')), mask);
}

// A bit for every byte that is a digit, and no zero that leads others. The first of `low` digits
// must not be a zero, nor that of `high`; 0: it may.
GREBE_INLINE GREBE_AVX2 uint32_t grebe_sound_bytes(__m256i digits, uint32_t low, uint32_t high) {
  const __m256i nine = _mm256_set1_epi8(9);
  __m256i leads = grebe_two_loads(grebe_lead_masks + low, grebe_lead_masks + high);
  __m256i zeros = _mm256_cmpeq_epi8(digits, _mm256_setzero_si256());
  __m256i sound = _mm256_cmpeq_epi8(_mm256_max_epu8(digits, nine), nine);
  return (uint32_t)_mm256_movemask_epi8(
      _mm256_andnot_si256(_mm256_and_si256(zeros, leads), sound));
}

// Digits of which the first must not be a zero, where all are before the point.
GREBE_INLINE uint32_t grebe_led(grebe_field field) { return field.count > 1 ? field.count : 0; }

GREBE_INLINE GREBE_AVX2 __m256i grebe_quads(__m256i digits) {
  __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A));
  return _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00010064));
}

// The numbers that four times sixteen digits spell: `even` has rows 0 and 2, `odd` 1 and 3.
GREBE_INLINE GREBE_AVX2 __m256i grebe_four_numbers(__m256i even, __m256i odd) {
  __m256i quads = _mm256_packus_epi32(grebe_quads(even), grebe_quads(odd));
  __m256i eights = _mm256_madd_epi16(quads, _mm256_set1_epi32(0x00012710));
  return _mm256_add_epi64(
      _mm256_mul_epu32(eights, _mm256_set1_epi64x(100000000)), _mm256_srli_epi64(eights, 32));
}

// Lists those of four rows that are wrong or not sound: `even` has the bits of rows 0 and 2, `odd`
// those of 1 and 3.
GREBE_INLINE size_t grebe_list_four(
    uint32_t *listed, size_t count, size_t row, uint32_t even, uint32_t odd, uint32_t wrong) {
  uint32_t bits[4] = {even & 0xFFFF, odd & 0xFFFF, even >> 16, odd >> 16};
  for (int lane = 0; lane < 4; lane++) {
    listed[count] = (uint32_t)row + (uint32_t)lane;
    count += bits[lane] != 0xFFFF || (wrong >> lane & 1);
  }
  return count;
}

// Up to 16 digits behind an optional minus. `row_count` is a multiple of 4; returns how many rows
// are listed.
static inline GREBE_AVX2 size_t grebe_parse_int64_avx2(
    grebe_fields fields, size_t row_count, int64_t *output, uint32_t *listed) {
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 4) {
    uint32_t negative = 0, wrong = 0;
    grebe_field field[4];
    for (int lane = 0; lane < 4; lane++)
      field[lane] = grebe_signed_field(fields, row, lane, &negative, &wrong);
    __m256i even = grebe_two_fields(field[0], field[2]);
    __m256i odd = grebe_two_fields(field[1], field[3]);
    uint32_t sound_even = grebe_sound_bytes(even, grebe_led(field[0]), grebe_led(field[2]));
    uint32_t sound_odd = grebe_sound_bytes(odd, grebe_led(field[1]), grebe_led(field[3]));
    _mm256_storeu_si256((__m256i *)(output + row), grebe_four_numbers(even, odd));
    for (; negative; negative &= negative - 1) {
      size_t place = row + (size_t)__builtin_ctz(negative);
      output[place] = -output[place];
    }
    if ((sound_even & sound_odd) != 0xFFFFFFFF || wrong)
      count = grebe_list_four(listed, count, row, sound_even, sound_odd, wrong);
  }
  return count;
}

// The same for numbers of 32 bits: what is beyond them is listed.
static inline GREBE_AVX2 size_t grebe_parse_int32_avx2(
    grebe_fields fields, size_t row_count, int32_t *output, uint32_t *listed) {
  const __m256i lows = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  const __m256i limit = _mm256_set1_epi64x(INT32_MAX);
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 4) {
    uint32_t negative = 0, wrong = 0;
    grebe_field field[4];
    for (int lane = 0; lane < 4; lane++)
      field[lane] = grebe_signed_field(fields, row, lane, &negative, &wrong);
    __m256i even = grebe_two_fields(field[0], field[2]);
    __m256i odd = grebe_two_fields(field[1], field[3]);
    uint32_t sound_even = grebe_sound_bytes(even, grebe_led(field[0]), grebe_led(field[2]));
    uint32_t sound_odd = grebe_sound_bytes(odd, grebe_led(field[1]), grebe_led(field[3]));
    __m256i numbers = grebe_four_numbers(even, odd);
    _mm_storeu_si128((__m128i *)(output + row), _mm256_castsi256_si128(
        _mm256_permutevar8x32_epi32(numbers, lows)));
    __m256i beyond = _mm256_cmpgt_epi64(numbers, limit);
    if (__builtin_expect(!_mm256_testz_si256(beyond, beyond), 0)) {
      int64_t magnitudes[4];
      _mm256_storeu_si256((__m256i *)magnitudes, numbers);
      for (int lane = 0; lane < 4; lane++)
        wrong |= (uint32_t)(magnitudes[lane] > (int64_t)INT32_MAX + (negative >> lane & 1)) << lane;
    }
    for (; negative; negative &= negative - 1) {
      size_t place = row + (size_t)__builtin_ctz(negative);
      output[place] = (int32_t)(0u - (uint32_t)output[place]);
    }
    if ((sound_even & sound_odd) != 0xFFFFFFFF || wrong)
      count = grebe_list_four(listed, count, row, sound_even, sound_odd, wrong);
  }
  return count;
}

// Four rows of digits with at most one point: the numbers without it, and for each the characters
// behind it; 16 without one.
typedef struct {
  __m256i mantissas;
  uint32_t place[4];
  uint32_t negative, wrong, sound_even, sound_odd;
} grebe_fractions;

// Up to 16 characters behind an optional minus.
GREBE_INLINE GREBE_AVX2 grebe_fractions grebe_four_fractions(
    grebe_fields fields, size_t row, uint8_t point) {
  const __m256i points = _mm256_set1_epi8((char)(point ^ '0'));
  grebe_fractions four;
  four.negative = four.wrong = 0;
  grebe_field field[4];
  for (int lane = 0; lane < 4; lane++)
    field[lane] = grebe_signed_field(fields, row, lane, &four.negative, &four.wrong);
  __m256i even = grebe_two_fields(field[0], field[2]);
  __m256i odd = grebe_two_fields(field[1], field[3]);
  uint32_t even_points = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(even, points));
  uint32_t odd_points = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(odd, points));
  // The last point of each counts: an earlier one is no digit.
  four.place[0] = _lzcnt_u32(even_points & 0xFFFF) - 16;
  four.place[1] = _lzcnt_u32(odd_points & 0xFFFF) - 16;
  four.place[2] = _lzcnt_u32(even_points >> 16) - 16;
  four.place[3] = _lzcnt_u32(odd_points >> 16) - 16;
  even = _mm256_shuffle_epi8(even, grebe_two_loads(
      grebe_point_shuffles[four.place[0]], grebe_point_shuffles[four.place[2]]));
  odd = _mm256_shuffle_epi8(odd, grebe_two_loads(
      grebe_point_shuffles[four.place[1]], grebe_point_shuffles[four.place[3]]));
  uint32_t led[4];
  for (int lane = 0; lane < 4; lane++) {
    uint32_t digits = field[lane].count - (four.place[lane] < 16);
    led[lane] = digits > 1 + (four.place[lane] & 15) ? digits : 0;
    four.wrong |= (uint32_t)(digits == 0) << lane;  // A point alone.
  }
  four.sound_even = grebe_sound_bytes(even, led[0], led[2]);
  four.sound_odd = grebe_sound_bytes(odd, led[1], led[3]);
  four.mantissas = grebe_four_numbers(even, odd);
  return four;
}

GREBE_INLINE size_t grebe_list_fractions(
    uint32_t *listed, size_t count, size_t row, const grebe_fractions *four) {
  if ((four->sound_even & four->sound_odd) == 0xFFFFFFFF && !four->wrong) return count;
  return grebe_list_four(listed, count, row, four->sound_even, four->sound_odd, four->wrong);
}

// The nearest doubles. A mantissa of more than 52 bits is listed. `powers` are those of ten up to
// 15. `row_count` is a multiple of 4.
static inline GREBE_AVX2 size_t grebe_parse_double_avx2(
    grebe_fields fields, size_t row_count, uint8_t point, const double *powers, double *output,
    uint32_t *listed) {
  const __m256i exponent = _mm256_set1_epi64x(0x4330000000000000);  // 2^52 as a double
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 4) {
    grebe_fractions four = grebe_four_fractions(fields, row, point);
    __m256d mantissas = _mm256_sub_pd(
        _mm256_castsi256_pd(_mm256_or_si256(four.mantissas, exponent)),
        _mm256_castsi256_pd(exponent));
    __m256d divisors = _mm256_setr_pd(
        powers[four.place[0] & 15], powers[four.place[1] & 15], powers[four.place[2] & 15],
        powers[four.place[3] & 15]);
    _mm256_storeu_pd(output + row, _mm256_div_pd(mantissas, divisors));
    for (uint32_t negative = four.negative; negative; negative &= negative - 1) {
      size_t at = row + (size_t)__builtin_ctz(negative);
      output[at] = -output[at];
    }
    // Beyond 52 bits the exponent was overwritten.
    __m256i high = _mm256_srli_epi64(four.mantissas, 52);
    if (__builtin_expect(!_mm256_testz_si256(high, high), 0)) {
      int64_t wide[4];
      _mm256_storeu_si256((__m256i *)wide, high);
      for (int lane = 0; lane < 4; lane++) four.wrong |= (uint32_t)(wide[lane] != 0) << lane;
    }
    count = grebe_list_fractions(listed, count, row, &four);
  }
  return count;
}

// Decimals as unscaled integers. `rules` has 17 entries, by the characters behind the point; the
// last is for numbers without one. `row_count` is a multiple of 4.
static inline GREBE_AVX2 size_t grebe_parse_decimal64_avx2(
    grebe_fields fields, size_t row_count, uint8_t point, const grebe_decimal_rule *rules,
    int64_t *output, uint32_t *listed) {
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 4) {
    grebe_fractions four = grebe_four_fractions(fields, row, point);
    int64_t mantissas[4];
    _mm256_storeu_si256((__m256i *)mantissas, four.mantissas);
    for (int lane = 0; lane < 4; lane++) {
      grebe_decimal_rule rule = rules[four.place[lane]];
      int64_t sign = -(int64_t)(four.negative >> lane & 1);
      // Digits that are none spell anything.
      int64_t value = (int64_t)((uint64_t)mantissas[lane] * (uint64_t)rule.factor);
      output[row + (size_t)lane] = (value ^ sign) - sign;
      four.wrong |= (uint32_t)(mantissas[lane] >= rule.bound) << lane;
    }
    count = grebe_list_fractions(listed, count, row, &four);
  }
  return count;
}

// ---- Dates --------------------------------------------------------------------------------------

// Of numbers below 10,000: their hundreds, and what is left.
GREBE_INLINE GREBE_AVX2 __m256i grebe_hundreds(__m256i numbers) {
  return _mm256_srli_epi32(_mm256_mullo_epi32(numbers, _mm256_set1_epi32(5243)), 19);
}

GREBE_INLINE GREBE_AVX2 __m256i grebe_below_hundred(__m256i numbers, __m256i hundreds) {
  return _mm256_sub_epi32(numbers, _mm256_mullo_epi32(hundreds, _mm256_set1_epi32(100)));
}

// The first three numbers of eight rows, each in the order of the rows.
typedef struct {
  __m256i first, second, third;
} grebe_columns;

// `rows` n has rows n and n + 4.
GREBE_INLINE GREBE_AVX2 grebe_columns grebe_transpose(const __m256i rows[4]) {
  __m256i low01 = _mm256_unpacklo_epi32(rows[0], rows[1]);
  __m256i low23 = _mm256_unpacklo_epi32(rows[2], rows[3]);
  __m256i high01 = _mm256_unpackhi_epi32(rows[0], rows[1]);
  __m256i high23 = _mm256_unpackhi_epi32(rows[2], rows[3]);
  grebe_columns columns = {
      .first = _mm256_unpacklo_epi64(low01, low23),
      .second = _mm256_unpackhi_epi64(low01, low23),
      .third = _mm256_unpacklo_epi64(high01, high23)};
  return columns;
}

// Two dates of ten characters, YYYY-MM-DD: year and 100 * month + day as u32 in the lower half of
// each lane, and a bit in `sound` for every byte that is as it should be.
GREBE_INLINE GREBE_AVX2 __m256i grebe_two_dates(
    const uint8_t *low, const uint8_t *high, uint32_t *sound) {
  const __m256i plain = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      '0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 0, 0, 0, 0, 0, 0));
  const __m256i limits = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, -1, -1, -1, -1, -1, -1));
  const __m256i order = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      0, 1, 2, 3, 5, 6, 8, 9, -1, -1, -1, -1, -1, -1, -1, -1));
  __m256i bytes = _mm256_xor_si256(grebe_two_loads(low, high), plain);
  *sound = (uint32_t)_mm256_movemask_epi8(
      _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, limits), limits));
  return grebe_quads(_mm256_shuffle_epi8(bytes, order));
}

// Days since 1970-01-01, proleptic Gregorian, of years and 100 * month + day; `bad` where there is
// no such day.
//
// Years begin in March, so that the leap day is the last: month m of them starts on day
// (153 m + 2) / 5. Divisions are multiplications, exact for what ten characters can say.
GREBE_INLINE GREBE_AVX2 __m256i grebe_days(__m256i year, __m256i month_day, __m256i *bad) {
  __m256i month = grebe_hundreds(month_day);
  __m256i day = grebe_below_hundred(month_day, month);
  __m256i is_early = _mm256_cmpgt_epi32(_mm256_set1_epi32(3), month);  // January, February
  __m256i shifted_year = _mm256_add_epi32(year, is_early);
  __m256i shifted_month = _mm256_add_epi32(
      _mm256_sub_epi32(month, _mm256_set1_epi32(3)),
      _mm256_and_si256(is_early, _mm256_set1_epi32(12)));
  __m256i scaled = _mm256_mullo_epi32(shifted_month, _mm256_set1_epi32(153));
  __m256i fifth = _mm256_set1_epi32(52429);
  __m256i first = _mm256_srli_epi32(_mm256_mullo_epi32(
      _mm256_add_epi32(scaled, _mm256_set1_epi32(2)), fifth), 18);
  __m256i next = _mm256_srli_epi32(_mm256_mullo_epi32(
      _mm256_add_epi32(scaled, _mm256_set1_epi32(155)), fifth), 18);
  __m256i century = grebe_hundreds(shifted_year);
  __m256i days = _mm256_add_epi32(
      _mm256_mullo_epi32(shifted_year, _mm256_set1_epi32(365)),
      _mm256_sub_epi32(_mm256_srli_epi32(shifted_year, 2), century));
  days = _mm256_add_epi32(days, _mm256_srli_epi32(century, 2));
  days = _mm256_add_epi32(days, _mm256_add_epi32(first, day));

  // A year is a leap year if 4 divides it, and 16 does where 25 does.
  __m256i own_century = grebe_hundreds(year);
  __m256i is_century = _mm256_cmpeq_epi32(
      _mm256_mullo_epi32(own_century, _mm256_set1_epi32(100)), year);
  __m256i divided = _mm256_blendv_epi8(year, own_century, is_century);
  __m256i is_leap = _mm256_cmpeq_epi32(
      _mm256_and_si256(divided, _mm256_set1_epi32(3)), _mm256_setzero_si256());
  __m256i february = _mm256_sub_epi32(_mm256_set1_epi32(28), is_leap);
  __m256i length = _mm256_blendv_epi8(
      _mm256_sub_epi32(next, first), february,
      _mm256_cmpeq_epi32(month, _mm256_set1_epi32(2)));
  __m256i one = _mm256_set1_epi32(1);
  *bad = _mm256_or_si256(
      _mm256_or_si256(_mm256_cmpgt_epi32(one, day), _mm256_cmpgt_epi32(day, length)),
      _mm256_or_si256(
          _mm256_cmpgt_epi32(one, year),
          _mm256_or_si256(
              _mm256_cmpgt_epi32(one, month),
              _mm256_cmpgt_epi32(month, _mm256_set1_epi32(12)))));
  return _mm256_sub_epi32(days, _mm256_set1_epi32(719469));
}

// Lists those of eight rows that are wrong or not sound: `sound` n has the bits of rows n and
// n + 4.
GREBE_INLINE size_t grebe_list_eight(
    uint32_t *listed, size_t count, size_t row, const uint32_t sound[4], uint32_t wrong) {
  if ((sound[0] & sound[1] & sound[2] & sound[3]) == 0xFFFFFFFF && !wrong) return count;
  for (int lane = 0; lane < 8; lane++) {
    uint32_t bits = sound[lane & 3] >> (lane < 4 ? 0 : 16) & 0xFFFF;
    listed[count] = (uint32_t)row + (uint32_t)lane;
    count += bits != 0xFFFF || (wrong >> lane & 1);
  }
  return count;
}

GREBE_INLINE GREBE_AVX2 uint32_t grebe_lanes(__m256i flags) {
  return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(flags));
}

// Dates of ten characters as days since 1970-01-01. `row_count` is a multiple of 8.
static inline GREBE_AVX2 size_t grebe_parse_date_avx2(
    grebe_fields fields, size_t row_count, int32_t *output, uint32_t *listed) {
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 8) {
    const uint8_t *start[8];
    uint32_t wrong = 0;
    for (int lane = 0; lane < 8; lane++) {
      const uint32_t *entry = fields.ends + (row + (size_t)lane) * fields.stride;
      uint32_t first = entry[0] + 1;
      start[lane] = fields.text + first;
      wrong |= (uint32_t)(entry[1] - first != 10) << lane;
    }
    uint32_t sound[4];
    __m256i quads[4];
    for (int lane = 0; lane < 4; lane++)
      quads[lane] = grebe_two_dates(start[lane], start[lane + 4], &sound[lane]);
    grebe_columns columns = grebe_transpose(quads);
    __m256i bad;
    __m256i days = grebe_days(columns.first, columns.second, &bad);
    _mm256_storeu_si256((__m256i *)(output + row), days);
    count = grebe_list_eight(listed, count, row, sound, wrong | grebe_lanes(bad));
  }
  return count;
}

// ---- Timestamps ---------------------------------------------------------------------------------

// The first sixteen characters of two, YYYY-MM-DD hh:mm: year, 100 * month + day and 100 * hour +
// minute, as u32 in each lane; `sound` as above.
GREBE_INLINE GREBE_AVX2 __m256i grebe_two_minutes(
    const uint8_t *low, const uint8_t *high, uint32_t *sound) {
  const __m256i plain = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      '0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 0, '0', '0', ':', '0', '0'));
  const __m256i limits = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9));
  const __m256i order = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, -1, -1, -1, -1));
  const __m256i joint = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0));
  __m256i text = grebe_two_loads(low, high);
  __m256i is_joint = _mm256_and_si256(joint, _mm256_or_si256(
      _mm256_cmpeq_epi8(text, _mm256_set1_epi8('T')),
      _mm256_cmpeq_epi8(text, _mm256_set1_epi8(' '))));
  __m256i bytes = _mm256_andnot_si256(is_joint, _mm256_xor_si256(text, plain));
  *sound = (uint32_t)_mm256_movemask_epi8(
      _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, limits), limits));
  return grebe_quads(_mm256_shuffle_epi8(bytes, order));
}

// What follows, :ss.ffffff, of which the first `low_count` and `high_count` characters count; zeros
// are in place of the others. Second, and the first four and last two digits of its microseconds.
GREBE_INLINE GREBE_AVX2 __m256i grebe_two_seconds(
    const uint8_t *low, const uint8_t *high, uint32_t low_count, uint32_t high_count,
    uint32_t *sound) {
  const __m256i plain = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 0, 0, 0, 0, 0, 0));
  const __m256i limits = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 9, 9, 0, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0));
  const __m256i order = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(-1, -1, 1, 2, 4, 5, 6, 7, -1, -1, 8, 9, -1, -1, -1, -1));
  __m256i behind = grebe_two_loads(
      grebe_tail_masks + 16 - low_count, grebe_tail_masks + 16 - high_count);
  __m256i bytes =
      _mm256_andnot_si256(behind, _mm256_xor_si256(grebe_two_loads(low, high), plain));
  *sound &= (uint32_t)_mm256_movemask_epi8(
      _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, limits), limits));
  return grebe_quads(_mm256_shuffle_epi8(bytes, order));
}

// Four times (seconds * 10^6 + microseconds), where seconds are days * 86,400 + second.
GREBE_INLINE GREBE_AVX2 __m256i grebe_micros(__m128i days, __m128i second, __m128i micros) {
  const __m256i million = _mm256_set1_epi64x(1000000);
  __m256i seconds = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_cvtepi32_epi64(days), _mm256_set1_epi64x(86400)),
      _mm256_cvtepi32_epi64(second));
  // There is no product of 64 bits: the upper half's goes on top of the lower's.
  __m256i upper = _mm256_mul_epi32(_mm256_srli_epi64(seconds, 32), million);
  __m256i product =
      _mm256_add_epi64(_mm256_mul_epu32(seconds, million), _mm256_slli_epi64(upper, 32));
  return _mm256_add_epi64(product, _mm256_cvtepi32_epi64(micros));
}

// YYYY-MM-DD (T | space) hh:mm:ss [. 1 to 6 digits] [Z] as microseconds since 1970-01-01.
// `row_count` is a multiple of 8.
static inline GREBE_AVX2 size_t grebe_parse_timestamp_avx2(
    grebe_fields fields, size_t row_count, int64_t *output, uint32_t *listed) {
  const __m256i sixty = _mm256_set1_epi32(60);
  size_t count = 0;
  for (size_t row = 0; row < row_count; row += 8) {
    const uint8_t *start[8];
    uint32_t tail[8];
    uint32_t wrong = 0;
    for (int lane = 0; lane < 8; lane++) {
      const uint32_t *entry = fields.ends + (row + (size_t)lane) * fields.stride;
      uint32_t first = entry[0] + 1, end = entry[1];
      start[lane] = fields.text + first;
      // By pointers: the first field of a text may be empty, and end at 0.
      uint32_t behind = end - first - 16 - ((fields.text + end)[-1] == 'Z');
      // The seconds, or them, a point and digits.
      uint32_t is_wrong = behind != 3 && behind - 5 > 5;
      tail[lane] = is_wrong ? 0 : behind;
      wrong |= is_wrong << lane;
    }
    uint32_t sound[4];
    __m256i quads[4];
    for (int lane = 0; lane < 4; lane++)
      quads[lane] = grebe_two_minutes(start[lane], start[lane + 4], &sound[lane]);
    grebe_columns minutes = grebe_transpose(quads);
    for (int lane = 0; lane < 4; lane++)
      quads[lane] = grebe_two_seconds(
          start[lane] + 16, start[lane + 4] + 16, tail[lane], tail[lane + 4], &sound[lane]);
    grebe_columns seconds = grebe_transpose(quads);

    __m256i bad;
    __m256i days = grebe_days(minutes.first, minutes.second, &bad);
    __m256i hour = grebe_hundreds(minutes.third);
    __m256i minute = grebe_below_hundred(minutes.third, hour);
    bad = _mm256_or_si256(bad, _mm256_or_si256(
        _mm256_cmpgt_epi32(hour, _mm256_set1_epi32(23)),
        _mm256_or_si256(
            _mm256_cmpgt_epi32(minute, _mm256_set1_epi32(59)),
            _mm256_cmpgt_epi32(seconds.first, _mm256_set1_epi32(59)))));
    __m256i second = _mm256_add_epi32(
        seconds.first,
        _mm256_mullo_epi32(
            sixty, _mm256_add_epi32(minute, _mm256_mullo_epi32(hour, sixty))));
    __m256i micros = _mm256_add_epi32(
        _mm256_mullo_epi32(seconds.second, _mm256_set1_epi32(100)), seconds.third);
    _mm256_storeu_si256((__m256i *)(output + row), grebe_micros(
        _mm256_castsi256_si128(days), _mm256_castsi256_si128(second),
        _mm256_castsi256_si128(micros)));
    _mm256_storeu_si256((__m256i *)(output + row + 4), grebe_micros(
        _mm256_extracti128_si256(days, 1), _mm256_extracti128_si256(second, 1),
        _mm256_extracti128_si256(micros, 1)));
    count = grebe_list_eight(listed, count, row, sound, wrong | grebe_lanes(bad));
  }
  return count;
}

#endif
#endif
