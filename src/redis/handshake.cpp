#include "handshake.hpp"

#include "pushgate/redis/command.hpp"

namespace pushgate::redis {

namespace {

/// The answer to ROLE is an array whose first element is "master", "slave" or "sentinel".
bool is_master(const Reply& reply) {
  return reply.is_array() && !reply.elements.empty() && reply.elements[0].text == "master";
}

/// Not so while the server loads its data, has lost its master, or is busy with a script.
bool is_final(const Reply& reply) {
  const std::string_view word = reply.error_word();
  return word == "WRONGPASS" || word == "NOAUTH" || word == "NOPERM" || word == "ERR";
}

}  // namespace

Handshake::Handshake(const HandshakeSettings& settings) {
  if (!settings.password.empty()) {
    Command auth{"AUTH"};
    if (!settings.username.empty()) auth.arg(settings.username);
    ask(Question::auth, auth.arg(settings.password));
  }
  if (settings.must_be_master) ask(Question::role, Command{"ROLE"});
  if (settings.database != 0) ask(Question::select, Command{"SELECT"}.arg(settings.database));
  if (!settings.client_name.empty()) {
    ask(Question::name, Command{"CLIENT", "SETNAME", settings.client_name});
  }
  ask(Question::ping, Command{"PING"});
}

void Handshake::ask(Question question, const Command& command) {
  questions_.push_back(question);
  command.append_to(commands_);
}

Handshake::Progress Handshake::on_reply(const Reply& reply) {
  switch (questions_[answered_]) {
    case Question::auth:
    case Question::select:
      if (!reply.is_ok()) fault_ = reply.is_error() ? reply.text : "an odd answer to the login";
      break;
    case Question::role:
      // A user who may not ask cannot be told.
      if (reply.error_word() == "NOPERM") break;
      if (!is_master(reply)) fault_ = reply.is_error() ? reply.text : "not a master";
      break;
    case Question::name:
      break;  // a name is a convenience; who may not set one goes without
    case Question::ping:
      // A user who may not PING is logged in nevertheless.
      if (reply.is_error() && reply.error_word() != "NOPERM") fault_ = reply.text;
      if (!reply.is_error() && reply.text != "PONG") fault_ = "not a Redis server";
      break;
  }
  if (!fault_.empty()) {
    login_refused_ = is_final(reply);
    return Progress::refused;
  }
  return ++answered_ == questions_.size() ? Progress::done : Progress::more;
}

}  // namespace pushgate::redis
