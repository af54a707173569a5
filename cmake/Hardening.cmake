# Hardening of whatever is built. What a compiler does not know is left out.
include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)
include(CheckPIESupported)

# CMAKE_POSITION_INDEPENDENT_CODE compiles for it; only after this check programs are linked so as well.
check_pie_supported(OUTPUT_VARIABLE pie_output LANGUAGES CXX)
if(NOT CMAKE_CXX_LINK_PIE_SUPPORTED)
  message(WARNING "programs are not position independent: ${pie_output}")
endif()

# Locals that nobody has set: zero in what is installed, and what is least like a sound value where faults are looked for.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(locals -ftrivial-auto-var-init=pattern)
else()
  set(locals -ftrivial-auto-var-init=zero)
endif()
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection ${locals})
  string(MAKE_C_IDENTIFIER "ALIGND_HAS${flag}" known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    add_compile_options(${flag})
  endif()
endforeach()

# A compiler that is too old for level 3 says so in a warning of the C library's headers. It needs the optimizer, which
# is off in Debug, and a sanitizer brings its own.
set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
check_cxx_source_compiles("#include <cstring>\nint main() { return 0; }" ALIGND_HAS_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT CMAKE_CXX_FLAGS MATCHES "sanitize")
  add_compile_options(-U_FORTIFY_SOURCE $<IF:$<BOOL:${ALIGND_HAS_FORTIFY_3}>,-D_FORTIFY_SOURCE=3,-D_FORTIFY_SOURCE=2>)
endif()
add_compile_options(-D_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now)
