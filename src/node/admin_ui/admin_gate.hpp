#pragma once
// admin_gate.hpp - who may look at the nodes through Socket.IO's admin UI.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "pushgate/config/node_config.hpp"

namespace pushgate::node {

inline constexpr std::string_view kAdminNamespace = "/admin";

/// What became of an attempt to log in.
struct AdminVerdict {
  bool admitted = false;
  std::string session_id{};  ///< new: to be shown instead of the password next time
};

/// One for all nodes of a process. Passwords are checked on a thread of its own: bcrypt takes tens
/// of milliseconds on purpose. Only a few attempts may wait; more are turned away.
class AdminGate {
 public:
  static constexpr std::size_t kMaxWaiting = 16;
  static constexpr std::size_t kMaxSessions = 1000;
  static constexpr std::chrono::hours kSessionTime{24};

  using Done = std::function<void(AdminVerdict verdict)>;

  AdminGate() = default;
  AdminGate(const AdminGate&) = delete;
  AdminGate& operator=(const AdminGate&) = delete;
  ~AdminGate() { stop(); }

  /// `auth`: the JSON object of the CONNECT packet, {"username","password"} or {"sessionId"}.
  /// `done` is called at once or on the gate's thread; not at all once stopped. Any thread.
  void admit(const config::AdminUiConfig& config, std::string_view auth, Done done);
  void stop();

  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Attempt {
    std::string username;
    std::string password;
    config::AdminUiConfig config;
    Done done;
  };
  struct Session {
    std::string id;
    Clock::time_point since;
  };

  void run();
  bool knows(std::string_view session_id);
  std::string open_session();
  void refuse(const Done& done);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Attempt> waiting_;
  std::list<Session> sessions_;  ///< oldest first
  bool stopped_ = false;
  std::thread thread_;
  std::atomic<std::uint64_t> refused_{0};
};

/// Does the bcrypt hash belong to the password? Tens of milliseconds.
bool bcrypt_matches(const std::string& password, const std::string& hash);

}  // namespace pushgate::node
