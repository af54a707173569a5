# The rooms that others may embed, as a CMake package: `cmake --install BUILD --component development` puts the
# headers, the static libraries and `find_package(alignd)` in place. No part of a plain `cmake --install`: a mail
# server does not need them.
include(CMakePackageConfigHelpers)

# alignd_package(dns verifier): every library below these folders
function(alignd_package)
  set(folders ${ARGN})
  set(libraries "")
  while(folders)
    list(POP_FRONT folders folder)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    list(APPEND folders ${below})
    foreach(target ${targets})
      get_target_property(type ${target} TYPE)
      if(type MATCHES "^(STATIC|INTERFACE)_LIBRARY$")
        string(REGEX REPLACE "^alignd_" "" name ${target})
        set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
        list(APPEND libraries ${target})
      endif()
    endforeach()
  endwhile()

  set(place ${CMAKE_INSTALL_LIBDIR}/cmake/alignd)
  install(TARGETS ${libraries} EXPORT alignd ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/alignd
    COMPONENT development EXCLUDE_FROM_ALL)
  install(EXPORT alignd NAMESPACE alignd:: FILE aligndTargets.cmake DESTINATION ${place}
    COMPONENT development EXCLUDE_FROM_ALL)
  foreach(folder ${ARGN})
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alignd
      COMPONENT development EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.h")
  endforeach()
  configure_package_config_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/aligndConfig.cmake.in
    ${PROJECT_BINARY_DIR}/aligndConfig.cmake INSTALL_DESTINATION ${place})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/aligndConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/aligndConfig.cmake ${PROJECT_BINARY_DIR}/aligndConfigVersion.cmake
    DESTINATION ${place} COMPONENT development EXCLUDE_FROM_ALL)
endfunction()
