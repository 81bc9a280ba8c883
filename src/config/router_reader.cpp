#include "config/router_reader.hpp"

#include <algorithm>
#include <unordered_map>

#include "pushgate/base/identity.hpp"
#include "pushgate/base/text.hpp"

#include "config/addresses.hpp"
#include "config/reader.hpp"
#include "config/source_reader.hpp"

namespace pushgate::config {

namespace {

constexpr IntegerRange kWeights{0, 1000};
constexpr IntegerRange kNodePorts{1, 65535};
constexpr std::uint64_t kMaxRetries = 10;
constexpr std::size_t kMaxIdBytes = 256;

/// The nodes of one product while they are read.
class BackendList {
 public:
  BackendList(ProductConfig& product, const DaemonConfig& daemon)
      : product_(product), daemon_(daemon) {}

  /// {"id", "address", "weight", "server"}
  void read_backend(const Value& value) {
    ObjectReader reader{value};
    BackendConfig backend;
    backend.server = static_cast<std::uint32_t>(product_.backends.size());
    bool usable = false;
    if (const auto address = reader.find("address")) {
      usable = read_address(*address, backend);
    } else if (reader.is_object()) {
      value.error("the key \"address\" is missing", "e.g. {\"address\": \"10.0.0.7:4000\"}");
    }
    backend.id = backend.address;
    if (const auto id = reader.find("id")) read_id(*id, backend.id);
    reader.integer("weight", backend.weight, kWeights);
    reader.integer("server", backend.server, {0, 65535});
    reader.finish();
    if (usable) add(value, std::move(backend));
  }

  /// gopush's {"ip", "ports"}: one node for each port.
  void read_server(const Value& value) {
    ObjectReader reader{value};
    const auto ip = reader.find("ip");
    const auto ports = reader.find("ports");
    BackendConfig backend;
    backend.server = servers_++;
    reader.integer("weight", backend.weight, kWeights);
    reader.finish();
    if (!reader.is_object()) return;
    if (!ip) value.error("the key \"ip\" is missing");
    if (!ports) value.error("the key \"ports\" is missing");
    if (!ip || !ports) return;
    const auto host = read_text(*ip);
    const auto address = host ? read_host(*ip, *host) : std::nullopt;
    const std::vector<Value> list = read_list(*ports);
    if (ports->json->is_array() && list.empty()) ports->error("the list of ports is empty");
    for (const Value& element : list) {
      const auto port = read_integer(element, kNodePorts);
      if (!port || !address) continue;
      backend.endpoint = Endpoint{*address, static_cast<std::uint16_t>(*port)};
      const bool ipv6 = host->find(':') != std::string::npos;
      backend.address = (ipv6 ? '[' + *host + ']' : *host) + ':' + std::to_string(*port);
      backend.id = backend.address;
      add(element, backend);
    }
  }

  /// What can only be judged of all nodes together.
  void finish(const Value& list) {
    const auto& backends = product_.backends;
    if (!list.json->is_array()) return;
    if (list.json->empty()) list.error("no backend: nobody could be served");
    const bool weighed = std::any_of(backends.begin(), backends.end(),
                                     [](const BackendConfig& b) { return b.weight != 0; });
    if (!backends.empty() && !weighed) list.error("every weight is 0: nobody could be served");
    count_servers(list);
  }

 private:
  bool read_address(const Value& value, BackendConfig& backend) {
    const auto text = read_text(value);
    if (!text) return false;
    const auto endpoint = read_endpoint(value, *text, AddressUse::connect);
    if (!endpoint) return false;
    backend.address = *text;
    backend.endpoint = *endpoint;
    return true;
  }

  static void read_id(const Value& value, std::string& out) {
    const auto text = read_text(value);
    if (!text) return;
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (text->empty() || text->size() > kMaxIdBytes ||
        std::any_of(text->begin(), text->end(), is_control)) {
      value.error(show(*value.json) + " is no id", "1 to 256 bytes without control characters");
      return;
    }
    out = *text;
  }

  void add(const Value& value, BackendConfig backend) {
    const auto [first, is_new] = ids_.try_emplace(backend.id, value.pointer);
    if (!is_new) {
      value.error("a second backend with the id \"" + backend.id + '"',
                  "the first is " + first->second);
      return;
    }
    if (is_agent(backend.endpoint)) {
      value.error("the backend " + backend.address + " is the agent itself");
    }
    product_.backends.push_back(std::move(backend));
  }

  /// Only what is certain: the very address of a listener, or its port on a loopback address while
  /// the listener has all addresses.
  bool is_agent(const Endpoint& endpoint) const {
    if (endpoint.is_unix()) return false;
    static const Endpoint loopback4{IpAddress::v4({127, 0, 0, 1}), 0};
    const bool loopback = endpoint.address() == loopback4.address();
    return std::any_of(daemon_.listeners.begin(), daemon_.listeners.end(),
                       [&](const ListenerConfig& listener) {
                         if (listener.address.port() != endpoint.port()) return false;
                         return listener.address.address() == endpoint.address() ||
                                (loopback && listener.address.address() == IpAddress{});
                       });
  }

  /// Server indexes must be 0, 1, …, n-1 without a hole: `modulo` divides by n.
  void count_servers(const Value& list) {
    std::vector<bool> seen(product_.backends.size() + servers_, false);
    for (const BackendConfig& backend : product_.backends) {
      product_.servers = std::max(product_.servers, backend.server + 1);
      if (backend.server < seen.size()) seen[backend.server] = true;
    }
    if (servers_ != 0) {  // a server whose ports are wrong has been reported already
      product_.servers = servers_;
      return;
    }
    const auto hole = std::find(seen.begin(), seen.end(), false);
    const auto first_unused = static_cast<std::size_t>(hole - seen.begin());
    if (product_.backends.size() == list.json->size() && first_unused < product_.servers) {
      list.error("no backend has \"server\": " + std::to_string(first_unused),
                 "the servers are numbered from 0 without a hole");
    }
  }

  ProductConfig& product_;
  const DaemonConfig& daemon_;
  std::uint32_t servers_ = 0;
  std::unordered_map<std::string, std::string> ids_;  ///< to the pointer of the first
};

void read_server_list(const Value& value, BackendList& backends) {
  for (const Value& element : read_list(value)) backends.read_server(element);
  backends.finish(value);
}

void read_product_timeouts(const Value& value, ProductConfig& out) {
  ObjectReader reader{value};
  const auto read = [&reader](std::string_view key, std::optional<milliseconds>& field) {
    if (const auto member = reader.find(key)) field = read_duration(*member, {});
  };
  read("connect", out.connect_timeout);
  read("firstByte", out.first_byte_timeout);
  read("tunnelIdle", out.tunnel_idle_timeout);
  reader.finish();
}

void read_product_object(const Value& value, const DaemonConfig& daemon, ProductConfig& out) {
  ObjectReader reader{value};
  BackendList backends{out, daemon};
  const auto list = reader.find("backends");
  const auto servers = reader.find("servers");
  if (list && servers) {
    servers->error("backends and servers exclude each other");
  } else if (!list && !servers && reader.is_object()) {
    value.error("neither backends nor servers: nobody could be served");
  }
  if (list) {
    for (const Value& element : read_list(*list)) backends.read_backend(element);
    backends.finish(*list);
  } else if (servers) {
    read_server_list(*servers, backends);
  }
  if (const auto hash = reader.find("hash")) out.hash = read_enum(*hash, "hash policy", kHashNames);
  if (const auto timeouts = reader.find("timeouts")) read_product_timeouts(*timeouts, out);
  reader.integer("retries", out.retries, {0, kMaxRetries});
  if (const auto when = reader.find("when")) read_condition(when->as("/condition"), out.when);
  reader.finish();
}

}  // namespace

RouterConfig read_router(Document& document, const DaemonConfig& daemon) {
  RouterConfig out;
  const Value root = Value::root(document);
  ObjectReader reader{root};
  if (!reader.is_object()) return out;
  if (const auto schema = reader.find("$schema")) read_text(*schema);  // for editors
  std::size_t names = 0;
  for (const auto& [name, json] : root.json->items()) {
    if (name == "$schema") continue;
    ++names;
    const Value value = root.named(name, json);
    if (!Identity::valid_product(name)) {
      document.error_at_key(value.pointer, show(Json(name)) + " is no product name",
                            "1 to 64 of the characters A-Z a-z 0-9 _ . -");
    }
    ProductConfig product;
    product.name = name;
    if (json.is_array()) {
      BackendList backends{product, daemon};
      read_server_list(value, backends);
    } else {
      read_product_object(value, daemon, product);
    }
    out.products.push_back(std::move(product));
  }
  if (names == 0) root.error("the table names no product", "e.g. {\"default\": [...]}");
  return out;
}

}  // namespace pushgate::config
