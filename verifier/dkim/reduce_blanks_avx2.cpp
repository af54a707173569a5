// Compiled for AVX2, used where the processor has it: a tenth faster on bodies than what runs everywhere.
#include <immintrin.h>

#include "verifier/dkim/reduce_blanks_kernel.h"

namespace alignd::dkim {

namespace {

struct Avx2 {
  static Masks look(const char* at) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at) + 1);
    const __m256i lowTabs = is(low, '\t');
    const __m256i highTabs = is(high, '\t');
    Masks out;
    out.blanks = bits(_mm256_or_si256(lowTabs, is(low, ' ')), _mm256_or_si256(highTabs, is(high, ' ')));
    out.cr = bits(is(low, '\r'), is(high, '\r'));
    out.tabs = bits(lowTabs, highTabs) != 0;
    return out;
  }

 private:
  static __m256i is(__m256i octets, char c) { return _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c)); }
  static std::uint64_t bits(__m256i low, __m256i high) {
    return static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(high))) << 32U |
           static_cast<unsigned>(_mm256_movemask_epi8(low));
  }
};

bool hasAvx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

}  // namespace

extern const Reducer kAvx2Reducer;
const Reducer kAvx2Reducer{"avx2", hasAvx2, reduceBy<Avx2>, countUnchangedBy<Avx2>};

}  // namespace alignd::dkim
