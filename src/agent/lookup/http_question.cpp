#include "agent/lookup/http_question.hpp"

#include <algorithm>
#include <array>

#include "pushgate/base/text.hpp"
#include "pushgate/http/hop_by_hop.hpp"

#include "agent/identity/field_values.hpp"
#include "agent/lookup/lookup_board.hpp"

namespace pushgate::agent {

namespace {

constexpr std::array<std::string_view, 4> kOwn{"X-Original-Method", "X-Original-URI",
                                               "X-Original-Host", "X-Forwarded-For"};

/// What says where a message goes and ends is about this hop, and is written anew for the next.
bool may_be_forwarded(http::FieldId id) noexcept {
  return !http::is_hop_by_hop(id) && id != http::FieldId::host &&
         id != http::FieldId::content_length && id != http::FieldId::expect;
}

}  // namespace

HttpQuestion::Sent HttpQuestion::sent_as(const std::string& name) {
  constexpr std::array kWhat{What::method, What::uri, What::host, What::client};
  for (std::size_t i = 0; i < kOwn.size(); ++i) {
    if (iequals(name, kOwn[i])) return {kWhat[i], std::string{kOwn[i]}, http::FieldId::other};
  }
  return {What::field, name, http::field_id(name)};
}

HttpQuestion::HttpQuestion(const config::HttpSourceConfig& config) {
  const auto add = [this](const std::string& name) {
    Sent next = sent_as(name);
    const bool known = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& other) {
      return iequals(other.name, next.name);
    });
    if (!known && may_be_forwarded(next.id)) sent_.push_back(std::move(next));
  };
  for (const std::string& name : config.forward) add(name);
  if (config.cache.count() > 0) return;
  for (const std::string_view name : kOwn) add(std::string{name});
}

template <class Visit>
void HttpQuestion::visit(const RequestView& request, Visit visit) const {
  const http::RequestHead& head = request.head;
  for (const Sent& sent : sent_) {
    switch (sent.what) {
      case What::field: {
        FieldValues values{head.fields, sent.name, sent.id};
        while (const std::optional<std::string_view> value = values.next()) visit(sent, *value);
        break;
      }
      case What::method:
        visit(sent, head.method_name);
        break;
      case What::uri:
        if (head.target.starts_with('/')) {
          visit(sent, head.target);
        } else {
          std::string uri{head.path};
          if (head.has_query) (uri += '?') += head.query;
          visit(sent, uri);
        }
        break;
      case What::host:
        visit(sent, head.host);
        break;
      case What::client: {
        char text[46];
        visit(sent, std::string_view{text, request.client.format(text)});
        break;
      }
    }
  }
}

HttpQuestion::Fields HttpQuestion::fields(const RequestView& request) const {
  Fields out;
  visit(request, [&out](const Sent& sent, std::string_view value) {
    out.emplace_back(sent.name, std::string{value});
  });
  return out;
}

void HttpQuestion::append_key(std::string& out, const RequestView& request) const {
  visit(request, [&out, this](const Sent& sent, std::string_view value) {
    out += std::to_string(&sent - sent_.data());
    out += ';';
    append_word(out, value);
  });
}

}  // namespace pushgate::agent
