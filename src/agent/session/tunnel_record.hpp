#pragma once
// tunnel_record.hpp - what is remembered of a tunnel: whose it is, and what its closing log line
// says.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/session/active_request.hpp"

namespace pushgate::agent {

/// Small, because there is one for each open tunnel: one object and one string.
class AgentTunnelRecord final : public net::TunnelRecord {
 public:
  AgentTunnelRecord(const ActiveRequest& request, ClientSlot slot);

  std::uint64_t uid_hash() const noexcept { return uid_hash_; }
  std::uint64_t epoch() const noexcept { return epoch_; }  ///< of the table that chose the node
  const IpAddress& client() const noexcept { return client_; }
  std::string_view request_id() const noexcept { return piece(0, id_end_); }
  std::string_view product() const noexcept { return piece(id_end_, product_end_); }
  std::string_view node() const noexcept { return piece(product_end_, node_end_); }
  std::string_view uid() const noexcept { return std::string_view{text_}.substr(node_end_); }

 private:
  std::string_view piece(std::size_t begin, std::size_t end) const noexcept {
    return std::string_view{text_}.substr(begin, end - begin);
  }

  std::uint64_t uid_hash_;
  std::uint64_t epoch_;
  ClientSlot slot_;
  IpAddress client_;
  std::uint16_t id_end_ = 0;
  std::uint16_t product_end_ = 0;
  std::uint16_t node_end_ = 0;
  std::string text_;  // request id, product, node and uid, one behind the other
};

}  // namespace pushgate::agent
