// BYTE_STREAM_SPLIT: values of 4 or 8 bytes to one stream a byte, and back. Encodings.md, "Byte
// Stream Split". Streams begin `stride` bytes apart.
//
//   SSE2      rounds of interleaving: each moves every byte to where one bit of its number says
//   AVX-512   vpermb sorts the bytes of a vector by stream, shuffles of whole words do the rest
//
// Every function handles whole blocks, and neither reads nor writes outside them.
#ifndef GREBE_STREAMS_H
#define GREBE_STREAMS_H

#include "cpu.h"

#if defined(__x86_64__)

// Interleaves vector i with vector i + count / 2: the bytes' numbers rotate left by one bit.
GREBE_INLINE void grebe_interleave(__m128i *v, int count) {
  __m128i out[8];
  for (int i = 0; i < count / 2; i++) {
    out[2 * i] = _mm_unpacklo_epi8(v[i], v[i + count / 2]);
    out[2 * i + 1] = _mm_unpackhi_epi8(v[i], v[i + count / 2]);
  }
  for (int i = 0; i < count; i++) v[i] = out[i];
}

// 16 values of `value_bytes` 4 or 8 a block.
GREBE_INLINE void grebe_split_block_sse2(
    const uint8_t *values, int value_bytes, uint8_t *streams, size_t stride) {
  __m128i v[8];
  for (int i = 0; i < value_bytes; i++) v[i] = _mm_loadu_si128((const __m128i *)values + i);
  for (int round = 0; round < 4; round++) grebe_interleave(v, value_bytes);
  for (int i = 0; i < value_bytes; i++)
    _mm_storeu_si128((__m128i *)(streams + (size_t)i * stride), v[i]);
}

GREBE_INLINE void grebe_join_block_sse2(
    const uint8_t *streams, int value_bytes, uint8_t *values, size_t stride) {
  __m128i v[8];
  for (int i = 0; i < value_bytes; i++)
    v[i] = _mm_loadu_si128((const __m128i *)(streams + (size_t)i * stride));
  for (int size = 1; size < value_bytes; size *= 2) grebe_interleave(v, value_bytes);
  for (int i = 0; i < value_bytes; i++) _mm_storeu_si128((__m128i *)values + i, v[i]);
}

static inline void grebe_split_4_sse2(
    const uint8_t *values, size_t block_count, uint8_t *streams, size_t stride) {
  for (; block_count; block_count--, values += 64, streams += 16)
    grebe_split_block_sse2(values, 4, streams, stride);
}

static inline void grebe_split_8_sse2(
    const uint8_t *values, size_t block_count, uint8_t *streams, size_t stride) {
  for (; block_count; block_count--, values += 128, streams += 16)
    grebe_split_block_sse2(values, 8, streams, stride);
}

static inline void grebe_join_4_sse2(
    const uint8_t *streams, size_t block_count, uint8_t *values, size_t stride) {
  for (; block_count; block_count--, values += 64, streams += 16)
    grebe_join_block_sse2(streams, 4, values, stride);
}

static inline void grebe_join_8_sse2(
    const uint8_t *streams, size_t block_count, uint8_t *values, size_t stride) {
  for (; block_count; block_count--, values += 128, streams += 16)
    grebe_join_block_sse2(streams, 8, values, stride);
}

// ---- AVX-512: blocks of 64 values ---------------------------------------------------------------

// Byte r * columns + c of the result is byte c * rows + r.
GREBE_INLINE GREBE_AVX512 __m512i grebe_transposition(int rows, int columns) {
  uint8_t bytes[64];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) bytes[r * columns + c] = (uint8_t)(c * rows + r);
  return _mm512_loadu_si512(bytes);
}

// Exchanges rows and columns of an 8 by 8 square of 64-bit words.
GREBE_INLINE GREBE_AVX512 void grebe_transpose_words(__m512i *v) {
  __m512i a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    for (int half = 0; half < 8; half += 4) {
      b[half + i] = _mm512_shuffle_i64x2(a[half + i], a[half + i + 2], 0x88);
      b[half + i + 2] = _mm512_shuffle_i64x2(a[half + i], a[half + i + 2], 0xDD);
    }
  }
  for (int i = 0; i < 4; i++) {
    v[i] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0x88);
    v[i + 4] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0xDD);
  }
}

// The same for 4 by 4 lanes of 128 bits.
GREBE_INLINE GREBE_AVX512 void grebe_transpose_lanes(__m512i *v) {
  __m512i a = _mm512_shuffle_i64x2(v[0], v[1], 0x44), b = _mm512_shuffle_i64x2(v[0], v[1], 0xEE);
  __m512i c = _mm512_shuffle_i64x2(v[2], v[3], 0x44), d = _mm512_shuffle_i64x2(v[2], v[3], 0xEE);
  v[0] = _mm512_shuffle_i64x2(a, c, 0x88);
  v[1] = _mm512_shuffle_i64x2(a, c, 0xDD);
  v[2] = _mm512_shuffle_i64x2(b, d, 0x88);
  v[3] = _mm512_shuffle_i64x2(b, d, 0xDD);
}

static inline GREBE_AVX512 void grebe_split_8_avx512(
    const uint8_t *values, size_t block_count, uint8_t *streams, size_t stride) {
  const __m512i by_stream = grebe_transposition(8, 8);
  for (; block_count; block_count--, values += 512, streams += 64) {
    __m512i v[8];
    for (int i = 0; i < 8; i++)
      v[i] = _mm512_permutexvar_epi8(by_stream, _mm512_loadu_si512(values + 64 * i));
    grebe_transpose_words(v);
    for (size_t i = 0; i < 8; i++) _mm512_storeu_si512(streams + i * stride, v[i]);
  }
}

static inline GREBE_AVX512 void grebe_join_8_avx512(
    const uint8_t *streams, size_t block_count, uint8_t *values, size_t stride) {
  const __m512i by_value = grebe_transposition(8, 8);
  for (; block_count; block_count--, values += 512, streams += 64) {
    __m512i v[8];
    for (size_t i = 0; i < 8; i++) v[i] = _mm512_loadu_si512(streams + i * stride);
    grebe_transpose_words(v);
    for (int i = 0; i < 8; i++)
      _mm512_storeu_si512(values + 64 * i, _mm512_permutexvar_epi8(by_value, v[i]));
  }
}

static inline GREBE_AVX512 void grebe_split_4_avx512(
    const uint8_t *values, size_t block_count, uint8_t *streams, size_t stride) {
  const __m512i by_stream = grebe_transposition(4, 16);
  for (; block_count; block_count--, values += 256, streams += 64) {
    __m512i v[4];
    for (int i = 0; i < 4; i++)
      v[i] = _mm512_permutexvar_epi8(by_stream, _mm512_loadu_si512(values + 64 * i));
    grebe_transpose_lanes(v);
    for (size_t i = 0; i < 4; i++) _mm512_storeu_si512(streams + i * stride, v[i]);
  }
}

static inline GREBE_AVX512 void grebe_join_4_avx512(
    const uint8_t *streams, size_t block_count, uint8_t *values, size_t stride) {
  const __m512i by_value = grebe_transposition(16, 4);
  for (; block_count; block_count--, values += 256, streams += 64) {
    __m512i v[4];
    for (size_t i = 0; i < 4; i++) v[i] = _mm512_loadu_si512(streams + i * stride);
    grebe_transpose_lanes(v);
    for (int i = 0; i < 4; i++)
      _mm512_storeu_si512(values + 64 * i, _mm512_permutexvar_epi8(by_value, v[i]));
  }
}

#endif
#endif
