// tls_test.cpp - https: whom the client trusts, and whom it does not.

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "pushgate/fetch/client.hpp"

#include "support/patience.hpp"
#include "support/scripted_service.hpp"
#include "support/test_certificates.hpp"

namespace pushgate::fetch {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Answers each connection's first request with "secret", and closes.
class TlsService {
 public:
  TlsService(asio::io_context& io, const test::TestCertificates& certificates)
      : acceptor_(io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {
    context_.use_certificate_chain_file(certificates.server());
    context_.use_private_key_file(certificates.server_key(), asio::ssl::context::pem);
    accept();
  }
  std::string url(const std::string& host) const {
    return "https://" + host + ':' + std::to_string(acceptor_.local_endpoint().port()) + '/';
  }
  int requests() const { return *requests_; }

 private:
  struct Connection {
    Connection(tcp::socket socket, asio::ssl::context& context)
        : stream(std::move(socket), context) {}
    asio::ssl::stream<tcp::socket> stream;
    std::array<char, 4096> buffer{};
    std::string answer = test::answered(200, "secret", "Connection: close\r\n").bytes;
  };

  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, tcp::socket socket) {
      if (error) return;
      serve(std::make_shared<Connection>(std::move(socket), context_), requests_);
      accept();
    });
  }
  static void serve(const std::shared_ptr<Connection>& peer, const std::shared_ptr<int>& requests) {
    peer->stream.async_handshake(
        asio::ssl::stream_base::server, [peer, requests](const ErrorCode& refused) {
          if (refused) return;
          peer->stream.async_read_some(
              asio::buffer(peer->buffer), [peer, requests](const ErrorCode& gone, std::size_t) {
                if (gone) return;
                ++*requests;
                asio::async_write(peer->stream, asio::buffer(peer->answer),
                                  [peer](const ErrorCode&, std::size_t) {});
              });
        });
  }

  asio::ssl::context context_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_;
  std::shared_ptr<int> requests_ = std::make_shared<int>(0);
};

class FetchTlsTest : public ::testing::Test {
 protected:
  FetchTlsTest() { std::signal(SIGPIPE, SIG_IGN); }  // as the program does

  Result<Response> ask(const std::string& url, const std::string& ca_file) {
    Client client{io.get_executor(), {.ca_file = ca_file}};
    Request request;
    request.url = url;
    request.timeout = test::kPatience;
    std::optional<Result<Response>> answer;
    client.start(request, [&](Result<Response> result) { answer = std::move(result); });
    const test::Deadline deadline;
    while (!answer && !deadline.passed()) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds{5});
    }
    return answer ? *std::move(answer) : Result<Response>{Error::stopped};
  }

  test::TestCertificates certificates;
  test::TestCertificates strangers;
  asio::io_context io{1};
  TlsService service{io, certificates};
};

TEST_F(FetchTlsTest, AServiceWithACertificateOfTheAuthority) {
  const Result<Response> answer = ask(service.url("127.0.0.1"), certificates.ca());

  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "secret");
}

TEST_F(FetchTlsTest, NobodyElseIsToldAnything) {
  EXPECT_EQ(ask(service.url("127.0.0.1"), strangers.ca()).error(), Error::unreachable);
  EXPECT_EQ(ask(service.url("127.0.0.1"), "").error(), Error::unreachable);
  EXPECT_EQ(ask(service.url("localhost"), certificates.ca()).error(), Error::unreachable)
      << "another name than in the certificate";
  EXPECT_EQ(ask(service.url("127.0.0.1"), "/nonexistent").error(), Error::unreachable);

  EXPECT_EQ(service.requests(), 0);
}

}  // namespace
}  // namespace pushgate::fetch
