#include "node/api/api_endpoint.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "pushgate/base/text.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"
#include "pushgate/node/json_text.hpp"

#include "node/node_core.hpp"

namespace pushgate::node {

namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest sha256(std::string_view text) noexcept {
  Digest digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::optional<ApiReply> refuse(const ApiRequest& request, const config::ApiConfig& config) {
  if (!config.keys.empty() && !has_key(request.authorization, config.keys)) {
    return to_reply({401, "unauthorized", "send \"Authorization: Bearer <key>\"", {}});
  }
  // Where no key is asked for, a page in a browser of this machine could send requests too.
  if (config.keys.empty() && !request.origin.empty()) {
    return to_reply({403, "cross_site", "requests of web pages need a key", {}});
  }
  return std::nullopt;
}

ApiReply no_route(const RouteMatch& match) {
  if (match.allowed.empty()) return to_reply({404, "not_found", "there is no such path", {}});
  ApiReply reply = to_reply(
      {405, "method_not_allowed", "this path takes " + std::string{match.allowed} + " only", {}});
  reply.allow = match.allowed;
  return reply;
}

bool is_json(std::string_view content_type) noexcept {
  return iequals(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

std::optional<ApiParameters> read_query(std::string_view query) {
  ApiParameters all;
  for (http::ParameterReader reader{query}; const auto parameter = reader.next();) {
    std::optional<std::string> name = http::percent_decode(parameter->name, http::Plus::space);
    std::optional<std::string> value = http::percent_decode(parameter->value, http::Plus::space);
    if (!name || !value) return std::nullopt;
    all.insert_or_assign(std::move(*name), std::move(*value));
  }
  return all;
}

}  // namespace

bool has_key(std::string_view authorization, const std::vector<std::string>& keys) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!iequals(authorization.substr(0, kScheme.size()), kScheme)) return false;
  // Digests are of one length, whatever the keys are.
  const Digest shown = sha256(trim(authorization.substr(kScheme.size())));
  bool found = false;
  for (const std::string& key : keys) {
    const Digest known = sha256(key);
    found |= ::CRYPTO_memcmp(shown.data(), known.data(), known.size()) == 0;
  }
  return found;
}

ApiEndpoint::ApiEndpoint(NodeCore& node, Push* push, ApiMetrics& metrics, Later later)
    : node_(node), metrics_(metrics), service_(node, push), later_(std::move(later)) {}

const ApiRoute* ApiEndpoint::handle(const ApiRequest& request, ApiDone done) {
  const auto settings = node_.snapshot();
  if (std::optional<ApiReply> refusal = refuse(request, settings->config().api)) {
    metrics_.unauthorized.add();
    done(std::move(*refusal));
    return nullptr;
  }
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  const RouteMatch match = find_route(request.method, request.target.substr(0, mark));
  if (match.route == nullptr) {
    metrics_.no_route.add();
    done(no_route(match));
    return nullptr;
  }
  if (match.route->method == "POST") {
    answer_command(*match.route, request, std::move(done));
    return match.route;
  }
  const std::size_t query_at = std::min(mark + 1, request.target.size());
  const std::optional<ApiParameters> query = read_query(request.target.substr(query_at));
  if (!query) {
    done(to_reply({400, "bad_query", "the query is not percent-encoded", {}}));
  } else if (match.route->operation == ApiOperation::openapi) {
    done({200, std::string{openapi_text()}});
  } else {
    service_.ask(match.route->operation, match.parameter, *query, std::move(done));
  }
  return match.route;
}

void ApiEndpoint::answer_command(const ApiRoute& route, const ApiRequest& request, ApiDone done) {
  const auto kept = std::make_shared<KeptTogether>();
  ApiReply reply = command(route, request, *kept);
  kept->finish([this, key = std::string{request.idempotency_key}, reply = std::move(reply),
                done = std::move(done)](bool all_kept) {
    if (all_kept) return done(reply);
    // It is to be tried again.
    later_([this, key] { answered_.forget(key); });
    done(to_reply({503,
                   "not_stored",
                   "who is connected here has got it, but it could not be stored for the others",
                   {}}));
  });
}

ApiReply ApiEndpoint::command(const ApiRoute& route, const ApiRequest& request,
                              KeptTogether& kept) {
  if (!is_json(request.content_type)) {
    return to_reply({415, "not_json", "the Content-Type must be application/json", {}});
  }
  if (request.idempotency_key.empty()) return execute(route, request.body, kept);
  if (!is_idempotency_key(request.idempotency_key)) {
    return to_reply({400,
                     "bad_idempotency_key",
                     "an Idempotency-Key has 1 to 255 visible ASCII characters",
                     {}});
  }
  std::string subject{route.path};
  subject.append("\n").append(request.body);
  const Digest digest = sha256(subject);
  const std::string_view digest_text{reinterpret_cast<const char*>(digest.data()), digest.size()};
  const TimePoint now = Clock::now();
  if (auto known = answered_.find(request.idempotency_key, digest_text, now)) {
    metrics_.repeated.add();
    return std::move(*known);
  }
  ApiReply reply = execute(route, request.body, kept);
  // What has changed nothing may be tried again.
  if (reply.status < 300) {
    answered_.remember(request.idempotency_key, digest_text, reply, now);
  }
  return reply;
}

ApiReply ApiEndpoint::execute(const ApiRoute& route, std::string_view body,
                              KeptTogether& kept) const {
  const std::string_view text = trim(body);
  const JsonError error = check_json(text);
  if (error != JsonError::none) {
    return to_reply(
        {400,
         "bad_json",
         error == JsonError::too_deep ? "the JSON is nested too deeply" : "the body is no JSON",
         {}});
  }
  // json_kind wants the value itself.
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::string_view value = text.substr(begin);
  if (route.operation == ApiOperation::batch) return run_batch(value, kept);
  return run_one(parse_command_kind(route.name).value(), value, kept);
}

ApiReply ApiEndpoint::run_one(CommandKind kind, std::string_view body, KeptTogether& kept) const {
  auto parsed = parse_command(kind, body, service_.limits());
  if (const auto* const problem = std::get_if<ApiProblem>(&parsed)) return to_reply(*problem);
  return service_.run(std::move(std::get<ApiCommand>(parsed)), kept);
}

ApiReply ApiEndpoint::run_batch(std::string_view body, KeptTogether& kept) const {
  const auto parsed = parse_batch(body);
  if (const auto* const problem = std::get_if<ApiProblem>(&parsed)) return to_reply(*problem);
  std::string out = "{\"results\":";
  char before = '[';
  for (const BatchItem& item : std::get<0>(parsed)) {
    const ApiReply reply = run_one(item.kind, item.body, kept);
    out += before;
    before = ',';
    out += "{\"status\":" + std::to_string(reply.status) + ",\"body\":" + reply.body + "}";
  }
  out += "]}";
  return {200, std::move(out)};
}

}  // namespace pushgate::node
