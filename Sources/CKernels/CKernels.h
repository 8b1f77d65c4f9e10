// Whole-buffer SIMD loops that Swift cannot say. Header only, `static inline`, prefix `grebe_`.
//
// Every function has a scalar Swift twin that is the reference; a test compares the two. The
// baseline is SSE2 on x86-64; AVX2 and AVX-512 variants are chosen once per batch by the caller
// through `grebe_cpu_level`. On other processors only the Swift twins run.
#ifndef GREBE_CKERNELS_H
#define GREBE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "alp.h"
#include "bits.h"
#include "codes.h"
#include "cpu.h"
#include "crc32.h"
#include "json.h"
#include "numbers.h"
#include "slots.h"
#include "streams.h"
#include "utf8.h"
#include "widenumbers.h"

// ---- CSV structural index -----------------------------------------------------------------------
//
// The position of every delimiter and newline outside quotes, in order, as u32.
//
//   quote      The parity of the quotes before it tells whether a byte lies inside quotes; a
//              doubled quote toggles twice and so needs no care.
//   malformed  An opening quote not preceded by a separator, a quote or the start; or a closing one
//              not followed by a separator, a quote, CR + newline or the end. The parity rule and
//              the grammar may differ then, and the caller takes the general parser.

typedef struct {
  uint8_t delimiter;
  uint8_t quote;
  uint8_t newline;
  uint8_t has_quote;       // 0: `quote` means nothing
  uint8_t has_carriage;    // 1: CR before the newline belongs to the line end
} grebe_csv_dialect;

typedef struct {
  uint64_t position_count;
  uint64_t record_count;   // newlines outside quotes
  uint64_t newline_count;  // all of them
  uint64_t inside;         // not 0: the text ends inside quotes
  uint64_t malformed;      // the following are flags: 0 or not 0
  uint64_t quotes;
  uint64_t escapes;        // a doubled quote inside quotes
  uint64_t carriages;      // CR before a newline
  uint64_t non_ascii;
} grebe_csv_summary;

#if defined(__x86_64__)

// Bit i of the result is the parity of bits 0...i.
GREBE_INLINE uint64_t grebe_prefix_xor_shifts(uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

GREBE_INLINE GREBE_AVX2 uint64_t grebe_prefix_xor_clmul(uint64_t bits) {
  __m128i product = _mm_clmulepi64_si128(
      _mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8((char)0xFF), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

// What one block of 64 bytes hands to the next.
typedef struct {
  uint64_t inside;           // all ones inside quotes
  uint64_t boundary;         // bit 0: the byte before is a separator, a quote or the start
  uint64_t closed;           // bit 0: the byte before is a closing quote
  uint64_t closed_carriage;  // bit 0: the two bytes before are a closing quote and CR
  uint64_t carriage;         // bit 0: the byte before is CR
  uint64_t malformed, quotes, escapes, carriages, non_ascii;
  uint64_t record_count, newline_count;
} grebe_csv_carry;

// Masks of one block -> mask of the separators outside quotes. `parity` is the prefix xor of
// `quote`, `valid` the bytes that belong to the text.
GREBE_INLINE uint64_t grebe_csv_step(
    grebe_csv_carry *carry, uint64_t delimiter, uint64_t newline, uint64_t carriage, uint64_t quote,
    uint64_t parity, uint64_t valid) {
  uint64_t inside = parity ^ carry->inside;
  carry->inside = (uint64_t)((int64_t)inside >> 63);
  uint64_t separator = delimiter | newline;
  uint64_t opening = quote & inside, closing = quote & ~inside;
  uint64_t before = (separator | quote) << 1 | carry->boundary;
  uint64_t after_closing = closing << 1 | carry->closed;
  uint64_t after_carriage = (after_closing & carriage) << 1 | carry->closed_carriage;
  uint64_t misplaced = opening & ~before;
  misplaced |= after_closing & ~(separator | carriage | quote);
  misplaced |= after_carriage & ~newline;
  carry->malformed |= misplaced & valid;
  carry->escapes |= opening & after_closing;
  carry->quotes |= quote;
  carry->carriages |= newline & (carriage << 1 | carry->carriage);
  carry->boundary = (separator | quote) >> 63;
  carry->closed = closing >> 63;
  carry->closed_carriage = (after_closing & carriage) >> 63;
  carry->carriage = carriage >> 63;
  carry->record_count += (uint64_t)__builtin_popcountll(newline & ~inside);
  carry->newline_count += (uint64_t)__builtin_popcountll(newline);
  return separator & ~inside;
}

// The same for a block without quotes, and none closed before it.
GREBE_INLINE uint64_t grebe_csv_plain_step(
    grebe_csv_carry *carry, uint64_t delimiter, uint64_t newline, uint64_t carriage) {
  uint64_t separator = delimiter | newline;
  carry->carriages |= newline & (carriage << 1 | carry->carriage);
  carry->boundary = separator >> 63;
  carry->carriage = carriage >> 63;
  carry->record_count += (uint64_t)__builtin_popcountll(newline & ~carry->inside);
  carry->newline_count += (uint64_t)__builtin_popcountll(newline);
  return separator & ~carry->inside;
}

// Whether a block needs no look at quotes.
GREBE_INLINE int grebe_csv_is_plain(const grebe_csv_carry *carry, uint64_t quote) {
  return __builtin_expect((quote | carry->closed | carry->closed_carriage) == 0, 1);
}

GREBE_INLINE uint64_t grebe_valid_mask(size_t remaining) {
  return remaining >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << remaining) - 1;
}

GREBE_INLINE grebe_csv_carry grebe_csv_start(void) {
  grebe_csv_carry carry;
  memset(&carry, 0, sizeof carry);
  carry.boundary = 1;
  return carry;
}

GREBE_INLINE grebe_csv_summary grebe_csv_finish(const grebe_csv_carry *carry, uint64_t positions) {
  grebe_csv_summary summary = {
      .position_count = positions,
      .record_count = carry->record_count,
      .newline_count = carry->newline_count,
      .inside = carry->inside,
      .malformed = carry->malformed,
      .quotes = carry->quotes,
      .escapes = carry->escapes,
      .carriages = carry->carriages,
      .non_ascii = carry->non_ascii};
  return summary;
}

GREBE_INLINE uint64_t grebe_equal_sse2(const __m128i *v, uint8_t byte) {
  __m128i wanted = _mm_set1_epi8((char)byte);
  uint64_t mask = 0;
  for (int part = 0; part < 4; part++) {
    unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v[part], wanted));
    mask |= (uint64_t)bits << (16 * part);
  }
  return mask;
}

// Positions of the separators of `text[0 ..< count]`. Bytes up to the next multiple of 64 after
// `count` are read; `positions` has room for `count + 72`.
static inline grebe_csv_summary grebe_csv_index_sse2(
    const uint8_t *text, size_t count, grebe_csv_dialect dialect, uint32_t *positions) {
  grebe_csv_carry carry = grebe_csv_start();
  uint32_t *out = positions;
  uint64_t has_quote = dialect.has_quote ? ~(uint64_t)0 : 0;
  uint64_t has_carriage = dialect.has_carriage ? ~(uint64_t)0 : 0;
  for (size_t base = 0; base < count; base += 64) {
    __m128i v[4];
    for (int part = 0; part < 4; part++)
      v[part] = _mm_loadu_si128((const __m128i *)(text + base) + part);
    uint64_t valid = grebe_valid_mask(count - base);
    uint64_t quote = grebe_equal_sse2(v, dialect.quote) & valid & has_quote;
    uint64_t high = 0;
    for (int part = 0; part < 4; part++)
      high |= (uint64_t)(unsigned)_mm_movemask_epi8(v[part]) << (16 * part);
    carry.non_ascii |= high & valid;
    uint64_t separators = grebe_csv_step(
        &carry, grebe_equal_sse2(v, dialect.delimiter) & valid,
        grebe_equal_sse2(v, dialect.newline) & valid,
        grebe_equal_sse2(v, '\r') & valid & has_carriage, quote, grebe_prefix_xor_shifts(quote),
        valid);
    while (separators) {
      *out++ = (uint32_t)base + (uint32_t)__builtin_ctzll(separators);
      separators &= separators - 1;
    }
  }
  return grebe_csv_finish(&carry, (uint64_t)(out - positions));
}

GREBE_INLINE GREBE_AVX2 uint64_t grebe_equal_avx2(__m256i low, __m256i high, uint8_t byte) {
  __m256i wanted = _mm256_set1_epi8((char)byte);
  uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
  uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
  return (uint64_t)b << 32 | a;
}

static inline GREBE_AVX2 grebe_csv_summary grebe_csv_index_avx2(
    const uint8_t *text, size_t count, grebe_csv_dialect dialect, uint32_t *positions) {
  grebe_csv_carry carry = grebe_csv_start();
  uint32_t *out = positions;
  uint64_t has_quote = dialect.has_quote ? ~(uint64_t)0 : 0;
  uint64_t has_carriage = dialect.has_carriage ? ~(uint64_t)0 : 0;
  for (size_t base = 0; base < count; base += 64) {
    __m256i low = _mm256_loadu_si256((const __m256i *)(text + base));
    __m256i high = _mm256_loadu_si256((const __m256i *)(text + base + 32));
    uint64_t valid = grebe_valid_mask(count - base);
    uint64_t quote = grebe_equal_avx2(low, high, dialect.quote) & valid & has_quote;
    carry.non_ascii |= ((uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
                        (uint32_t)_mm256_movemask_epi8(low)) & valid;
    uint64_t delimiter = grebe_equal_avx2(low, high, dialect.delimiter) & valid;
    uint64_t newline = grebe_equal_avx2(low, high, dialect.newline) & valid;
    uint64_t carriage = grebe_equal_avx2(low, high, '\r') & valid & has_carriage;
    uint64_t separators =
        grebe_csv_is_plain(&carry, quote)
            ? grebe_csv_plain_step(&carry, delimiter, newline, carriage)
            : grebe_csv_step(
                  &carry, delimiter, newline, carriage, quote, grebe_prefix_xor_clmul(quote),
                  valid);
    out = grebe_store_positions_avx2(out, (uint32_t)base, separators);
  }
  return grebe_csv_finish(&carry, (uint64_t)(out - positions));
}

static inline GREBE_AVX512 grebe_csv_summary grebe_csv_index_avx512(
    const uint8_t *text, size_t count, grebe_csv_dialect dialect, uint32_t *positions) {
  grebe_csv_carry carry = grebe_csv_start();
  uint32_t *out = positions;
  uint64_t has_quote = dialect.has_quote ? ~(uint64_t)0 : 0;
  uint64_t has_carriage = dialect.has_carriage ? ~(uint64_t)0 : 0;
  const __m512i delimiters = _mm512_set1_epi8((char)dialect.delimiter);
  const __m512i newlines = _mm512_set1_epi8((char)dialect.newline);
  const __m512i quotes = _mm512_set1_epi8((char)dialect.quote);
  const __m512i carriages = _mm512_set1_epi8('\r');
  uint8_t lanes[64];
  for (int lane = 0; lane < 64; lane++) lanes[lane] = (uint8_t)lane;
  const __m512i iota = _mm512_loadu_si512(lanes);
  for (size_t base = 0; base < count; base += 64) {
    __m512i v = _mm512_loadu_si512(text + base);
    uint64_t valid = grebe_valid_mask(count - base);
    uint64_t quote = _mm512_cmpeq_epi8_mask(v, quotes) & valid & has_quote;
    carry.non_ascii |= _mm512_movepi8_mask(v) & valid;
    uint64_t delimiter = _mm512_cmpeq_epi8_mask(v, delimiters) & valid;
    uint64_t newline = _mm512_cmpeq_epi8_mask(v, newlines) & valid;
    uint64_t carriage = _mm512_cmpeq_epi8_mask(v, carriages) & valid & has_carriage;
    uint64_t separators =
        grebe_csv_is_plain(&carry, quote)
            ? grebe_csv_plain_step(&carry, delimiter, newline, carriage)
            : grebe_csv_step(
                  &carry, delimiter, newline, carriage, quote, grebe_prefix_xor_clmul(quote),
                  valid);
    __m512i packed = _mm512_maskz_compress_epi8(separators, iota);
    __m512i offset = _mm512_set1_epi32((int)(uint32_t)base);
    int found = __builtin_popcountll(separators);
    _mm512_storeu_si512(
        out, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    if (__builtin_expect(found > 16, 0)) {
      _mm512_storeu_si512(out + 16, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
          _mm512_extracti32x4_epi32(packed, 1))));
      _mm512_storeu_si512(out + 32, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
          _mm512_extracti32x4_epi32(packed, 2))));
      _mm512_storeu_si512(out + 48, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
          _mm512_extracti32x4_epi32(packed, 3))));
    }
    out += found;
  }
  return grebe_csv_finish(&carry, (uint64_t)(out - positions));
}

// State of a walk over adjacent texts from a record's start, in search of a record's end. All texts
// but the last have a multiple of 64 bytes.
typedef struct {
  grebe_csv_carry carry;
  uint64_t not_before;     // newlines before this offset do not count
  uint64_t first_newline;  // the first outside quotes, or UINT64_MAX
} grebe_csv_walk;

GREBE_INLINE void grebe_csv_walk_step(
    grebe_csv_walk *walk, size_t base, uint64_t delimiter, uint64_t newline, uint64_t carriage,
    uint64_t quote, uint64_t parity, uint64_t valid) {
  uint64_t ends = newline & grebe_csv_step(
      &walk->carry, delimiter, newline, carriage, quote, parity, valid);
  if (base < walk->not_before)
    ends = walk->not_before - base < 64 ? ends & (~(uint64_t)0 << (walk->not_before - base)) : 0;
  if (walk->first_newline == UINT64_MAX && ends)
    walk->first_newline = base + (uint64_t)__builtin_ctzll(ends);
}

static inline void grebe_csv_walk_sse2(
    const uint8_t *text, size_t count, grebe_csv_dialect dialect, grebe_csv_walk *walk) {
  grebe_csv_walk state = *walk;
  uint64_t has_quote = dialect.has_quote ? ~(uint64_t)0 : 0;
  uint64_t has_carriage = dialect.has_carriage ? ~(uint64_t)0 : 0;
  for (size_t base = 0; base < count; base += 64) {
    __m128i v[4];
    for (int part = 0; part < 4; part++)
      v[part] = _mm_loadu_si128((const __m128i *)(text + base) + part);
    uint64_t valid = grebe_valid_mask(count - base);
    uint64_t quote = grebe_equal_sse2(v, dialect.quote) & valid & has_quote;
    grebe_csv_walk_step(
        &state, base, grebe_equal_sse2(v, dialect.delimiter) & valid,
        grebe_equal_sse2(v, dialect.newline) & valid,
        grebe_equal_sse2(v, '\r') & valid & has_carriage, quote, grebe_prefix_xor_shifts(quote),
        valid);
  }
  *walk = state;
}

// Passes over 256 bytes if they hold no quote and none closed before them; else does nothing.
GREBE_INLINE GREBE_AVX2 int grebe_csv_pass_plain_avx2(
    const uint8_t *text, grebe_csv_dialect dialect, grebe_csv_carry *carry) {
  if (carry->closed | carry->closed_carriage) return 0;
  const __m256i quote = _mm256_set1_epi8((char)dialect.quote);
  const __m256i newline = _mm256_set1_epi8((char)dialect.newline);
  __m256i quotes = _mm256_setzero_si256(), lines = _mm256_setzero_si256();
  for (int part = 0; part < 8; part++) {
    __m256i v = _mm256_loadu_si256((const __m256i *)text + part);
    quotes = _mm256_or_si256(quotes, _mm256_cmpeq_epi8(v, quote));
    lines = _mm256_sub_epi8(lines, _mm256_cmpeq_epi8(v, newline));
  }
  if (dialect.has_quote && !_mm256_testz_si256(quotes, quotes)) return 0;
  uint64_t sums[4];
  _mm256_storeu_si256((__m256i *)sums, _mm256_sad_epu8(lines, _mm256_setzero_si256()));
  uint64_t count = sums[0] + sums[1] + sums[2] + sums[3];
  carry->newline_count += count;
  carry->record_count += count & ~carry->inside;
  carry->boundary = text[255] == dialect.delimiter || text[255] == dialect.newline;
  carry->carriage = dialect.has_carriage && text[255] == '\r';
  return 1;
}

static inline GREBE_AVX2 void grebe_csv_walk_avx2(
    const uint8_t *text, size_t count, grebe_csv_dialect dialect, grebe_csv_walk *walk) {
  grebe_csv_walk state = *walk;
  uint64_t has_quote = dialect.has_quote ? ~(uint64_t)0 : 0;
  uint64_t has_carriage = dialect.has_carriage ? ~(uint64_t)0 : 0;
  size_t quoted_until = 0;  // where to look for text without quotes again
  for (size_t base = 0; base < count; base += 64) {
    int is_search = state.first_newline == UINT64_MAX && state.not_before < base + 256;
    if (base >= quoted_until && count - base >= 256 && !is_search) {
      if (grebe_csv_pass_plain_avx2(text + base, dialect, &state.carry)) {
        base += 192;
        continue;
      }
      quoted_until = base + 256;
    }
    __m256i low = _mm256_loadu_si256((const __m256i *)(text + base));
    __m256i high = _mm256_loadu_si256((const __m256i *)(text + base + 32));
    uint64_t valid = grebe_valid_mask(count - base);
    uint64_t quote = grebe_equal_avx2(low, high, dialect.quote) & valid & has_quote;
    grebe_csv_walk_step(
        &state, base, grebe_equal_avx2(low, high, dialect.delimiter) & valid,
        grebe_equal_avx2(low, high, dialect.newline) & valid,
        grebe_equal_avx2(low, high, '\r') & valid & has_carriage, quote,
        grebe_prefix_xor_clmul(quote), valid);
  }
  *walk = state;
}

#endif
#endif
