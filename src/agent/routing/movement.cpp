#include "pushgate/agent/routing/movement.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "agent/routing/hrw_score.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kKeys = 20'000;
constexpr std::size_t kMinKeys = 1'000;
constexpr std::size_t kFullySampledProducts = 100;

/// Sixteen hexadecimal digits each: varied, and the same in every run.
std::vector<std::string> sample_keys(std::size_t count) {
  std::vector<std::string> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, mix64(i + 1), 16).ptr;
    keys[i].assign(digits, end);
  }
  return keys;
}

bool same_choice(const Member& a, const Member& b) {
  return a.id == b.id && a.weight == b.weight && a.server == b.server && a.address == b.address;
}

/// True if the two pools cannot differ for any key.
bool decide_alike(const Pool& from, const Pool& to) {
  return from.policy().name() == to.policy().name() &&
         std::equal(from.members().begin(), from.members().end(), to.members().begin(),
                    to.members().end(), same_choice);
}

/// Ids in `a` and not in `b`, sorted.
std::vector<std::string> ids_missing(const Pool& a, const Pool& b) {
  const auto ids = [](const Pool& pool) {
    std::vector<std::string> result;
    for (const Member& member : pool.members()) result.push_back(member.id);
    std::sort(result.begin(), result.end());
    return result;
  };
  const std::vector<std::string> in_a = ids(a);
  const std::vector<std::string> in_b = ids(b);
  std::vector<std::string> result;
  std::set_difference(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(),
                      std::back_inserter(result));
  return result;
}

std::string_view chosen_id(const Pool& pool, std::string_view key) {
  const std::size_t index = pool.policy().pick(key);
  return index == HashPolicy::kNone ? std::string_view{} : pool.members()[index].id;
}

std::size_t count_moved(const Pool& from, const Pool& to, const std::vector<std::string>& keys) {
  return static_cast<std::size_t>(std::count_if(
      keys.begin(), keys.end(),
      [&](const std::string& key) { return chosen_id(from, key) != chosen_id(to, key); }));
}

ProductMovement compare_pools(const Pool& from, const Pool& to,
                              const std::vector<std::string>& keys) {
  ProductMovement result;
  result.product = to.name();
  result.moved =
      static_cast<double>(count_moved(from, to, keys)) / static_cast<double>(keys.size());
  result.sampled_keys = keys.size();
  result.policy_from = from.policy().name();
  result.policy_to = to.policy().name();
  result.members_added = ids_missing(to, from);
  result.members_removed = ids_missing(from, to);
  return result;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  // "0.0 %" would read as "none" although some key does move.
  return share > 0 && share < 0.0005 ? "under 0.1 %" : text;
}

void append_list(std::string& text, std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 10;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kMost) {
      text += " and " + std::to_string(names.size() - kMost) + " more";
      return;
    }
    text += i == 0 ? std::string{word} : ",";
    text += ' ' + names[i];
  }
}

std::string line_of(const ProductMovement& product) {
  std::string line = "  " + product.product + ": " + percent(product.moved) + " of keys move";
  if (product.policy_from != product.policy_to) {
    line += "; hash " + product.policy_from + " -> " + product.policy_to;
  }
  append_list(line, "; added", product.members_added);
  append_list(line, "; removed", product.members_removed);
  return line + '\n';
}

}  // namespace

Movement compare(const RouteTable& from, const RouteTable& to) {
  Movement result;
  std::vector<std::pair<const Pool*, const Pool*>> changed;
  for (const auto& pool : to.pools()) {
    const Pool* before = from.find(pool->name());
    if (before == nullptr) {
      result.products_added.push_back(pool->name());
      continue;
    }
    ++result.products;
    if (!decide_alike(*before, *pool)) changed.emplace_back(before, pool.get());
  }
  for (const auto& pool : from.pools()) {
    if (to.find(pool->name()) == nullptr) result.products_removed.push_back(pool->name());
  }
  if (changed.empty()) return result;

  const std::size_t budget = kKeys * kFullySampledProducts / changed.size();
  const std::vector<std::string> keys = sample_keys(std::clamp(budget, kMinKeys, kKeys));
  double sum = 0;
  for (const auto& [before, after] : changed) {
    result.changed.push_back(compare_pools(*before, *after, keys));
    sum += result.changed.back().moved;
  }
  result.moved = sum / static_cast<double>(result.products);
  return result;
}

std::string to_text(const Movement& movement, std::size_t max_products) {
  std::string text =
      movement.moved > 0 ? percent(movement.moved) + " of keys move" : "no key moves";
  if (!movement.changed.empty()) {
    text += " (" + std::to_string(movement.changed.size()) + " of " +
            std::to_string(movement.products) + " products changed)";
  }
  text += '\n';
  const std::size_t shown = std::min(max_products, movement.changed.size());
  for (std::size_t i = 0; i < shown; ++i) text += line_of(movement.changed[i]);
  if (shown < movement.changed.size()) {
    text += "  and " + std::to_string(movement.changed.size() - shown) + " more products\n";
  }
  for (const std::string& name : movement.products_added) text += "product added: " + name + '\n';
  for (const std::string& name : movement.products_removed)
    text += "product removed: " + name + '\n';
  return text;
}

}  // namespace pushgate::agent
