# The page: web/ is built by Vite into web/dist; that and docs/api.yaml become part of spider_api.
#
# SPIDER_WEB=OFF, or no Node: nothing is built and the binary says so on its page. The build of the
# page runs only when a file of web/ changed.
enable_language(ASM)

set(embed_dir ${CMAKE_BINARY_DIR}/embedded)
set(embed_inputs ${CMAKE_SOURCE_DIR}/docs/api.yaml ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake)
set(web_dist "")

find_program(SPIDER_NPM npm)
if(SPIDER_WEB AND SPIDER_NPM)
  set(web_dist ${CMAKE_SOURCE_DIR}/web/dist)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
  list(APPEND web_sources
    ${CMAKE_SOURCE_DIR}/web/index.html ${CMAKE_SOURCE_DIR}/web/package.json
    ${CMAKE_SOURCE_DIR}/web/package-lock.json ${CMAKE_SOURCE_DIR}/web/vite.config.ts
    ${CMAKE_SOURCE_DIR}/web/tsconfig.json)
  add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/web.stamp
    COMMAND ${CMAKE_COMMAND} -D NPM=${SPIDER_NPM} -D WEB=${CMAKE_SOURCE_DIR}/web
            -P ${CMAKE_SOURCE_DIR}/cmake/BuildWeb.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/web.stamp
    DEPENDS ${web_sources} ${CMAKE_SOURCE_DIR}/cmake/BuildWeb.cmake
    COMMENT "Building the page" VERBATIM)
  list(APPEND embed_inputs ${CMAKE_BINARY_DIR}/web.stamp)
elseif(SPIDER_WEB)
  message(WARNING "npm was not found: the binary is built without the page.")
endif()

add_custom_command(
  OUTPUT ${embed_dir}/embedded.S ${embed_dir}/embedded.cc
  COMMAND ${CMAKE_COMMAND} -D OUT=${embed_dir} -D DIST=${web_dist}
          -D OPENAPI=${CMAKE_SOURCE_DIR}/docs/api.yaml
          -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
  DEPENDS ${embed_inputs}
  COMMENT "Embedding the page and the OpenAPI document" VERBATIM)
target_sources(spider_api PRIVATE ${embed_dir}/embedded.S ${embed_dir}/embedded.cc)
# The warnings of the floors are for C++.
set_source_files_properties(${embed_dir}/embedded.S PROPERTIES
  COMPILE_OPTIONS "-w" OBJECT_DEPENDS ${embed_dir}/embedded.S)
