#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

class ClientIpSource final : public IdentitySource {
 public:
  SourceValue look(const RequestView& request) const override {
    return client_ip_value(request.client);
  }
  std::string describe() const override { return "client address"; }
};

}  // namespace

SourceValue client_ip_value(const IpAddress& client) {
  return SourceValue::found(client.to_string());
}

SourcePtr make_client_ip_source() { return std::make_unique<ClientIpSource>(); }

}  // namespace pushgate::agent
