#include "node/session/static_files.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <xxhash.h>

namespace pushgate::node {

namespace {

std::string_view content_type_of(const std::filesystem::path& path) {
  static const std::map<std::string, std::string_view, std::less<>> types{
      {".css", "text/css; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".js", "application/javascript; charset=utf-8"},
      {".map", "application/json; charset=utf-8"},
      {".svg", "image/svg+xml"},
  };
  const auto found = types.find(path.extension().string());
  return found == types.end() ? std::string_view{} : found->second;
}

}  // namespace

void StaticFiles::add(std::string path, std::string_view content_type, std::string body) {
  char etag[24];
  std::snprintf(etag, sizeof etag, "\"%016llx\"",
                static_cast<unsigned long long>(XXH3_64bits(body.data(), body.size())));
  files_[std::move(path)] = {content_type, std::move(body), etag};
}

std::size_t StaticFiles::add_folder(const std::string& folder, const std::string& prefix) {
  std::error_code error;
  std::size_t added = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string_view type = content_type_of(entry.path());
    if (type.empty() || !entry.is_regular_file(error)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    add(prefix + entry.path().filename().string(), type,
        {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    ++added;
  }
  return added;
}

const StaticFile* StaticFiles::find(std::string_view path) const noexcept {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace pushgate::node
