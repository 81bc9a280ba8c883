# Writes the demo's files into a C++ file: cmake -DFOLDER=... -DOUT=... -P embed.cmake
cmake_minimum_required(VERSION 3.25)

set(entries "")
foreach(entry "/|index.html|text/html" "/demo/demo.css|demo.css|text/css"
        "/demo/demo.js|demo.js|application/javascript" "/demo/room.js|room.js|application/javascript"
        "/demo/stage.js|stage.js|application/javascript")
  string(REPLACE "|" ";" entry ${entry})
  list(GET entry 0 path)
  list(GET entry 1 name)
  list(GET entry 2 type)
  file(READ ${FOLDER}/${name} text)
  string(APPEND entries "    {\"${path}\", \"${type}; charset=utf-8\", R\"demo(${text})demo\"},\n")
endforeach()

file(WRITE ${OUT} "#include \"node/demo/demo_files.hpp\"

namespace pushgate::node {

std::span<const DemoFile> demo_files() noexcept {
  static constexpr DemoFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace pushgate::node
")
