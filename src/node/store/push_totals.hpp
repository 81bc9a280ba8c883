#pragma once
// push_totals.hpp - what is known of a pushed message, added up. Sans-I/O.

#include <algorithm>

#include "pushgate/node/push.hpp"

namespace pushgate::node {

inline void add_push_change(PushReport& report, const PushStatus& change) {
  auto found = std::find_if(report.users.begin(), report.users.end(),
                            [&change](const PushStatus& user) { return user.uid == change.uid; });
  if (found == report.users.end()) {
    report.users.push_back(change);
    return;
  }
  found->sent += change.sent;
  found->acknowledged += change.acknowledged;
  found->timed_out += change.timed_out;
  found->stored = found->stored || change.stored;
}

}  // namespace pushgate::node
