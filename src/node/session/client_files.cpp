#include "node/session/client_files.hpp"

#include <filesystem>
#include <system_error>

namespace pushgate::node {

namespace fs = std::filesystem;

std::string find_client_files() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {program / "share/client", program / "../share/pushgate/client",
                                 fs::path{PUSHGATE_SHARE_DIR} / "client"}) {
    if (fs::is_directory(folder, error)) return folder.lexically_normal().string();
  }
  return {};
}

}  // namespace pushgate::node
