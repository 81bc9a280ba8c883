#pragma once
// demo_files.hpp - the demo: a page with a room to chat in, served by the nodes themselves.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "node/session/static_files.hpp"

namespace pushgate::node {

/// A file of this folder as it was when the program was built.
struct DemoFile {
  std::string_view path;  ///< where it is served
  std::string_view content_type;
  std::string_view text;
};
std::span<const DemoFile> demo_files() noexcept;

/// What the page says about the node that served it.
struct DemoNode {
  std::string_view name;
  std::uint16_t tag = 0;         ///< the first two bytes of its session ids
  std::string_view engine_path;  ///< where Socket.IO is, with a slash at both ends
};

/// The page at /, its parts below /demo/, and /demo/node.json: the name of this node, and the tag
/// in its session ids as four hexadecimal digits.
void add_demo_files(StaticFiles& files, const DemoNode& node);

}  // namespace pushgate::node
