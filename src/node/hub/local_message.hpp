#pragma once
// local_message.hpp - a message as one io thread holds it: counted without atomics, its forms found
// without asking the shared one again. Sans-I/O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "pushgate/config/node_config.hpp"
#include "pushgate/runtime/pooled.hpp"

#include "node/hub/message.hpp"

namespace pushgate::node {

/// How a message is to be treated in the queues.
struct Handling {
  bool is_volatile = false;  ///< may be dropped when a client cannot take it now
  config::WhenFull when_full = config::WhenFull::close;
  std::uint64_t room = 0;  ///< tells rooms apart for drop_oldest; 0: of no room
};

/// One per message and io thread; lives as long as a queue refers to it.
class LocalMessage : public runtime::Pooled {
 public:
  LocalMessage(std::shared_ptr<const Message> shared, const Handling& how) noexcept
      : handling(how), shared_(std::move(shared)) {}
  LocalMessage(const LocalMessage&) = delete;
  LocalMessage& operator=(const LocalMessage&) = delete;

  const Handling handling;

  const Message& shared() const noexcept { return *shared_; }
  /// What it takes in a queue of this kind, in bytes.
  std::size_t size(WireKind kind, Compressor* compressor) {
    return kind == WireKind::polling ? shared_->polling_bytes() : form(kind, compressor).size();
  }
  const std::string& form(WireKind kind, Compressor* compressor) {
    const std::string*& known = forms_[static_cast<std::size_t>(kind)];
    if (known == nullptr) known = &shared_->form(kind, compressor);
    return *known;
  }

 private:
  friend void intrusive_ptr_add_ref(LocalMessage* message) noexcept { ++message->references_; }
  friend void intrusive_ptr_release(LocalMessage* message) noexcept {
    if (--message->references_ == 0) delete message;
  }

  std::uint32_t references_ = 0;
  std::shared_ptr<const Message> shared_;
  std::array<const std::string*, kWireKinds> forms_{};
};

using MessageRef = boost::intrusive_ptr<LocalMessage>;

inline MessageRef make_local(std::shared_ptr<const Message> shared, const Handling& handling = {}) {
  return MessageRef{new LocalMessage(std::move(shared), handling)};
}

}  // namespace pushgate::node
