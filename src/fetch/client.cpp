#include "pushgate/fetch/client.hpp"

#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include <curl/curl.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pushgate/base/clock.hpp"

#include "event_loop.hpp"
#include "transfer.hpp"

namespace pushgate::fetch {

namespace asio = boost::asio;

namespace {

struct FreeMulti {
  void operator()(CURLM* multi) const noexcept { ::curl_multi_cleanup(multi); }
};

/// An answer that waits to be handed over.
struct Finished {
  Client::Id id = 0;
  Client::Callback callback;
  Result<Response> result;
};

int events_of(EventLoop::Ready ready) noexcept {
  return (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
         (ready.error ? CURL_CSELECT_ERR : 0);
}

}  // namespace

/// Shared with what it has put into the executor's queue, so that a callback may destroy the
/// client.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(asio::any_io_executor executor, Client::Settings settings)
      : executor_(std::move(executor)),
        settings_(std::move(settings)),
        deadline_timer_(executor_),
        loop_(
            std::in_place, executor_,
            [this](int fd, EventLoop::Ready ready) { act(fd, events_of(ready)); },
            [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
    // Once per process; libcurl counts further calls, which do nothing.
    static const CURLcode global = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_.reset(::curl_multi_init());
    if (global != CURLE_OK || !multi_) throw std::bad_alloc{};
    const auto connections = static_cast<long>(settings_.max_connections);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  }

  Client::Id start(Request request, Client::Callback callback);
  void cancel(Client::Id id);
  void close();

 private:
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
  static int on_timer(CURLM*, long after_ms, void* self) noexcept;

  void act(curl_socket_t fd, int events);
  std::unique_ptr<Transfer> take(Client::Id id);
  void recycle(Transfer& transfer);
  void end(Client::Id id, const std::function<Result<Response>(Transfer&)>& result_of);
  void deliver();
  void deliver_later();
  void await_deadline();
  void on_deadline();

  asio::any_io_executor executor_;
  Client::Settings settings_;
  asio::steady_timer deadline_timer_;
  std::optional<EventLoop> loop_;  // outlives multi_, which tells it what to forget
  std::unique_ptr<CURLM, FreeMulti> multi_;
  struct Running {
    std::unique_ptr<Transfer> transfer;
    TimePoint deadline;
  };
  std::unordered_map<Client::Id, Running> running_;
  std::set<std::pair<TimePoint, Client::Id>> deadlines_;
  TimePoint awaited_deadline_ = TimePoint::max();
  std::deque<Finished> finished_;
  std::vector<EasyHandle> spare_;
  Client::Id last_id_ = 0;
  bool closed_ = false;
};

int Engine::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
  EventLoop& loop = *static_cast<Engine*>(self)->loop_;
  if (what == CURL_POLL_REMOVE) {
    loop.forget(fd);
    return 0;
  }
  const bool both = what == CURL_POLL_INOUT;
  return loop.watch(fd, {both || what == CURL_POLL_IN, both || what == CURL_POLL_OUT}) ? 0 : -1;
}

int Engine::on_timer(CURLM*, long after_ms, void* self) noexcept {
  EventLoop& loop = *static_cast<Engine*>(self)->loop_;
  if (after_ms < 0) {
    loop.disarm();
  } else {
    loop.arm(std::chrono::milliseconds{after_ms});
  }
  return 0;
}

Client::Id Engine::start(Request request, Client::Callback callback) {
  const Client::Id id = ++last_id_;
  const TimePoint deadline = Clock::now() + request.timeout;
  EasyHandle easy;
  if (spare_.empty()) {
    easy.reset(::curl_easy_init());
    if (!easy) throw std::bad_alloc{};
  } else {
    easy = std::move(spare_.back());
    spare_.pop_back();
  }
  auto transfer =
      std::make_unique<Transfer>(id, std::move(easy), std::move(request), std::move(callback));
  ErrorCode error = transfer->prepare(settings_.ca_file);
  // Nothing is called back from here: libcurl only asks for its timer.
  if (!error && ::curl_multi_add_handle(multi_.get(), transfer->easy()) != CURLM_OK) {
    error = Error::broken;
  }
  if (error) {
    finished_.push_back({id, transfer->take_callback(), error});
    recycle(*transfer);
    deliver_later();
    return id;
  }
  running_.emplace(id, Running{std::move(transfer), deadline});
  deadlines_.emplace(deadline, id);
  await_deadline();
  return id;
}

void Engine::cancel(Client::Id id) {
  if (const std::unique_ptr<Transfer> transfer = take(id)) {
    recycle(*transfer);
    return;
  }
  std::erase_if(finished_, [id](const Finished& finished) { return finished.id == id; });
}

void Engine::close() {
  closed_ = true;
  deadline_timer_.cancel();
  for (const auto& [id, running] : running_) {
    ::curl_multi_remove_handle(multi_.get(), running.transfer->easy());
  }
  // What they hold may call cancel() when it is destroyed, so the members are empty by then.
  const auto forgotten = std::exchange(running_, {});
  const auto undelivered = std::exchange(finished_, {});
  deadlines_.clear();
  spare_.clear();
  multi_.reset();
  loop_.reset();
}

/// Lets libcurl do what it can, and hands over what is complete.
void Engine::act(curl_socket_t fd, int events) {
  int still_running = 0;
  ::curl_multi_socket_action(multi_.get(), fd, events, &still_running);
  int left = 0;
  while (const CURLMsg* const message = ::curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* transfer = nullptr;
    ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    end(static_cast<const Transfer*>(transfer)->id(),
        [code](Transfer& ended) { return ended.finish(code); });
  }
  deliver();
}

/// Takes it out of everything but the memory it is in.
std::unique_ptr<Transfer> Engine::take(Client::Id id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return nullptr;
  std::unique_ptr<Transfer> transfer = std::move(found->second.transfer);
  deadlines_.erase({found->second.deadline, id});
  running_.erase(found);
  ::curl_multi_remove_handle(multi_.get(), transfer->easy());
  return transfer;
}

void Engine::recycle(Transfer& transfer) {
  if (spare_.size() >= settings_.max_connections) return;
  ::curl_easy_reset(transfer.easy());
  spare_.push_back(transfer.take_easy());
}

void Engine::end(Client::Id id, const std::function<Result<Response>(Transfer&)>& result_of) {
  const std::unique_ptr<Transfer> transfer = take(id);
  if (!transfer) return;
  finished_.push_back({id, transfer->take_callback(), result_of(*transfer)});
  recycle(*transfer);
}

void Engine::deliver() {
  const std::shared_ptr<Engine> self = shared_from_this();
  while (!finished_.empty()) {  // close() empties it
    Finished next = std::move(finished_.front());
    finished_.pop_front();
    if (next.callback) next.callback(std::move(next.result));
  }
}

void Engine::deliver_later() {
  asio::post(executor_, [weak = weak_from_this()] {
    if (const std::shared_ptr<Engine> self = weak.lock()) self->deliver();
  });
}

/// The timer is left alone if it ends before the first deadline: then it is set anew.
void Engine::await_deadline() {
  if (deadlines_.empty() || deadlines_.begin()->first >= awaited_deadline_) return;
  awaited_deadline_ = deadlines_.begin()->first;
  deadline_timer_.expires_at(awaited_deadline_);
  deadline_timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
    const std::shared_ptr<Engine> self = weak.lock();
    if (self && !error && !self->closed_) self->on_deadline();
  });
}

void Engine::on_deadline() {
  awaited_deadline_ = TimePoint::max();
  const TimePoint now = Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    end(deadlines_.begin()->second, [](Transfer&) { return Error::timed_out; });
  }
  await_deadline();
  deliver();
}

struct Client::Impl {
  std::shared_ptr<Engine> engine;
};

Client::Client(asio::any_io_executor executor, Settings settings)
    : impl_(std::make_unique<Impl>(
          Impl{std::make_shared<Engine>(std::move(executor), std::move(settings))})) {}

Client::~Client() { impl_->engine->close(); }

Client::Id Client::start(Request request, Callback callback) {
  return impl_->engine->start(std::move(request), std::move(callback));
}

void Client::cancel(Id id) { impl_->engine->cancel(id); }

}  // namespace pushgate::fetch
