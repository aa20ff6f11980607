# cmake -D OUT=... -D DIST=... -D OPENAPI=... -P EmbedFiles.cmake: writes embedded.S, which takes
# the bytes of the files in, and embedded.cc, which names them. The sums in embedded.S make it
# change with its files.
set(asm "")
set(declarations "")
set(rows "")
set(count 0)

function(embed path file)
  file(SHA256 "${file}" sum)
  set(symbol spider_embedded_${count})
  string(APPEND asm "// ${path} ${sum}\n.global ${symbol}\n.global ${symbol}_end\n"
    "${symbol}:\n.incbin \"${file}\"\n${symbol}_end:\n.byte 0\n")
  set(asm "${asm}" PARENT_SCOPE)
  string(APPEND declarations "extern const char ${symbol}[];\nextern const char ${symbol}_end[];\n")
  set(declarations "${declarations}" PARENT_SCOPE)
  math(EXPR next "${count} + 1")
  set(count ${next} PARENT_SCOPE)
endfunction()

embed("openapi" "${OPENAPI}")
if(DIST)
  file(GLOB_RECURSE files RELATIVE "${DIST}" "${DIST}/*")
  list(SORT files)
  foreach(name ${files})
    string(APPEND rows
      "    {\"/${name}\", bytes(spider_embedded_${count}, spider_embedded_${count}_end)},\n")
    embed("/${name}" "${DIST}/${name}")
  endforeach()
endif()

file(MAKE_DIRECTORY "${OUT}")
file(WRITE "${OUT}/embedded.S"
  ".section .rodata\n${asm}.section .note.GNU-stack,\"\",%progbits\n")
file(WRITE "${OUT}/embedded.cc" "// Made by cmake/EmbedFiles.cmake.
#include <cstddef>
#include <vector>

#include \"api/assets.h\"

extern \"C\" {
${declarations}}

namespace spider::api {
namespace {
[[nodiscard]] std::string_view bytes(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

std::span<const Asset> embedded_page() {
  static const std::vector<Asset> kPage{
${rows}  };
  return kPage;
}
std::string_view embedded_openapi() {
  return bytes(spider_embedded_0, spider_embedded_0_end);
}
}  // namespace spider::api
")
