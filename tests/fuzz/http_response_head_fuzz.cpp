// http_response_head_fuzz.cpp - any bytes as a response head; the first one chooses the method it
// answers.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/http/head_parser.hpp"
#include "pushgate/http/upgrade.hpp"

namespace {

using namespace pushgate::http;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_sound(const ResponseHead& head, Method method) {
  require(head.status >= 100 && head.status <= 599);
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
  require(!(bodiless || method == Method::head) || head.framing == Framing::none);
  require(count_fields(head.fields, FieldId::content_length) <= 1);
  require(head.find(FieldId::content_length) == nullptr ||
          head.find(FieldId::transfer_encoding) == nullptr);
  require(head.framing != Framing::until_close || !head.keep_alive);
  for (const Field& field : head.fields) {
    require(!field.name.empty());
    require(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == field.value.npos);
  }
  if (check_upgrade_answer(head, "websocket") == UpgradeError::none) {
    require(head.status == 101 && head.framing == Framing::none && head.wants_upgrade);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Method method = data[0] % 2 == 0 ? Method::get : Method::head;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  ResponseHead head;
  std::size_t scanned = 0;
  const HeadOutcome outcome = parse_response_head(bytes, HeadLimits{}, method, scanned, head);
  if (outcome.status != HeadStatus::done) return 0;
  require(outcome.head_bytes <= bytes.size());
  require_sound(head, method);

  ResponseHead again;
  std::size_t scanned_again = 0;
  const std::string_view all_but_one = bytes.substr(0, outcome.head_bytes - 1);
  require(parse_response_head(all_but_one, HeadLimits{}, method, scanned_again, again).status ==
          HeadStatus::need_more);
  const HeadOutcome repeated =
      parse_response_head(bytes, HeadLimits{}, method, scanned_again, again);
  require(repeated.head_bytes == outcome.head_bytes && again.framing == head.framing);
  require(again.content_length == head.content_length && again.keep_alive == head.keep_alive);
  return 0;
}
