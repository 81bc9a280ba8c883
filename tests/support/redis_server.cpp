#include "support/redis_server.hpp"

#include <csignal>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "support/patience.hpp"

namespace pushgate::test {

namespace {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Connection = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RawReply = std::unique_ptr<redisReply, FreeReply>;

redis::Reply copy(const redisReply& raw) {
  using Type = redis::Reply::Type;
  redis::Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_INTEGER:
      reply.type = Type::integer;
      break;
    case REDIS_REPLY_STATUS:
      reply.type = Type::status;
      break;
    case REDIS_REPLY_ERROR:
      reply.type = Type::error;
      break;
    case REDIS_REPLY_STRING:
      reply.type = Type::bulk;
      break;
    case REDIS_REPLY_ARRAY:
      reply.type = Type::array;
      break;
    default:
      return reply;
  }
  reply.integer = reply.type == Type::integer ? raw.integer : 0;
  if (raw.str != nullptr) reply.text.assign(raw.str, raw.len);
  for (std::size_t i = 0; i < raw.elements; ++i) reply.elements.push_back(copy(*raw.element[i]));
  return reply;
}

RawReply ask(redisContext& connection, std::initializer_list<std::string_view> words) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  return RawReply{static_cast<redisReply*>(redisCommandArgv(
      &connection, static_cast<int>(words.size()), pointers.data(), sizes.data()))};
}

Connection connect(unsigned port) {
  return Connection{
      redisConnectWithTimeout("127.0.0.1", static_cast<int>(port), {kPatience.count(), 0})};
}

[[noreturn]] void run_server(const std::vector<std::string>& words, const std::string& output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

ReservedPort::ReservedPort() : holder_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // Bound and not listening: another socket that has this option too may take the same port, but
  // the kernel gives it to nobody who lets it choose.
  const int yes = 1;
  ::setsockopt(holder_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(holder_.get(), plain, size) != 0 || ::getsockname(holder_.get(), plain, &size) != 0) {
    throw std::runtime_error("no port to be had");
  }
  number_ = ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  start();
}

RedisServer::RedisServer(std::vector<std::string> arguments, std::string_view config)
    : config_file_(folder_.write("redis.conf", config)), arguments_(std::move(arguments)) {
  start();
}

RedisServer::~RedisServer() { kill(); }

redis::ServerAddress RedisServer::address() const {
  return {"127.0.0.1", static_cast<std::uint16_t>(port()), {}};
}

void RedisServer::start() { start_with({}); }

void RedisServer::start_with(const std::vector<std::string>& more) {
  std::vector<std::string> words{"redis-server",
                                 "--port",
                                 port_text(),
                                 "--bind",
                                 "127.0.0.1",
                                 "--dir",
                                 folder_.path().string(),
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--unixsocket",
                                 unix_path(),
                                 "--enable-debug-command",
                                 "yes"};
  if (!config_file_.empty()) words.insert(words.begin() + 1, config_file_);
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  words.insert(words.end(), more.begin(), more.end());
  const std::string output = folder_.file("output");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) run_server(words, output);
  wait_until_ready();
}

void RedisServer::wait_until_ready() {
  bool ended = false;
  const bool ready = eventually([&] {
    ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended) return true;
    const Connection connection = connect(port());
    if (!connection || connection->err != 0) return false;
    const RawReply reply = ask(*connection, {"PING"});
    // Whoever asks for a password is ready too.
    return reply && std::string_view{reply->str, reply->len}.substr(0, 7) != "LOADING";
  });
  if (ended) pid_ = -1;
  if (!ready || ended) throw std::runtime_error("redis-server did not start:\n" + output());
}

void RedisServer::end_with(int signal) {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  if (signal != SIGKILL) {
    ::kill(pid_, SIGCONT);
    // A server that does not end by itself is ended.
    if (!eventually([&] { return ::waitpid(pid_, nullptr, WNOHANG) == pid_; })) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  } else {
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

void RedisServer::freeze() { ::kill(pid_, SIGSTOP); }

void RedisServer::thaw() { ::kill(pid_, SIGCONT); }

redis::Reply RedisServer::command(std::initializer_list<std::string_view> words) const {
  const Connection connection = connect(port());
  if (!connection || connection->err != 0) throw std::runtime_error("redis-server is gone");
  if (!password_.empty()) ask(*connection, {"AUTH", password_});
  const RawReply reply = ask(*connection, words);
  if (!reply) throw std::runtime_error("redis-server does not answer");
  return copy(*reply);
}

}  // namespace pushgate::test
