#include "node/api/api_service.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "pushgate/base/identity.hpp"
#include "pushgate/node/json_text.hpp"
#include "pushgate/node/push.hpp"

#include "node/api/api_answers.hpp"
#include "node/node_core.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

constexpr std::size_t kMaxPage = 1000;

ApiReply bad_parameter(std::string_view name, std::string_view what) {
  const std::string message = std::string{name}.append(" ").append(what);
  return to_reply({400, "bad_field", message, std::string{name}});
}

/// The first parameter that is none of `known`.
std::optional<ApiReply> refuse_unknown(const ApiParameters& query,
                                       std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return to_reply({400, "unknown_field", "there is no parameter " + name, name});
    }
  }
  return std::nullopt;
}

std::string value_of(const ApiParameters& query, std::string_view name,
                     std::string_view otherwise) {
  const auto found = query.find(name);
  return found == query.end() ? std::string{otherwise} : found->second;
}

ApiReply no_push() { return to_reply({503, "no_push", "this process cannot push to users", {}}); }

ApiReply not_present() {
  return to_reply({409, "presence_off", "the room's rule does not say \"presence\": true", "room"});
}

std::string_view push_json_name(bool stored) { return stored ? "true" : "false"; }

ApiReply message_reply(const PushReport& report) {
  std::string out = "{\"id\":";
  append_json_string(out, report.message_id);
  out += ",\"users\":[";
  for (const PushStatus& user : report.users) {
    if (out.back() == '}') out += ',';
    out += "{\"uid\":";
    append_json_string(out, user.uid);
    out += ",\"sent\":" + std::to_string(user.sent);
    out += ",\"acknowledged\":" + std::to_string(user.acknowledged);
    out += ",\"timedOut\":" + std::to_string(user.timed_out);
    out.append(",\"stored\":").append(push_json_name(user.stored)).append("}");
  }
  out += report.missing_nodes.empty() ? "],\"partial\":false" : "],\"partial\":true";
  out += ",\"missing\":[";
  for (const std::string& node : report.missing_nodes) {
    if (out.back() == '"') out += ',';
    append_json_string(out, node);
  }
  out += "]}";
  return {200, std::move(out)};
}

}  // namespace

ApiLimits ApiService::limits() const {
  const std::shared_ptr<const NodeSnapshot> settings = node_.snapshot();
  return {settings->config().max_attachments,
          [settings](std::string_view nsp) { return settings->serves_namespace(nsp); }};
}

// ---- commands
// -----------------------------------------------------------------------------------

ApiReply ApiService::run(ApiCommand command, KeptTogether& kept) const {
  if (auto* const wish = std::get_if<PublishWish>(&command)) return publish(std::move(*wish), kept);
  if (auto* const wish = std::get_if<PushWish>(&command)) return push(std::move(*wish));
  if (auto* const wish = std::get_if<DisconnectWish>(&command)) return disconnect(std::move(*wish));
  return change_membership(std::move(std::get<MembershipWish>(command)));
}

ApiReply ApiService::publish(PublishWish wish, KeptTogether& kept) const {
  Envelope envelope;
  envelope.packet = std::move(wish.event);
  envelope.options.rooms = std::move(wish.rooms);
  envelope.options.except = std::move(wish.except);
  envelope.options.flags.is_volatile = wish.is_volatile;
  envelope.keep = wish.keep;
  PublishedDone done = kept.expect();
  if (!node_.publish(std::move(envelope), NodeCore::kNoThread, done)) done({});
  return {};
}

ApiReply ApiService::push(PushWish wish) const {
  if (push_ == nullptr) return no_push();
  const std::string id =
      push_->push({.uids = std::move(wish.uids),
                   .nsp = wish.event.nsp,
                   .data = std::move(wish.event.data),
                   .attachments = std::move(wish.event.attachments),
                   .ack_timeout = wish.ack_timeout.value_or(std::chrono::milliseconds{0}),
                   .mailbox_ttl = wish.mailbox_ttl},
                  nullptr);
  return {200, "{\"ok\":true,\"id\":\"" + id + "\"}"};
}

ApiReply ApiService::disconnect(DisconnectWish wish) const {
  SocketsDisconnect action{.options = {.rooms = std::move(wish.who)}, .close = wish.close};
  node_.command({std::move(wish.nsp), std::move(action)}, NodeCore::kNoThread);
  return {};
}

ApiReply ApiService::change_membership(MembershipWish wish) const {
  BroadcastOptions options{.rooms = std::move(wish.who)};
  CommandAction action =
      wish.is_join ? CommandAction{SocketsJoin{std::move(options), std::move(wish.rooms)}}
                   : CommandAction{SocketsLeave{std::move(options), std::move(wish.rooms)}};
  node_.command({std::move(wish.nsp), std::move(action)}, NodeCore::kNoThread);
  return {};
}

// ---- questions
// ----------------------------------------------------------------------------------

void ApiService::ask(ApiOperation operation, const std::string& parameter,
                     const ApiParameters& query, ApiDone done) const {
  const std::string nsp = value_of(query, "nsp", "/");
  if (!limits().serves_namespace(nsp)) {
    return done(bad_parameter("nsp", "is no namespace of this node"));
  }
  if (operation == ApiOperation::rooms) return ask_rooms(query, std::move(done));
  if (operation == ApiOperation::presence) {
    if (auto refusal = refuse_unknown(query, {"nsp", "room"})) return done(std::move(*refusal));
    const std::string room = value_of(query, "room", {});
    if (room.empty()) return done(bad_parameter("room", "is missing"));
    if (!node_.snapshot()->rule_of(room).presence) return done(not_present());
    return fetch(
        nsp, room, [=](const Answers& answers) { return presence_reply(nsp, room, answers); },
        std::move(done));
  }
  if (auto refusal = refuse_unknown(query, {"nsp"})) return done(std::move(*refusal));
  if (operation == ApiOperation::message) return ask_message(parameter, std::move(done));
  if (operation == ApiOperation::user) {
    if (!Identity::valid_uid(parameter)) return done(bad_parameter("uid", "is no uid"));
    return fetch(
        nsp, user_room(parameter),
        [=](const Answers& answers) { return user_reply(nsp, parameter, answers); },
        std::move(done));
  }
  const bool with_members = node_.snapshot()->rule_of(parameter).presence;
  fetch(
      nsp, parameter,
      [=](const Answers& answers) { return room_reply(nsp, parameter, answers, with_members); },
      std::move(done));
}

void ApiService::ask_rooms(const ApiParameters& query, ApiDone done) const {
  if (auto refusal = refuse_unknown(query, {"nsp", "prefix", "after", "limit"})) {
    return done(std::move(*refusal));
  }
  RoomPage page{value_of(query, "prefix", {}), value_of(query, "after", {})};
  const std::string limit = value_of(query, "limit", "100");
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), page.limit);
  if (error != std::errc{} || end != limit.data() + limit.size() || page.limit < 1 ||
      page.limit > kMaxPage) {
    return done(bad_parameter("limit", "must be a number of 1 to 1000"));
  }
  const std::string nsp = value_of(query, "nsp", "/");
  node_.ask({nsp, ListRooms{}}, {}, [=, done = std::move(done)](const Answers& answers) {
    done(rooms_reply(nsp, answers, page));
  });
}

void ApiService::ask_message(const std::string& id, ApiDone done) const {
  if (push_ == nullptr) return done(no_push());
  push_->status(id, [done = std::move(done)](const std::optional<PushReport>& report) {
    done(report ? message_reply(*report)
                : to_reply({404, "unknown_message", "nothing is known of this message", "id"}));
  });
}

void ApiService::fetch(const std::string& nsp, std::string room,
                       std::function<ApiReply(const Answers&)> make, ApiDone done) const {
  FetchSockets question;
  question.options.rooms.push_back(std::move(room));
  node_.ask({nsp, std::move(question)}, {},
            [make = std::move(make), done = std::move(done)](const Answers& answers) {
              done(make(answers));
            });
}

}  // namespace pushgate::node
