#include "support/scripted_service.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "pushgate/base/result.hpp"

namespace pushgate::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct ScriptedService::State {
  State(asio::io_context& its_io, Answer its_answer)
      : io(its_io), acceptor(its_io), answer(std::move(its_answer)) {}

  asio::io_context& io;
  tcp::acceptor acceptor;
  Answer answer;
  std::vector<std::string> requests;
  std::vector<std::weak_ptr<Connection>> connections;
  std::size_t accepted = 0;
  std::uint16_t port = 0;
};

struct ScriptedService::Connection : std::enable_shared_from_this<Connection> {
  Connection(tcp::socket its_socket, std::weak_ptr<State> its_state)
      : socket(std::move(its_socket)), state(std::move(its_state)) {}

  void close() {
    ErrorCode ignored;
    socket.close(ignored);
  }

  void read() {
    socket.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t n) {
                             if (error) return self->close();
                             self->received.append(self->buffer.data(), n);
                             self->handle();
                             self->read();
                           });
  }

  /// Takes a whole request off what has been received; empty if there is none.
  std::string next_request() {
    const std::size_t end = received.find("\r\n\r\n");
    if (end == received.npos) return {};
    std::size_t size = end + 4;
    const std::size_t length = received.find("Content-Length: ");
    if (length < end) size += std::stoul(received.substr(length + 16));
    if (received.size() < size) return {};
    std::string request = received.substr(0, size);
    received.erase(0, size);
    return request;
  }

  void handle() {
    const std::shared_ptr<State> service = state.lock();
    for (std::string request; service && !(request = next_request()).empty();) {
      service->requests.push_back(request);
      pending.push_back(service->answer(request));
    }
    send();
  }

  void send() {
    if (sending || pending.empty() || pending.front().hold_back) return;
    sending = true;
    ServiceAnswer& next = pending.front();
    const std::size_t piece = next.piece == 0 ? next.bytes.size() : next.piece;
    out = next.bytes.substr(0, piece);
    next.bytes.erase(0, out.size());
    asio::async_write(socket, asio::buffer(out),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                        self->sending = false;
                        if (error) return self->close();
                        self->sent();
                      });
  }

  void sent() {
    if (pending.front().bytes.empty()) {
      const bool last = pending.front().close;
      pending.erase(pending.begin());
      if (last) return close();
    }
    asio::post(socket.get_executor(), [self = shared_from_this()] { self->send(); });
  }

  void release() {
    for (ServiceAnswer& answer : pending) answer.hold_back = false;
    send();
  }

  tcp::socket socket;
  std::weak_ptr<State> state;
  std::array<char, 16384> buffer{};
  std::string received;
  std::string out;
  std::vector<ServiceAnswer> pending;
  bool sending = false;
};

namespace {

template <class State, class Connection>
void accept_next(const std::shared_ptr<State>& state) {
  state->acceptor.async_accept([state](const ErrorCode& error, tcp::socket socket) {
    if (error) return;
    ++state->accepted;
    const auto connection = std::make_shared<Connection>(std::move(socket), state);
    state->connections.push_back(connection);
    connection->read();
    accept_next<State, Connection>(state);
  });
}

}  // namespace

ScriptedService::ScriptedService(asio::io_context& io, Answer answer)
    : state_(std::make_shared<State>(io, std::move(answer))) {
  const tcp::endpoint any{asio::ip::address_v4::loopback(), 0};
  state_->acceptor.open(any.protocol());
  state_->acceptor.bind(any);
  state_->acceptor.listen();
  state_->port = state_->acceptor.local_endpoint().port();
  accept_next<State, Connection>(state_);
}

ScriptedService::~ScriptedService() { stop(); }

std::uint16_t ScriptedService::port() const { return state_->port; }

std::string ScriptedService::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(state_->port) + path;
}

void ScriptedService::answer_with(Answer answer) { state_->answer = std::move(answer); }

const std::vector<std::string>& ScriptedService::requests() const { return state_->requests; }

std::size_t ScriptedService::connections() const { return state_->accepted; }

std::size_t ScriptedService::open_connections() const {
  std::size_t open = 0;
  for (const auto& weak : state_->connections) {
    const auto connection = weak.lock();
    if (connection && connection->socket.is_open()) ++open;
  }
  return open;
}

void ScriptedService::release() {
  for (const auto& weak : state_->connections) {
    if (const auto connection = weak.lock()) connection->release();
  }
}

void ScriptedService::stop() {
  ErrorCode ignored;
  state_->acceptor.close(ignored);
  for (const auto& weak : state_->connections) {
    if (const auto connection = weak.lock()) connection->close();
  }
}

ServiceAnswer answered(int status, const std::string& body, const std::string& fields) {
  ServiceAnswer answer;
  answer.bytes = "HTTP/1.1 " + std::to_string(status) +
                 " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
                 "\r\n" + body;
  return answer;
}

}  // namespace pushgate::test
