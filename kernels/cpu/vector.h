/* vector: the widest vectors of the instruction set that a file is compiled for.
 *
 * GCC's vector extensions say what to compute; the width is a constant because a vector wider
 * than the machine's registers would live in memory. The few operations that the extensions
 * cannot say well are intrinsics, and all of them are here. */
#pragma once

#include <stdint.h>
#include <string.h>

#if defined __SSE2__
#include <immintrin.h>
#endif

#if defined __AVX512F__
#define LANES 16
#define REGISTERS 32
#elif defined __AVX2__
#define LANES 8
#define REGISTERS 16
#else
#define LANES 4
#define REGISTERS 16
#endif

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef double Doubles __attribute__((vector_size(4 * LANES))); /* LANES / 2 */

#define INLINE __attribute__((always_inline)) static inline
#define NOINLINE __attribute__((noinline))

/* Loops over accumulators must vanish, or the accumulators stay in memory. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

/* The same pointer, which the compiler then knows nothing about: it reads what stands at constant
 * distances from it with these distances in the instructions, not with a register for each. */
INLINE const float *anchor(const float *from) {
  __asm__("" : "+r"(from));
  return from;
}

/* The same vector, which the compiler then has in a register: it would read it again for each
 * product that it is a factor of. */
INLINE Floats in_register(Floats value) {
#ifdef __x86_64__
  __asm__("" : "+v"(value));
#endif
  return value;
}

INLINE Floats load(const float *from) {
  Floats value;

  memcpy(&value, from, sizeof value);
  return value;
}

INLINE Doubles load_doubles(const float *from) {
  typedef float Half __attribute__((vector_size(2 * LANES)));
  Half half;

  memcpy(&half, from, sizeof half);
  return __builtin_convertvector(half, Doubles);
}

INLINE void store(float *to, Floats value) {
  memcpy(to, &value, sizeof value);
}

INLINE Floats broadcast(float value) {
  return value - (Floats){};
}

/* The lanes of yes where mask is all ones, of no where it is zero. */
INLINE Floats choose(Ints mask, Floats yes, Floats no) {
#if defined __AVX2__ && !defined __AVX512F__
  return (Floats)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)mask);
#else
  return (Floats)((mask & (Ints)yes) | (~mask & (Ints)no));
#endif
}

INLINE Ints choose_ints(Ints mask, Ints yes, Ints no) {
  return (Ints)choose(mask, (Floats)yes, (Floats)no);
}

/* The second where either is NaN. */
INLINE Floats larger(Floats a, Floats b) {
#if defined __AVX512F__
  return (Floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined __AVX2__
  return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return choose(a > b, a, b);
#endif
}

INLINE Floats smaller(Floats a, Floats b) {
#if defined __AVX512F__
  return (Floats)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined __AVX2__
  return (Floats)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return choose(a < b, a, b);
#endif
}

/* Bit i: lane i of the mask is set. */
INLINE uint32_t lane_bits(Ints mask) {
#if defined __AVX512F__
  return _mm512_movepi32_mask((__m512i)mask);
#elif defined __AVX2__
  return (uint32_t)_mm256_movemask_ps((__m256)mask);
#else
  uint32_t bits = 0;

  for (int i = 0; i < LANES; i++)
    bits |= (uint32_t)(mask[i] & 1) << i;
  return bits;
#endif
}

INLINE Floats square_root(Floats value) {
#if defined __AVX512F__
  return (Floats)_mm512_sqrt_ps((__m512)value);
#elif defined __AVX2__
  return (Floats)_mm256_sqrt_ps((__m256)value);
#else
  for (int i = 0; i < LANES; i++)
    value[i] = __builtin_sqrtf(value[i]);
  return value;
#endif
}

/* The sum of all lanes, in an order that depends on the width alone. */
INLINE float sum_lanes(Floats value) {
  float sum = 0;

  UNROLL for (int i = 0; i < LANES; i++) sum += value[i];
  return sum;
}

/* Lanes that hold 0 … 255, as bytes. */
INLINE void store_bytes(uint8_t *to, Ints value) {
#if defined __AVX512F__
  _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8((__m512i)value));
#elif defined __AVX2__
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)value),
                                  _mm256_extracti128_si256((__m256i)value, 1));

  _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
#else
  for (int i = 0; i < LANES; i++)
    to[i] = (uint8_t)value[i];
#endif
}

INLINE Ints load_bytes(const uint8_t *from) {
#if defined __AVX512F__
  return (Ints)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from));
#elif defined __AVX2__
  return (Ints)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
#else
  Ints value;

  for (int i = 0; i < LANES; i++)
    value[i] = from[i];
  return value;
#endif
}

/* Bit number bit of each of 32 bytes, gathered into one word. */
INLINE uint32_t gather_bits(const uint8_t *bytes, const int bit) {
#if defined __AVX2__
  __m256i value = _mm256_loadu_si256((const __m256i *)bytes);

  return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(value, 7 - bit));
#else
  uint32_t bits = 0;

  for (int i = 0; i < 4; i++) {
    uint64_t eight;

    memcpy(&eight, bytes + 8 * i, 8);
    /* The product moves bit 0 of byte b to bit 56 + b. */
    eight = (eight >> bit & 0x0101010101010101u) * 0x0102040810204080u;
    bits |= (uint32_t)(eight >> 56) << 8 * i;
  }
  return bits;
#endif
}

/* Bit i: byte i of 16 is not zero. */
INLINE uint32_t nonzero_bits(const uint8_t *bytes) {
#if defined __SSE2__
  __m128i zero = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)bytes), _mm_setzero_si128());

  return 0xffff ^ (uint32_t)_mm_movemask_epi8(zero);
#else
  uint32_t bits = 0;

  for (int i = 0; i < 16; i++)
    bits |= (uint32_t)(bytes[i] != 0) << i;
  return bits;
#endif
}

/* Bits 0, 2, 4 … 12, beside each other. */
INLINE uint32_t even_bits(uint32_t value) {
#if defined __BMI2__
  return _pext_u32(value, 0x1555);
#else
  uint32_t bits = 0;

  for (int i = 0; i < 7; i++)
    bits |= (value >> 2 * i & 1) << i;
  return bits;
#endif
}
