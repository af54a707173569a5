#include "verifier/dkim/reduce_blanks.h"

#include <algorithm>
#include <array>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

#include "verifier/dkim/reduce_blanks_kernel.h"

namespace alignd::dkim {

namespace {

#if defined(__SSE2__)
struct Everywhere {
  static Masks look(const char* at) {
    Masks out;
    __m128i tabs = _mm_setzero_si128();
    for (unsigned i = 0; i < 4; ++i) {
      const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + i);
      const __m128i tab = _mm_cmpeq_epi8(octets, _mm_set1_epi8('\t'));
      const __m128i blank = _mm_or_si128(tab, _mm_cmpeq_epi8(octets, _mm_set1_epi8(' ')));
      tabs = _mm_or_si128(tabs, tab);
      out.blanks |= bits(blank) << (16 * i);
      out.cr |= bits(_mm_cmpeq_epi8(octets, _mm_set1_epi8('\r'))) << (16 * i);
    }
    out.tabs = bits(tabs) != 0;
    return out;
  }

 private:
  static std::uint64_t bits(__m128i mask) { return static_cast<unsigned>(_mm_movemask_epi8(mask)); }
};
#else
// Eight octets at a time in a word.
struct Everywhere {
  static Masks look(const char* at) {
    Masks out;
    for (unsigned i = 0; i < kReduceBlock / 8; ++i) {
      std::uint64_t octets = 0;
      for (unsigned j = 0; j < 8; ++j) {  // compilers make it one load
        octets |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[8 * i + j])) << (8 * j);
      }
      const std::uint64_t tabs = bitsOf(octets, '\t');
      out.blanks |= (bitsOf(octets, ' ') | tabs) << (8 * i);
      out.cr |= bitsOf(octets, '\r') << (8 * i);
      out.tabs = out.tabs || tabs != 0;
    }
    return out;
  }

 private:
  // A bit an octet that is `c`.
  static std::uint64_t bitsOf(std::uint64_t octets, char c) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    constexpr std::uint64_t kLow = 0x7f * kEach;
    const std::uint64_t differs = octets ^ (kEach * static_cast<unsigned char>(c));
    const std::uint64_t same = ~(((differs & kLow) + kLow) | differs | kLow);  // 0x80 where it is 0
    return (same >> 7) * 0x0102040810204080 >> 56;
  }
};
#endif

}  // namespace

#if defined(ALIGND_REDUCE_AVX2)
extern const Reducer kAvx2Reducer;  // reduce_blanks_avx2.cpp
#endif

std::span<const Reducer> reducers() {
  static const std::array kAll{
      Reducer{"everywhere", [] { return true; }, reduceBy<Everywhere>, countUnchangedBy<Everywhere>},
#if defined(ALIGND_REDUCE_AVX2)
      kAvx2Reducer,
#endif
  };
  return kAll;
}

const Reducer& bestReducer() {
  static const Reducer& best = *std::find_if(reducers().rbegin(), reducers().rend(),
                                             [](const Reducer& one) { return one.available(); });
  return best;
}

}  // namespace alignd::dkim
