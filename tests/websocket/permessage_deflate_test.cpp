// What we answer to an offer of permessage-deflate.

#include "pushgate/websocket/permessage_deflate.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace pushgate::websocket {

using Outcome = DeflateAnswer::Outcome;

static std::ostream& operator<<(std::ostream& out, Outcome outcome) {
  constexpr const char* kNames[] = {"declined", "accepted", "malformed"};
  return out << kNames[static_cast<std::size_t>(outcome)];
}

namespace {

constexpr DeflateSettings kSettings{.enabled = true};
constexpr std::string_view kAnswer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

Outcome outcome_of(std::string_view offers, const DeflateSettings& settings = kSettings) {
  const DeflateAnswer answer = negotiate_deflate(offers, settings);
  EXPECT_EQ(answer.field.empty(), answer.outcome != Outcome::accepted) << offers;
  return answer.outcome;
}

TEST(DeflateOffer, is_accepted_with_both_sides_keeping_no_context) {
  for (const char* offer : {
           "permessage-deflate",
           "permessage-deflate; client_max_window_bits",  // browsers
           "permessage-deflate;client_max_window_bits=10",
           "permessage-deflate; client_no_context_takeover",
           "permessage-deflate; server_no_context_takeover",
           "permessage-deflate ; server_no_context_takeover\t; client_no_context_takeover ",
           "permessage-deflate; client_max_window_bits=\"15\"",
           "permessage-deflate; client_max_window_bits=\"1\\5\"",
           "permessage-deflate; client_max_window_bits = 8",
           "Permessage-Deflate; Client_Max_Window_Bits",
       }) {
    const DeflateAnswer answer = negotiate_deflate(offer, kSettings);
    EXPECT_EQ(answer.outcome, Outcome::accepted) << offer;
    EXPECT_EQ(answer.field, kAnswer) << offer;
  }
}

TEST(DeflateOffer, of_a_window_for_us_is_met_with_ours) {
  DeflateSettings settings = kSettings;
  settings.server_window_bits = 12;
  const std::string answer_of_12 = std::string{kAnswer} + "; server_max_window_bits=12";

  EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=15", settings).field,
            answer_of_12);
  EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=\"12\"", settings).field,
            answer_of_12);
  EXPECT_EQ(negotiate_deflate("permessage-deflate", settings).field, kAnswer);
}

/// One compressed form serves everybody, so a smaller window would be a form of its own.
TEST(DeflateOffer, of_a_smaller_window_than_ours_is_declined) {
  DeflateSettings settings = kSettings;
  settings.server_window_bits = 12;

  EXPECT_EQ(outcome_of("permessage-deflate; server_max_window_bits=11", settings),
            Outcome::declined);
  EXPECT_EQ(outcome_of("permessage-deflate; server_max_window_bits=8", settings),
            Outcome::declined);
}

TEST(DeflateOffer, with_a_parameter_that_is_not_ours_to_understand_is_declined) {
  for (const char* offer : {
           "permessage-deflate; unknown",
           "permessage-deflate; unknown=1",
           "permessage-deflate; client_no_context_takeover=1",
           "permessage-deflate; server_no_context_takeover=\"true\"",
           "permessage-deflate; server_max_window_bits",
           "permessage-deflate; server_max_window_bits=7",
           "permessage-deflate; server_max_window_bits=16",
           "permessage-deflate; server_max_window_bits=015",
           "permessage-deflate; server_max_window_bits=1x",
           "permessage-deflate; server_max_window_bits=155",
           "permessage-deflate; client_max_window_bits=7",
           "permessage-deflate; client_max_window_bits=16",
           "permessage-deflate; client_max_window_bits=08",
           "permessage-deflate; client_max_window_bits=x",
           "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
           "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
           "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
           "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
           "x-webkit-deflate-frame",
           "permessage-deflate2",
           "",
           ",",
       }) {
    EXPECT_EQ(outcome_of(offer), Outcome::declined) << offer;
  }
}

TEST(DeflateOffers, are_tried_in_their_order) {
  EXPECT_EQ(negotiate_deflate("x-foo; a=b, permessage-deflate", kSettings).field, kAnswer);
  EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=10, permessage-deflate",
                              kSettings)
                .field,
            kAnswer);
  EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=15, permessage-deflate",
                              kSettings)
                .field,
            std::string{kAnswer} + "; server_max_window_bits=15");
  EXPECT_EQ(
      negotiate_deflate(", ,permessage-deflate; unknown ,, permessage-deflate,", kSettings).field,
      kAnswer);
  EXPECT_EQ(outcome_of("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=9"),
            Outcome::declined);
}

TEST(DeflateOffers, that_break_the_syntax_are_refused) {
  for (const char* offers : {
           ";",
           "=",
           "permessage-deflate;",
           "permessage-deflate; ;",
           "permessage-deflate; a=",
           "permessage-deflate; a=\"\"",
           "permessage-deflate; a=\"b",
           "permessage-deflate; a=\"b\\",
           "permessage-deflate; a=\"b c\"",
           "permessage-deflate; a=b c",
           "permessage-deflate x",
           "permessage deflate",
           "permessage-deflate; a=b=c",
           "permessage-deflate, @",
           "permessage-deflate, x;",  // after an acceptable one
           "permessage-deflate; a=\x01",
           "\xc3\xa4",
       }) {
    EXPECT_EQ(outcome_of(offers), Outcome::malformed) << offers;
  }
}

TEST(DeflateOffer, is_not_even_read_if_compression_is_off) {
  EXPECT_EQ(outcome_of("permessage-deflate", DeflateSettings{}), Outcome::declined);
  EXPECT_EQ(outcome_of(";;;", DeflateSettings{}), Outcome::declined);
}

}  // namespace
}  // namespace pushgate::websocket
