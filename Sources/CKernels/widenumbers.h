// Integers and decimal fractions of delimited text with AVX-512: eight rows at a time, a lane of 64
// bits each. They take the same texts for the same values as their twins in numbers.h, and list the
// same rows.
//
//   load      the 8 bytes that end where a field ends; the 8 before them, where one of the eight
//             fields is longer
//   strip     shift away what lies before the field, and its minus
//   point     the characters before it move up by one
//   check     every byte is at most 9, and no zero leads other digits
//   combine   pairs, quads, eights and all sixteen by multiply-add
#ifndef GREBE_WIDENUMBERS_H
#define GREBE_WIDENUMBERS_H

#include "numbers.h"

#if defined(__x86_64__)

// Eight fields, xored with '0'. The last eight characters behind a sign are in `low` and those
// before them in `high`, the last of each in the highest byte; zeros are in place of what is
// missing. `front` has the first character in its lowest byte, `count` how many there are.
typedef struct {
  __m512i low, high, front, count;
  __mmask8 negative;
} grebe_eight;

GREBE_INLINE int64_t grebe_load_i64(const void *bytes) {
  int64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

// The characters of eight fields.
GREBE_INLINE GREBE_AVX512 __m512i grebe_eight_counts(grebe_fields fields, size_t row) {
  const uint32_t *entry = fields.ends + row * fields.stride;
  const size_t stride = fields.stride;
  __m512i bounds = _mm512_setr_epi64(
      grebe_load_i64(entry), grebe_load_i64(entry + stride), grebe_load_i64(entry + 2 * stride),
      grebe_load_i64(entry + 3 * stride), grebe_load_i64(entry + 4 * stride),
      grebe_load_i64(entry + 5 * stride), grebe_load_i64(entry + 6 * stride),
      grebe_load_i64(entry + 7 * stride));
  // In 32 bits: the entry before the first field of a text is -1.
  __m512i count = _mm512_sub_epi32(
      _mm512_sub_epi32(_mm512_srli_epi64(bounds, 32), bounds), _mm512_set1_epi32(1));
  return _mm512_and_si512(count, _mm512_set1_epi64(UINT32_MAX));
}

// The eight bytes that begin so many before the end of each field, xored with '0'.
GREBE_INLINE GREBE_AVX512 __m512i grebe_eight_words(grebe_fields fields, size_t row, size_t back) {
  const uint32_t *entry = fields.ends + row * fields.stride + 1;
  const uint8_t *text = fields.text - back;
  const size_t stride = fields.stride;
  __m512i words = _mm512_setr_epi64(
      grebe_load_i64(text + entry[0]), grebe_load_i64(text + entry[stride]),
      grebe_load_i64(text + entry[2 * stride]), grebe_load_i64(text + entry[3 * stride]),
      grebe_load_i64(text + entry[4 * stride]), grebe_load_i64(text + entry[5 * stride]),
      grebe_load_i64(text + entry[6 * stride]), grebe_load_i64(text + entry[7 * stride]));
  return _mm512_xor_si512(words, _mm512_set1_epi8('0'));
}

// `is_wide`: whether a field may have more than eight characters; a constant for the compiler.
GREBE_INLINE GREBE_AVX512 grebe_eight grebe_eight_fields(
    grebe_fields fields, size_t row, __m512i count, int is_wide) {
  const __m512i one = _mm512_set1_epi64(1), eight = _mm512_set1_epi64(8);
  __m512i low = grebe_eight_words(fields, row, 8);
  __m512i high = is_wide ? grebe_eight_words(fields, row, 16) : _mm512_setzero_si512();
  // Shifts of 64 bits or more, and negative ones, leave nothing.
  __m512i shift = _mm512_slli_epi64(_mm512_sub_epi64(eight, count), 3);
  __m512i first = _mm512_srlv_epi64(low, shift);
  if (is_wide) {
    __m512i high_shift = _mm512_add_epi64(shift, _mm512_set1_epi64(64));
    first = _mm512_mask_srlv_epi64(
        first, _mm512_cmpgt_epi64_mask(count, eight), high, high_shift);
  }
  grebe_eight fields_of;
  __mmask8 negative = _mm512_cmpeq_epi64_mask(
      _mm512_and_si512(first, _mm512_set1_epi64(0xFF)), _mm512_set1_epi64('-' ^ '0'));
  if (is_wide) {
    // A minus before sixteen digits is in neither word.
    uint32_t longest = _mm512_cmpeq_epi64_mask(count, _mm512_set1_epi64(17));
    for (; longest; longest &= longest - 1) {
      size_t lane = (size_t)__builtin_ctz(longest);
      uint32_t start = fields.ends[(row + lane) * fields.stride] + 1;
      negative |= (__mmask8)((fields.text[start] == '-') << lane);
    }
  }
  fields_of.negative = negative;
  fields_of.count = _mm512_mask_sub_epi64(count, negative, count, one);
  shift = _mm512_mask_add_epi64(shift, negative, shift, eight);
  fields_of.front = _mm512_srlv_epi64(low, shift);
  fields_of.low = _mm512_sllv_epi64(fields_of.front, shift);
  fields_of.high = high;
  if (is_wide) {
    __mmask8 is_long = _mm512_cmpgt_epi64_mask(fields_of.count, eight);
    __m512i high_shift = _mm512_add_epi64(shift, _mm512_set1_epi64(64));
    __m512i high_front = _mm512_srlv_epi64(high, high_shift);
    fields_of.high = _mm512_sllv_epi64(high_front, high_shift);
    fields_of.low = _mm512_mask_mov_epi64(fields_of.low, is_long, low);
    fields_of.front = _mm512_mask_mov_epi64(fields_of.front, is_long, high_front);
  }
  return fields_of;
}

// The rows with a byte that is no digit, no digit at all or more than 16 characters, and those
// whose digits before the point are more than one and begin with a zero.
GREBE_INLINE GREBE_AVX512 __mmask8 grebe_unsound_rows(
    const grebe_eight *fields, __m512i digit_count, __m512i whole_count, int is_wide) {
  const __m512i nine = _mm512_set1_epi8(9);
  __m512i above = _mm512_subs_epu8(fields->low, nine);
  if (is_wide) above = _mm512_or_si512(above, _mm512_subs_epu8(fields->high, nine));
  __mmask8 is_led = _mm512_cmpgt_epi64_mask(whole_count, _mm512_set1_epi64(1));
  __mmask8 wrong = _mm512_test_epi64_mask(above, above)
      | _mm512_testn_epi64_mask(digit_count, digit_count)
      | _mm512_mask_testn_epi64_mask(is_led, fields->front, _mm512_set1_epi64(0xFF));
  if (is_wide) wrong |= _mm512_cmpgt_epi64_mask(fields->count, _mm512_set1_epi64(16));
  return wrong;
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_eight_digits(__m512i digits) {
  __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
  __m512i quads = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
  // Both quads side by side in the lower half; nothing counts in the upper one.
  quads = _mm512_or_si512(quads, _mm512_srli_epi64(quads, 16));
  return _mm512_madd_epi16(quads, _mm512_set1_epi64(0x00012710));
}

// The numbers that the digits spell.
GREBE_INLINE GREBE_AVX512 __m512i grebe_eight_numbers(const grebe_eight *fields, int is_wide) {
  __m512i low = grebe_eight_digits(fields->low);
  if (!is_wide) return low;
  return _mm512_add_epi64(low, _mm512_mul_epu32(
      grebe_eight_digits(fields->high), _mm512_set1_epi64(100000000)));
}

GREBE_INLINE GREBE_AVX512 __m512i grebe_signed_numbers(__m512i numbers, __mmask8 negative) {
  return _mm512_mask_sub_epi64(numbers, negative, _mm512_setzero_si512(), numbers);
}

GREBE_INLINE size_t grebe_list_rows(uint32_t *listed, size_t count, size_t row, uint32_t wrong) {
  for (; wrong; wrong &= wrong - 1)
    listed[count++] = (uint32_t)row + (uint32_t)__builtin_ctz(wrong);
  return count;
}

// A kernel goes through rows of a multiple of 8 and returns how many it lists. `step` does eight,
// as an expression of `row`, `characters` and `is_wide`, and yields which of them to list.
#define GREBE_EIGHT_ROWS(step)                                                           \
  size_t listed_count = 0;                                                               \
  for (size_t row = 0; row < row_count; row += 8) {                                      \
    __m512i characters = grebe_eight_counts(fields, row);                                \
    __mmask8 wrong;                                                                      \
    if (_mm512_cmpgt_epi64_mask(characters, _mm512_set1_epi64(8)) == 0) {                \
      const int is_wide = 0;                                                             \
      wrong = step;                                                                      \
    } else {                                                                             \
      const int is_wide = 1;                                                             \
      wrong = step;                                                                      \
    }                                                                                    \
    if (wrong) listed_count = grebe_list_rows(listed, listed_count, row, wrong);         \
  }                                                                                      \
  return listed_count

// ---- Integers -----------------------------------------------------------------------------------

GREBE_INLINE GREBE_AVX512 __mmask8 grebe_eight_int64(
    grebe_fields fields, size_t row, __m512i characters, int is_wide, int64_t *output) {
  grebe_eight eight = grebe_eight_fields(fields, row, characters, is_wide);
  _mm512_storeu_si512(output, grebe_signed_numbers(
      grebe_eight_numbers(&eight, is_wide), eight.negative));
  return grebe_unsound_rows(&eight, eight.count, eight.count, is_wide);
}

// The same for numbers of 32 bits: what is beyond them is listed.
GREBE_INLINE GREBE_AVX512 __mmask8 grebe_eight_int32(
    grebe_fields fields, size_t row, __m512i characters, int is_wide, int32_t *output) {
  grebe_eight eight = grebe_eight_fields(fields, row, characters, is_wide);
  __m512i numbers = grebe_signed_numbers(grebe_eight_numbers(&eight, is_wide), eight.negative);
  __m256i narrow = _mm512_cvtepi64_epi32(numbers);
  _mm256_storeu_si256((__m256i *)output, narrow);
  __mmask8 wrong = grebe_unsound_rows(&eight, eight.count, eight.count, is_wide);
  if (is_wide) wrong |= _mm512_cmpneq_epi64_mask(_mm512_cvtepi32_epi64(narrow), numbers);
  return wrong;
}

// Up to 16 digits behind an optional minus.
static inline GREBE_AVX512 size_t grebe_parse_int64_avx512(
    grebe_fields fields, size_t row_count, int64_t *output, uint32_t *listed) {
  GREBE_EIGHT_ROWS(grebe_eight_int64(fields, row, characters, is_wide, output + row));
}

static inline GREBE_AVX512 size_t grebe_parse_int32_avx512(
    grebe_fields fields, size_t row_count, int32_t *output, uint32_t *listed) {
  GREBE_EIGHT_ROWS(grebe_eight_int32(fields, row, characters, is_wide, output + row));
}

// ---- Fractions ----------------------------------------------------------------------------------

// A point among eight characters, the lowest where there are several. `up_to` has the bits of its
// byte and of those below it, `before` those below it alone; all bits without a point.
typedef struct {
  __m512i up_to, before;
  __mmask8 found;
} grebe_points;

GREBE_INLINE GREBE_AVX512 grebe_points grebe_eight_points(__m512i digits, uint8_t point) {
  const __m512i one = _mm512_set1_epi64(1);
  __m512i bytes = _mm512_movm_epi8(
      _mm512_cmpeq_epi8_mask(digits, _mm512_set1_epi8((char)(point ^ '0'))));
  __m512i lowest = _mm512_and_si512(bytes, _mm512_sub_epi64(_mm512_setzero_si512(), bytes));
  grebe_points points;
  points.found = _mm512_test_epi64_mask(bytes, bytes);
  points.before = _mm512_sub_epi64(lowest, one);
  points.up_to = _mm512_sub_epi64(_mm512_slli_epi64(lowest, 8), one);
  return points;
}

// The digits without the points that were found, behind a byte that comes in from below.
GREBE_INLINE GREBE_AVX512 __m512i grebe_without_points(
    __m512i digits, grebe_points points, __m512i below) {
  __m512i before = _mm512_slli_epi64(_mm512_and_si512(digits, points.before), 8);
  __m512i behind = _mm512_andnot_si512(points.up_to, digits);
  return _mm512_mask_mov_epi64(
      digits, points.found, _mm512_or_si512(_mm512_or_si512(behind, before), below));
}

// How many bytes are behind the points; none without one.
GREBE_INLINE GREBE_AVX512 __m512i grebe_places(grebe_points points) {
  return _mm512_sad_epu8(
      _mm512_andnot_si512(points.up_to, _mm512_set1_epi8(1)), _mm512_setzero_si512());
}

// Takes a point out of eight fields. Returns the digits behind each; another point is no digit.
GREBE_INLINE GREBE_AVX512 __m512i grebe_take_points(
    grebe_eight *fields, uint8_t point, int is_wide, __mmask8 *found) {
  grebe_points points = grebe_eight_points(fields->low, point);
  __m512i places = grebe_places(points);
  *found = points.found;
  if (!is_wide) {
    fields->low = grebe_without_points(fields->low, points, _mm512_setzero_si512());
    return places;
  }
  // The last of the upper eight takes the place of the first of the lower.
  __m512i high = fields->high;
  fields->low = grebe_without_points(fields->low, points, _mm512_srli_epi64(high, 56));
  grebe_points upper = grebe_eight_points(high, point);
  fields->high = grebe_without_points(high, upper, _mm512_setzero_si512());
  fields->high = _mm512_mask_slli_epi64(fields->high, points.found, high, 8);
  __mmask8 in_upper = upper.found & ~points.found;
  *found |= in_upper;
  return _mm512_mask_add_epi64(
      places, in_upper, grebe_places(upper), _mm512_set1_epi64(8));
}

// Eight rows of digits with at most one point: the numbers without it, and the digits behind it.
typedef struct {
  __m512i mantissas, places;
  __mmask8 negative, wrong;
} grebe_eight_fraction;

GREBE_INLINE GREBE_AVX512 grebe_eight_fraction grebe_eight_fractions(
    grebe_fields fields, size_t row, __m512i characters, int is_wide, uint8_t point) {
  grebe_eight eight = grebe_eight_fields(fields, row, characters, is_wide);
  __mmask8 found;
  grebe_eight_fraction fractions;
  fractions.negative = eight.negative;
  fractions.places = grebe_take_points(&eight, point, is_wide, &found);
  __m512i digit_count = _mm512_mask_sub_epi64(
      eight.count, found, eight.count, _mm512_set1_epi64(1));
  fractions.wrong = grebe_unsound_rows(
      &eight, digit_count, _mm512_sub_epi64(digit_count, fractions.places), is_wide);
  fractions.mantissas = grebe_eight_numbers(&eight, is_wide);
  return fractions;
}

// One of sixteen values a lane, of the first eight if it is not wide.
GREBE_INLINE GREBE_AVX512 __m512i grebe_chosen(
    __m512i places, __m512i first, __m512i second, int is_wide) {
  return is_wide ? _mm512_permutex2var_epi64(first, places, second)
                 : _mm512_permutexvar_epi64(places, first);
}

// The nearest doubles. A mantissa of more than 52 bits is listed.
GREBE_INLINE GREBE_AVX512 __mmask8 grebe_eight_doubles(
    grebe_fields fields, size_t row, __m512i characters, int is_wide, uint8_t point,
    const __m512i powers[2], double *output) {
  grebe_eight_fraction fractions =
      grebe_eight_fractions(fields, row, characters, is_wide, point);
  __m512d divisors = _mm512_castsi512_pd(
      grebe_chosen(fractions.places, powers[0], powers[1], is_wide));
  __m512d numbers = _mm512_div_pd(_mm512_cvtepi64_pd(fractions.mantissas), divisors);
  _mm512_storeu_pd(output, _mm512_mask_or_pd(
      numbers, fractions.negative, numbers, _mm512_set1_pd(-0.0)));
  if (!is_wide) return fractions.wrong;
  __m512i beyond = _mm512_srli_epi64(fractions.mantissas, 52);
  return fractions.wrong | _mm512_test_epi64_mask(beyond, beyond);
}

// Decimals as unscaled integers, by factor and bound of each number of places.
GREBE_INLINE GREBE_AVX512 __mmask8 grebe_eight_decimals(
    grebe_fields fields, size_t row, __m512i characters, int is_wide, uint8_t point,
    const __m512i factors[2], const __m512i bounds[2], int64_t *output) {
  grebe_eight_fraction fractions =
      grebe_eight_fractions(fields, row, characters, is_wide, point);
  __m512i numbers = _mm512_mullo_epi64(
      fractions.mantissas, grebe_chosen(fractions.places, factors[0], factors[1], is_wide));
  _mm512_storeu_si512(output, grebe_signed_numbers(numbers, fractions.negative));
  return fractions.wrong | _mm512_cmpge_epi64_mask(
      fractions.mantissas, grebe_chosen(fractions.places, bounds[0], bounds[1], is_wide));
}

// `powers` are those of ten up to 15.
static inline GREBE_AVX512 size_t grebe_parse_double_avx512(
    grebe_fields fields, size_t row_count, uint8_t point, const double *powers, double *output,
    uint32_t *listed) {
  const __m512i tens[2] = {_mm512_loadu_si512(powers), _mm512_loadu_si512(powers + 8)};
  GREBE_EIGHT_ROWS(
      grebe_eight_doubles(fields, row, characters, is_wide, point, tens, output + row));
}

// `rules` has an entry for each of 0 to 15 digits behind the point, and the first for none.
static inline GREBE_AVX512 size_t grebe_parse_decimal64_avx512(
    grebe_fields fields, size_t row_count, uint8_t point, const grebe_decimal_rule *rules,
    int64_t *output, uint32_t *listed) {
  int64_t factor[16], bound[16];
  for (int place = 0; place < 16; place++) {
    factor[place] = rules[place].factor;
    bound[place] = rules[place].bound;
  }
  const __m512i factors[2] = {_mm512_loadu_si512(factor), _mm512_loadu_si512(factor + 8)};
  const __m512i bounds[2] = {_mm512_loadu_si512(bound), _mm512_loadu_si512(bound + 8)};
  GREBE_EIGHT_ROWS(grebe_eight_decimals(
      fields, row, characters, is_wide, point, factors, bounds, output + row));
}

#endif
#endif
