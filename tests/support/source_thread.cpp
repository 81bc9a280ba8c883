#include "support/source_thread.hpp"

#include <utility>

namespace pushgate::test {

TestSourceThread::TestSourceThread() : TestSourceThread(Settings{}) {}

TestSourceThread::TestSourceThread(Settings settings)
    : settings_(std::move(settings)),
      log_(runtime::Log::open({.level = runtime::LogLevel::debug, .file = folder_.file("log")})
               .value()),
      rare_log_(*log_) {}

TestSourceThread::~TestSourceThread() = default;

fetch::Client& TestSourceThread::http() {
  if (!http_) http_ = std::make_unique<fetch::Client>(io_.get_executor(), settings_.http);
  return *http_;
}

redis::Client* TestSourceThread::redis() {
  if (!redis_ && settings_.redis) {
    redis_ =
        redis::make_client({io_.get_executor(), *log_, redis_metrics_}, *settings_.redis).value();
    redis_->start();
  }
  return redis_.get();
}

void TestSourceThread::settle() {
  io_.restart();
  io_.poll();
  reactor_.refresh_now();
}

agent::SourceValue TestSourceThread::ask(const agent::IdentitySource& source,
                                         const agent::RequestView& request) {
  agent::SourceValue value = source.look(on_this_thread(request));
  if (value.kind != agent::SourceValue::Kind::later) return value;
  return finish(std::move(*value.task));
}

std::string TestSourceThread::logged() {
  // What logs later writes nowhere, so everything that could is gone first.
  http_.reset();
  redis_.reset();
  log_.reset();
  return folder_.read("log");
}

}  // namespace pushgate::test
