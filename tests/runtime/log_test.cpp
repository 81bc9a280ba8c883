// log_test.cpp - what a log line looks like, where it goes, and that nobody waits for it.

#include "pushgate/runtime/log.hpp"

#include <filesystem>
#include <limits>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/runtime/access_log.hpp"

#include "runtime/ops_fixture.hpp"

namespace pushgate::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(LogLine, TextShowsFieldsAsKeyAndValue) {
  EXPECT_EQ(format_log_line(LogStyle::text, "listening",
                            {{"address", "0.0.0.0:6003"}, {"threads", 4}, {"tls", false}}),
            "listening address=0.0.0.0:6003 threads=4 tls=false");
}

TEST(LogLine, TextQuotesWhatWouldBeAmbiguous) {
  EXPECT_EQ(format_log_line(LogStyle::text, "m",
                            {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\""}}),
            R"(m a="two words" b="" c="x=y" d="say \"hi\"")");
}

TEST(LogLine, AValueCannotForgeALine) {
  const std::string text =
      format_log_line(LogStyle::text, "m\n", {{"path", "/\r\n2026 error forged"}});
  const std::string json = format_log_line(LogStyle::json, "m", {{"path", "/\r\n"}});

  EXPECT_EQ(text, R"(m\x0a path="/\x0d\x0a2026 error forged")");
  EXPECT_EQ(json, R"("message":"m","path":"/\u000d\u000a")");
}

TEST(LogLine, JsonKeepsTheTypesOfValues) {
  EXPECT_EQ(format_log_line(LogStyle::json, "m",
                            {{"n", -1},
                             {"u", std::numeric_limits<std::uint64_t>::max()},
                             {"d", 0.5},
                             {"nan", std::numeric_limits<double>::quiet_NaN()},
                             {"t", true},
                             {"s", std::string{"\xff"}}}),
            R"("message":"m","n":-1,"u":18446744073709551615,"d":0.5,"nan":null,"t":true,"s":")"
            "\xEF\xBF\xBD\"");
}

TEST(LogLevel, NamesAreReadAndOthersAreNot) {
  EXPECT_EQ(parse_log_level("warn"), LogLevel::warn);
  EXPECT_EQ(to_string(LogLevel::trace), "trace");
  EXPECT_FALSE(parse_log_level("Warn"));
  EXPECT_FALSE(parse_log_level("warning"));
}

class LogTest : public OpsFixture {
 protected:
  LogSettings to_file(LogStyle style) const {
    LogSettings settings;
    settings.style = style;
    settings.file = path("log");
    return settings;
  }
};

TEST_F(LogTest, ATextLineHasTimeLevelAndMessage) {
  Log::open(to_file(LogStyle::text)).value()->warn("odd", {{"n", 1}});

  EXPECT_THAT(read("log"), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                        "\\.[0-9]{3}Z warn odd n=1\n"));
}

TEST_F(LogTest, AJsonLineHasTimeLevelAndMessage) {
  Log::open(to_file(LogStyle::json)).value()->error("odd", {{"n", 1}});

  EXPECT_THAT(read("log"),
              MatchesRegex("\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"error\",\"message\":\"odd\","
                           "\"n\":1\\}\n"));
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
  auto log = Log::open(to_file(LogStyle::text)).value();

  log->debug("hidden");
  log->set_level(LogLevel::debug);
  log->debug("shown");
  log.reset();

  EXPECT_THAT(read("log"), MatchesRegex(".* debug shown\n"));
}

TEST_F(LogTest, AnUnwritableFileIsAnError) {
  LogSettings settings;
  settings.file = path("no/such/folder/log");

  EXPECT_EQ(Log::open(settings).error(), boost::system::errc::no_such_file_or_directory);
}

TEST_F(LogTest, ReopenFollowsTheNameAfterARotation) {
  auto log = Log::open(to_file(LogStyle::text)).value();
  log->info("first");
  ASSERT_TRUE(eventually([&] { return !read("log").empty(); }));
  std::filesystem::rename(path("log"), path("log.1"));

  EXPECT_FALSE(log->reopen());
  log->info("second");
  log.reset();

  EXPECT_THAT(read("log.1"), HasSubstr("first"));
  EXPECT_THAT(read("log"), MatchesRegex(".* info second\n"));
}

TEST_F(LogTest, TheOldFileStaysIfReopeningFails) {
  std::filesystem::create_directory(path("d"));
  LogSettings settings;
  settings.file = path("d/log");
  auto log = Log::open(settings).value();
  std::filesystem::rename(path("d"), path("e"));

  EXPECT_TRUE(log->reopen());
  log->info("still here");
  log.reset();

  EXPECT_THAT(read("e/log"), HasSubstr("still here"));
}

TEST_F(LogTest, LinesOfManyThreadsAllArrive) {
  auto log = Log::open(to_file(LogStyle::text)).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log->info("line");
    });
  }
  for (std::thread& thread : threads) thread.join();
  log.reset();

  EXPECT_EQ(count_lines(read("log")), 400U);
}

// A FIFO whose reader stands still: what a stuck log shipper looks like.
class StuckOutput {
 public:
  explicit StuckOutput(const std::string& path) {
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    reader_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  }
  std::string drain() {
    std::string all;
    char chunk[4096];
    ssize_t n = 0;
    while ((n = ::read(reader_.get(), chunk, sizeof chunk)) > 0) {
      all.append(chunk, static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  UniqueFd reader_;
};

TEST_F(LogTest, AStuckOutputCostsLinesAndNothingElse) {
  StuckOutput output{path("fifo")};
  LogSettings settings;
  settings.file = path("fifo");
  auto log = Log::open(settings).value();

  const std::string long_text(1'000, 'x');
  for (int i = 0; i < 3'000; ++i) log->info("line", {{"text", long_text}});

  EXPECT_GT(log->dropped(), 0U);
  log.reset();  // returns although nobody reads
}

TEST_F(LogTest, LostLinesAreReportedOnceTheOutputMovesAgain) {
  StuckOutput output{path("fifo")};
  LogSettings settings;
  settings.file = path("fifo");
  auto log = Log::open(settings).value();
  const std::string long_text(1'000, 'x');
  for (int i = 0; i < 3'000; ++i) log->info("line", {{"text", long_text}});
  ASSERT_GT(log->dropped(), 0U);

  std::string seen;
  const bool reported = eventually([&] {
    seen += output.drain();
    log->info("again");
    return seen.find("warn log lines lost lines=") != std::string::npos;
  });

  EXPECT_TRUE(reported);
}

class AccessLogTest : public OpsFixture {
 protected:
  AccessLogSettings to_file() const {
    AccessLogSettings settings;
    settings.file = path("access");
    return settings;
  }
};

TEST_F(AccessLogTest, LinesAreWrittenAsTheyAre) {
  auto log = AccessLog::open(to_file()).value();
  {
    AccessLogBatch batch{log.get()};
    batch.append("GET / 200");
    batch.append("GET /{}%v 404");
  }
  log.reset();

  EXPECT_EQ(read("access"), "GET / 200\nGET /{}%v 404\n");
}

TEST_F(AccessLogTest, ABatchWaitsForItsTick) {
  auto log = AccessLog::open(to_file()).value();
  AccessLogBatch batch{log.get()};

  batch.append("one");
  EXPECT_EQ(read("access"), "");
  batch.flush();

  EXPECT_TRUE(eventually([&] { return read("access") == "one\n"; }));
}

TEST_F(AccessLogTest, AFullBatchGoesAtOnce) {
  auto log = AccessLog::open(to_file()).value();
  AccessLogBatch batch{log.get()};

  const std::string line(1'023, 'x');
  for (int i = 0; i < 16; ++i) batch.append(line);

  EXPECT_TRUE(eventually([&] { return count_lines(read("access")) == 16; }));
}

TEST_F(AccessLogTest, WithoutALogABatchDoesNothing) {
  AccessLogBatch batch{nullptr};

  batch.append("one");
  batch.flush();

  EXPECT_FALSE(batch.enabled());
}

TEST_F(AccessLogTest, BatchesOfThreadsAreNeverMixedWithinALine) {
  auto log = AccessLog::open(to_file()).value();
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c'}) {
    threads.emplace_back([&log, letter] {
      AccessLogBatch batch{log.get()};
      for (int i = 0; i < 2'000; ++i) batch.append(std::string(99, letter));
    });
  }
  for (std::thread& thread : threads) thread.join();
  log.reset();

  const std::string all = read("access");
  ASSERT_EQ(all.size(), 3U * 2'000 * 100);
  for (std::size_t at = 0; at < all.size(); at += 100) {
    ASSERT_EQ(all.substr(at, 100), std::string(99, all[at]) + "\n");
  }
}

TEST_F(AccessLogTest, LinesBeyondTheQueueAreCountedOneByOne) {
  StuckOutput output{path("fifo")};
  AccessLogSettings settings;
  settings.file = path("fifo");
  settings.max_queued_bytes = 100'000;
  auto log = AccessLog::open(settings).value();

  const std::string batch = std::string(99, 'x') + "\n" + std::string(99, 'y') + "\n";
  for (int i = 0; i < 5'000; ++i) log->write(batch);

  // The pipe takes 65,536 bytes and the queue 100,000; everything else is lost, and known.
  EXPECT_GE(log->dropped(), 10'000U - (65'536U + 100'000U + 200U) / 100U);
  EXPECT_EQ(log->dropped() % 2, 0U);
}

TEST_F(AccessLogTest, ReopenFollowsTheNameAfterARotation) {
  auto log = AccessLog::open(to_file()).value();
  log->write("first\n");
  ASSERT_TRUE(eventually([&] { return !read("access").empty(); }));
  std::filesystem::rename(path("access"), path("access.1"));

  EXPECT_FALSE(log->reopen());
  log->write("second\n");
  log.reset();

  EXPECT_EQ(read("access.1"), "first\n");
  EXPECT_EQ(read("access"), "second\n");
}

}  // namespace
}  // namespace pushgate::runtime
