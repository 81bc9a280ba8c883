#include "app/route_command.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "pushgate/agent/identity/identity_chain.hpp"
#include "pushgate/agent/routing/explain.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/routing/route_table.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/head_parser.hpp"

#include "app/command_line.hpp"

namespace pushgate::app {

namespace {

/// Who is asked about, and how that was found out.
struct Subject {
  Identity identity;
  std::string uid_rule;  ///< empty: named on the command line
  std::string product_rule;
};

/// The head of a file, with CR LF line ends even if an editor has saved it with LF.
std::string as_request_head(std::istream& file) {
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.find('\r') == std::string::npos) {
    std::string lines;
    for (const char c : text) lines += c == '\n' ? std::string{"\r\n"} : std::string(1, c);
    text = std::move(lines);
  }
  if (text.find("\r\n\r\n") == std::string::npos)
    text += text.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
  return text;
}

std::string describe_rule(const std::vector<std::unique_ptr<const agent::IdentitySource>>& sources,
                          int index, const char* otherwise) {
  return index < 0 ? otherwise : sources[static_cast<std::size_t>(index)]->describe();
}

std::optional<Subject> subject_of_request(const config::DaemonConfig& daemon,
                                          const RouteQuery& query) {
  std::ifstream file(query.request_file, std::ios::binary);
  if (!file) {
    std::cerr << "pushgate: cannot read " << query.request_file << "\n";
    return std::nullopt;
  }
  const std::optional<IpAddress> peer = IpAddress::parse(query.client);
  if (!peer) {
    std::cerr << "pushgate: --client: \"" << query.client << "\" is not an IP address\n";
    return std::nullopt;
  }
  const std::string text = as_request_head(file);
  http::RequestHead head;
  std::size_t scanned = 0;
  const http::HeadOutcome outcome =
      http::parse_request_head(text, http::HeadLimits{}, scanned, head);
  if (outcome.status != http::HeadStatus::done) {
    std::cerr << "pushgate: the agent would refuse this request with "
              << http::status_of(outcome.error) << ": " << http::rule_of(outcome.error) << "\n";
    return std::nullopt;
  }
  const agent::IdentityChain chain(daemon.identity);
  const IpAddress client = http::resolve_client(head.fields, *peer, daemon.trusted_proxies);
  const agent::RequestView view{head, client};
  agent::IdentityEvaluation evaluation(chain, view);
  evaluation.advance();
  const agent::IdentityVerdict& verdict = evaluation.verdict();
  if (!verdict.identity) {
    std::cerr << "pushgate: the agent would refuse this request with " << verdict.refusal.status
              << ": " << verdict.refusal.rule << " (" << verdict.refusal.message << ")\n";
    return std::nullopt;
  }
  return Subject{*verdict.identity,
                 describe_rule(chain.uid_sources(), verdict.uid_source, "missingUid: clientIp"),
                 describe_rule(chain.product_sources(), verdict.product_source, "no rule matched")};
}

std::optional<Subject> subject_of(const config::DaemonConfig& daemon, const RouteQuery& query) {
  if (!query.request_file.empty()) return subject_of_request(daemon, query);
  const std::optional<Identity> identity = Identity::make(query.product, query.uid);
  if (!identity) {
    std::cerr << "pushgate: route needs --uid (1 to 256 bytes, no control characters) or "
                 "--request FILE; --product is 1 to 64 of [A-Za-z0-9_.-]\n";
    return std::nullopt;
  }
  return Subject{*identity, {}, {}};
}

void print_json(const Subject& subject, const agent::Explanation& explanation) {
  std::string rules = "{\"uidRule\":\"";
  append_json_escaped(rules, subject.uid_rule);
  rules += "\",\"productRule\":\"";
  append_json_escaped(rules, subject.product_rule);
  rules += "\",";
  // The explanation is an object of its own: continue it behind the rules.
  std::cout << rules << agent::to_json(explanation).substr(1) << "\n";
}

void print_text(const Subject& subject, const agent::Explanation& explanation) {
  if (!subject.uid_rule.empty()) {
    std::cout << "uid from  " << subject.uid_rule << "\nproduct   " << subject.product_rule << "\n";
  }
  std::cout << agent::to_text(explanation);
}

}  // namespace

int explain_route(const std::string& config_file, const RouteQuery& query) {
  const config::Loaded<config::Config> loaded = config::load_all(config_file);
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  const config::DaemonConfig& daemon = loaded.value->daemon;
  const std::optional<Subject> subject = subject_of(daemon, query);
  if (!subject) return kUsage;

  agent::HealthBoard board;
  agent::PolicyCache policies;
  const agent::RouteTable routes(loaded.value->router, daemon, {board, policies});
  const agent::Pool* pool = routes.find(subject->identity.product());
  const bool falls_back =
      daemon.identity.unknown_product == config::IdentityConfig::UnknownProduct::use_default;
  if (pool == nullptr && falls_back) pool = routes.default_pool();
  if (pool == nullptr) {
    std::cerr << "pushgate: the agent would answer 404: there is no product \""
              << subject->identity.product() << "\"\n";
    return kUsage;
  }
  const agent::Explanation explanation = agent::explain(*pool, subject->identity.uid());
  if (query.json) {
    print_json(*subject, explanation);
  } else {
    print_text(*subject, explanation);
  }
  return kOk;
}

}  // namespace pushgate::app
