// Base64: the vectors of RFC 4648, every length, and what a strict reader refuses.

#include "pushgate/base/base64.hpp"

#include <gtest/gtest.h>

namespace pushgate {
namespace {

using namespace std::string_view_literals;

std::string encoded(std::string_view bytes) {
  std::string out = "x";
  append_base64(out, bytes);
  return out.substr(1);
}

std::string url_encoded(std::string_view bytes) {
  std::string out(base64url_size(bytes.size()), '?');
  write_base64url(out.data(), bytes);
  return out;
}

/// "refused" if it is, which is no base64.
std::string decoded(std::string_view text) {
  std::string out = "x";
  if (append_base64_decoded(out, text)) return out.substr(1);
  EXPECT_EQ(out, "x") << text;
  return "refused";
}

TEST(Base64, IsWhatTheRfcSays) {
  constexpr std::string_view kVectors[][2] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\x01\x02\x03"sv, "AQID"},
      {"\xff\xef\xbe"sv, "/+++"},
  };
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
    EXPECT_EQ(base64_size(bytes.size()), text.size());
  }
}

TEST(Base64, TheUrlSafeFormHasNoPadding) {
  EXPECT_EQ(url_encoded("\xff\xef\xbe"), "_---");
  EXPECT_EQ(url_encoded("f"), "Zg");
  EXPECT_EQ(url_encoded("fo"), "Zm8");
}

TEST(Base64, EveryLengthComesBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decoded(encoded(bytes)), bytes);
    const std::string text = url_encoded(bytes);
    std::string back(text.size() * 3 / 4, '?');
    EXPECT_TRUE(read_base64url(back.data(), text));
    EXPECT_EQ(back, bytes);
    bytes += static_cast<char>(i * 7 + 131);
  }
}

TEST(Base64, RefusesWhatIsNotExactlyThat) {
  for (const std::string_view text :
       {"Z",    "Zg",   "Zg=",  "Zm8",   "Zg===",    "=",        "==",
        "===",  "====", "Z===", "Zm9v=", "Zg==Zg==", "Zm9 v",    "Zm9v\n",
        " Zm9", "Zm9-", "Zm9_", "Zh==",  "Zm9=",     "Zm9v====", "Zm\0v"}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
  EXPECT_EQ(decoded("Zm\0v"sv), "refused");
  EXPECT_EQ(decoded("Zm9\xe9"sv), "refused");
}

TEST(Base64, TheUrlSafeFormRefusesTheOtherAlphabet) {
  char out[8];
  for (const std::string_view text : {"Zm+v", "Zm/v", "Zg==", "Z", "Zh", "Zm9", "Zm9vZ", "Zm v"}) {
    EXPECT_FALSE(read_base64url(out, text)) << text;
  }
}

}  // namespace
}  // namespace pushgate
