#pragma once
// file_watch.hpp - notices that a watched file now has other content. No Asio: the owner waits on
// fd().

#include <cstdint>
#include <string>
#include <vector>

#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"

namespace pushgate::config {

/// Watches files through inotify(7) on the *folders* that lead to them, so that it sees a write in
/// place, a rename over the file (editors) and a swapped symbolic link on the way to it
/// (Kubernetes'
/// ..data), and also deletion and re-creation. Content decides: an event that leaves the bytes as
/// they were is not a change.
///
/// One thread uses it. The descriptor becomes readable when drain() has something to look at.
class FileWatch {
 public:
  /// Watches `paths`; files that do not exist yet are fine, their folders should exist.
  /// Make it before the first load: a change between the two is then noticed.
  /// Errors: those of inotify_init1(2) (too many instances).
  static Result<FileWatch> make(std::vector<std::string> paths);

  /// Wait for readability of this descriptor, then call drain(). Non-blocking.
  int fd() const noexcept { return inotify_.get(); }

  /// Reads all pending events and returns the paths (as given) whose content differs from what was
  /// seen last; a file that vanished counts as changed once. Never blocks. An editor may need two
  /// events for one save: wait a moment (say 100 ms) after the first readability.
  std::vector<std::string> drain();

  /// Watches other files from now on, e.g. after "router" named another file. Files that stay keep
  /// their remembered content, so that a change in between is not lost.
  void rewatch(std::vector<std::string> paths);

 private:
  struct Watched {
    std::string path;
    std::uint64_t content_hash = 0;  ///< kAbsent if there is no such file
  };

  explicit FileWatch(UniqueFd inotify) noexcept : inotify_(std::move(inotify)) {}
  void watch_folders();

  UniqueFd inotify_;
  std::vector<Watched> files_;
  std::vector<int> folders_;  ///< watch descriptors
};

}  // namespace pushgate::config
