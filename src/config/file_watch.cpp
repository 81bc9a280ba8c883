#include "pushgate/config/file_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "pushgate/config/source.hpp"

namespace pushgate::config {

namespace fs = std::filesystem;

namespace {

// Not IN_MODIFY: it would report half-written files, and every line of a log in the same folder.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |
                                  IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB |
                                  IN_ONLYDIR;
constexpr int kMaxLinks = 40;  // as the kernel: more is a loop
constexpr std::uint64_t kAbsent = 0;

std::uint64_t hash_of(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return kAbsent;
  // Compared within one process only, so any hash will do; 0 is taken.
  return std::max<std::uint64_t>(std::hash<std::string>{}(*text), 1);
}

/// Every folder in which a directory entry could be swapped so that `path` names another file: that
/// of the path itself, and that of each symbolic link on the way ("cfg/router.json" ->
/// "..data/router.json",
/// "..data" -> "..2026_11/").
void add_folders(const fs::path& path, std::set<std::string>& folders, int& links_left) {
  fs::path walked;
  for (const fs::path& part : path) {
    const fs::path folder = walked.empty() ? fs::path{"/"} : walked;
    walked /= part;
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(walked, error)) && links_left-- > 0) {
      folders.insert(folder.string());
      const fs::path target = fs::read_symlink(walked, error);
      if (error) continue;
      const fs::path absolute = target.is_absolute() ? target : folder / target;
      add_folders(absolute.lexically_normal(), folders, links_left);
    }
  }
  folders.insert(path.parent_path().string());
}

/// Watches the folder, or, while it does not exist, the nearest one above it, in which it would
/// appear.
int watch_folder(int inotify, fs::path folder) {
  while (true) {
    // Asking again for a folder gives its old descriptor, so nothing is missed in between.
    const int watch = ::inotify_add_watch(inotify, folder.c_str(), kEvents);
    const bool missing = watch < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (!missing || folder == folder.root_path()) return watch;
    folder = folder.parent_path();
  }
}

}  // namespace

Result<FileWatch> FileWatch::make(std::vector<std::string> paths) {
  UniqueFd inotify{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!inotify) return last_system_error();
  FileWatch watch{std::move(inotify)};
  watch.rewatch(std::move(paths));
  return watch;
}

void FileWatch::rewatch(std::vector<std::string> paths) {
  std::vector<Watched> files;
  for (std::string& path : paths) {
    const auto known = std::find_if(files_.begin(), files_.end(),
                                    [&](const Watched& file) { return file.path == path; });
    const std::uint64_t hash = known != files_.end() ? known->content_hash : hash_of(path);
    files.push_back({std::move(path), hash});
  }
  files_ = std::move(files);
  watch_folders();
}

void FileWatch::watch_folders() {
  std::set<std::string> folders;
  for (const Watched& file : files_) {
    std::error_code error;
    int links_left = kMaxLinks;
    const fs::path absolute = fs::absolute(file.path, error);
    if (!error) add_folders(absolute.lexically_normal(), folders, links_left);
  }
  std::vector<int> watches;
  for (const std::string& folder : folders) {
    const int watch = watch_folder(inotify_.get(), folder);
    if (watch >= 0) watches.push_back(watch);
  }
  for (const int old : folders_) {
    if (std::find(watches.begin(), watches.end(), old) == watches.end()) {
      ::inotify_rm_watch(inotify_.get(), old);
    }
  }
  folders_ = std::move(watches);
}

std::vector<std::string> FileWatch::drain() {
  // Which entry changed does not matter: content decides, and a few small files are cheap to read.
  alignas(inotify_event) char events[16 * (sizeof(inotify_event) + NAME_MAX + 1)];
  bool any = false;
  while (true) {
    const ssize_t got = ::read(inotify_.get(), events, sizeof events);
    if (got > 0) {
      any = true;
    } else if (got == 0 || errno != EINTR) {
      break;
    }
  }
  std::vector<std::string> changed;
  if (!any) return changed;
  watch_folders();  // first, so that a change after the reading below makes a new event
  for (Watched& file : files_) {
    const std::uint64_t hash = hash_of(file.path);
    if (hash == std::exchange(file.content_hash, hash)) continue;
    changed.push_back(file.path);
  }
  return changed;
}

}  // namespace pushgate::config
