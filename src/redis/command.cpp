#include "pushgate/redis/command.hpp"

#include <charconv>

namespace pushgate::redis {

namespace {

/// Appends "<mark><number>\r\n".
void append_count(std::string& out, char mark, std::size_t number) {
  char digits[24];
  digits[0] = mark;
  char* const end = std::to_chars(digits + 1, digits + sizeof digits - 2, number).ptr;
  end[0] = '\r';
  end[1] = '\n';
  out.append(digits, static_cast<std::size_t>(end + 2 - digits));
}

std::size_t decimal_digits(std::size_t number) noexcept {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

}  // namespace

Command& Command::arg(std::string_view word) {
  append_count(body_, '$', word.size());
  body_.append(word);
  body_.append("\r\n");
  ++words_;
  return *this;
}

std::string_view Command::name() const noexcept {
  if (words_ == 0) return {};
  const std::string_view body = body_;
  std::size_t bytes = 0;
  std::from_chars(body.data() + 1, body.data() + body.size(), bytes);
  return body.substr(body.find('\n') + 1, bytes);
}

std::size_t Command::encoded_bytes() const noexcept {
  return 3 + decimal_digits(words_) + body_.size();
}

void Command::append_to(std::string& out) const {
  append_count(out, '*', words_);
  out.append(body_);
}

}  // namespace pushgate::redis
