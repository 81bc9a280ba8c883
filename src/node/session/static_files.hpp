#pragma once
// static_files.hpp - the files that a node serves: the Socket.IO client and the demo page.

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace pushgate::node {

struct StaticFile {
  std::string_view content_type;
  std::string body;
  std::string etag;  ///< with its quotes
};

/// Read once, when the node starts; served from memory by every thread.
class StaticFiles {
 public:
  /// Every regular file of the folder whose type is known (js, map, html, css, svg), under
  /// `prefix` + its name. A folder that cannot be read adds nothing: then the answer is 404.
  /// Returns how many files were added.
  std::size_t add_folder(const std::string& folder, const std::string& prefix);
  void add(std::string path, std::string_view content_type, std::string body);

  /// nullptr if there is none. `path` is that of a request.
  const StaticFile* find(std::string_view path) const noexcept;

 private:
  std::map<std::string, StaticFile, std::less<>> files_;
};

}  // namespace pushgate::node
