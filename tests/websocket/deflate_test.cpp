// Messages compressed and back, with zlib itself and the examples of RFC 7692 as second opinions.

#include "pushgate/websocket/deflate.hpp"

#include <stdexcept>
#include <string>

#include <zlib.h>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

using Outcome = Inflated::Outcome;
constexpr std::size_t kLimit = 1'000'000;

/// Compressible, and longer than the largest window if asked for.
std::string json_of_size(std::size_t bytes) {
  std::string out;
  for (unsigned i = 0; out.size() < bytes; ++i) {
    out += R"({"id":)" + std::to_string(i * 7919u) + R"(,"room":"lobby","text":"hello"},)";
  }
  out.resize(bytes);
  return out;
}

/// The first `payload_bytes` bytes of zlib's own inflation with a window of this size.
std::string inflate_with_zlib(std::string compressed, int window_bits, std::size_t payload_bytes) {
  compressed += bytes_of({0x00, 0x00, 0xff, 0xff});
  std::string out(payload_bytes + 64, '\0');
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, -window_bits), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(compressed.data());
  z.avail_in = static_cast<uInt>(compressed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&z, Z_SYNC_FLUSH), Z_OK);
  EXPECT_EQ(z.avail_in, 0u);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

/// DEFLATE that ends with a final block; may refer to what came before it.
std::string finished(std::string_view payload, std::string_view before = {}) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string dictionary{before};
  std::string in{payload};
  if (!dictionary.empty()) {
    deflateSetDictionary(&z, reinterpret_cast<const Bytef*>(dictionary.data()),
                         static_cast<uInt>(dictionary.size()));
  }
  std::string out(in.size() + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// ---- Inflater -----------------------------------------------------------------------------------

TEST(Inflater, reads_the_examples_of_the_standard) {
  const std::string examples[] = {
      bytes_of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}),                     // one block
      bytes_of({0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00}),  // stored
      bytes_of({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}),               // a final block
      bytes_of({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00}),
  };
  Inflater inflater;
  for (const std::string& example : examples) {
    const Inflated inflated = inflater.inflate(example, kLimit);
    EXPECT_EQ(inflated.outcome, Outcome::whole);
    EXPECT_EQ(inflated.payload, "Hello");
  }
}

TEST(Inflater, keeps_nothing_from_one_message_to_the_next) {
  // The second message of RFC 7692 section 7.2.3.2 refers to the first one.
  Inflater inflater;
  EXPECT_EQ(inflater.inflate(bytes_of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), kLimit).payload,
            "Hello");

  EXPECT_EQ(inflater.inflate(bytes_of({0xf2, 0x00, 0x11, 0x00, 0x00}), kLimit).outcome,
            Outcome::bad_data);
}

TEST(Inflater, goes_on_after_final_blocks) {
  const std::string first = json_of_size(50'000);
  const std::string second = json_of_size(60'000);  // begins like the first
  const std::string blocks = finished(first) + finished(second, first);
  Inflater inflater;

  for (const std::string& message : {blocks, blocks + '\0'}) {
    const Inflated inflated = inflater.inflate(message, kLimit);
    EXPECT_EQ(inflated.outcome, Outcome::whole);
    EXPECT_TRUE(inflated.payload == first + second);
  }
}

TEST(Inflater, takes_nothing_for_an_empty_message) {
  Inflater inflater;
  for (const std::string& empty : {std::string{}, std::string(1, '\0')}) {
    const Inflated inflated = inflater.inflate(empty, 0);
    EXPECT_EQ(inflated.outcome, Outcome::whole);
    EXPECT_EQ(inflated.payload, "");
  }
}

TEST(Inflater, refuses_what_is_cut_off) {
  Deflater deflater{DeflateSettings{}};
  const std::string whole{deflater.compress(json_of_size(1000))};
  Inflater inflater;
  for (std::size_t size = 1; size < whole.size(); ++size) {
    ASSERT_EQ(inflater.inflate(whole.substr(0, size), kLimit).outcome, Outcome::bad_data) << size;
  }
  EXPECT_EQ(inflater.inflate(whole, kLimit).outcome, Outcome::whole);
}

TEST(Inflater, refuses_what_is_no_deflate) {
  Inflater inflater;
  for (const std::string& bad :
       {bytes_of({0x07}), bytes_of({0xff, 0xff, 0xff}), bytes_of({0x00, 0x05, 0x00, 0x00, 0x00}),
        std::string{"plain text"}}) {
    EXPECT_EQ(inflater.inflate(bad, kLimit).outcome, Outcome::bad_data);
  }
}

TEST(Inflater, stops_at_the_limit) {
  Deflater deflater{DeflateSettings{}};
  Inflater inflater;
  for (const std::size_t size : {1ul, 255ul, 256ul, 1000ul, 100'000ul}) {
    const std::string compressed{deflater.compress(json_of_size(size))};
    EXPECT_EQ(inflater.inflate(compressed, size).payload.size(), size);
    EXPECT_EQ(inflater.inflate(compressed, size - 1).outcome, Outcome::too_large) << size;
  }
}

TEST(Inflater, does_not_inflate_a_bomb) {
  Deflater deflater{DeflateSettings{.level = 9}};
  constexpr std::size_t kBombBytes = 64 * 1024 * 1024;
  const std::string bomb{deflater.compress(std::string(kBombBytes, 'x'))};
  ASSERT_LT(bomb.size(), 100'000u);
  Inflater inflater;

  EXPECT_EQ(inflater.inflate(bomb, kLimit).outcome, Outcome::too_large);
  EXPECT_EQ(inflater.inflate(bomb, 0).outcome, Outcome::too_large);
  // Whatever it refused, it goes on with the next message.
  EXPECT_EQ(inflater.inflate(deflater.compress("next"), kLimit).payload, "next");
}

// ---- Deflater -----------------------------------------------------------------------------------

TEST(Deflater, gives_the_example_of_the_standard) {
  Deflater deflater{DeflateSettings{}};

  EXPECT_EQ(deflater.compress("Hello"), bytes_of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}));
}

TEST(Deflater, gives_one_byte_for_an_empty_message) {
  Deflater deflater{DeflateSettings{}};

  EXPECT_EQ(deflater.compress(""), std::string(1, '\0'));  // RFC 7692 section 7.2.3.6
}

TEST(Deflater, is_inverted_by_the_inflater) {
  Inflater inflater;
  for (int level = 1; level <= 9; level += 4) {
    for (const int memory_level : {1, 8, 9}) {
      Deflater deflater{DeflateSettings{.level = level, .memory_level = memory_level}};
      for (const std::size_t size : {0ul, 1ul, 16ul, 1024ul, 70'000ul, 500'000ul}) {
        for (const std::string& payload : {json_of_size(size), random_bytes(size, 5)}) {
          const Inflated inflated = inflater.inflate(deflater.compress(payload), kLimit);
          EXPECT_EQ(inflated.outcome, Outcome::whole);
          EXPECT_TRUE(inflated.payload == payload) << size << ' ' << level << ' ' << memory_level;
        }
      }
    }
  }
}

TEST(Deflater, keeps_to_its_window) {
  const std::string payload = json_of_size(200'000);
  for (int window_bits = 9; window_bits <= 15; ++window_bits) {
    Deflater deflater{DeflateSettings{.server_window_bits = window_bits, .level = 9}};
    const std::string compressed{deflater.compress(payload)};
    EXPECT_LT(compressed.size(), payload.size() / 2);
    EXPECT_TRUE(inflate_with_zlib(compressed, window_bits, payload.size()) == payload)
        << window_bits;
  }
}

TEST(Deflater, gives_the_same_whatever_came_before) {
  Deflater used{DeflateSettings{}};
  Deflater fresh{DeflateSettings{}};
  const std::string payload = json_of_size(3000);
  used.compress(payload);
  used.compress(random_bytes(100'000, 2));

  EXPECT_EQ(used.compress(payload), fresh.compress(payload));
}

TEST(Deflater, makes_nothing_much_longer) {
  for (const int memory_level : {1, 8}) {
    Deflater deflater{DeflateSettings{.memory_level = memory_level}};
    for (const std::size_t size : {1ul, 100ul, 10'000ul, 300'000ul}) {
      EXPECT_LE(deflater.compress(random_bytes(size, 9)).size(), size + size / 8 + 64);
    }
  }
}

TEST(Deflater, refuses_settings_that_are_out_of_range) {
  EXPECT_THROW(Deflater{DeflateSettings{.server_window_bits = 16}}, std::invalid_argument);
  EXPECT_THROW(Deflater{DeflateSettings{.server_window_bits = 8}}, std::invalid_argument);
  EXPECT_THROW(Deflater{DeflateSettings{.level = 10}}, std::invalid_argument);
  EXPECT_THROW(Deflater{DeflateSettings{.memory_level = 0}}, std::invalid_argument);
}

}  // namespace
}  // namespace pushgate::websocket
