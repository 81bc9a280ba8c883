#include "reply_reader.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <hiredis/read.h>

namespace pushgate::redis {

namespace {

// After each reply of a buffer hiredis moves what is left to its front (once 1 KiB is consumed).
// Fed in small pieces it has little to move (tests/redis/message_bench.cpp).
constexpr std::size_t kPieceBytes = 2 * 1024;
// A reply whose memory is worth keeping for the next one.
constexpr std::size_t kKeptBytes = 256 * 1024;
constexpr std::size_t kMaxLengthLineBytes = 32;  // "$" or "*" and a number
constexpr std::size_t kMinElementBytes = 3;      // "+\r\n"

struct FreeReader {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};

Reply::Type type_of(int hiredis_type) noexcept {
  switch (hiredis_type) {
    case REDIS_REPLY_STATUS:
      return Reply::Type::status;
    case REDIS_REPLY_ERROR:
      return Reply::Type::error;
    default:
      return Reply::Type::bulk;
  }
}

}  // namespace

// hiredis calls the functions below for each element in turn, outer ones first, and hands back what
// they return as the parent's `obj`. So an element is written where it belongs at once.
struct ReplyReader::Impl {
  explicit Impl(std::size_t max_bytes)
      : max_reply_bytes(max_bytes),
        max_elements(std::min(kMaxElements, max_bytes / kMinElementBytes)) {
    if (!reader) throw std::bad_alloc{};
    reader->privdata = this;
  }

  static Impl& of(const redisReadTask* task) noexcept {
    return *static_cast<Impl*>(task->privdata);
  }

  static Reply* place(const redisReadTask* task, Reply::Type type) {
    Reply& reply =
        task->parent == nullptr
            ? of(task).root
            : static_cast<Reply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
    reply.type = type;
    reply.integer = 0;
    if (type != Reply::Type::array) reply.elements.clear();
    return &reply;
  }

  // noexcept: no exception may pass through hiredis, which is C. Without memory the process ends.
  static void* create_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
    Reply* const reply = place(task, type_of(task->type));
    reply->text.assign(text, size);
    return reply;
  }
  static void* create_array(const redisReadTask* task, int size) noexcept {
    Impl& self = of(task);
    self.elements += static_cast<std::size_t>(size);
    // Before anything is allocated for them: a few bytes can announce very many.
    if (self.elements > self.max_elements) return nullptr;
    Reply* const reply = place(task, Reply::Type::array);
    reply->text.clear();
    reply->elements.resize(static_cast<std::size_t>(size));
    return reply;
  }
  static void* create_integer(const redisReadTask* task, long long value) noexcept {
    Reply* const reply = place(task, Reply::Type::integer);
    reply->text.clear();
    reply->integer = value;
    return reply;
  }
  static void* create_nil(const redisReadTask* task) noexcept {
    Reply* const reply = place(task, Reply::Type::nil);
    reply->text.clear();
    return reply;
  }
  static void free_object(void*) {}  // `root` owns everything

  bool feed_piece() {
    if (bytes.empty()) return false;
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    fed += piece.size();
    redisReaderFeed(reader.get(), piece.data(), piece.size());
    return true;
  }

  void begin_reply() {
    elements = 0;
    const std::size_t left = reader->len - reader->pos;
    if (fed - left - reply_began_at > kKeptBytes) root = Reply{};
    reply_began_at = fed - left;
  }

  void find_excess() {
    if (fed - reply_began_at > max_reply_bytes) fault = "a reply larger than the limit";
    if (reader->ridx < 0) return;
    // hiredis looks for the end of a line from its beginning each time more bytes have come.
    const int type = reader->rstack[reader->ridx].type;
    const std::size_t left = reader->len - reader->pos;
    if (type < 0) return;
    if (type == REDIS_REPLY_STRING || type == REDIS_REPLY_ARRAY) {
      if (left > kMaxLengthLineBytes &&
          std::memchr(reader->buf + reader->pos, '\n', kMaxLengthLineBytes) == nullptr) {
        fault = "a length without an end";
      }
    } else if (left > kMaxLineBytes) {
      fault = "a line without an end";
    }
  }

  redisReplyObjectFunctions functions{create_string, create_array, create_integer, create_nil,
                                      free_object};
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreateWithFunctions(&functions)};
  std::size_t max_reply_bytes;
  std::size_t max_elements;
  std::string_view bytes;          // given, not yet fed
  std::size_t fed = 0;             // since the beginning
  std::size_t reply_began_at = 0;  // in terms of `fed`
  std::size_t elements = 0;        // of the current reply
  Reply root;
  std::string fault;
};

ReplyReader::ReplyReader(std::size_t max_reply_bytes)
    : impl_(std::make_unique<Impl>(max_reply_bytes)) {}

ReplyReader::~ReplyReader() = default;

void ReplyReader::give(std::string_view bytes) noexcept { impl_->bytes = bytes; }

Reply* ReplyReader::next() {
  Impl& self = *impl_;
  if (self.reader->ridx < 0 && self.fault.empty()) self.begin_reply();
  while (self.fault.empty()) {
    void* reply = nullptr;
    if (redisReaderGetReply(self.reader.get(), &reply) != REDIS_OK) {
      self.fault = self.elements > self.max_elements ? "a reply of too many elements"
                                                     : std::string{self.reader->errstr};
      return nullptr;
    }
    if (reply != nullptr) return &self.root;
    self.find_excess();
    if (!self.fault.empty() || !self.feed_piece()) return nullptr;
  }
  return nullptr;
}

const std::string& ReplyReader::fault() const noexcept { return impl_->fault; }

}  // namespace pushgate::redis
