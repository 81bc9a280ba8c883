#include "node/admin_ui/admin_gate.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <crypt.h>

#include <openssl/crypto.h>

#include "pushgate/node/json_text.hpp"
#include "pushgate/node/transport/sid.hpp"

namespace pushgate::node {

namespace {

std::string text_of(std::string_view object, std::string_view name) {
  if (json_kind(object) != JsonKind::object) return {};
  const std::optional<std::string_view> value = find_member(object, name);
  return value ? decode_json_string(*value).value_or("") : std::string{};
}

bool same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  // Large: 32 KiB.
  const auto state = std::make_unique<crypt_data>();
  const char* const made = ::crypt_r(password.c_str(), hash.c_str(), state.get());
  return made != nullptr && password.find('\0') == std::string::npos && same(made, hash);
}

void AdminGate::admit(const config::AdminUiConfig& config, std::string_view auth, Done done) {
  const std::string session_id = text_of(auth, "sessionId");
  if (!session_id.empty()) {
    if (!knows(session_id)) return refuse(done);
    return done({true});
  }
  Attempt attempt{text_of(auth, "username"), text_of(auth, "password"), config, std::move(done)};
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && waiting_.size() < kMaxWaiting && !attempt.password.empty()) {
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
      waiting_.push_back(std::move(attempt));
      changed_.notify_one();
      return;
    }
  }
  refuse(attempt.done);
}

void AdminGate::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AdminGate::refuse(const Done& done) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  done({});
}

void AdminGate::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    const Attempt attempt = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    // Whatever the name is: how long it takes must not tell which names there are.
    const bool is_password = bcrypt_matches(attempt.password, attempt.config.password);
    if (is_password && same(attempt.username, attempt.config.username)) {
      attempt.done({true, open_session()});
    } else {
      refuse(attempt.done);
    }
    lock.lock();
  }
}

bool AdminGate::knows(std::string_view session_id) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point oldest = Clock::now() - kSessionTime;
  while (!sessions_.empty() && sessions_.front().since < oldest) sessions_.pop_front();
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [&](const Session& session) { return same(session.id, session_id); });
}

std::string AdminGate::open_session() {
  IdGenerator ids{0, 0};
  std::string id = ids.next_socket_id().to_string();
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= kMaxSessions) sessions_.pop_front();
  sessions_.push_back({id, Clock::now()});
  return id;
}

}  // namespace pushgate::node
