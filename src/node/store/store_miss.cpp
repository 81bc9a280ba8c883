#include "pushgate/node/store/store.hpp"

namespace pushgate::node {

std::string_view name_of(StoreMiss miss) noexcept {
  switch (miss) {
    case StoreMiss::none:
      return "none";
    case StoreMiss::unknown_session:
      return "unknown_session";
    case StoreMiss::other_user:
      return "other_user";
    case StoreMiss::bad_offset:
      return "bad_offset";
    case StoreMiss::other_epoch:
      return "other_epoch";
    case StoreMiss::trimmed:
      return "trimmed";
    case StoreMiss::store_away:
      return "store_away";
  }
  return "none";
}

}  // namespace pushgate::node
