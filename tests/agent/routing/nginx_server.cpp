#include "agent/routing/nginx_server.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pushgate::agent::sample {

namespace {

constexpr std::string_view kHeader = "\r\nX-Tried: ";

/// "a, b, c" taken apart.
std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t comma = list.find(", ");
    items.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 2);
  }
  return items;
}

bool readable_within(int fd, int timeout_ms) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, timeout_ms) == 1;
}

}  // namespace

NginxServer::NginxServer(std::string_view upstream_servers) {
  write_configuration(upstream_servers);
  start();
}

NginxServer::~NginxServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
}

void NginxServer::write_configuration(std::string_view upstream_servers) const {
  std::ostringstream out;
  out << "daemon off; master_process off; pid nginx.pid; error_log error.log crit;\n"
         "events { worker_connections 64; }\n"
         "http {\n"
         "  access_log off; keepalive_requests 1000000; ignore_invalid_headers off;\n"
         "  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;\n"
         "  uwsgi_temp_path t4; scgi_temp_path t5;\n"
         "  upstream pool { hash $http_x_key consistent;\n"
      << upstream_servers
      << "  }\n"
         "  server {\n"
         "    listen unix:"
      << folder_.file("front.sock")
      << ";\n"
         "    location / {\n"
         "      proxy_pass http://pool; proxy_next_upstream error; proxy_next_upstream_tries 0;\n"
         "      add_header X-Tried $upstream_addr always;\n"
         "    }\n"
         "  }\n"
         "}\n";
  folder_.write("nginx.conf", out.str());
}

void NginxServer::start() {
  const std::string prefix = folder_.path().string() + "/";
  const std::string log = folder_.file("error.log");
  const int parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes must not leave an nginx behind
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(null, 2);
    ::setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
    ::execlp("nginx", "nginx", "-p", prefix.c_str(), "-c", "nginx.conf", "-e", log.c_str(),
             nullptr);
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!connect()) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      problem_ = "nginx did not start (package nginx-light): " + folder_.read("error.log");
      return;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      problem_ = "nginx does not listen: " + folder_.read("error.log");
      return;
    }
    ::poll(nullptr, 0, 5);
  }
}

bool NginxServer::connect() {
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder_.file("front.sock");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return false;
  }
  connection_ = std::move(fd);
  return true;
}

/// The head and whatever came with it of nginx's answer.
std::string NginxServer::ask(std::string_view key) {
  std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Key: ";
  request.append(key).append("\r\n\r\n");
  if (!connect()) return {};
  if (::send(connection_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  char buffer[4096];
  while (answer.find("\r\n\r\n") == std::string::npos) {
    if (!readable_within(connection_.get(), 10'000)) return {};
    const ssize_t count = ::recv(connection_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return {};
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return answer;
}

std::vector<std::string> NginxServer::order(std::string_view key) {
  const std::string answer = ask(key);
  const std::size_t start = answer.find(kHeader);
  if (start == std::string::npos) return {};
  const std::size_t value = start + kHeader.size();
  return split(std::string_view{answer}.substr(value, answer.find("\r\n", value) - value));
}

}  // namespace pushgate::agent::sample
