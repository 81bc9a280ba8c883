# Brings the npm packages that package-lock.json names, unless these very ones are there already.
# Run as: cmake -P tests/e2e/install.cmake
cmake_minimum_required(VERSION 3.25)

set(here ${CMAKE_CURRENT_LIST_DIR})
set(stamp ${here}/node_modules/.pushgate-installed)

# Two build folders may come here at once.
file(MAKE_DIRECTORY ${here}/../../build)
file(LOCK ${here}/../../build/e2e-install.lock TIMEOUT 300)

file(SHA256 ${here}/package-lock.json wanted)
if(EXISTS ${stamp})
  file(READ ${stamp} installed)
endif()
if("${installed}" STREQUAL wanted)
  return()
endif()

find_program(NPM npm REQUIRED)
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY ${here}
  COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${stamp} ${wanted})
