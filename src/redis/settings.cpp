#include "pushgate/redis/settings.hpp"

namespace pushgate::redis {

namespace {

constexpr std::size_t kMaxUnixPathBytes = 107;  // sun_path, without its final zero

std::optional<std::string> find_address_fault(const ServerAddress& address, bool tls) {
  if (!address.unix_path.empty()) {
    if (address.unix_path.size() > kMaxUnixPathBytes) {
      return "the path of the unix socket is longer than 107 bytes";
    }
    if (tls) return "TLS is not spoken over a unix socket";
    return std::nullopt;
  }
  if (address.host.empty()) return "a server without a host";
  if (address.port == 0) return "port 0 of " + address.host;
  return std::nullopt;
}

std::optional<std::string> find_addresses_fault(const RedisSettings& settings) {
  switch (settings.topology) {
    case Topology::single:
      return find_address_fault(settings.server, settings.tls.enabled);
    case Topology::sentinel:
      if (settings.sentinels.empty()) return "no sentinels";
      if (settings.master_name.empty()) return "no name of the master that the sentinels watch";
      break;
    case Topology::cluster:
      if (settings.cluster_seeds.empty()) return "no nodes of the cluster to begin with";
      if (settings.database != 0) return "a cluster has database 0 only";
      break;
  }
  const bool cluster = settings.topology == Topology::cluster;
  for (const ServerAddress& one : cluster ? settings.cluster_seeds : settings.sentinels) {
    if (auto fault = find_address_fault(one, settings.tls.enabled)) return fault;
    if (cluster && !one.unix_path.empty()) return "a cluster is not reached by a unix socket";
  }
  return std::nullopt;
}

}  // namespace

std::string ServerAddress::to_string() const {
  if (!unix_path.empty()) return unix_path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::optional<std::string> find_fault(const RedisSettings& settings) {
  if (auto fault = find_addresses_fault(settings)) return fault;
  if (settings.password.empty() && !settings.username.empty()) return "a user without a password";
  if (settings.sentinel_password.empty() && !settings.sentinel_username.empty()) {
    return "a user of the sentinels without a password";
  }
  if (settings.client_name.find_first_of(" \r\n") != std::string::npos) {
    return "a client name with spaces or line ends";
  }
  const TlsSettings& tls = settings.tls;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return "a client certificate needs its key, and the key its certificate";
  }
  for (const auto limit : {settings.connect_timeout, settings.command_timeout, settings.liveness,
                           settings.ping_timeout, settings.backoff_min}) {
    if (limit.count() <= 0) return "a time limit of zero or less";
  }
  if (settings.backoff_max < settings.backoff_min) return "backoff_max below backoff_min";
  if (settings.unsubscribe_delay.count() < 0) return "a negative delay of unsubscribing";
  if (settings.max_queue_bytes == 0 || settings.max_reply_bytes == 0) return "a size limit of zero";
  return std::nullopt;
}

namespace {

ServerAddress address_of(const config::HostPort& address) {
  return {address.host, address.port, {}};
}

std::vector<ServerAddress> addresses_of(const std::vector<config::HostPort>& addresses) {
  std::vector<ServerAddress> all;
  all.reserve(addresses.size());
  for (const config::HostPort& address : addresses) all.push_back(address_of(address));
  return all;
}

}  // namespace

RedisSettings settings_of(const config::RedisConfig& config) {
  RedisSettings settings;
  settings.server = {config.host, config.port, config.path};
  if (!config.cluster.empty()) {
    settings.topology = Topology::cluster;
    settings.cluster_seeds = addresses_of(config.cluster);
  } else if (config.sentinel) {
    settings.topology = Topology::sentinel;
    settings.sentinels = addresses_of(config.sentinel->addresses);
    settings.master_name = config.sentinel->master;
    settings.sentinel_username = config.sentinel->username;
    settings.sentinel_password = config.sentinel->password;
  }
  settings.username = config.username;
  settings.password = config.password;
  settings.database = config.database;
  settings.client_name = "pushgate";
  if (config.tls) {
    settings.tls = {true,
                    config.tls->ca,
                    config.tls->cert,
                    config.tls->key,
                    config.tls->server_name,
                    config.tls->verify};
  }
  settings.connect_timeout = config.timeout;
  settings.command_timeout = config.timeout;
  settings.when_down =
      config.publish_when_down == config::WhenRedisIsDown::queue ? WhenDown::wait : WhenDown::fail;
  settings.max_queue_bytes = static_cast<std::size_t>(config.queue_bytes);
  return settings;
}

}  // namespace pushgate::redis
