#include "pushgate/agent/routing/explain.hpp"

#include <algorithm>

#include "pushgate/base/text.hpp"

namespace pushgate::agent {

namespace {

std::string hexadecimal(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 0xfU];
  return text;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  append_json_escaped(result, text);
  result += '"';
  return result;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

Explanation explain(const Pool& pool, std::string_view uid, std::size_t max_choices) {
  std::vector<std::uint32_t> order;
  pool.policy().order(uid, order);

  Explanation result;
  result.product = pool.name();
  result.uid = uid;
  result.policy = pool.policy().name();
  result.hash = pool.policy().hash(uid);
  result.bucket = pool.policy().bucket(uid);
  result.members = order.size();
  for (std::size_t i = 0; i < std::min(max_choices, order.size()); ++i) {
    const Member& member = pool.members()[order[i]];
    result.choices.push_back({member.id, member.address, member.weight, member.health->is_up()});
  }
  return result;
}

std::string to_text(const Explanation& explanation) {
  std::string text;
  text += "product   " + explanation.product + '\n';
  text += "uid       " + explanation.uid + '\n';
  text += "policy    " + explanation.policy + " over " + std::to_string(explanation.members) +
          (explanation.members == 1 ? " member\n" : " members\n");
  text += "hash      " + hexadecimal(explanation.hash);
  if (explanation.bucket) text += ", bucket " + std::to_string(*explanation.bucket);
  text += '\n';
  std::size_t width = 0;
  for (const ExplainedChoice& choice : explanation.choices)
    width = std::max(width, choice.id.size());
  for (std::size_t i = 0; i < explanation.choices.size(); ++i) {
    const ExplainedChoice& choice = explanation.choices[i];
    text += padded("choice " + std::to_string(i + 1), 10) + padded(choice.id, width);
    if (choice.address != choice.id) text += "  " + choice.address;
    if (!choice.up) text += "  (backing off)";
    text += '\n';
  }
  if (explanation.choices.empty()) text += "no choice: the pool has no member with a weight\n";
  return text;
}

std::string to_json(const Explanation& explanation) {
  std::string json = "{\"product\":" + quoted(explanation.product);
  json += ",\"uid\":" + quoted(explanation.uid);
  json += ",\"policy\":" + quoted(explanation.policy);
  json += ",\"hash\":" + quoted(hexadecimal(explanation.hash));
  json += ",\"bucket\":" + (explanation.bucket ? std::to_string(*explanation.bucket) : "null");
  json += ",\"members\":" + std::to_string(explanation.members) + ",\"choices\":[";
  for (std::size_t i = 0; i < explanation.choices.size(); ++i) {
    const ExplainedChoice& choice = explanation.choices[i];
    if (i > 0) json += ',';
    json += "{\"id\":" + quoted(choice.id) + ",\"address\":" + quoted(choice.address);
    json += ",\"weight\":" + std::to_string(choice.weight);
    json += choice.up ? ",\"up\":true}" : ",\"up\":false}";
  }
  return json + "]}";
}

}  // namespace pushgate::agent
