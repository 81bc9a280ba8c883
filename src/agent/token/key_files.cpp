#include "agent/token/key_files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <openssl/crypto.h>

namespace pushgate::agent {

namespace {

using Kind = config::TokenKeyConfig::Kind;

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

/// nullopt, and why.
std::optional<std::string> read_file(const std::string& name, std::string& fault) {
  errno = 0;
  std::ifstream file{name, std::ios::binary};
  std::string text(kMaxFileBytes + 1, '\0');
  if (!file) {
    fault = errno != 0 ? std::strerror(errno) : "it cannot be opened";
    return std::nullopt;
  }
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    fault = errno != 0 ? std::strerror(errno) : "it cannot be read";
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    fault = "it is larger than 1 MiB";
    return std::nullopt;
  }
  return text;
}

void remove_line_end(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

LoadedKeys from_file(const config::TokenKeyConfig& config, const KeySet::Options& options) {
  std::string fault;
  std::optional<std::string> text = read_file(config.text, fault);
  if (!text) return {nullptr, std::move(fault)};
  if (config.kind == Kind::pem) return KeySet::from_pem(*text, options);
  if (config.kind == Kind::jwks_file) {
    LoadedKeys loaded = KeySet::from_jwks(*text, options);
    if (!loaded.fault.empty()) loaded.keys = nullptr;
    return loaded;
  }
  remove_line_end(*text);
  LoadedKeys loaded = KeySet::from_secret(*text, options);
  OPENSSL_cleanse(text->data(), text->size());
  return loaded;
}

}  // namespace

LoadedKeys load_keys(const config::TokenKeyConfig& config) {
  const KeySet::Options options{.algorithm = config.algorithm, .key_id = config.key_id};
  if (config.kind == Kind::secret) return KeySet::from_secret(config.text, options);
  LoadedKeys loaded = from_file(config, options);
  if (!loaded.keys) loaded.fault = config.text + ": " + loaded.fault;
  return loaded;
}

}  // namespace pushgate::agent
