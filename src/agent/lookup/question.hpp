#pragma once
// question.hpp - the asking side of a flight: sees to it that it ends, one way or the other.

#include <memory>

#include "pushgate/agent/identity/source_thread.hpp"

#include "agent/lookup/lookup_board.hpp"

namespace pushgate::agent {

/// Held by the callback that brings the answer. If that goes without having been called (its client
/// was destroyed), those who wait get a failure, from the loop's queue.
class Question {
 public:
  struct Failing {
    std::shared_ptr<const FailureRule> rule;
    const Refusal& refusal;  ///< static
  };
  Question(SourceThread& thread, CachesPtr caches, FlightPtr flight, Failing failing) noexcept
      : thread_(thread),
        caches_(std::move(caches)),
        flight_(std::move(flight)),
        failing_(std::move(failing)) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question();

  SourceThread& thread() const noexcept { return thread_; }
  /// At most once.
  void end(LookupAnswer answer);

 private:
  SourceThread& thread_;
  CachesPtr caches_;  // outlive the flight
  FlightPtr flight_;
  Failing failing_;
};

}  // namespace pushgate::agent
