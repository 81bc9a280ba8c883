#include "node/bus/node_directory.hpp"

namespace pushgate::node {

std::string NodeDirectory::member(std::string_view uid, std::string_view name) {
  return std::string{uid} + ' ' + std::string{name};
}

void NodeDirectory::on_members(std::span<const std::string> members, TimePoint now) {
  std::map<std::string, std::string, std::less<>> alive;
  for (const std::string& member : members) {
    const std::size_t space = member.find(' ');
    if (space == std::string::npos) continue;
    std::string uid = member.substr(0, space);
    if (uid == own_uid_) continue;
    gone_.erase(uid);
    alive.emplace(std::move(uid), member.substr(space + 1));
  }
  for (const auto& [uid, name] : alive_) {
    if (!alive.contains(uid)) gone_.emplace(uid, Gone{name, now + kRemembered});
  }
  std::erase_if(gone_, [&](const auto& entry) { return now >= entry.second.forget_at; });
  alive_ = std::move(alive);
}

std::vector<std::string> NodeDirectory::names() const {
  std::vector<std::string> names;
  for (const auto& [uid, name] : alive_) names.push_back(name);
  return names;
}

std::vector<std::string> NodeDirectory::uids() const {
  std::vector<std::string> uids;
  for (const auto& [uid, name] : alive_) uids.push_back(uid);
  for (const auto& [uid, gone] : gone_) uids.push_back(uid);
  return uids;
}

Census NodeDirectory::census(std::uint64_t subscribers,
                             const std::map<std::string, std::uint64_t>& by_uid) const {
  const auto subscribed = [&](const std::string& uid) {
    const auto place = by_uid.find(uid);
    return place != by_uid.end() && place->second > 0;
  };
  Census census;
  std::uint64_t named = subscribed(own_uid_) ? 1 : 0;
  for (const auto& [uid, name] : alive_) {
    if (!subscribed(uid)) continue;
    census.alive.emplace(uid, name);
    ++named;
  }
  for (const auto& [uid, gone] : gone_) {
    if (!subscribed(uid)) continue;
    census.hung.push_back(gone.name);
    ++named;
  }
  census.unnamed = static_cast<std::size_t>(subscribers > named ? subscribers - named : 0);
  return census;
}

}  // namespace pushgate::node
