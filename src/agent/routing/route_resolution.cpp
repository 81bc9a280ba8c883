#include "agent/routing/route_resolution.hpp"

#include <utility>

#include "agent/identity/condition.hpp"

namespace pushgate::agent {

namespace {

// Scripts name a few nodes again and again; one that makes up addresses must not fill the memory.
constexpr std::size_t kMostUnlisted = 4096;

const Pool* pool_for(const RouteQuestion& question, const RouteDecision& decision) {
  if (!decision.pool.empty()) return question.routes.find(decision.pool);
  const Pool* const own = question.routes.find(question.identity.product());
  if (own != nullptr) return own;
  if (decision.kind == RouteDecision::Kind::endpoint) return &question.routes.unlisted();
  const bool falls_back =
      question.config.unknown_product == config::IdentityConfig::UnknownProduct::use_default;
  return falls_back ? question.routes.default_pool() : nullptr;
}

void pin(const RouteDecision& decision, UnlistedMembers& unlisted, Route& route) {
  if (decision.kind == RouteDecision::Kind::endpoint) {
    route.unlisted = unlisted.at(decision.endpoint);
    route.pinned = route.unlisted.get();
    route.only_pinned = true;
  } else if (decision.kind == RouteDecision::Kind::node) {
    route.pinned = route.pool->find(decision.name);
    route.pin_is_unknown = route.pinned == nullptr;
  }
}

}  // namespace

std::shared_ptr<const Member> UnlistedMembers::at(const Endpoint& endpoint) {
  std::string address = endpoint.to_string();
  const auto known = members_.find(address);
  if (known != members_.end()) return known->second;
  if (members_.size() >= kMostUnlisted) members_.clear();
  auto member = std::make_shared<Member>();
  member->id = address;
  member->address = address;
  member->endpoint = endpoint;
  member->health = board_.node(endpoint);
  members_.emplace(std::move(address), member);
  return member;
}

std::optional<Refusal> resolve_route(const RouteQuestion& question, const RouteDecision& decision,
                                     UnlistedMembers& unlisted, Route& route) {
  if (decision.kind == RouteDecision::Kind::refused) return decision.refusal;
  route.pool = pool_for(question, decision);
  if (route.pool == nullptr) return Refusal{404, "unknown_product", "There is no such product."};
  const Condition* const condition = route.pool->condition();
  if (condition != nullptr && !condition->holds(question.request)) {
    return Refusal{403, "product_not_allowed", "This request may not have this product."};
  }
  pin(decision, unlisted, route);
  return std::nullopt;
}

}  // namespace pushgate::agent
