#include "pushgate/websocket/permessage_deflate.hpp"

#include <algorithm>
#include <optional>

#include "pushgate/base/text.hpp"

namespace pushgate::websocket {

namespace {

constexpr std::string_view kName = "permessage-deflate";

/// tchar of RFC 9110 section 5.6.2.
bool is_token_char(char c) noexcept {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         kSpecial.find(c) != kSpecial.npos;
}

struct Parameter {
  std::string_view name{};
  bool has_value = false;
  std::string value{};  ///< without quotes
};

/// Takes the value of Sec-WebSocket-Extensions apart (RFC 6455 section 9.1). White space may stand
/// between any two parts.
class OfferReader {
 public:
  explicit OfferReader(std::string_view text) noexcept : rest_(trim(text)) {}

  bool at_end() const noexcept { return rest_.empty(); }

  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_ = trim(rest_.substr(1));
    return true;
  }

  /// Empty if there is none here.
  std::string_view take_token() noexcept {
    const auto end = std::ranges::find_if_not(rest_, is_token_char);
    const std::string_view token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_ = trim(rest_.substr(token.size()));
    return token;
  }

  std::optional<Parameter> take_parameter() {
    Parameter parameter{.name = take_token()};
    if (parameter.name.empty()) return std::nullopt;
    if (!take('=')) return parameter;
    parameter.has_value = true;
    parameter.value = take_value();
    // What is quoted must be a token once the quotes are gone.
    if (parameter.value.empty()) return std::nullopt;
    if (!std::ranges::all_of(parameter.value, is_token_char)) return std::nullopt;
    return parameter;
  }

 private:
  std::string take_value() {
    if (!rest_.empty() && rest_.front() == '"') return take_quoted();
    return std::string{take_token()};
  }

  /// Empty if the closing quote is missing.
  std::string take_quoted() {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_ = trim(rest_.substr(i + 1));
        return value;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      value += rest_[i];
    }
    return {};
  }

  std::string_view rest_;
};

/// 8 to 15 in decimal without leading zeros; 0 if it is not.
int window_bits_of(std::string_view value) noexcept {
  if (value.size() == 1) return value == "8" ? 8 : value == "9" ? 9 : 0;
  if (value.size() != 2 || value[0] != '1' || value[1] < '0' || value[1] > '5') return 0;
  return 10 + (value[1] - '0');
}

/// One offer, while its parameters are read.
class Terms {
 public:
  explicit Terms(const DeflateSettings& settings) noexcept : settings_(settings) {}

  /// False if the offer cannot be met.
  bool take(const Parameter& parameter) noexcept {
    if (iequals(parameter.name, "server_no_context_takeover")) {
      return is_first(seen_server_takeover_) && !parameter.has_value;
    }
    if (iequals(parameter.name, "client_no_context_takeover")) {
      return is_first(seen_client_takeover_) && !parameter.has_value;
    }
    if (iequals(parameter.name, "client_max_window_bits")) {
      return is_first(seen_client_bits_) &&
             (!parameter.has_value || window_bits_of(parameter.value) != 0);
    }
    if (iequals(parameter.name, "server_max_window_bits")) {
      return is_first(seen_server_bits_) && parameter.has_value &&
             window_bits_of(parameter.value) >= settings_.server_window_bits;
    }
    return false;
  }

  std::string answer() const {
    std::string field{kName};
    field += "; server_no_context_takeover; client_no_context_takeover";
    if (seen_server_bits_) {
      field += "; server_max_window_bits=" + std::to_string(settings_.server_window_bits);
    }
    return field;
  }

 private:
  static bool is_first(bool& seen) noexcept {
    const bool first = !seen;
    seen = true;
    return first;
  }

  const DeflateSettings& settings_;
  bool seen_server_takeover_ = false;
  bool seen_client_takeover_ = false;
  bool seen_server_bits_ = false;
  bool seen_client_bits_ = false;
};

}  // namespace

DeflateAnswer negotiate_deflate(std::string_view offers, const DeflateSettings& settings) {
  using Outcome = DeflateAnswer::Outcome;
  DeflateAnswer answer;
  if (!settings.enabled) return answer;
  OfferReader reader{offers};
  // To the end even after an acceptable offer: whether a field is malformed must not depend on what
  // we like in it.
  while (!reader.at_end()) {
    if (reader.take(',')) continue;  // an empty element
    const std::string_view name = reader.take_token();
    if (name.empty()) return {.outcome = Outcome::malformed};
    Terms terms{settings};
    bool acceptable = iequals(name, kName);
    while (reader.take(';')) {
      const std::optional<Parameter> parameter = reader.take_parameter();
      if (!parameter) return {.outcome = Outcome::malformed};
      if (acceptable) acceptable = terms.take(*parameter);
    }
    if (!reader.at_end() && !reader.take(',')) return {.outcome = Outcome::malformed};
    if (acceptable && !answer.accepted()) {
      answer = {.outcome = Outcome::accepted, .field = terms.answer()};
    }
  }
  return answer;
}

}  // namespace pushgate::websocket
