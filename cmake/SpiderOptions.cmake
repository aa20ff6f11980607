# Warnings, sanitizers and optimisation shared by every target of ours.
function(spider_target_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer)
  if(SPIDER_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(${target} PRIVATE -Wthread-safety)
  endif()
  if(SPIDER_SANITIZER)
    target_compile_options(${target} PRIVATE
      -fsanitize=${SPIDER_SANITIZER} -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${SPIDER_SANITIZER})
  endif()
  if(SPIDER_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

option(SPIDER_WERROR "Warnings are errors" OFF)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g")
  option(SPIDER_LTO "Link-time optimisation" ON)
  if(SPIDER_LTO)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT spider_ipo OUTPUT spider_ipo_why LANGUAGES CXX)
    if(spider_ipo)
      set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
    endif()
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
