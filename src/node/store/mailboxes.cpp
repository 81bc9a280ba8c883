#include "node/store/mailboxes.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

namespace {

constexpr std::size_t kMailBytes = 320;  // about what the objects around the text take

std::size_t size_of(const std::string& uid, const Mail& mail) {
  std::size_t bytes = kMailBytes + 2 * uid.size() + mail.packet.data.size();
  for (const std::string& part : mail.packet.attachments)
    bytes += part.size() + sizeof(std::string);
  return bytes;
}

std::string key_of(const std::string& uid, const std::string& message_id) {
  return message_id + " " + uid;
}

}  // namespace

void Mailboxes::put(const std::string& uid, Mail mail, const config::MailboxConfig& keep,
                    TimePoint now) {
  const std::string key = key_of(uid, mail.message_id);
  if (mail_.find(key) != nullptr) return;
  std::deque<std::string>& box = boxes_[uid];
  while (!box.empty() && box.size() >= std::max<std::uint64_t>(1, keep.size)) {
    mail_.take(key_of(uid, box.front()));
    box.pop_front();
    metrics_.overflowed_mail.add();
    metrics_.mail.add(-1);
  }
  box.push_back(mail.message_id);
  const std::size_t bytes = size_of(uid, mail);
  mail_.put(key, {uid, std::move(mail)}, bytes, now + keep.ttl);
  metrics_.mail_stored.add();
  metrics_.mail.add(1);
}

std::vector<Mail> Mailboxes::read(const std::string& uid, const std::string& nsp) const {
  std::vector<Mail> found;
  const auto box = boxes_.find(uid);
  if (box == boxes_.end()) return found;
  for (const std::string& id : box->second) {
    const Letter* const letter = mail_.find(key_of(uid, id));
    if (letter != nullptr && letter->mail.packet.nsp == nsp) found.push_back(letter->mail);
  }
  return found;
}

void Mailboxes::remove(const std::string& uid, const std::string& message_id) {
  const std::string key = key_of(uid, message_id);
  if (mail_.find(key) != nullptr) drop(key);
}

void Mailboxes::drop(const std::string& key) {
  const std::optional<Letter> letter = mail_.take(key);
  const auto box = boxes_.find(letter->uid);
  std::erase(box->second, letter->mail.message_id);
  if (box->second.empty()) boxes_.erase(box);
  metrics_.mail.add(-1);
}

void Mailboxes::expire(TimePoint now) {
  while (mail_.next_due() && *mail_.next_due() <= now) {
    drop(std::string{*mail_.first()});
    metrics_.expired_mail.add();
  }
}

bool Mailboxes::evict_oldest() {
  if (mail_.first() == nullptr) return false;
  drop(std::string{*mail_.first()});
  metrics_.evicted_mail.add();
  return true;
}

}  // namespace pushgate::node
