#include "tls_context.hpp"

#include <boost/asio/ssl/context.hpp>

namespace pushgate::redis {

namespace ssl = boost::asio::ssl;

namespace {

ErrorCode load_files(ssl::context& context, const TlsSettings& settings) {
  ErrorCode error;
  if (settings.verify && settings.ca_file.empty()) context.set_default_verify_paths(error);
  if (!error && !settings.ca_file.empty()) context.load_verify_file(settings.ca_file, error);
  if (!error && !settings.certificate_file.empty()) {
    context.use_certificate_chain_file(settings.certificate_file, error);
    if (!error) context.use_private_key_file(settings.key_file, ssl::context::pem, error);
  }
  return error;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> make_tls_context(const TlsSettings& settings) {
  if (!settings.enabled) return std::shared_ptr<const TlsContext>{};
  auto made = std::make_shared<TlsContext>();
  made->context = std::make_shared<ssl::context>(ssl::context::tls_client);
  made->server_name = settings.server_name;
  made->verify = settings.verify;
  made->context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  made->context->set_verify_mode(settings.verify ? ssl::verify_peer : ssl::verify_none);
  if (const ErrorCode error = load_files(*made->context, settings)) return error;
  return std::shared_ptr<const TlsContext>{std::move(made)};
}

}  // namespace pushgate::redis
