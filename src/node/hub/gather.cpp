#include "node/hub/gather.hpp"

#include <algorithm>
#include <cstring>

namespace pushgate::node {

Gather::Gather(Compressor* compressor)
    : compressor_(compressor), bytes_(std::make_unique<char[]>(kBytes)) {}

std::string_view Gather::collect(std::span<const MessageRef> messages, WireKind kind,
                                 std::size_t skip) {
  const std::string& first = messages.front()->form(kind, compressor_);
  if (messages.size() == 1 || skip > 0 || first.size() >= kLarge) {
    return std::string_view{first}.substr(skip);
  }
  const bool is_the_same = kind == kind_ && messages.size() >= list_.size() && !list_.empty() &&
                           std::equal(list_.begin(), list_.end(), messages.begin());
  if (is_the_same && (messages.size() == list_.size() || size_ >= kBytes - kLarge)) {
    return {bytes_.get(), size_};
  }
  list_.clear();
  size_ = 0;
  kind_ = kind;
  for (const MessageRef& message : messages) {
    const std::string& form = message->form(kind, compressor_);
    if (form.size() >= kLarge || size_ + form.size() > kBytes) break;
    std::memcpy(bytes_.get() + size_, form.data(), form.size());
    size_ += form.size();
    list_.push_back(message);
  }
  return {bytes_.get(), size_};
}

}  // namespace pushgate::node
