#include "node/demo/demo_files.hpp"

#include <cstdio>
#include <utility>

#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

namespace {

constexpr std::string_view kPathMark = "{{path}}";

std::string with_path(std::string_view text, std::string_view path) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = text.find(kPathMark, at);
    out.append(text.substr(at, mark - at));
    if (mark == std::string_view::npos) break;
    out.append(path);
    at = mark + kPathMark.size();
  }
  return out;
}

}  // namespace

void add_demo_files(StaticFiles& files, const DemoNode& node) {
  for (const DemoFile& file : demo_files()) {
    files.add(std::string{file.path}, file.content_type, with_path(file.text, node.engine_path));
  }
  char tag[8];
  std::snprintf(tag, sizeof tag, "%04x", static_cast<unsigned>(node.tag));
  std::string json = R"({"node":)";
  append_json_string(json, node.name);
  json.append(R"(,"tag":")").append(tag).append("\"}\n");
  files.add("/demo/node.json", "application/json", std::move(json));
}

}  // namespace pushgate::node
