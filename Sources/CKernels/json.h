// JSON structure, 64 bytes a step. G. Langdale, D. Lemire, "Parsing Gigabytes of JSON per Second",
// 2019: which quotes are escaped shows in the parity of the backslashes before them, which bytes
// are inside strings in the parity of the quotes before them.
//
//   index   the position of every bracket, brace and comma outside strings and of every quote that
//           opens or closes one, in order, as u32; newlines outside strings as well if asked for.
//           A bit a byte for backslashes besides, so that escapes are found without a search.
//   scan    brackets and braces are counted to find where records end.
//
// A newline ends every string. The index takes it for one inside and says so (`broken`); the caller
// then indexes line by line. The scan goes byte by byte through a block that holds one.
#ifndef GREBE_JSON_H
#define GREBE_JSON_H

#include "cpu.h"

typedef struct {
  uint64_t position_count;
  uint64_t newline_count;
  uint64_t escaped;        // 1: the text ends with a backslash that escapes what follows
  uint64_t inside;         // the following are flags, 0 or not 0. The text ends inside a string
  uint64_t broken;         // a newline inside a string
  uint64_t controls;       // a byte below 0x20 inside a string
  uint64_t backslashes;
  uint64_t non_ascii;
} grebe_json_summary;

// Where a scan has got to. `mode`: 0 values, 1 elements of an array.
typedef struct {
  uint64_t inside;    // all ones inside a string
  uint64_t escaped;   // 1: the next byte is escaped
  uint64_t depth;
  uint64_t ended;     // mode 1: the array has been closed
} grebe_json_scan;

#if defined(__x86_64__)

// One block. `comma` is not among the brackets.
typedef struct {
  uint64_t quote, backslash, open, close, comma, newline, control, high;
} grebe_json_masks;

GREBE_INLINE uint64_t grebe_bits_of_sse2(const __m128i *v) {
  uint64_t mask = 0;
  for (int part = 0; part < 4; part++)
    mask |= (uint64_t)(unsigned)_mm_movemask_epi8(v[part]) << (16 * part);
  return mask;
}

GREBE_INLINE uint64_t grebe_same_sse2(const __m128i *v, uint8_t byte) {
  __m128i equal[4];
  for (int part = 0; part < 4; part++)
    equal[part] = _mm_cmpeq_epi8(v[part], _mm_set1_epi8((char)byte));
  return grebe_bits_of_sse2(equal);
}

GREBE_INLINE grebe_json_masks grebe_json_masks_sse2(const uint8_t *text) {
  __m128i v[4], folded[4], low[4];
  for (int part = 0; part < 4; part++) {
    v[part] = _mm_loadu_si128((const __m128i *)text + part);
    folded[part] = _mm_or_si128(v[part], _mm_set1_epi8(0x20));
    low[part] = _mm_cmpeq_epi8(_mm_min_epu8(v[part], _mm_set1_epi8(0x1F)), v[part]);
  }
  grebe_json_masks masks = {
      .quote = grebe_same_sse2(v, '"'), .backslash = grebe_same_sse2(v, '\\'),
      .open = grebe_same_sse2(folded, '{'), .close = grebe_same_sse2(folded, '}'),
      .comma = grebe_same_sse2(v, ','), .newline = grebe_same_sse2(v, '\n'),
      .control = grebe_bits_of_sse2(low), .high = grebe_bits_of_sse2(v)};
  return masks;
}

GREBE_INLINE GREBE_AVX2 uint64_t grebe_bits_of_avx2(__m256i low, __m256i high) {
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
         (uint32_t)_mm256_movemask_epi8(low);
}

GREBE_INLINE GREBE_AVX2 uint64_t grebe_same_avx2(__m256i low, __m256i high, uint8_t byte) {
  __m256i wanted = _mm256_set1_epi8((char)byte);
  return grebe_bits_of_avx2(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

GREBE_INLINE GREBE_AVX2 grebe_json_masks grebe_json_masks_avx2(const uint8_t *text) {
  __m256i a = _mm256_loadu_si256((const __m256i *)text);
  __m256i b = _mm256_loadu_si256((const __m256i *)(text + 32));
  const __m256i fold = _mm256_set1_epi8(0x20), last = _mm256_set1_epi8(0x1F);
  __m256i folded_a = _mm256_or_si256(a, fold), folded_b = _mm256_or_si256(b, fold);
  grebe_json_masks masks = {
      .quote = grebe_same_avx2(a, b, '"'), .backslash = grebe_same_avx2(a, b, '\\'),
      .open = grebe_same_avx2(folded_a, folded_b, '{'),
      .close = grebe_same_avx2(folded_a, folded_b, '}'),
      .comma = grebe_same_avx2(a, b, ','), .newline = grebe_same_avx2(a, b, '\n'),
      .control = grebe_bits_of_avx2(
          _mm256_cmpeq_epi8(_mm256_min_epu8(a, last), a),
          _mm256_cmpeq_epi8(_mm256_min_epu8(b, last), b)),
      .high = grebe_bits_of_avx2(a, b)};
  return masks;
}

GREBE_INLINE GREBE_AVX512 grebe_json_masks grebe_json_masks_avx512(const uint8_t *text) {
  __m512i v = _mm512_loadu_si512(text);
  __m512i folded = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
  grebe_json_masks masks = {
      .quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')),
      .backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
      .open = _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8('{')),
      .close = _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8('}')),
      .comma = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(',')),
      .newline = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
      .control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)),
      .high = (uint64_t)_mm512_movepi8_mask(v)};
  return masks;
}

// The quotes no backslash escapes. A byte is escaped if the run of backslashes before it has an odd
// length: it starts on an even place and ends on an odd one, or the reverse. `escaped` carries a
// run over the edge of a block.
GREBE_INLINE uint64_t grebe_json_quotes(uint64_t *escaped, uint64_t backslash, uint64_t quote) {
  uint64_t carried = *escaped;
  *escaped = 0;
  if (!backslash) return quote & ~carried;
  const uint64_t even = 0x5555555555555555;
  uint64_t run = backslash & ~carried;
  uint64_t starts = run & ~(run << 1);
  unsigned long long from_even, from_odd;
  __builtin_uaddll_overflow(run, starts & even, &from_even);
  // A run that reaches the end of the block from an odd place is of odd length so far.
  *escaped = (uint64_t)__builtin_uaddll_overflow(run, starts & ~even, &from_odd);
  uint64_t after = (from_even & ~run & ~even) | (from_odd & ~run & even);
  return quote & ~(after | carried);
}

GREBE_INLINE uint64_t grebe_json_parity_shifts(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

GREBE_INLINE GREBE_AVX2 uint64_t grebe_json_parity_clmul(uint64_t bits) {
  __m128i product = _mm_clmulepi64_si128(
      _mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8((char)0xFF), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

// What the index needs of a block: brackets, braces and commas are one mask.
typedef struct {
  uint64_t quote, backslash, separator, newline, control, high;
} grebe_json_marks;

GREBE_INLINE grebe_json_marks grebe_json_marks_of(grebe_json_masks masks) {
  grebe_json_marks marks = {
      .quote = masks.quote, .backslash = masks.backslash,
      .separator = masks.open | masks.close | masks.comma, .newline = masks.newline,
      .control = masks.control, .high = masks.high};
  return marks;
}

GREBE_INLINE GREBE_AVX2 grebe_json_marks grebe_json_marks_avx2(const uint8_t *text) {
  const __m256i fold = _mm256_set1_epi8(0x20), last = _mm256_set1_epi8(0x1F);
  __m256i v[2], separator[2], control[2];
  for (int part = 0; part < 2; part++) {
    v[part] = _mm256_loadu_si256((const __m256i *)text + part);
    __m256i folded = _mm256_or_si256(v[part], fold);
    separator[part] = _mm256_or_si256(
        _mm256_cmpeq_epi8(v[part], _mm256_set1_epi8(',')),
        _mm256_or_si256(
            _mm256_cmpeq_epi8(folded, _mm256_set1_epi8('{')),
            _mm256_cmpeq_epi8(folded, _mm256_set1_epi8('}'))));
    control[part] = _mm256_cmpeq_epi8(_mm256_min_epu8(v[part], last), v[part]);
  }
  grebe_json_marks marks = {
      .quote = grebe_same_avx2(v[0], v[1], '"'), .backslash = grebe_same_avx2(v[0], v[1], '\\'),
      .separator = grebe_bits_of_avx2(separator[0], separator[1]),
      .newline = grebe_same_avx2(v[0], v[1], '\n'),
      .control = grebe_bits_of_avx2(control[0], control[1]),
      .high = grebe_bits_of_avx2(v[0], v[1])};
  return marks;
}

// The bytes behind the text count for nothing.
GREBE_INLINE void grebe_json_trim(grebe_json_marks *marks, size_t remaining) {
  if (remaining >= 64) return;
  uint64_t valid = ((uint64_t)1 << remaining) - 1;
  marks->quote &= valid;
  marks->backslash &= valid;
  marks->separator &= valid;
  marks->newline &= valid;
  marks->control &= valid;
  marks->high &= valid;
}

// Marks of a block -> its entries. `parity` is the prefix xor of `quote`.
GREBE_INLINE uint64_t grebe_json_entries(
    grebe_json_summary *summary, const grebe_json_marks *marks, uint64_t quote, uint64_t parity,
    uint64_t wanted_newlines) {
  uint64_t inside = parity ^ summary->inside;
  summary->inside = (uint64_t)((int64_t)inside >> 63);
  summary->broken |= marks->newline & inside;
  summary->controls |= marks->control & inside;
  summary->backslashes |= marks->backslash;
  summary->non_ascii |= marks->high;
  summary->newline_count += (uint64_t)__builtin_popcountll(marks->newline);
  uint64_t outside = marks->separator | (marks->newline & wanted_newlines);
  return (outside & ~inside) | quote;
}

// Positions of the entries of `text[0 ..< count]` and a word of backslash bits for each 64 bytes.
// `positions` has room for `count + 72`; up to 64 bytes past `count` are read.
static inline grebe_json_summary grebe_json_index_sse2(
    const uint8_t *text, size_t count, int newlines, uint32_t *positions, uint64_t *backslashes) {
  grebe_json_summary summary = {0};
  uint64_t wanted = newlines ? ~(uint64_t)0 : 0;
  uint32_t *out = positions;
  for (size_t base = 0; base < count; base += 64) {
    grebe_json_marks marks = grebe_json_marks_of(grebe_json_masks_sse2(text + base));
    grebe_json_trim(&marks, count - base);
    *backslashes++ = marks.backslash;
    uint64_t quote = grebe_json_quotes(&summary.escaped, marks.backslash, marks.quote);
    uint64_t entries = grebe_json_entries(
        &summary, &marks, quote, grebe_json_parity_shifts(quote), wanted);
    while (entries) {
      *out++ = (uint32_t)base + (uint32_t)__builtin_ctzll(entries);
      entries &= entries - 1;
    }
  }
  summary.position_count = (uint64_t)(out - positions);
  return summary;
}

static inline GREBE_AVX2 grebe_json_summary grebe_json_index_avx2(
    const uint8_t *text, size_t count, int newlines, uint32_t *positions, uint64_t *backslashes) {
  grebe_json_summary summary = {0};
  uint64_t wanted = newlines ? ~(uint64_t)0 : 0;
  uint32_t *out = positions;
  for (size_t base = 0; base < count; base += 64) {
    grebe_json_marks marks = grebe_json_marks_avx2(text + base);
    grebe_json_trim(&marks, count - base);
    *backslashes++ = marks.backslash;
    uint64_t quote = grebe_json_quotes(&summary.escaped, marks.backslash, marks.quote);
    uint64_t entries = grebe_json_entries(
        &summary, &marks, quote, grebe_json_parity_clmul(quote), wanted);
    out = grebe_store_positions_avx2(out, (uint32_t)base, entries);
  }
  summary.position_count = (uint64_t)(out - positions);
  return summary;
}

static inline GREBE_AVX512 grebe_json_summary grebe_json_index_avx512(
    const uint8_t *text, size_t count, int newlines, uint32_t *positions, uint64_t *backslashes) {
  grebe_json_summary summary = {0};
  uint64_t wanted = newlines ? ~(uint64_t)0 : 0;
  uint32_t *out = positions;
  uint8_t lanes[64];
  for (int lane = 0; lane < 64; lane++) lanes[lane] = (uint8_t)lane;
  const __m512i iota = _mm512_loadu_si512(lanes);
  for (size_t base = 0; base < count; base += 64) {
    grebe_json_marks marks = grebe_json_marks_of(grebe_json_masks_avx512(text + base));
    grebe_json_trim(&marks, count - base);
    *backslashes++ = marks.backslash;
    uint64_t quote = grebe_json_quotes(&summary.escaped, marks.backslash, marks.quote);
    uint64_t entries = grebe_json_entries(
        &summary, &marks, quote, grebe_json_parity_clmul(quote), wanted);
    __m512i packed = _mm512_maskz_compress_epi8(entries, iota);
    __m512i offset = _mm512_set1_epi32((int)(uint32_t)base);
    int found = __builtin_popcountll(entries);
    _mm512_storeu_si512(
        out, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
        _mm512_extracti32x4_epi32(packed, 1))));
    if (__builtin_expect(found > 32, 0)) {
      _mm512_storeu_si512(out + 32, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
          _mm512_extracti32x4_epi32(packed, 2))));
      _mm512_storeu_si512(out + 48, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(
          _mm512_extracti32x4_epi32(packed, 3))));
    }
    out += found;
  }
  summary.position_count = (uint64_t)(out - positions);
  return summary;
}

// ---- Where records end --------------------------------------------------------------------------

// Takes a byte. 1 if a record may begin behind it.
GREBE_INLINE int grebe_json_scan_byte(grebe_json_scan *state, int mode, uint8_t byte) {
  int escaped = state->escaped != 0;
  state->escaped = byte == '\\' && !escaped;
  if (byte == '\n') {
    state->inside = 0;
    return mode == 0 && state->depth == 0;
  }
  if (byte == '"' && !escaped) {
    state->inside = ~state->inside;
    return 0;
  }
  if (state->inside) return 0;
  if (byte == '{' || byte == '[') {
    state->depth++;
  } else if (byte == '}' || byte == ']') {
    if (mode == 1 && state->depth == 0) state->ended = 1;
    if (state->depth > 0) state->depth--;
    return mode == 0 && state->depth == 0;
  } else if (byte == ',') {
    return mode == 1 && state->depth == 0;
  }
  return 0;
}

// Takes one block of 64 bytes. The number of the byte behind which a record may begin, if that is
// looked for and there is one, else 64; what lies behind that byte is not taken then.
GREBE_INLINE int grebe_json_scan_block(
    grebe_json_scan *state, int mode, int finds, const uint8_t *text,
    const grebe_json_masks *masks, uint64_t escaped, uint64_t parity) {
  uint64_t inside = parity ^ state->inside;
  if (masks->newline & inside) {
    for (int index = 0; index < 64 && !state->ended; index++)
      if (grebe_json_scan_byte(state, mode, text[index]) && finds) return index;
    return 64;
  }
  uint64_t open = masks->open & ~inside, close = masks->close & ~inside;
  uint64_t closing = (uint64_t)__builtin_popcountll(close);
  state->inside = (uint64_t)((int64_t)inside >> 63);
  state->escaped = escaped;
  if (state->depth > closing) {  // Depth 0 is out of reach.
    state->depth += (uint64_t)__builtin_popcountll(open) - closing;
    return 64;
  }
  uint64_t ends = finds ? (mode == 1 ? masks->comma : masks->newline) & ~inside : 0;
  for (uint64_t events = open | close | ends; events; events &= events - 1) {
    uint64_t bit = events & (0 - events);
    int is_end = mode == 0;
    if (bit & open) {
      state->depth++;
      continue;
    } else if (bit & close) {
      if (mode == 1 && state->depth == 0) {
        state->ended = 1;
        return 64;
      }
      if (state->depth > 0) state->depth--;
    } else {
      is_end = 1;
    }
    if (finds && is_end && state->depth == 0) {
      state->inside = 0;
      state->escaped = 0;
      return __builtin_ctzll(bit);
    }
  }
  return 64;
}

// Takes `count` bytes, or those up to and including the first behind which a record may begin, if
// `finds`. Returns how many bytes were taken; `*found` is whether a record may begin there. Stops
// where the array ends. Up to 64 bytes past `count` are read.
static inline size_t grebe_json_scan_sse2(
    const uint8_t *text, size_t count, int mode, int finds, grebe_json_scan *state, int *found) {
  *found = 0;
  for (size_t base = 0; base < count && !state->ended; base += 64) {
    grebe_json_masks masks = grebe_json_masks_sse2(text + base);
    size_t size = count - base < 64 ? count - base : 64;
    if (size == 64) {
      uint64_t escaped = state->escaped;
      uint64_t quote = grebe_json_quotes(&escaped, masks.backslash, masks.quote);
      int at = grebe_json_scan_block(
          state, mode, finds, text + base, &masks, escaped, grebe_json_parity_shifts(quote));
      if (at < 64) {
        *found = 1;
        return base + (size_t)at + 1;
      }
      continue;
    }
    for (size_t index = 0; index < size && !state->ended; index++)
      if (grebe_json_scan_byte(state, mode, text[base + index]) && finds) {
        *found = 1;
        return base + index + 1;
      }
  }
  return count;
}

static inline GREBE_AVX2 size_t grebe_json_scan_avx2(
    const uint8_t *text, size_t count, int mode, int finds, grebe_json_scan *state, int *found) {
  *found = 0;
  for (size_t base = 0; base < count && !state->ended; base += 64) {
    grebe_json_masks masks = grebe_json_masks_avx2(text + base);
    size_t size = count - base < 64 ? count - base : 64;
    if (size == 64) {
      uint64_t escaped = state->escaped;
      uint64_t quote = grebe_json_quotes(&escaped, masks.backslash, masks.quote);
      int at = grebe_json_scan_block(
          state, mode, finds, text + base, &masks, escaped, grebe_json_parity_clmul(quote));
      if (at < 64) {
        *found = 1;
        return base + (size_t)at + 1;
      }
      continue;
    }
    for (size_t index = 0; index < size && !state->ended; index++)
      if (grebe_json_scan_byte(state, mode, text[base + index]) && finds) {
        *found = 1;
        return base + index + 1;
      }
  }
  return count;
}

#endif
#endif
