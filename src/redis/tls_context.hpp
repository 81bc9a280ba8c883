#pragma once
// tls_context.hpp - the settings of TLS with the files they name read, once per client.

#include <memory>
#include <string>

#include "pushgate/base/result.hpp"
#include "pushgate/redis/settings.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pushgate::redis {

/// Immutable; shared by the connections of one client.
struct TlsContext {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::string server_name;  ///< empty: the host that is connected to
  bool verify = true;
};

/// Nullptr if TLS is off. Fails with the error of the file or certificate that cannot be used.
Result<std::shared_ptr<const TlsContext>> make_tls_context(const TlsSettings& settings);

}  // namespace pushgate::redis
