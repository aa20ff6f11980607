# Protocol decoders: each folder src/parse/decoders/<name>/ with a CMakeLists.txt that says
#
#   spider_add_decoder(<name>)
#
# and defines `const spider::parse::DecoderInfo& spider::parse::<name>::info()`. All of them go into
# one explicit table, written here. No static constructors: linkers drop them from archives.
function(spider_add_decoder name)
  set_property(GLOBAL APPEND PROPERTY SPIDER_DECODERS ${name})
endfunction()

# Adds the table's source to `target`.
function(spider_decoder_table target)
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/parse/decoders/*/CMakeLists.txt)
  foreach(folder ${folders})
    include(${folder})
  endforeach()
  get_property(names GLOBAL PROPERTY SPIDER_DECODERS)
  set(declarations "")
  set(rows "")
  foreach(name ${names})
    string(APPEND declarations "namespace ${name} {\nconst DecoderInfo& info();\n}\n")
    string(APPEND rows "      &${name}::info(),\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/parse/decoder_table.cc CONTENT
"// Written by cmake/SpiderDecoders.cmake.
#include \"parse/decoder.h\"

namespace spider::parse {
@declarations@
std::span<const DecoderInfo* const> decoder_table() {
  static const DecoderInfo* const kTable[] = {
@rows@  };
  return kTable;
}
}  // namespace spider::parse
" @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/parse/decoder_table.cc)
endfunction()
