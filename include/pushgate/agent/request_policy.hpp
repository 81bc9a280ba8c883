#pragma once
// request_policy.hpp - what decides about requests: identity sources, scripts and their keys, made
// from one configuration and ready for use on every io thread.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pushgate/agent/identity/identity_chain.hpp"
#include "pushgate/agent/routing/route_hook.hpp"
#include "pushgate/config/diagnostics.hpp"
#include "pushgate/config/load.hpp"

namespace pushgate::agent {

/// Immutable, shared by all io threads.
struct RequestPolicy {
  IdentityChain identity;
  std::unique_ptr<const RouteHook> router;  ///< nullptr: the table alone decides
  std::vector<std::string> files;           ///< what it was made from besides the configuration
};

/// What sources keep across reloads: answers of services, fetched keys. One for each agent; used on
/// the control thread, and by sources on their io threads.
class SourceBoards {
 public:
  explicit SourceBoards(std::size_t threads);
  SourceBoards(const SourceBoards&) = delete;
  SourceBoards& operator=(const SourceBoards&) = delete;
  ~SourceBoards();

  std::size_t threads() const noexcept;

  struct Impl;
  Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A policy, or why there is none.
struct PreparedPolicy {
  std::shared_ptr<const RequestPolicy> policy;  ///< nullptr exactly if there are diagnostics
  std::vector<config::Diagnostic> diagnostics;
};

/// Reads key files, compiles scripts and runs them once, loads shared objects. Adds the products
/// that router.lua lists to `config.router`. Fetches nothing. Control thread; may block on files.
PreparedPolicy prepare_policy(config::Config& config, SourceBoards& boards);

}  // namespace pushgate::agent
