#pragma once
// publish_command.hpp - `pushgate publish`: an event to clients, from a shell.

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace pushgate::app {

struct PublishOptions {
  std::vector<std::string> rooms;  ///< none: everybody
  std::string nsp = "/";
  std::string event;
  std::string data;  ///< JSON; empty: the event has no argument
  std::string api = "http://127.0.0.1:6005";
  std::string key;    ///< empty: from the environment's PUSHGATE_API_KEY
  std::string redis;  ///< host:port; if not empty, past all nodes' APIs
  std::string prefix = "socket.io";
};

/// Adds the subcommand and its options.
void add_publish_command(CLI::App& app, PublishOptions& options);

/// Prints what the API, or Redis, says.
int publish_event(const PublishOptions& options);

}  // namespace pushgate::app
