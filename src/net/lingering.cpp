#include "pushgate/net/lingering.hpp"

#include <utility>

namespace pushgate::net {

using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;

class LingeringSockets::One final : public runtime::EventSink,
                                    private runtime::TimerNode,
                                    public boost::intrusive::list_base_hook<> {
 public:
  One(LingeringSockets& owner, Socket socket) : owner_(owner), socket_(std::move(socket)) {
    socket_.channel().sink = this;
    socket_.channel().interest = kReadable | kPeerClosed | kBroken;
    socket_.shutdown_write();
    owner_.reactor_.arm(*this, owner_.reactor_.now() + kAtMost);
  }

  runtime::Channel& channel() noexcept { return socket_.channel(); }

  /// False once the peer has closed, or has sent too much.
  bool discard_input() {
    runtime::Reactor& reactor = owner_.reactor_;
    while (socket_.channel().ready & kReadable) {
      const IoResult got = socket_.read(reactor.scratch(), runtime::Reactor::kScratchBytes);
      if (got.status == IoStatus::would_block) return true;
      if (got.status != IoStatus::ok) return false;
      discarded_ += got.bytes;
      if (discarded_ > kMostBytes) return false;
    }
    return !(socket_.channel().ready & kBroken);
  }

 private:
  void on_ready(runtime::Channel&) override {
    if (!discard_input()) end();
  }
  void on_timer(TimePoint) override { end(); }
  void end() {
    owner_.sockets_->erase(owner_.sockets_->iterator_to(*this));
    --owner_.size_;
    delete this;
  }

  LingeringSockets& owner_;
  Socket socket_;
  std::size_t discarded_ = 0;
};

LingeringSockets::LingeringSockets(runtime::Reactor& reactor)
    : reactor_(reactor), sockets_(std::make_unique<List>()) {}

LingeringSockets::~LingeringSockets() { close_all(); }

void LingeringSockets::add(Socket socket) {
  auto one = std::make_unique<One>(*this, std::move(socket));
  // What has come already brings no further event. No scratch here: somebody may be reading it.
  sockets_->push_back(*one);
  ++size_;
  reactor_.run_again(one.release()->channel());
}

void LingeringSockets::close_all() noexcept {
  sockets_->clear_and_dispose([](One* one) { delete one; });
  size_ = 0;
}

}  // namespace pushgate::net
