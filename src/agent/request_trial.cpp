#include "pushgate/agent/request_trial.hpp"

#include <future>
#include <utility>

#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/session/agent_metrics.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/head_parser.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "agent/routing/route_resolution.hpp"
#include "agent/session/source_services.hpp"

namespace pushgate::agent {

namespace {

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

std::string in_words(const EvaluationTrace::Step& step) {
  switch (step.kind) {
    case SourceValue::Kind::found:
      return "found " + quoted(step.value);
    case SourceValue::Kind::malformed:
      return "malformed";
    case SourceValue::Kind::conflicting:
      return "conflicting";
    case SourceValue::Kind::refused:
      return "refused";
    default:
      return "missing";
  }
}

std::string in_words(const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteDecision::Kind::node:
      return "node " + quoted(decision.name);
    case RouteDecision::Kind::pool:
      return "pool " + quoted(decision.pool);
    case RouteDecision::Kind::endpoint:
      return decision.endpoint.to_string();
    case RouteDecision::Kind::refused:
      return "refused";
    default:
      return "by hash";
  }
}

std::string name_of(const SourceList& sources, int index, const char* otherwise) {
  return index < 0 ? otherwise : sources[static_cast<std::size_t>(index)]->describe();
}

void refuse(TrialOutcome& outcome, const Refusal& refusal, const SourceExtras* extras) {
  outcome.status = refusal.status;
  outcome.rule = refusal.rule;
  outcome.message = refusal.message;
  if (extras == nullptr) return;
  outcome.answer_fields = extras->answer_fields;
  outcome.body = extras->body;
}

}  // namespace

struct RequestTrial::Impl {
  Impl(const config::Config& of, std::shared_ptr<const RequestPolicy> made, runtime::Log& log)
      : config(of),
        policy(std::move(made)),
        threads(1,
                [&log](std::string_view what) {
                  log.error("exception escaped a source", {{"what", what}});
                }),
        rare_log(log),
        services({0, threads[0].reactor(), metrics, rare_log, log}),
        unlisted(board),
        routes(config.router, config.daemon, {board, policies}) {
    services.use(config.daemon);
    threads.start();
  }
  ~Impl() { threads.stop(); }

  runtime::Task<> judge(const http::RequestHead& head, const IpAddress& client,
                        std::promise<TrialOutcome>& done);
  void choose_node(const RequestView& view, const Identity& identity, RouteDecision decision,
                   TrialOutcome& outcome);

  const config::Config& config;
  std::shared_ptr<const RequestPolicy> policy;
  runtime::IoThreads threads;
  AgentMetrics metrics;
  runtime::RateLimitedLog rare_log;
  SourceServices services;
  HealthBoard board;
  PolicyCache policies;
  UnlistedMembers unlisted;
  RouteTable routes;
};

runtime::Task<> RequestTrial::Impl::judge(const http::RequestHead& head, const IpAddress& client,
                                          std::promise<TrialOutcome>& done) {
  TrialOutcome outcome;
  EvaluationTrace trace;
  const IdentityChain& chain = policy->identity;
  const RequestView view{head, client, &services, &trace};
  IdentityVerdict verdict = co_await evaluate(chain, view);
  for (const EvaluationTrace::Step& step : trace.steps) {
    outcome.steps.push_back({step.source, in_words(step), step.took});
  }
  if (verdict.extras) outcome.node_fields = verdict.extras->node_fields;
  outcome.uid_source = name_of(chain.uid_sources(), verdict.uid_source, "missingUid: clientIp");
  outcome.product_source =
      verdict.product_with_uid
          ? outcome.uid_source
          : name_of(chain.product_sources(), verdict.product_source, "no rule matched");
  if (!verdict.identity) {
    refuse(outcome, verdict.refusal, verdict.extras.get());
    done.set_value(std::move(outcome));
    co_return;
  }
  outcome.uid = verdict.identity->uid();
  outcome.product = verdict.identity->product();
  RouteDecision decision;
  if (policy->router && policy->router->decides(outcome.product)) {
    const TimePoint asked = Clock::now();
    decision = policy->router->decide(view, *verdict.identity);
    if (decision.task) {
      runtime::Task<RouteDecision> task = std::move(*decision.task);
      decision = co_await task;
    }
    outcome.steps.push_back({policy->router->describe(), in_words(decision), Clock::now() - asked});
  }
  choose_node(view, *verdict.identity, std::move(decision), outcome);
  done.set_value(std::move(outcome));
}

void RequestTrial::Impl::choose_node(const RequestView& view, const Identity& identity,
                                     RouteDecision decision, TrialOutcome& outcome) {
  Route route;
  const std::optional<Refusal> refusal =
      resolve_route({routes, config.daemon.identity, view, identity}, decision, unlisted, route);
  if (refusal) {
    refuse(outcome, *refusal, decision.extras.get());
    return;
  }
  if (route.pinned != nullptr) outcome.pinned = route.pinned->id;
  if (!route.only_pinned) outcome.explanation = explain(*route.pool, identity.uid());
}

RequestTrial::RequestTrial(const config::Config& config,
                           std::shared_ptr<const RequestPolicy> policy, runtime::Log& log)
    : impl_(std::make_unique<Impl>(config, std::move(policy), log)) {}

RequestTrial::~RequestTrial() = default;

TrialOutcome RequestTrial::run(const std::string& text, const IpAddress& peer) {
  http::RequestHead head;
  std::size_t scanned = 0;
  const config::DaemonConfig& daemon = impl_->config.daemon;
  http::HeadLimits limits;
  limits.max_head_bytes = static_cast<std::size_t>(daemon.limits.head_bytes);
  limits.max_fields = static_cast<std::size_t>(daemon.limits.head_fields);
  limits.allow_bare_lf = daemon.http.allow_bare_lf;
  const http::HeadOutcome parsed = http::parse_request_head(text, limits, scanned, head);
  if (parsed.status != http::HeadStatus::done) {
    TrialOutcome outcome;
    refuse(outcome,
           {http::status_of(parsed.error), http::rule_of(parsed.error),
            http::message_of(parsed.error)},
           nullptr);
    return outcome;
  }
  const IpAddress client = http::resolve_client(head.fields, peer, daemon.trusted_proxies);
  std::promise<TrialOutcome> done;
  impl_->threads[0].post([impl = impl_.get(), &head, &client, &done] {
    impl->threads[0].tasks().spawn(impl->judge(head, client, done));
  });
  return done.get_future().get();
}

}  // namespace pushgate::agent
