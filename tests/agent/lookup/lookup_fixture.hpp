#pragma once
// lookup_fixture.hpp - a thread, a board, and how to ask a source on them.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/lookup/lookup_sources.hpp"
#include "support/scripted_service.hpp"
#include "support/source_thread.hpp"

namespace pushgate::agent {

using std::chrono::milliseconds;
using test::answered;
using test::ScriptedService;
using test::ServiceAnswer;
using test::StartedTask;
using test::TestSourceThread;
using Kind = SourceValue::Kind;

/// Long enough to outlast every test.
inline constexpr milliseconds kForEver{600'000};

/// Requests that have begun to wait.
class Waiting {
 public:
  void add(SourceValue value) {
    ASSERT_EQ(value.kind, Kind::later);
    tasks_.push_back(std::make_unique<StartedTask<SourceValue>>(std::move(*value.task)));
  }
  bool all_done() const {
    for (const auto& task : tasks_) {
      if (!task->done()) return false;
    }
    return true;
  }
  std::size_t size() const { return tasks_.size(); }
  SourceValue take(std::size_t index) { return tasks_.at(index)->take(); }
  void give_up(std::size_t index) { tasks_.erase(tasks_.begin() + static_cast<long>(index)); }
  void clear() { tasks_.clear(); }

 private:
  std::vector<std::unique_ptr<StartedTask<SourceValue>>> tasks_;
};

}  // namespace pushgate::agent
