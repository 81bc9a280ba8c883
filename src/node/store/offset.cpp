#include "pushgate/node/store/offset.hpp"

#include <algorithm>
#include <charconv>

namespace pushgate::node {

namespace {

constexpr std::size_t kMaxEpoch = 32;

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// Takes what is behind the last '-' off the text; nullopt if there is none.
std::optional<std::string_view> take_last(std::string_view& text) noexcept {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view last = text.substr(dash + 1);
  text = text.substr(0, dash);
  return last;
}

bool is_epoch(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxEpoch &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

std::optional<Offset> Offset::parse(std::string_view text) {
  const std::optional<std::string_view> low_text = take_last(text);
  if (!low_text) return std::nullopt;
  std::string_view high_text = text;
  std::string_view epoch;
  if (const std::optional<std::string_view> last = take_last(text)) {
    high_text = *last;
    epoch = text;
    if (!is_epoch(epoch)) return std::nullopt;
  }
  const std::optional<std::uint64_t> high = parse_number(high_text);
  const std::optional<std::uint64_t> low = parse_number(*low_text);
  if (!high || !low) return std::nullopt;
  return Offset{std::string{epoch}, *high, *low};
}

std::string Offset::to_string() const {
  std::string text = epoch;
  if (!text.empty()) text += '-';
  return text.append(std::to_string(high)).append("-").append(std::to_string(low));
}

bool is_covered(std::string_view offset, std::string_view place) {
  const std::optional<Offset> a = Offset::parse(offset);
  const std::optional<Offset> b = Offset::parse(place);
  return a && b && a->epoch == b->epoch && std::is_lteq(a->order(*b));
}

}  // namespace pushgate::node
