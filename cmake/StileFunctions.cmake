# A file under functions/ -> a worker and its manifest. docs/writing-functions.md says what the files hold;
# docs/architecture.md what the command line expects to find in the output folder.
#
#   stile_add_functions(DIR [SET name] [OUTPUT dir] [EXCLUDE_FROM_ALL])
#     For each endpoint of DIR the targets SET.NAME (its object) and SET.NAME.fcgi (its worker), for all of them SET.
#     OUTPUT gets functions.json, NAME.fcgi, NAME.json, NAME.openapi.json. DIR/CMakeLists.txt, if there is one, is included at the end.
#   stile_link(NAME|FOLDER/ LIBRARIES...)
#     In DIR/CMakeLists.txt: links a function, all of a folder, or shared code ("_notes/").
#   stile_function_tests(PROGRAM [SET name] FUNCTIONS names... SOURCES files...)
#     One Catch2 program that calls these functions in process (<stile/testing.hpp>).

set(STILE_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR} CACHE INTERNAL "for stile dev")
include(${STILE_CMAKE_DIR}/StileRoutes.cmake)
find_program(STILE_LD NAMES ld.bfd ld REQUIRED)

function(stile_add_functions dir)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXCLUDE_FROM_ALL" "SET;OUTPUT" "")
  set(set functions)
  if(arg_SET)
    set(set ${arg_SET})
  endif()
  set(output ${CMAKE_BINARY_DIR}/functions)
  if(arg_OUTPUT)
    set(output ${arg_OUTPUT})
  endif()
  set(exclude "")
  if(arg_EXCLUDE_FROM_ALL)
    set(exclude EXCLUDE_FROM_ALL)
  endif()

  stile_find_functions(${dir} names shared_sources)
  add_custom_target(${set})
  stile_add_shared(${set} ${dir} "${shared_sources}")
  if(NOT exclude)
    stile_add_precompiled(${set} ${dir})
  endif()
  foreach(name IN LISTS names)
    stile_add_function(${set} ${dir} ${output} ${name} "${exclude}")
  endforeach()
  set_property(GLOBAL PROPERTY STILE_${set}_NAMES "${names}")
  stile_add_as_written(${set} ${dir} "${names}")

  list(JOIN names "\", \"" quoted)
  if(names)
    set(quoted "\"${quoted}\"")
  endif()
  file(CONFIGURE OUTPUT ${output}/functions.json CONTENT "{\"functions\": [@quoted@]}\n" @ONLY)

  if(EXISTS ${dir}/CMakeLists.txt)
    set(STILE_CURRENT_SET ${set})
    include(${dir}/CMakeLists.txt)
  endif()
endfunction()

# What all code below functions/ is compiled with. A warning there is its author's to judge: no -Werror.
function(stile_function_flags target dir)
  target_include_directories(${target} PRIVATE ${dir})
  target_compile_options(${target} PRIVATE -Wall -Wextra)
endfunction()

# Shared code: one static library, of which each worker takes what it uses.
function(stile_add_shared set dir sources)
  if(NOT sources)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/${set}/_shared.cpp CONTENT "// No shared code.\n")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/generated/${set}/_shared.cpp)
  endif()
  add_library(${set}._shared STATIC EXCLUDE_FROM_ALL ${sources})
  stile_function_flags(${set}._shared ${dir})
  target_link_libraries(${set}._shared PUBLIC stile_endpoint)
endfunction()

# Most of a function's compilation is the parsing of what it includes: once for all of a project's, so that `stile dev`
# answers a saved file sooner. Where a function is compiled with other flags g++ does without; others than g++ would refuse.
function(stile_add_precompiled set dir)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU OR STILE_SANITIZE)
    return()
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/${set}/_precompiled.cpp CONTENT "// What is precompiled.\n")
  add_library(${set}._precompiled OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/generated/${set}/_precompiled.cpp)
  stile_function_flags(${set}._precompiled ${dir})
  target_compile_options(${set}._precompiled PRIVATE -fno-gnu-unique)
  target_link_libraries(${set}._precompiled PUBLIC ${set}._shared)
  target_precompile_headers(${set}._precompiled PRIVATE <stile/function.hpp>)
endfunction()

function(stile_add_function set dir output name exclude)
  stile_identify(${set} ${name} target symbol)
  set(STILE_FUNCTION_PATH ${dir}/${name}.cpp)
  set(STILE_FUNCTION_FILE functions/${name}.cpp)
  set(STILE_FUNCTION_NAME ${name})
  set(STILE_FUNCTION_SYMBOL ${symbol})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/generated/${target}.cpp)
  configure_file(${STILE_CMAKE_DIR}/function.cpp.in ${source} @ONLY)

  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${source})
  stile_function_flags(${target} ${dir})
  target_link_libraries(${target} PUBLIC ${set}._shared)
  # What is "unique" to the linker can't be made local (stile_localised_object). clang has no such thing.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  if(TARGET ${set}._precompiled)
    target_precompile_headers(${target} REUSE_FROM ${set}._precompiled)
  endif()

  # The worker's main() asks for stile_endpoint: --defsym lets one main(), compiled once, serve every function.
  add_executable(${target}.fcgi ${exclude})
  target_link_libraries(${target}.fcgi PRIVATE ${target} stile_worker)
  target_link_options(${target}.fcgi PRIVATE -Wl,--defsym=stile_endpoint=${symbol} -Wl,--as-needed)
  get_filename_component(folder ${output}/${name} DIRECTORY)
  get_filename_component(base ${name} NAME)
  set_target_properties(${target}.fcgi PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${base} SUFFIX .fcgi
    RUNTIME_OUTPUT_DIRECTORY ${folder})
  add_custom_command(TARGET ${target}.fcgi POST_BUILD
    COMMAND ${STILE_CMAKE_DIR}/describe ${output}/${name}.fcgi ${output}/${name}.json ${dir}/${name}.cpp ${name}
    BYPRODUCTS ${output}/${name}.json ${output}/${name}.openapi.json VERBATIM)
  add_dependencies(${set} ${target}.fcgi)
endfunction()

# Never built: puts the files into compile_commands.json under their own names, for editors.
function(stile_add_as_written set dir names)
  if(names)
    list(TRANSFORM names PREPEND ${dir}/)
    list(TRANSFORM names APPEND .cpp)
    add_library(${set}._as_written OBJECT EXCLUDE_FROM_ALL ${names})
    stile_function_flags(${set}._as_written ${dir})
    target_link_libraries(${set}._as_written PUBLIC ${set}._shared)
  endif()
endfunction()

function(stile_link what)
  set(set ${STILE_CURRENT_SET})
  if(what MATCHES "^_|/_")
    target_link_libraries(${set}._shared PUBLIC ${ARGN})
    return()
  endif()
  get_property(names GLOBAL PROPERTY STILE_${set}_NAMES)
  set(found FALSE)
  foreach(name IN LISTS names)
    string(FIND "${name}" "${what}" position)
    if(name STREQUAL what OR (what MATCHES "/$" AND position EQUAL 0))
      set(found TRUE)
      stile_identify(${set} ${name} target symbol)
      target_link_libraries(${target} PUBLIC ${ARGN})
    endif()
  endforeach()
  if(NOT found)
    message(FATAL_ERROR "stile_link(${what} ...): there is no such function and no such folder of functions.")
  endif()
  target_link_libraries(${set}._as_written PUBLIC ${ARGN})
endfunction()

# An object of the function in which all names but its endpoint's are local, so that it can be linked beside others.
# COMDAT groups are dissolved first: of several equal ones the linker would keep one, and leave the others' local names
# without what they stand for.
function(stile_localised_object set name result)
  stile_identify(${set} ${name} target symbol)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/localised/${target}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${STILE_LD} -r --force-group-allocation -o ${object}.whole $<TARGET_OBJECTS:${target}>
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=${symbol} ${object}.whole ${object}
    BYPRODUCTS ${object}.whole DEPENDS ${target} $<TARGET_OBJECTS:${target}> VERBATIM COMMAND_EXPAND_LISTS)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  set(${result} ${object} PARENT_SCOPE)
endfunction()

function(stile_function_tests program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SET" "FUNCTIONS;SOURCES")
  set(set functions)
  if(arg_SET)
    set(set ${arg_SET})
  endif()
  set(declared "")
  set(listed "")
  set(objects "")
  set(libraries "")
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/localised)
  foreach(name IN LISTS arg_FUNCTIONS)
    stile_identify(${set} ${name} target symbol)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "stile_function_tests(${program} ...): there is no function ${name}.")
    endif()
    stile_localised_object(${set} ${name} object)
    list(APPEND objects ${object})
    list(APPEND libraries $<TARGET_PROPERTY:${target},LINK_LIBRARIES>)
    string(APPEND declared "extern const stile::Endpoint ${symbol};\n")
    string(APPEND listed "    &${symbol},\n")
  endforeach()
  set(registry ${CMAKE_CURRENT_BINARY_DIR}/localised/${program}_registry.cpp)
  configure_file(${STILE_CMAKE_DIR}/registry.cpp.in ${registry} @ONLY)
  add_executable(${program} EXCLUDE_FROM_ALL ${arg_SOURCES} ${registry} ${objects})
  target_link_libraries(${program} PRIVATE catch_main ${libraries} ${set}._shared stile_endpoint)
endfunction()
