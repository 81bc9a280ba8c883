#pragma once
// script_fixture.hpp - hooks in a folder of the test's own, and requests for them.

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/script/script_set.hpp"
#include "support/source_thread.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::agent {

using Kind = SourceValue::Kind;

class ScriptTest : public testing::Test {
 protected:
  /// Writes a file into the hooks' folder; returns its absolute name.
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_.file(name);
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  LoadedScripts load(std::size_t threads = 1) { return load_scripts(config_, {}, threads); }

  /// Loads `text` as agent.lua; throws with its faults.
  SourcePtr hook(const std::string& text) {
    config_.agent = write("agent.lua", text);
    return make_hook_source(loaded());
  }
  std::unique_ptr<const RouteHook> router(const std::string& text) {
    config_.router = write("router.lua", text);
    return make_script_router(loaded());
  }
  std::shared_ptr<const ScriptSet> loaded() {
    LoadedScripts result = load();
    if (const auto* const faults = std::get_if<std::vector<ScriptFault>>(&result)) {
      throw std::runtime_error(faults->front().message);
    }
    return std::get<std::shared_ptr<const ScriptSet>>(result);
  }
  /// The faults of `text` as agent.lua.
  std::vector<ScriptFault> faults_of(const std::string& text) {
    config_.agent = write("agent.lua", text);
    LoadedScripts result = load();
    const auto* const faults = std::get_if<std::vector<ScriptFault>>(&result);
    return faults == nullptr ? std::vector<ScriptFault>{} : *faults;
  }

  /// What the hook says to a request, waited for if need be.
  SourceValue ask(const IdentitySource& source, const std::string& target = "/",
                  const std::string& fields = {}) {
    const ParsedRequest request{target, fields};
    return thread_->ask(source, request.view());
  }
  /// The uid that a hook with this text answers to "/", or what else it does.
  std::string answer(const std::string& text, const std::string& target = "/",
                     const std::string& fields = {}) {
    return shown(ask(*hook(text), target, fields));
  }
  /// The same with `body` as the body of the hook.
  std::string run(const std::string& body) {
    return answer("return function(req)\n" + body + "\nend");
  }
  static std::string shown(const SourceValue& value) {
    switch (value.kind) {
      case Kind::found:
        return value.value;
      case Kind::missing:
        return "(missing)";
      case Kind::refused:
        return '(' + std::to_string(value.refusal.status) + ' ' + std::string{value.refusal.rule} +
               ')';
      default:
        return "(other)";
    }
  }
  std::uint64_t errors() { return thread_->metrics().hook_errors.value(); }
  std::uint64_t timeouts() { return thread_->metrics().hook_timeouts.value(); }

  test::TempFolder folder_;
  config::HookConfig config_;
  std::unique_ptr<test::TestSourceThread> thread_ = std::make_unique<test::TestSourceThread>();
};

inline const std::string kFailed = "(500 hook_failed)";
inline const std::string kTimedOut = "(504 hook_timeout)";

}  // namespace pushgate::agent
