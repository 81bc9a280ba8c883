#include "subscriptions.hpp"

#include <algorithm>
#include <tuple>

#include "pushgate/redis/command.hpp"

#include "cluster_slots.hpp"

namespace pushgate::redis {

namespace {

using Kind = SubscriptionKind;

constexpr std::array kKinds{Kind::channel, Kind::pattern, Kind::shard};

std::string_view command_name(Kind kind, bool subscribes) {
  switch (kind) {
    case Kind::channel:
      return subscribes ? "SUBSCRIBE" : "UNSUBSCRIBE";
    case Kind::pattern:
      return subscribes ? "PSUBSCRIBE" : "PUNSUBSCRIBE";
    case Kind::shard:
      break;
  }
  return subscribes ? "SSUBSCRIBE" : "SUNSUBSCRIBE";
}

/// What the first word of a push means.
struct Word {
  std::string_view text;
  Kind kind;
  bool is_message;
  bool subscribes;
};
constexpr std::array<Word, 9> kWords{{
    {"message", Kind::channel, true, false},
    {"pmessage", Kind::pattern, true, false},
    {"smessage", Kind::shard, true, false},
    {"subscribe", Kind::channel, false, true},
    {"psubscribe", Kind::pattern, false, true},
    {"ssubscribe", Kind::shard, false, true},
    {"unsubscribe", Kind::channel, false, false},
    {"punsubscribe", Kind::pattern, false, false},
    {"sunsubscribe", Kind::shard, false, false},
}};

}  // namespace

template <class Change>
void Subscriptions::change(Channel& channel, Change change) {
  wanted_ -= channel.wanted ? 1 : 0;
  confirmed_ -= channel.confirmed() ? 1 : 0;
  change(channel);
  wanted_ += channel.wanted ? 1 : 0;
  confirmed_ += channel.confirmed() ? 1 : 0;
}

bool Subscriptions::want(Kind kind, std::string_view channel) {
  Channels& all = of(kind);
  auto found = all.find(channel);
  if (found == all.end()) found = all.emplace(channel, Channel{}).first;
  Channel& state = found->second;
  change(state, [](Channel& one) {
    one.wanted = true;
    one.leave_at = TimePoint::max();
  });
  if (!state.told) enqueue(kind, found->first, state);
  return state.confirmed();
}

void Subscriptions::unwant(Kind kind, std::string_view channel, TimePoint now, bool at_once) {
  const auto found = of(kind).find(channel);
  if (found == of(kind).end() || !found->second.wanted) return;
  Channel& state = found->second;
  change(state, [](Channel& one) { one.wanted = false; });
  if (!state.told) {
    forget_if_done(kind, found);
  } else if (at_once) {
    enqueue(kind, found->first, state);
  } else {
    state.leave_at = now + delay_;
    leaving_.push_back({state.leave_at, kind, found->first});
  }
}

void Subscriptions::enqueue(Kind kind, const std::string& channel, Channel& state) {
  if (std::exchange(state.queued, true)) return;
  queue_.emplace_back(kind, channel);
}

void Subscriptions::disconnected() {
  queue_.clear();
  unanswered_.clear();
  leaving_.clear();
  confirmed_ = 0;
  for (const Kind kind : kKinds) {
    std::erase_if(of(kind), [](const auto& one) { return !one.second.wanted; });
    for (auto& [channel, state] : of(kind)) {
      state = Channel{.wanted = true};
      enqueue(kind, channel, state);
    }
  }
}

void Subscriptions::append_commands(std::string& out) {
  for (Batch& batch : take_batches()) {
    Command command{command_name(batch.kind, batch.subscribes)};
    for (const std::string& channel : batch.channels) {
      command.arg(channel);
      on_told(batch.kind, channel, batch.subscribes);
    }
    command.append_to(out);
    unanswered_.push_back(std::move(batch));
  }
}

/// What is queued and still makes a difference, equal commands together. Commands for the same
/// channel never meet here: it is queued once.
std::vector<Subscriptions::Batch> Subscriptions::take_batches() {
  std::vector<std::tuple<Kind, bool, unsigned, std::string>> work;
  for (auto& [kind, channel] : std::exchange(queue_, {})) {
    const auto found = of(kind).find(channel);
    if (found == of(kind).end()) continue;
    found->second.queued = false;
    if (found->second.wanted == found->second.told) {
      forget_if_done(kind, found);
      continue;
    }
    const bool by_slot = one_slot_per_command_ && kind == Kind::shard;
    work.emplace_back(kind, found->second.wanted, by_slot ? key_slot(channel) : 0u,
                      std::move(channel));
  }
  std::stable_sort(work.begin(), work.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a), std::get<2>(a)) <
           std::tie(std::get<0>(b), std::get<1>(b), std::get<2>(b));
  });
  std::vector<Batch> batches;
  for (auto& [kind, subscribes, slot, channel] : work) {
    if (batches.empty() || batches.back().kind != kind || batches.back().subscribes != subscribes ||
        batches.back().slot != slot || batches.back().channels.size() == kBatch) {
      batches.push_back({kind, subscribes, slot, {}, 0});
    }
    batches.back().channels.push_back(std::move(channel));
  }
  return batches;
}

void Subscriptions::on_told(Kind kind, const std::string& channel, bool subscribes) {
  change(of(kind).find(channel)->second, [subscribes](Channel& one) {
    one.told = subscribes;
    ++one.unanswered;
  });
}

SubscriptionEvent Subscriptions::on_reply(Reply& reply) {
  if (reply.is_array()) return on_array(reply);
  if (reply.is_error()) return on_error(reply);
  // The answer to a PING while nothing is subscribed.
  return {.type = reply.is_text() ? Event::Type::nothing : Event::Type::nonsense};
}

SubscriptionEvent Subscriptions::on_array(Reply& reply) {
  const std::vector<Reply>& parts = reply.elements;
  if (parts.size() < 2) return {.type = Event::Type::nonsense};
  if (parts[0].text == "pong") return {};
  const auto* const word = std::find_if(kWords.begin(), kWords.end(),
                                        [&](const Word& one) { return one.text == parts[0].text; });
  const bool pattern = word != kWords.end() && word->is_message && word->kind == Kind::pattern;
  if (word == kWords.end() || parts.size() != (pattern ? 4u : 3u)) {
    return {.type = Event::Type::nonsense};
  }
  if (!word->is_message) return on_confirmation(word->kind, word->subscribes, parts[1].text);
  Event event{.type = Event::Type::message, .kind = word->kind};
  event.message = {word->kind, parts[pattern ? 2 : 1].text, parts.back().text, {}};
  if (pattern) event.message.pattern = parts[1].text;
  return event;
}

SubscriptionEvent Subscriptions::on_confirmation(Kind kind, bool subscribes,
                                                 const std::string& channel) {
  const bool awaited = !unanswered_.empty() && unanswered_.front().kind == kind &&
                       unanswered_.front().subscribes == subscribes &&
                       unanswered_.front().channels[unanswered_.front().answered] == channel;
  if (!awaited) {
    // A server says by itself that a shard channel has moved away with its slot.
    if (kind == Kind::shard && !subscribes) return on_unasked(kind, channel);
    return {.type = Event::Type::nonsense};
  }
  Batch& batch = unanswered_.front();
  if (++batch.answered == batch.channels.size()) unanswered_.pop_front();
  const auto found = of(kind).find(channel);
  if (found == of(kind).end()) return {};
  change(found->second, [](Channel& one) { --one.unanswered; });
  if (found->second.confirmed()) {
    return {.type = Event::Type::subscribed, .kind = kind, .channel = found->first};
  }
  forget_if_done(kind, found);
  return {};
}

SubscriptionEvent Subscriptions::on_unasked(Kind kind, const std::string& channel) {
  const auto found = of(kind).find(channel);
  if (found == of(kind).end() || !found->second.told) return {};
  change(found->second, [](Channel& one) { one.told = false; });
  if (found->second.wanted) {
    return {.type = Event::Type::lost, .kind = kind, .channel = found->first};
  }
  forget_if_done(kind, found);
  return {};
}

SubscriptionEvent Subscriptions::on_error(const Reply& reply) {
  // When a slot moves, Redis ends its channels by itself. If it is told SUNSUBSCRIBE at the same
  // moment, that end is taken for the answer here, and the answer, an error, is one too many.
  const auto moved = parse_redirection(reply.text, {});
  if (one_slot_per_command_ &&
      (unanswered_.empty() || (moved && unanswered_.front().slot != moved->slot))) {
    return {};
  }
  if (unanswered_.empty()) return {.type = Event::Type::nonsense};
  Batch batch = std::move(unanswered_.front());
  unanswered_.pop_front();
  Event event{.type = Event::Type::refused, .kind = batch.kind};
  event.error = reply.text;
  for (std::string& channel : batch.channels) {
    const auto found = of(batch.kind).find(channel);
    if (found == of(batch.kind).end()) continue;
    change(found->second, [&](Channel& one) {
      --one.unanswered;
      if (batch.subscribes && one.unanswered == 0) one.told = false;
    });
    if (found->second.wanted && batch.subscribes) {
      event.refused.push_back(std::move(channel));
    } else {
      forget_if_done(batch.kind, found);
    }
  }
  return event;
}

/// An entry is kept while it is wanted, subscribed, queued or awaits an answer.
void Subscriptions::forget_if_done(Kind kind, Channels::iterator found) {
  const Channel& one = found->second;
  if (!one.wanted && !one.told && !one.queued && one.unanswered == 0) of(kind).erase(found);
}

void Subscriptions::expire(TimePoint now) {
  while (!leaving_.empty() && leaving_.front().at <= now) {
    const Leaving one = std::move(leaving_.front());
    leaving_.pop_front();
    const auto found = of(one.kind).find(one.channel);
    // Wanted again in the meantime, and perhaps left again later.
    if (found == of(one.kind).end() || found->second.leave_at != one.at) continue;
    enqueue(one.kind, found->first, found->second);
  }
}

TimePoint Subscriptions::deadline() const noexcept {
  return leaving_.empty() ? TimePoint::max() : leaving_.front().at;
}

std::vector<std::string> Subscriptions::wanted(Kind kind) const {
  std::vector<std::string> names;
  for (const auto& [channel, state] : channels_[static_cast<std::size_t>(kind)]) {
    if (state.wanted) names.push_back(channel);
  }
  return names;
}

}  // namespace pushgate::redis
