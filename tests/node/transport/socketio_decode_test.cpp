// socketio_decode_test.cpp - Socket.IO packets as clients send them: every example of the protocol,
// and everything that ends a connection.

#include <gtest/gtest.h>

#include "pushgate/node/transport/socketio_codec.hpp"

#include "runtime/counted_allocations.hpp"

namespace pushgate::node {
namespace {

using namespace std::string_view_literals;
using Type = PacketType;

constexpr PacketLimits kLimits;

struct Good {
  std::string_view text;
  Type type;
  std::size_t attachments;
  std::string_view nsp;
  std::optional<std::uint64_t> ack_id;
  std::string_view data;
  std::string_view event = "";
  std::string_view query = "";
};

constexpr Good kGood[] = {
    {"0", Type::connect, 0, "/", {}, ""},
    {R"(0{"token":"123"})", Type::connect, 0, "/", {}, R"({"token":"123"})"},
    {R"(0/admin,{"token":"123"})", Type::connect, 0, "/admin", {}, R"({"token":"123"})"},
    {R"(0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"})",
     Type::connect,
     0,
     "/admin",
     {},
     R"({"sid":"oSO0OpakMV_3jnilAAAA"})"},
    {"0/random", Type::connect, 0, "/random", {}, ""},
    {"0/nope,", Type::connect, 0, "/nope", {}, ""},
    {"0/,", Type::connect, 0, "/", {}, ""},
    {"0/custom?token=abc", Type::connect, 0, "/custom", {}, "", "", "token=abc"},
    {"0/custom?token=a?b&c=d,", Type::connect, 0, "/custom", {}, "", "", "token=a?b&c=d"},
    {"0/?token=abc", Type::connect, 0, "/", {}, "", "", "token=abc"},
    {"1", Type::disconnect, 0, "/", {}, ""},
    {"1/admin,", Type::disconnect, 0, "/admin", {}, ""},
    {"1/custom", Type::disconnect, 0, "/custom", {}, ""},
    {R"(2["hello",1])", Type::event, 0, "/", {}, R"(["hello",1])", "\"hello\""},
    {R"(2/admin,["hi"])", Type::event, 0, "/admin", {}, R"(["hi"])", "\"hi\""},
    {R"(212["ackme",1])", Type::event, 0, "/", 12, R"(["ackme",1])", "\"ackme\""},
    {R"(2/admin,456["x",{}])", Type::event, 0, "/admin", 456, R"(["x",{}])", "\"x\""},
    {R"(20["a"])", Type::event, 0, "/", 0, R"(["a"])", "\"a\""},
    {R"(2007["a"])", Type::event, 0, "/", 7, R"(["a"])", "\"a\""},
    {R"(29007199254740991["a"])", Type::event, 0, "/", kMaxAckId, R"(["a"])", "\"a\""},
    {R"(2[1,"a"])", Type::event, 0, "/", {}, R"([1,"a"])", "1"},
    {R"(2[-1.5])", Type::event, 0, "/", {}, R"([-1.5])", "-1.5"},
    {R"(2[""])", Type::event, 0, "/", {}, R"([""])", "\"\""},
    {"2[ \"a\" ,\n1 ] \n", Type::event, 0, "/", {}, "[ \"a\" ,\n1 ]", "\"a\""},
    {R"(312["got",1])", Type::ack, 0, "/", 12, R"(["got",1])"},
    {R"(3/admin,456[])", Type::ack, 0, "/admin", 456, "[]"},
    {R"(4{"message":"Invalid namespace"})",
     Type::connect_error,
     0,
     "/",
     {},
     R"({"message":"Invalid namespace"})"},
    {R"(4/admin,{"message":"nope","data":{"code":7}})",
     Type::connect_error,
     0,
     "/admin",
     {},
     R"({"message":"nope","data":{"code":7}})"},
    {R"(4"Not authorized")", Type::connect_error, 0, "/", {}, R"("Not authorized")"},
    {R"(51-["baz",{"_placeholder":true,"num":0}])",
     Type::event,
     1,
     "/",
     {},
     R"(["baz",{"_placeholder":true,"num":0}])",
     "\"baz\""},
    {R"(51-/admin,456["del",{"_placeholder":true,"num":0}])", Type::event, 1, "/admin", 456,
     R"(["del",{"_placeholder":true,"num":0}])", "\"del\""},
    {R"(61-456[{"_placeholder":true,"num":0}])", Type::ack, 1, "/", 456,
     R"([{"_placeholder":true,"num":0}])"},
    {R"(61-/admin,456[{"_placeholder":true,"num":0}])", Type::ack, 1, "/admin", 456,
     R"([{"_placeholder":true,"num":0}])"},
    {R"(451-7["bin",{"_placeholder":true,"num":0}])"sv.substr(1), Type::event, 1, "/", 7,
     R"(["bin",{"_placeholder":true,"num":0}])", "\"bin\""},
    {R"(510-["a",{"num":9,"_placeholder":true}])",
     Type::event,
     10,
     "/",
     {},
     R"(["a",{"num":9,"_placeholder":true}])",
     "\"a\""},
    {R"(50-["a"])", Type::event, 0, "/", {}, R"(["a"])", "\"a\""},
    {R"(52-["a",[[{"_placeholder":true,"num":1}]],{"x":{"_placeholder":true,"num":0}}])",
     Type::event,
     2,
     "/",
     {},
     R"(["a",[[{"_placeholder":true,"num":1}]],{"x":{"_placeholder":true,"num":0}}])",
     "\"a\""},
    // Not every attachment need be used, and what is no placeholder is data.
    {R"(52-["a",{"_placeholder":false,"num":7},{"_placeholder":1},{"num":9}])",
     Type::event,
     2,
     "/",
     {},
     R"(["a",{"_placeholder":false,"num":7},{"_placeholder":1},{"num":9}])",
     "\"a\""},
    {R"(51-["a",{"_placeholder":true,"num":7,"num":0}])",
     Type::event,
     1,
     "/",
     {},
     R"(["a",{"_placeholder":true,"num":7,"num":0}])",
     "\"a\""},
    // Without attachments nobody takes it for a placeholder.
    {R"(2["a",{"_placeholder":true,"num":5}])",
     Type::event,
     0,
     "/",
     {},
     R"(["a",{"_placeholder":true,"num":5}])",
     "\"a\""},
};

struct Bad {
  std::string_view text;
  PacketError error;
};

constexpr Bad kBad[] = {
    {"", PacketError::bad_type},
    {"999", PacketError::bad_type},
    {"7", PacketError::bad_type},
    {"-1", PacketError::bad_type},
    {"a", PacketError::bad_type},
    {"[\"a\"]", PacketError::bad_type},
    {R"(442["some","data")", PacketError::bad_ack_id},
    {R"(42["some","data")", PacketError::bad_ack_id},
    {R"(4["some","data")", PacketError::bad_payload},
    {R"(0/admin,"invalid")", PacketError::bad_payload},
    {"0[]", PacketError::bad_payload},
    {"0null", PacketError::bad_payload},
    {"0{", PacketError::bad_json},
    {"05{\"a\":1}", PacketError::bad_ack_id},
    {"1/admin,{}", PacketError::bad_payload},
    {"1[]", PacketError::bad_payload},
    {"11", PacketError::bad_ack_id},
    {R"(2/admin,"invalid")", PacketError::bad_payload},
    {"2/admin,{}", PacketError::bad_payload},
    {R"(2[{"toString":"foo"}])", PacketError::bad_event_name},
    {R"(2[true,"foo"])", PacketError::bad_event_name},
    {R"(2[null,"bar"])", PacketError::bad_event_name},
    {R"(2[["a"]])", PacketError::bad_event_name},
    {"2[]", PacketError::bad_event_name},
    {"2", PacketError::bad_payload},
    {"21", PacketError::bad_payload},
    {"2/admin,", PacketError::bad_payload},
    {"2/admin[\"a\"]", PacketError::bad_payload},
    {"2 [\"a\"]", PacketError::bad_payload},
    {"21 [\"a\"]", PacketError::bad_payload},
    {"2-1[\"a\"]", PacketError::bad_payload},
    {"2+1[\"a\"]", PacketError::bad_payload},
    {"21.5[\"a\"]", PacketError::bad_payload},
    {"21e3[\"a\"]", PacketError::bad_payload},
    {"2\xef\xbc\x91[\"a\"]", PacketError::bad_payload},
    {R"(2["a"]])", PacketError::bad_json},
    {R"(2["a",])", PacketError::bad_json},
    {R"(2["a")", PacketError::bad_json},
    {"2[\"\xff\"]", PacketError::bad_json},
    {R"(29007199254740992["a"])", PacketError::bad_ack_id},
    {R"(299999999999999999999999["a"])", PacketError::bad_ack_id},
    {R"(2["connect"])", PacketError::reserved_event},
    {R"(2["disconnect","123"])", PacketError::reserved_event},
    {R"(2["connect_error"])", PacketError::reserved_event},
    {R"(2["disconnecting"])", PacketError::reserved_event},
    {R"(2["newListener"])", PacketError::reserved_event},
    {R"(2["removeListener"])", PacketError::reserved_event},
    {R"(2["\u0063onnect"])", PacketError::reserved_event},
    {R"(51-["disconnect"])", PacketError::reserved_event},
    {"3[]", PacketError::bad_ack_id},
    {"31", PacketError::bad_payload},
    {"31{}", PacketError::bad_payload},
    {"4", PacketError::bad_payload},
    {"5", PacketError::bad_attachment_count},
    {"51", PacketError::bad_attachment_count},
    {"5a-", PacketError::bad_attachment_count},
    {"51.23-", PacketError::bad_attachment_count},
    {"5-[\"a\"]", PacketError::bad_attachment_count},
    {"5-1-[\"a\"]", PacketError::bad_attachment_count},
    {"5 1-[\"a\"]", PacketError::bad_attachment_count},
    {"5[\"a\"]", PacketError::bad_attachment_count},
    {"6", PacketError::bad_attachment_count},
    {"511-[\"a\"]", PacketError::too_many_attachments},
    {"599999999999999999999999-[\"a\"]", PacketError::too_many_attachments},
    {"51-", PacketError::bad_payload},
    {R"(51-["a",{"_placeholder":true,"num":1}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":-1}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":0.5}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":0e0}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":"0"}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":"splice"}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":null}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":99999999999999999999}])", PacketError::bad_placeholder},
    {R"(51-["a",{"\u005fplaceholder":true,"num":1}])", PacketError::bad_placeholder},
    {R"(51-["a",{"_placeholder":true,"num":0,"num":1}])", PacketError::bad_placeholder},
    {R"(51-["a",{"b":{"_placeholder":true,"num":1}}])", PacketError::bad_placeholder},
    {R"(61-1[[{"num":2,"_placeholder" : true}]])", PacketError::bad_placeholder},
    {R"(50-["a",{"_placeholder":true,"num":0}])", PacketError::bad_placeholder},
    {"0/a\x1e"
     "b,",
     PacketError::bad_namespace},
    {"0/a\nb", PacketError::bad_namespace},
    {"0/a\0b"sv, PacketError::bad_namespace},
    {"0/\xff", PacketError::bad_namespace},
};

TEST(SocketioDecode, GivesThePartsOfEveryKindOfPacket) {
  for (const Good& sample : kGood) {
    PacketView packet;
    EXPECT_EQ(decode_packet(sample.text, kLimits, packet), PacketError::none) << sample.text;
    EXPECT_EQ(packet.type, sample.type) << sample.text;
    EXPECT_EQ(packet.attachments, sample.attachments) << sample.text;
    EXPECT_EQ(packet.nsp, sample.nsp) << sample.text;
    EXPECT_EQ(packet.ack_id, sample.ack_id) << sample.text;
    EXPECT_EQ(packet.data, sample.data) << sample.text;
    EXPECT_EQ(packet.event, sample.event) << sample.text;
    EXPECT_EQ(packet.query, sample.query) << sample.text;
  }
}

TEST(SocketioDecode, RefusesWhatIsNoPacket) {
  for (const Bad& sample : kBad) {
    PacketView packet;
    EXPECT_EQ(name_of(decode_packet(sample.text, kLimits, packet)), name_of(sample.error))
        << sample.text;
  }
}

TEST(SocketioDecode, EveryBeginningOfAPacketIsReadWithoutHarm) {
  for (const Good& sample : kGood) {
    for (std::size_t size = 0; size < sample.text.size(); ++size) {
      const std::string beginning{sample.text.substr(0, size)};  // so that ASan sees its end
      PacketView packet;
      if (decode_packet(beginning, kLimits, packet) == PacketError::none) {
        EXPECT_TRUE(packet.data.empty() || check_json(packet.data) == JsonError::none);
      }
    }
  }
}

TEST(SocketioDecode, SizesAreBounded) {
  const std::string name(kMaxNamespaceBytes - 1, 'n');
  PacketView packet;
  EXPECT_EQ(decode_packet("0/" + name, kLimits, packet), PacketError::none);
  EXPECT_EQ(decode_packet("0/" + name + "n", kLimits, packet), PacketError::bad_namespace);
  EXPECT_EQ(decode_packet("0/" + name + "?" + std::string(5'000, 'q'), kLimits, packet),
            PacketError::none);
  const std::string deep = "2[\"a\"," + std::string(63, '[') + std::string(63, ']') + "]";
  EXPECT_EQ(decode_packet(deep, kLimits, packet), PacketError::none);
  const std::string deeper = "2[\"a\"," + std::string(64, '[') + std::string(64, ']') + "]";
  EXPECT_EQ(decode_packet(deeper, kLimits, packet), PacketError::too_deep);
  EXPECT_EQ(decode_packet("2[\"abc\"]", {.max_packet_bytes = 7}, packet), PacketError::too_large);
  EXPECT_EQ(decode_packet("2[\"abc\"]", {.max_packet_bytes = 8}, packet), PacketError::none);
  EXPECT_EQ(decode_packet("511-[\"a\"]", {.max_attachments = 11}, packet), PacketError::none);
  EXPECT_EQ(decode_packet("51-[\"a\"]", {.max_attachments = 0}, packet),
            PacketError::too_many_attachments);
}

TEST(SocketioDecode, AllocatesNothing) {
  const std::size_t before = runtime::allocations_of_this_thread();
  std::size_t bytes = 0;
  for (const Good& sample : kGood) {
    PacketView packet;
    decode_packet(sample.text, kLimits, packet);
    for (JsonElements reader = arguments_of(packet); const auto argument = reader.next();) {
      bytes += argument->size();
    }
    bytes += is_event(packet, "hello") ? 1 : 0;
  }
  EXPECT_GT(bytes, 0u);
  EXPECT_EQ(runtime::allocations_of_this_thread(), before);
}

TEST(SocketioDecode, AnEventHasANameAndArguments) {
  PacketView packet;
  ASSERT_EQ(decode_packet(R"(2["n\u0061me",{"a":1},"x"])", kLimits, packet), PacketError::none);

  EXPECT_EQ(event_name(packet), "name");
  EXPECT_TRUE(is_event(packet, "name"));
  EXPECT_FALSE(is_event(packet, "names"));
  JsonElements arguments = arguments_of(packet);
  EXPECT_EQ(arguments.next(), R"({"a":1})");
  EXPECT_EQ(arguments.next(), R"("x")");
  EXPECT_EQ(arguments.next(), std::nullopt);
}

TEST(SocketioDecode, SomeNamesAreNotForClients) {
  EXPECT_TRUE(is_reserved_event("\"connect\""));
  EXPECT_TRUE(is_reserved_event("\"disconnectin\\u0067\""));
  for (const std::string_view name : {"\"connects\"", "\"\"", "1", "", "connect", "\""}) {
    EXPECT_FALSE(is_reserved_event(name)) << name;
  }
}

TEST(SocketioDecode, ANumberIsItsOwnName) {
  PacketView packet;
  ASSERT_EQ(decode_packet("2[42,1]", kLimits, packet), PacketError::none);

  EXPECT_EQ(event_name(packet), "42");
  EXPECT_TRUE(is_event(packet, "42"));
  EXPECT_EQ(arguments_of(packet).next(), "1");
}

TEST(SocketioDecode, AnAckHasArgumentsOnly) {
  PacketView packet;
  ASSERT_EQ(decode_packet(R"(37["a",1])", kLimits, packet), PacketError::none);

  EXPECT_EQ(arguments_of(packet).rest(), R"("a",1)");
}

}  // namespace
}  // namespace pushgate::node
