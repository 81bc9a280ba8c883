// process_metrics.cpp - what the kernel knows about this process, as metrics.

#include <cstdio>
#include <memory>

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::runtime {

namespace {

void add_gauge(std::vector<MetricFamily>& out, std::string_view name, std::string_view help,
               double value) {
  out.push_back({name, help, MetricType::gauge, {{{}, value}}});
}

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double resident_bytes() {
  const std::unique_ptr<FILE, int (*)(FILE*)> statm{std::fopen("/proc/self/statm", "re"),
                                                    &std::fclose};
  unsigned long resident_pages = 0;
  if (!statm || std::fscanf(statm.get(), "%*u %lu", &resident_pages) != 1) return 0;
  return static_cast<double>(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir("/proc/self/fd"), &::closedir};
  if (!directory) return 0;
  long entries = -3;  // ".", ".." and the descriptor that reads the directory
  while (::readdir(directory.get()) != nullptr) ++entries;
  return static_cast<double>(entries);
}

double permitted_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

// The first scrape's view of "now minus how long the process exists", kept, so that it never
// wavers.
double start_time_seconds() {
  static const double started = [] {
    const std::unique_ptr<FILE, int (*)(FILE*)> stat{std::fopen("/proc/self/stat", "re"),
                                                     &std::fclose};
    unsigned long long start_ticks = 0;
    // Field 22; the name in field 2 is ours and holds no parenthesis (proc(5)).
    constexpr const char* kFormat =
        "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
        "%llu";
    if (!stat || std::fscanf(stat.get(), kFormat, &start_ticks) != 1) return 0.0;
    timespec boot{};
    timespec wall{};
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    ::clock_gettime(CLOCK_REALTIME, &wall);
    const double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return static_cast<double>(wall.tv_sec - boot.tv_sec) +
           static_cast<double>(start_ticks) / ticks_per_second;
  }();
  return started;
}

}  // namespace

void collect_process_metrics(std::vector<MetricFamily>& out) {
  out.push_back({"process_cpu_seconds_total",
                 "User and system CPU time used, in seconds",
                 MetricType::counter,
                 {{{}, cpu_seconds()}}});
  add_gauge(out, "process_resident_memory_bytes", "Memory in RAM, in bytes", resident_bytes());
  add_gauge(out, "process_open_fds", "Open file descriptors", open_descriptors());
  add_gauge(out, "process_max_fds", "Descriptors permitted to the process",
            permitted_descriptors());
  add_gauge(out, "process_start_time_seconds", "Start of the process, in seconds since the epoch",
            start_time_seconds());
}

}  // namespace pushgate::runtime
