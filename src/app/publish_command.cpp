#include "app/publish_command.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include <curl/curl.h>

#include <CLI/CLI.hpp>

#include "pushgate/node/emitter.hpp"
#include "pushgate/node/json_text.hpp"

#include "app/command_line.hpp"
#include "node/api/binary_json.hpp"

namespace pushgate::app {

namespace {

constexpr std::size_t kMaxAttachments = 10;
constexpr long kTimeoutMs = 10'000;

int complain(const std::string& what, int code) {
  std::fprintf(stderr, "pushgate: %s\n", what.c_str());
  return code;
}

std::string request_body(const PublishOptions& options) {
  std::string body = "{\"nsp\":";
  node::append_json_string(body, options.nsp);
  body += ",\"event\":";
  node::append_json_string(body, options.event);
  if (!options.data.empty()) body += ",\"data\":" + options.data;
  if (!options.rooms.empty()) {
    body += ",\"rooms\":[";
    for (const std::string& room : options.rooms) {
      if (body.back() != '[') body += ',';
      node::append_json_string(body, room);
    }
    body += ']';
  }
  return body + "}";
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(bytes, size * count);
  return size * count;
}

int publish_over_http(const PublishOptions& options) {
  struct Cleanup {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };
  const std::unique_ptr<CURL, Cleanup> easy(::curl_easy_init());
  if (!easy) return complain("libcurl does not start", kCannotStart);
  std::string url = options.api;
  while (url.ends_with('/')) url.pop_back();
  url += options.rooms.empty() ? "/api/v1/broadcast" : "/api/v1/publish";
  const char* const from_environment = std::getenv("PUSHGATE_API_KEY");
  const std::string key = options.key.empty() && from_environment != nullptr
                              ? std::string{from_environment}
                              : options.key;
  curl_slist* fields = ::curl_slist_append(nullptr, "Content-Type: application/json");
  if (!key.empty()) fields = ::curl_slist_append(fields, ("Authorization: Bearer " + key).c_str());
  const std::unique_ptr<curl_slist, Cleanup> owned(fields);
  const std::string body = request_body(options);
  std::string answer;
  ::curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, owned.get());
  ::curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.data());
  ::curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  ::curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  ::curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &take_body);
  ::curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
  const CURLcode code = ::curl_easy_perform(easy.get());
  if (code != CURLE_OK) return complain(url + ": " + ::curl_easy_strerror(code), kCannotStart);
  long status = 0;
  ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return complain(url + ": " + std::to_string(status) + " " + answer, kUsage);
  std::printf("%s\n", answer.c_str());
  return kOk;
}

std::optional<redis::ServerAddress> parse_server(const std::string& text) {
  redis::ServerAddress address;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

int publish_over_redis(const PublishOptions& options) {
  const std::optional<redis::ServerAddress> server = parse_server(options.redis);
  if (!server) return complain("--redis: write host:port", kUsage);
  redis::RedisSettings settings;
  settings.server = *server;
  if (const char* const password = std::getenv("PUSHGATE_REDIS_PASSWORD")) {
    settings.password = password;
  }
  node::Envelope envelope;
  envelope.packet.nsp = options.nsp;
  envelope.options.rooms = options.rooms;
  std::string argument;
  if (!options.data.empty()) {
    const node::BinaryFault fault = node::append_with_binaries(
        argument, options.data, envelope.packet.attachments, kMaxAttachments);
    if (fault != node::BinaryFault::none) {
      return complain("--data " + std::string{node::name_of(fault)}, kUsage);
    }
  }
  std::vector<std::string_view> arguments;
  if (!argument.empty()) arguments.push_back(argument);
  envelope.packet.data = node::make_event_data(options.event, arguments);
  const auto log = runtime::Log::open({.level = runtime::LogLevel::error});
  if (!log) return complain(log.error().message(), kCannotStart);
  const node::Emitted emitted = node::emit_over_redis(settings, options.prefix, envelope, **log);
  if (!emitted.problem.empty()) {
    return complain(options.redis + ": " + emitted.problem, kCannotStart);
  }
  std::printf("{\"ok\":true,\"receivers\":%lld}\n", emitted.receivers);
  return kOk;
}

}  // namespace

void add_publish_command(CLI::App& app, PublishOptions& options) {
  CLI::App* const publish =
      app.add_subcommand("publish", "Send an event to the clients in rooms, or to all");
  publish->add_option("--room", options.rooms, "A room; may be given several times. None: all");
  publish->add_option("--event", options.event, "The event's name");
  publish->add_option("--data", options.data, "Its argument, as JSON");
  publish->add_option("--nsp", options.nsp, "The namespace")->capture_default_str();
  publish->add_option("--api", options.api, "Where the API of a push node is")
      ->capture_default_str();
  publish->add_option("--key", options.key,
                      "A key of the API; others of this host can see it here, but not in the "
                      "environment's PUSHGATE_API_KEY");
  publish->add_option("--redis", options.redis,
                      "host:port: over Redis, as @socket.io/redis-emitter does, instead of the "
                      "API. A password is taken from the environment's PUSHGATE_REDIS_PASSWORD");
  publish->add_option("--prefix", options.prefix, "Prefix of the channels in Redis")
      ->capture_default_str();
}

int publish_event(const PublishOptions& given) {
  if (given.event.empty()) return complain("publish needs --event", kUsage);
  PublishOptions options = given;
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = options.data.find_first_not_of(kSpace);
  if (first != std::string::npos) {
    options.data = options.data.substr(first, options.data.find_last_not_of(kSpace) - first + 1);
  }
  if (!options.data.empty() && node::check_json(options.data) != node::JsonError::none) {
    return complain("--data is no JSON; a text needs its quotes: --data '\"hello\"'", kUsage);
  }
  return options.redis.empty() ? publish_over_http(options) : publish_over_redis(options);
}

}  // namespace pushgate::app
