# Brings the npm packages that package-lock.json names, unless these very ones are there already.
# Run as: cmake [-DCLIENT_FILES=folder] -P tests/e2e/install.cmake
# With CLIENT_FILES the Socket.IO client for browsers is copied there, where a node of that build looks for it.
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
if(NOT "${installed}" STREQUAL wanted)
  find_program(NPM npm REQUIRED)
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    WORKING_DIRECTORY ${here}
    COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE ${stamp} ${wanted})
endif()

if(CLIENT_FILES)
  file(COPY ${here}/node_modules/socket.io/client-dist/ DESTINATION ${CLIENT_FILES})
endif()
