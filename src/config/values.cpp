#include "config/values.hpp"

#include <algorithm>
#include <filesystem>

namespace pushgate::config {

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void read_nonempty(ObjectReader& reader, std::string_view key, std::string& out) {
  const auto value = reader.find(key);
  if (!value) return;
  auto text = read_text(*value);
  if (!text) return;
  if (text->empty() || has_control(*text)) {
    value->error(show(*value->json) +
                 " cannot be used: one or more characters, none of them a "
                 "control character");
    return;
  }
  out = *std::move(text);
}

std::string absolute_name(const Value& value, const std::string& name) {
  if (name.empty()) return {};
  const std::filesystem::path folder = std::filesystem::path{value.document->file()}.parent_path();
  std::error_code error;  // there is no working directory: the name stays relative
  const std::filesystem::path whole = std::filesystem::absolute(folder / name, error);
  return (error ? folder / name : whole).lexically_normal().string();
}

void read_file_name(ObjectReader& reader, std::string_view key, std::string& out) {
  const auto value = reader.find(key);
  if (!value) return;
  if (const auto text = read_text(*value)) out = absolute_name(*value, *text);
}

void read_url(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  const std::size_t scheme_end = text->starts_with("http://")    ? 7
                                 : text->starts_with("https://") ? 8
                                                                 : 0;
  const std::string_view rest = std::string_view{*text}.substr(scheme_end);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  const bool usable = scheme_end != 0 && !host.empty() && !has_control(*text) &&
                      text->find_first_of(" #") == std::string::npos &&
                      host.find('@') == std::string_view::npos;
  if (!usable) {
    value.error(show(*value.json) + " cannot be called",
                R"(write "https://host/path"; a password in it is not taken)");
  }
  out = *std::move(text);
}

void read_request_path(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  const bool usable = text->starts_with('/') && !has_control(*text) &&
                      text->find_first_of("?# \\%") == std::string::npos &&
                      text->find("//") == std::string::npos;
  if (usable) {
    out = *std::move(text);
  } else {
    value.error(show(*value.json) + " is no path",
                "it begins with a slash and has no query, no empty part, no space, no % and no \\");
  }
}

void read_path_or_off(const Value& value, std::optional<std::string>& out) {
  if (*value.json == "off") {
    out.reset();
    return;
  }
  std::string path = out.value_or(std::string{});
  read_request_path(value, path);
  out = std::move(path);
}

}  // namespace pushgate::config
