#include "pushgate/agent/request_policy.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "agent/identity/condition.hpp"
#include "agent/identity/sources.hpp"
#include "agent/lookup/lookup_board.hpp"
#include "agent/lookup/lookup_sources.hpp"
#include "agent/native/native_source.hpp"
#include "agent/script/script_set.hpp"
#include "agent/token/key_board.hpp"
#include "agent/token/token_source.hpp"

namespace pushgate::agent {

using SourceConfig = config::IdentitySourceConfig;
using config::Diagnostic;

struct SourceBoards::Impl {
  explicit Impl(std::size_t count) : threads(count), lookups(count) {}

  std::size_t threads;
  LookupBoard lookups;
  KeyBoard keys;
};

SourceBoards::SourceBoards(std::size_t threads) : impl_(std::make_unique<Impl>(threads)) {}
SourceBoards::~SourceBoards() = default;
std::size_t SourceBoards::threads() const noexcept { return impl_->threads; }

namespace {

/// Makes the policy of one configuration, and collects what is wrong with it.
class Preparation {
 public:
  Preparation(config::Config& config, SourceBoards& boards)
      : config_(config), identity_(config.daemon.identity), boards_(boards) {}

  PreparedPolicy run() {
    load_scripts();
    SourceList uid = sources(identity_.uid, "/identity/uid");
    if (scripts_ && scripts_->has_identity_hook()) {
      uid.insert(uid.begin(), make_hook_source(scripts_));
    }
    SourceList product = sources(identity_.product, "/identity/product");
    add_listed_products();
    PreparedPolicy prepared;
    if (diagnostics_.empty()) {
      std::unique_ptr<const RouteHook> router;
      if (scripts_ && scripts_->has_router()) router = make_script_router(scripts_);
      prepared.policy = std::make_shared<const RequestPolicy>(
          RequestPolicy{IdentityChain{identity_, std::move(uid), std::move(product)},
                        std::move(router), std::move(files_)});
    }
    prepared.diagnostics = std::move(diagnostics_);
    return prepared;
  }

 private:
  void load_scripts() {
    std::vector<std::string> files;
    for (const auto* list : {&identity_.uid, &identity_.product}) {
      for (const SourceConfig& source : *list) {
        if (source.kind == SourceConfig::Kind::lua) files.push_back(source.text);
      }
    }
    const config::HookConfig& hooks = config_.daemon.hooks;
    if (files.empty() && hooks.agent.empty() && hooks.onupgrade.empty() && hooks.router.empty()) {
      return;
    }
    LoadedScripts loaded = agent::load_scripts(hooks, files, boards_.threads());
    if (auto* const faults = std::get_if<std::vector<ScriptFault>>(&loaded)) {
      for (ScriptFault& fault : *faults) {
        diagnostics_.push_back({{fault.file, fault.line, fault.line > 0 ? std::size_t{1} : 0},
                                {},
                                std::move(fault.message),
                                {}});
      }
      return;
    }
    scripts_ = std::get<std::shared_ptr<const ScriptSet>>(std::move(loaded));
    files_ = scripts_->files();
  }

  SourceList sources(const std::vector<SourceConfig>& configs, const std::string& pointer) {
    SourceList list;
    for (std::size_t i = 0; i < configs.size(); ++i) {
      std::string fault;
      SourcePtr source = make_source(configs[i], fault);
      if (source) {
        list.push_back(with_condition(configs[i].when, std::move(source)));
      } else if (!fault.empty()) {
        diagnostics_.push_back(
            {{config_.daemon.file, 0, 0}, pointer + '/' + std::to_string(i), std::move(fault), {}});
      }
    }
    return list;
  }

  SourcePtr make_source(const SourceConfig& config, std::string& fault) {
    using Kind = SourceConfig::Kind;
    SourceBoards::Impl& boards = boards_.impl();
    switch (config.kind) {
      case Kind::jwt: {
        const auto& token = std::get<config::TokenSourceConfig>(config.detail);
        note_key_files(token);
        return make_token_source(token, boards.keys, boards.threads, fault);
      }
      case Kind::http:
        return make_http_source(std::get<config::HttpSourceConfig>(config.detail), boards.lookups);
      case Kind::redis:
        return make_redis_source(std::get<config::RedisSourceConfig>(config.detail),
                                 boards.lookups);
      case Kind::native: {
        const auto& native = std::get<config::NativeSourceConfig>(config.detail);
        return make_native_source(native, fault);
      }
      case Kind::lua:  // without scripts: their fault has been reported
        return scripts_ ? make_lua_source(scripts_, config.text) : nullptr;
      default:
        return make_request_source(config);
    }
  }

  void note_key_files(const config::TokenSourceConfig& token) {
    for (const config::TokenKeyConfig& key : token.keys) {
      using Kind = config::TokenKeyConfig::Kind;
      if (key.kind != Kind::secret && key.kind != Kind::jwks_url) files_.push_back(key.text);
    }
  }

  /// The lists of router.lua are products like those of the table.
  void add_listed_products() {
    if (!scripts_ || !scripts_->has_router()) return;
    const std::string& file = config_.daemon.hooks.router;
    if (scripts_->products_json() == "{}") return;
    config::Loaded<config::RouterConfig> listed =
        config::load_router_text(scripts_->products_json(), file, config_.daemon);
    if (!listed.ok()) {
      for (Diagnostic& diagnostic : listed.diagnostics) {
        diagnostic.at = {file, 0, 0};  // the text is not the one that was written
        diagnostics_.push_back(std::move(diagnostic));
      }
      return;
    }
    std::vector<config::ProductConfig>& products = config_.router.products;
    for (config::ProductConfig& product : listed.value->products) {
      const bool taken = std::any_of(products.begin(), products.end(),
                                     [&](const auto& other) { return other.name == product.name; });
      if (taken) {
        diagnostics_.push_back({{file, 0, 0},
                                '/' + product.name,
                                "this product is in the router table too",
                                "keep one of them"});
      } else {
        products.push_back(std::move(product));
      }
    }
  }

  config::Config& config_;
  const config::IdentityConfig& identity_;
  SourceBoards& boards_;
  std::shared_ptr<const ScriptSet> scripts_;
  std::vector<std::string> files_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

PreparedPolicy prepare_policy(config::Config& config, SourceBoards& boards) {
  return Preparation{config, boards}.run();
}

}  // namespace pushgate::agent
