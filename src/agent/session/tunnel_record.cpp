#include "agent/session/tunnel_record.hpp"

#include <utility>

namespace pushgate::agent {

AgentTunnelRecord::AgentTunnelRecord(const ActiveRequest& request, ClientSlot slot)
    : uid_hash_(request.route.pool->policy().hash(request.identity->uid())),
      epoch_(request.snapshot->epoch),
      slot_(std::move(slot)),
      client_(request.client) {
  const std::string& product = request.identity->product();
  const std::string& node = request.member->id;
  const std::string& uid = request.identity->uid();
  text_.reserve(request.id.size() + product.size() + node.size() + uid.size());
  text_.append(request.id);
  id_end_ = static_cast<std::uint16_t>(text_.size());
  text_.append(product);
  product_end_ = static_cast<std::uint16_t>(text_.size());
  text_.append(node);
  node_end_ = static_cast<std::uint16_t>(text_.size());
  text_.append(uid);
}

}  // namespace pushgate::agent
