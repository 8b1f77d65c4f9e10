// Values to dictionary codes by a table of slots, one for every value from `base` on: codes from 1,
// 0 for a value that has none.
#ifndef GREBE_CODES_H
#define GREBE_CODES_H

#include "cpu.h"

#if defined(__x86_64__)

// Writes the code of each value less 1, eight at a time, while all eight lie within the 2^slot_bits
// slots and have a code. Returns how many.
//
// One question for eight values is what saves the time, and that where a value's slot is takes no
// subtraction: `start` is where the slot of value 0 would be. Addresses wrap, as values do.
#define grebe_slot_codes_kernel(name, value_t, subtract, shift_right, first, start, key)          \
  static inline size_t name(                                                                      \
      const value_t *values, size_t count, value_t base, int slot_bits, const uint16_t *slots,    \
      uint16_t *codes) {                                                                          \
    const __m128i zero = _mm_setzero_si128(), bits = _mm_cvtsi32_si128(slot_bits);                \
    const uintptr_t from = (start);                                                               \
    size_t index = 0;                                                                             \
    for (; index + 8 <= count; index += 8) {                                                      \
      const value_t *eight = values + index;                                                      \
      __m128i beyond = zero, half[2];                                                             \
      for (size_t part = 0; part < sizeof(value_t) / 2; part++) {                                 \
        __m128i some = _mm_loadu_si128((const __m128i *)eight + part);                            \
        beyond = _mm_or_si128(beyond, subtract(some, first));                                     \
      }                                                                                           \
      beyond = _mm_cmpeq_epi32(shift_right(beyond, bits), zero);                                  \
      if (_mm_movemask_epi8(beyond) != 0xFFFF) break;                                             \
      for (int part = 0; part < 2; part++, eight += 4) {                                          \
        half[part] = _mm_cvtsi32_si128(*(const uint16_t *)(from + 2 * (uintptr_t)key(0)));        \
        half[part] = _mm_insert_epi16(                                                            \
            half[part], *(const uint16_t *)(from + 2 * (uintptr_t)key(1)), 1);                    \
        half[part] = _mm_insert_epi16(                                                            \
            half[part], *(const uint16_t *)(from + 2 * (uintptr_t)key(2)), 2);                    \
        half[part] = _mm_insert_epi16(                                                            \
            half[part], *(const uint16_t *)(from + 2 * (uintptr_t)key(3)), 3);                    \
      }                                                                                           \
      __m128i found = _mm_unpacklo_epi64(half[0], half[1]);                                       \
      if (_mm_movemask_epi8(_mm_cmpeq_epi16(found, zero))) break;                                 \
      found = _mm_sub_epi16(found, _mm_set1_epi16(1));                                            \
      _mm_storeu_si128((__m128i *)(codes + index), found);                                        \
    }                                                                                             \
    return index;                                                                                 \
  }

#define grebe_value(k) eight[k]
#define grebe_distance(k) (eight[k] - base)

grebe_slot_codes_kernel(
    grebe_slot_codes_u64, uint64_t, _mm_sub_epi64, _mm_srl_epi64, _mm_set1_epi64x((int64_t)base),
    (uintptr_t)slots - 2 * base, grebe_value)
grebe_slot_codes_kernel(
    grebe_slot_codes_u32, uint32_t, _mm_sub_epi32, _mm_srl_epi32, _mm_set1_epi32((int32_t)base),
    (uintptr_t)slots, grebe_distance)

#undef grebe_value
#undef grebe_distance

#endif
#endif
