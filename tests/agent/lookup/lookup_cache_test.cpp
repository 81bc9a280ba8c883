// lookup_cache_test.cpp - what is kept, for how long, and how much of it; and ways into JSON.

#include "agent/lookup/json_place.hpp"
#include "agent/lookup/lookup_fixture.hpp"

namespace pushgate::agent {
namespace {

using std::chrono::seconds;

LookupAnswer uid(std::string value) {
  LookupAnswer answer;
  answer.kind = Kind::found;
  answer.value = std::move(value);
  return answer;
}

/// A question that was asked and answered.
void learn(LookupCache& cache, std::string_view key, LookupAnswer answer, TimePoint now) {
  cache.end(cache.begin(key), std::move(answer), now);
}

class LookupCacheTest : public ::testing::Test {
 protected:
  std::string known(std::string_view key, TimePoint now) {
    const LookupAnswer* const answer = cache.find(key, now);
    return answer == nullptr ? "" : answer->value;
  }

  LookupCache cache{{seconds{10}, 3}};
  const TimePoint start{seconds{1'000}};
};

TEST_F(LookupCacheTest, KeepsAnswersForTheirTimeAndNoLonger) {
  learn(cache, "a", uid("1"), start);

  EXPECT_EQ(known("a", start + milliseconds{9'999}), "1");
  EXPECT_EQ(known("b", start), "");
  EXPECT_EQ(known("a", start + seconds{10}), "");
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(LookupCacheTest, BeingAskedForDoesNotMakeAnAnswerYounger) {
  learn(cache, "a", uid("1"), start);
  for (int s = 1; s < 10; ++s) EXPECT_EQ(known("a", start + seconds{s}), "1");

  EXPECT_EQ(known("a", start + seconds{10}), "");
}

TEST_F(LookupCacheTest, ForgetsWhatWasNotAskedForTheLongest) {
  for (const char* const key : {"a", "b", "c"}) learn(cache, key, uid(key), start);
  EXPECT_EQ(known("a", start), "a");

  learn(cache, "d", uid("d"), start);

  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(known("b", start), "");
  EXPECT_EQ(known("a", start), "a");
  EXPECT_EQ(known("c", start), "c");
  EXPECT_EQ(known("d", start), "d");
}

TEST_F(LookupCacheTest, ANewAnswerTakesTheOldOnesPlace) {
  learn(cache, "a", uid("1"), start);
  learn(cache, "a", uid("2"), start + seconds{5});

  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(known("a", start + seconds{14}), "2");
}

TEST_F(LookupCacheTest, KeepsNeitherFailuresNorLargeAnswersNorAnythingWithoutATime) {
  LookupAnswer failure = uid("1");
  failure.keep = false;
  learn(cache, "failure", failure, start);
  learn(cache, "large", uid(std::string(LookupCache::kMaxAnswerBytes, 'x')), start);
  LookupCache without_time{{seconds{0}, 3}};
  learn(without_time, "a", uid("1"), start);
  LookupCache without_room{{seconds{10}, 0}};
  learn(without_room, "a", uid("1"), start);

  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(without_time.size(), 0U);
  EXPECT_EQ(without_room.size(), 0U);
}

TEST_F(LookupCacheTest, LongKeysBecomeShortOnesThatDiffer) {
  const std::string long_key(10'000, 'k');
  const std::string one{cache.shorten(long_key)};
  const std::string other{cache.shorten(long_key + 'k')};

  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, other);
  EXPECT_EQ(cache.shorten("short"), "short");
  EXPECT_EQ(cache.shorten(std::string(31, 'k')).size(), 31U);
  EXPECT_NE(cache.shorten(std::string(32, 'k')), std::string(32, 'k'));
}

TEST_F(LookupCacheTest, TheLastOneWhoLeavesGivesTheQuestionUp) {
  int given_up = 0;
  const FlightPtr flight = cache.begin("a");
  flight->give_up = [&] { ++given_up; };
  {
    Seat first{flight};
    { Seat second{flight}; }
    EXPECT_EQ(given_up, 0);
    EXPECT_EQ(cache.under_way("a"), flight);
  }
  EXPECT_EQ(given_up, 1);
  EXPECT_EQ(cache.under_way("a"), nullptr);
}

TEST_F(LookupCacheTest, WhoGoesOnMayAskAgainAtOnce) {
  const FlightPtr flight = cache.begin("a");
  StartedTask<SourceValue> waiting{answer_for(Seat{flight})};
  LookupAnswer failure = uid("1");
  failure.keep = false;

  cache.end(flight, failure, start);

  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.take().value, "1");
  EXPECT_EQ(cache.under_way("a"), nullptr);
}

TEST(LookupBoard, CachesLiveAsLongAsSomebodyHoldsThem) {
  LookupBoard board{2};
  CachesPtr first = board.caches("a", {});
  EXPECT_EQ(board.caches("a", {}), first);
  EXPECT_NE(board.caches("b", {}), first);
  EXPECT_NE(&first->of(0), &first->of(1));

  const std::weak_ptr<const LookupCaches> watched = first;
  first.reset();

  EXPECT_TRUE(watched.expired());
  board.caches("c", {});
  EXPECT_EQ(board.size(), 1U);
}

TEST(LookupBoard, DifferentWordsMakeDifferentTexts) {
  EXPECT_NE(canonical_text({"ab", "c"}), canonical_text({"a", "bc"}));
  EXPECT_NE(canonical_text({"a"}), canonical_text({"a", ""}));
  EXPECT_EQ(canonical_text({"a", "b"}), canonical_text({"a", "b"}));
}

TEST(JsonPlace, FindsStringsAndIntegers) {
  const std::string text =
      R"({"a":{"b":[{"c":"x"},17]},"n":null,"t":true,"big":18446744073709551615})";
  const auto at = [&](std::string_view way) { return find_in_json(text, split_way(way)); };

  EXPECT_EQ(at("a.b.0.c").value, "x");
  EXPECT_EQ(at("a.b.1").value, "17");
  EXPECT_EQ(at("big").value, "18446744073709551615");
  for (const char* const way : {"z", "a.z", "a.b.2", "a.b.-1", "a.b.x", "n", "t.x", "a..b"}) {
    EXPECT_EQ(at(way).kind, JsonFinding::Kind::absent) << way;
  }
  for (const char* const way : {"", "a", "a.b", "t"}) {
    EXPECT_EQ(at(way).kind, JsonFinding::Kind::unusable) << way;
  }
}

TEST(JsonPlace, WhatIsNotJsonIsUnusable) {
  const std::string deep(60'000, '[');
  for (const std::string& text : {std::string{}, std::string{"{"}, std::string{"\"\xff\""}, deep}) {
    EXPECT_EQ(find_in_json(text, {"a"}).kind, JsonFinding::Kind::unusable) << text.substr(0, 9);
  }
}

}  // namespace
}  // namespace pushgate::agent
