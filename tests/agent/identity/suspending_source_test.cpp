// Sources that must wait: the seam for scripts, tokens and external services.

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pushgate/agent/identity/identity_chain.hpp"

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"
#include "agent/identity/sources.hpp"
#include "support/started_task.hpp"

namespace pushgate::agent {
namespace {

/// Where a source waits, and from where the test lets it go on.
struct Gate {
  std::coroutine_handle<> waiting;
  SourceValue answer;

  void open(SourceValue value) {
    answer = std::move(value);
    std::exchange(waiting, nullptr).resume();
  }
};

/// Apart from the gate, because g++ 12 copies what `co_await *pointer` awaits.
struct GateAwaiter {
  Gate* gate;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { gate->waiting = handle; }
  SourceValue await_resume() const { return std::move(gate->answer); }
};

/// Answers with what comes through the gate; holds a share in `token` while it waits.
class WaitingSource final : public IdentitySource {
 public:
  WaitingSource(Gate& gate, std::shared_ptr<int> token) : gate_(&gate), token_(std::move(token)) {}

  SourceValue look(const RequestView&) const override { return SourceValue::later(wait()); }
  std::string describe() const override { return "a gate"; }

 private:
  runtime::Task<SourceValue> wait() const {
    const std::shared_ptr<int> held = token_;
    SourceValue answer = co_await GateAwaiter{gate_};
    co_return answer;
  }

  Gate* gate_;
  std::shared_ptr<int> token_;
};

/// One walk through a chain; destroying it gives the walk up.
class Evaluation {
 public:
  explicit Evaluation(runtime::Task<IdentityVerdict> task) : task_(std::move(task)) {}

  const std::optional<IdentityVerdict>& verdict() {
    if (!verdict_ && task_.done()) verdict_ = task_.take();
    return verdict_;
  }

 private:
  test::StartedTask<IdentityVerdict> task_;
  std::optional<IdentityVerdict> verdict_;
};

class SuspendingSourceTest : public testing::Test {
 protected:
  /// Asks the cookie "uid", then the gate, then the query; the product is "default".
  IdentityChain make_chain() {
    SourceList uid;
    uid.push_back(make_cookie_source("uid"));
    uid.push_back(std::make_unique<WaitingSource>(gate_, token_));
    uid.push_back(make_query_source("uid"));
    return IdentityChain{std::move(uid), {}, {}};
  }

  Gate gate_;
  std::shared_ptr<int> token_ = std::make_shared<int>(0);
};

TEST_F(SuspendingSourceTest, DecidesWhenItsAnswerComes) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/"};
  Evaluation run{evaluate(chain, request.view())};
  ASSERT_FALSE(run.verdict());

  gate_.open(SourceValue::found("alice"));

  ASSERT_TRUE(run.verdict());
  EXPECT_EQ(run.verdict()->identity, Identity::make("default", "alice"));
  EXPECT_EQ(run.verdict()->uid_source, 1);
}

TEST_F(SuspendingSourceTest, IsNotAskedIfAnEarlierSourceHasAValue) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/", "Cookie: uid=bob\r\n"};

  Evaluation run{evaluate(chain, request.view())};

  ASSERT_TRUE(run.verdict());
  EXPECT_EQ(run.verdict()->identity, Identity::make("default", "bob"));
  EXPECT_FALSE(gate_.waiting);
}

TEST_F(SuspendingSourceTest, LetsTheNextSourceSpeakIfItFindsNothing) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/?uid=carol"};
  Evaluation run{evaluate(chain, request.view())};

  gate_.open({});

  ASSERT_TRUE(run.verdict());
  EXPECT_EQ(run.verdict()->identity, Identity::make("default", "carol"));
  EXPECT_EQ(run.verdict()->uid_source, 2);
}

TEST_F(SuspendingSourceTest, RefusesWithItsOwnRule) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/?uid=carol"};
  Evaluation run{evaluate(chain, request.view())};

  gate_.open(SourceValue::refused({401, "token_expired", "The token has expired."}));

  ASSERT_TRUE(run.verdict());
  EXPECT_FALSE(run.verdict()->identity);
  EXPECT_EQ(run.verdict()->refusal.status, 401);
  EXPECT_EQ(run.verdict()->refusal.rule, "token_expired");
}

TEST_F(SuspendingSourceTest, MayAnswerWhatTheChainThenFindsInvalid) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/"};
  Evaluation run{evaluate(chain, request.view())};

  gate_.open(SourceValue::found("a\r\nb"));

  ASSERT_TRUE(run.verdict());
  EXPECT_EQ(run.verdict()->refusal.rule, "invalid_uid");
}

TEST_F(SuspendingSourceTest, IsGivenUpWithItsFrameWhenTheTaskIsDestroyed) {
  const IdentityChain chain = make_chain();
  const ParsedRequest request{"/"};
  std::optional<Evaluation> run;
  run.emplace(evaluate(chain, request.view()));
  ASSERT_TRUE(gate_.waiting);
  const long while_waiting = token_.use_count();

  run.reset();

  EXPECT_EQ(token_.use_count(), while_waiting - 1);
}

/// Knows more than the uid.
class InformedSource final : public IdentitySource {
 public:
  explicit InformedSource(SourceExtras extras) : extras_(std::move(extras)) {}

  SourceValue look(const RequestView&) const override {
    SourceValue value = SourceValue::found("alice");
    value.extras = std::make_unique<SourceExtras>(extras_);
    return value;
  }
  std::string describe() const override { return "a service"; }

 private:
  SourceExtras extras_;
};

IdentityVerdict verdict_of(SourceExtras of_uid, SourceExtras of_product) {
  SourceList uid;
  uid.push_back(std::make_unique<InformedSource>(std::move(of_uid)));
  SourceList product;
  product.push_back(std::make_unique<InformedSource>(std::move(of_product)));
  const ParsedRequest request{"/"};
  return evaluate_now(IdentityChain{std::move(uid), std::move(product), {}}, request.view());
}

TEST(InformedSource, MayKnowTheProductOfItsUser) {
  const IdentityVerdict verdict = verdict_of({.product = "chat"}, {.node_fields = "X-B: 2\r\n"});

  EXPECT_EQ(verdict.identity, Identity::make("chat", "alice"));
  EXPECT_TRUE(verdict.product_with_uid);
  EXPECT_EQ(verdict.product_source, IdentityVerdict::kNoSource);
  EXPECT_TRUE(verdict.extras->node_fields.empty()) << "the list of the product was not asked";
}

TEST(InformedSource, MayNameAProductThatIsNone) {
  EXPECT_EQ(verdict_of({.product = "no product"}, {}).refusal.rule, "invalid_product");
}

TEST(InformedSource, GivesTheNodeFieldsOfBothLists) {
  const IdentityVerdict verdict =
      verdict_of({.node_fields = "X-A: 1\r\n"}, {.node_fields = "X-B: 2\r\n"});

  EXPECT_EQ(verdict.identity, Identity::make("alice", "alice"));
  ASSERT_TRUE(verdict.extras);
  EXPECT_EQ(verdict.extras->node_fields, "X-A: 1\r\nX-B: 2\r\n");
}

TEST(ImmediateChain, AnswersTheSameThroughBothWays) {
  const IdentityChain chain{config::IdentityConfig{}};
  for (const char* const target :
       {"/", "/?uid=a", "/?uid=a&uid=b", "/?uid=%", "/?uid=a&product=-"}) {
    const ParsedRequest request{target};
    const IdentityVerdict now = evaluate_now(chain, request.view());

    Evaluation run{evaluate(chain, request.view())};

    ASSERT_TRUE(run.verdict()) << target;
    EXPECT_EQ(run.verdict()->identity, now.identity) << target;
    EXPECT_EQ(run.verdict()->refusal.rule, now.refusal.rule) << target;
    EXPECT_EQ(run.verdict()->uid_source, now.uid_source) << target;
  }
}

}  // namespace
}  // namespace pushgate::agent
