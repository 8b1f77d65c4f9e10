// The C library's iconv; where it is a library of its own, that has to be linked too.
#include <errno.h>
#include <iconv.h>
#include <stddef.h>
#include <stdint.h>

/// Writes what the conversion still holds back. 0, or an errno value.
static inline int grebe_iconv_flush(
    iconv_t descriptor, uint8_t **output, size_t *output_count) {
  size_t status = iconv(descriptor, NULL, NULL, (char **)output, output_count);
  return status == (size_t)-1 ? errno : 0;
}

/// Converts what fits. 0, or an errno value: E2BIG the output is full, EILSEQ a byte that is no
/// character, EINVAL the input ends within one.
static inline int grebe_iconv(
    iconv_t descriptor, const uint8_t **input, size_t *input_count, uint8_t **output,
    size_t *output_count) {
  size_t status =
      iconv(descriptor, (char **)input, input_count, (char **)output, output_count);
  return status == (size_t)-1 ? errno : 0;
}
