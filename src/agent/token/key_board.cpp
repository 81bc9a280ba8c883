#include "agent/token/key_board.hpp"

#include "agent/token/remote_keys.hpp"

namespace pushgate::agent {

KeyBoard::KeyBoard(const Timing& timing) : timing_(timing) {}
KeyBoard::~KeyBoard() = default;

std::shared_ptr<RemoteKeys> KeyBoard::keys_of(const std::string& url, Clock::duration refresh) {
  const std::lock_guard lock{mutex_};
  std::shared_ptr<RemoteKeys>& keys = by_url_[url];
  if (!keys) keys = std::make_shared<RemoteKeys>(url, timing_);
  keys->set_refresh(refresh);
  return keys;
}

}  // namespace pushgate::agent
