#include "app/request_samples.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "pushgate/config/source.hpp"

namespace pushgate::app {

namespace {

using Json = nlohmann::ordered_json;
using agent::TrialOutcome;

constexpr std::string_view kHandshake =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// What is written wrongly in a file of samples.
[[noreturn]] void misspelled(const std::string& what) { throw std::invalid_argument(what); }

std::string text_of(const Json& value, const std::string& what) {
  if (!value.is_string()) misspelled(what + " is no text");
  return value.get<std::string>();
}

void check_keys(const Json& object, const std::string& what,
                std::initializer_list<std::string_view> allowed) {
  if (!object.is_object()) misspelled(what + " is no object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string message = what;
    misspelled(message.append(" has an unknown key: ").append(key));
  }
}

struct Sample {
  std::string name;
  std::string head;
  IpAddress peer;
  Json expected;
};

std::string head_of(const Json& request) {
  check_keys(request, "\"request\"", {"method", "target", "headers", "ip", "upgrade"});
  const auto text = [&request](const char* key, const char* otherwise) {
    return request.contains(key) ? text_of(request[key], std::string{'"'} + key + '"') : otherwise;
  };
  std::string head = text("method", "GET");
  head.append(" ").append(text("target", "/")).append(" HTTP/1.1\r\n");
  bool has_host = false;
  if (request.contains("headers")) {
    if (!request["headers"].is_object()) misspelled("\"headers\" is no object");
    for (const auto& [name, value] : request["headers"].items()) {
      has_host = has_host || name == "host" || name == "Host";
      head += name + ": " + text_of(value, "the header \"" + name + '"') + "\r\n";
    }
  }
  if (!has_host) head += "Host: localhost\r\n";
  if (request.value("upgrade", false)) head += kHandshake;
  return head + "\r\n";
}

Sample read_sample(const Json& json, std::size_t index) {
  check_keys(json, "sample " + std::to_string(index + 1), {"name", "request", "expect"});
  Sample sample;
  sample.name =
      json.contains("name") ? text_of(json["name"], "\"name\"") : std::to_string(index + 1);
  const Json request = json.value("request", Json::object());
  sample.head = head_of(request);
  const std::optional<IpAddress> ip =
      IpAddress::parse(request.contains("ip") ? text_of(request["ip"], "\"ip\"") : "127.0.0.1");
  if (!ip) misspelled("\"ip\" is no address");
  sample.peer = *ip;
  if (!json.contains("expect")) misspelled("sample \"" + sample.name + "\" expects nothing");
  sample.expected = json["expect"];
  check_keys(sample.expected, "\"expect\"",
             {"uid", "product", "node", "status", "rule", "body", "headers", "answerHeaders"});
  return sample;
}

/// The value of a line "Name: value"; nullopt if there is none.
std::optional<std::string> field_of(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    const std::size_t colon = line.find(':');
    const bool same = colon == name.size() &&
                      std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
                        return std::tolower(static_cast<unsigned char>(a)) ==
                               std::tolower(static_cast<unsigned char>(b));
                      });
    if (same) return std::string{line.substr(std::min(colon + 2, line.size()))};
    lines.remove_prefix(std::min(line.size() + 2, lines.size()));
  }
  return std::nullopt;
}

std::string node_of(const TrialOutcome& outcome) {
  if (!outcome.pinned.empty()) return outcome.pinned;
  if (!outcome.explanation || outcome.explanation->choices.empty()) return {};
  return outcome.explanation->choices.front().id;
}

Json fields_of(std::string_view lines, const Json& wanted) {
  Json found = Json::object();
  for (const auto& [name, value] : wanted.items()) {
    const std::optional<std::string> field = field_of(lines, name);
    found[name] = field ? Json(*field) : Json();
  }
  return found;
}

/// What has come of it, for the keys that the sample is interested in.
Json found_of(const TrialOutcome& outcome, const Json& expected) {
  Json found = Json::object();
  for (const auto& [key, value] : expected.items()) {
    if (key == "uid") found[key] = outcome.uid;
    if (key == "product") found[key] = outcome.product;
    if (key == "node") found[key] = node_of(outcome);
    if (key == "status") found[key] = outcome.status;
    if (key == "rule") found[key] = outcome.rule;
    if (key == "body") found[key] = outcome.body;
    if (key == "headers") found[key] = fields_of(outcome.node_fields, value);
    if (key == "answerHeaders") found[key] = fields_of(outcome.answer_fields, value);
  }
  // A refusal that nobody expected explains everything else.
  if (outcome.status != 0 && !expected.contains("status")) found["status"] = outcome.status;
  if (outcome.status != 0 && !expected.contains("rule")) found["rule"] = outcome.rule;
  return found;
}

std::string shown(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void run_sample(const std::string& file, const Sample& sample, agent::RequestTrial& trial,
                SampleReport& report) {
  const TrialOutcome outcome = trial.run(sample.head, sample.peer);
  const Json found = found_of(outcome, sample.expected);
  const bool expects_refusal =
      sample.expected.contains("status") || sample.expected.contains("rule");
  bool same = outcome.status == 0 || expects_refusal;
  for (const auto& [key, value] : sample.expected.items()) same = same && found[key] == value;
  if (same) {
    ++report.passed;
  } else {
    report.failures.push_back(file + ": \"" + sample.name + "\": expected " +
                              shown(sample.expected) + ", found " + shown(found));
  }
}

}  // namespace

std::string as_request_head(std::string_view text) {
  std::string head;
  if (text.find('\r') == std::string_view::npos) {
    for (const char c : text) head += c == '\n' ? std::string{"\r\n"} : std::string(1, c);
  } else {
    head = text;
  }
  if (head.find("\r\n\r\n") == std::string::npos)
    head += head.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
  return head;
}

std::vector<std::string> sample_files(const config::DaemonConfig& daemon) {
  std::vector<std::string> files{daemon.file, daemon.hooks.agent, daemon.hooks.onupgrade,
                                 daemon.hooks.router};
  for (const auto* sources : {&daemon.identity.uid, &daemon.identity.product}) {
    for (const config::IdentitySourceConfig& source : *sources) {
      if (source.kind == config::IdentitySourceConfig::Kind::lua) files.push_back(source.text);
    }
  }
  std::vector<std::string> samples;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    const std::string name = std::filesystem::path{file}.replace_extension(".test.json").string();
    if (std::find(samples.begin(), samples.end(), name) == samples.end()) samples.push_back(name);
  }
  return samples;
}

SampleReport run_samples(const std::string& file, agent::RequestTrial& trial) {
  SampleReport report;
  const Result<std::string> text = config::read_file(file);
  if (!text) {
    if (text.error() != boost::system::errc::no_such_file_or_directory) {
      report.failures.push_back(file + ": cannot be read: " + text.error().message());
    }
    return report;
  }
  try {
    const Json samples = Json::parse(*text, nullptr, true, true);
    if (!samples.is_array()) misspelled("the file is no list of samples");
    for (std::size_t i = 0; i < samples.size(); ++i) {
      run_sample(file, read_sample(samples[i], i), trial, report);
    }
  } catch (const std::exception& fault) {  // the library's, and misspelled()
    report.failures.push_back(file + ": " + fault.what());
  }
  return report;
}

}  // namespace pushgate::app
