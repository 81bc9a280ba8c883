#pragma once
// nginx_server.hpp - a real nginx, asked which server of an upstream block it chooses for a key.

#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/unique_fd.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::agent::sample {

/// Runs an nginx of its own on a unix socket in a temporary folder, with one upstream block, as
/// long as the object lives. Nothing listens behind the block: nginx tries server after server, is
/// refused, and names them all, in its order, in a response header.
class NginxServer {
 public:
  /// `upstream_servers`: the lines of the block, e.g. "server 127.77.0.1:9 max_fails=0;".
  explicit NginxServer(std::string_view upstream_servers);
  ~NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;

  /// Empty if it runs; else why not.
  const std::string& problem() const { return problem_; }

  /// The addresses nginx tries for this key, in order; empty if it did not answer.
  std::vector<std::string> order(std::string_view key);

 private:
  void write_configuration(std::string_view upstream_servers) const;
  void start();
  bool connect();
  std::string ask(std::string_view key);

  const test::TempFolder folder_;
  std::string problem_;
  int pid_ = -1;
  UniqueFd connection_;
};

}  // namespace pushgate::agent::sample
