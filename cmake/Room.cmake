# A room is one folder of the project and one static library, with the warnings that every room is clean under.
#   alignd_room(dkim SOURCES a.cpp b.cpp DEPENDS alignd::message OpenSSL::Crypto)
# makes the target alignd_dkim with the alias alignd::dkim. DEPENDS are public, PRIVATE_DEPENDS are not.

add_library(alignd_warnings INTERFACE)
target_compile_options(alignd_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(ALIGND_WERROR)
  target_compile_options(alignd_warnings INTERFACE -Werror)
endif()

function(alignd_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(alignd_${name} STATIC ${ROOM_SOURCES})
  add_library(alignd::${name} ALIAS alignd_${name})
  target_include_directories(alignd_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/alignd>)
  target_compile_features(alignd_${name} PUBLIC cxx_std_20)
  target_link_libraries(alignd_${name} PUBLIC ${ROOM_DEPENDS} PRIVATE ${ROOM_PRIVATE_DEPENDS} $<BUILD_INTERFACE:alignd_warnings>)
endfunction()
