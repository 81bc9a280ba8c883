#include "agent/script/loader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

// In the registry: modules by their path; `false` while one is being run.
constexpr const char* kModules = "pushgate.modules";

class FileBody final : public CallBody {
 public:
  FileBody(Loader& loader, const std::string& path, const std::function<void(lua_State*)>& take)
      : loader_(loader), path_(path), take_(take) {}

  int push(lua_State* lua) override {
    loader_.compile(lua, path_);
    return 0;
  }
  void take(lua_State* lua) override { take_(lua); }

 private:
  Loader& loader_;
  const std::string& path_;
  const std::function<void(lua_State*)>& take_;
};

bool is_module_name(std::string_view name) noexcept {
  const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == '/';
  });
  return letters && !name.empty() && name.front() != '/' && name.front() != '.' &&
         name.find("..") == std::string_view::npos && name.find("/.") == std::string_view::npos;
}

}  // namespace

const std::string* ScriptFiles::read(const std::string& path, std::string& why) {
  const auto [place, is_new] = texts_.try_emplace(path);
  if (is_new) {
    names_.push_back(path);
    std::error_code error;
    std::string& reason = reasons_[path];
    if (!std::filesystem::is_regular_file(path, error)) {
      reason = error ? error.message() : "not a file";
    } else if (std::filesystem::file_size(path, error) > kMaxBytes) {
      reason = "more than 1 MiB";
    } else if (std::ifstream file{path, std::ios::binary}; file) {
      place->second.emplace(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    } else {
      reason = "permission denied";
    }
  }
  if (place->second) return &*place->second;
  why = "cannot be read: " + reasons_[path];
  return nullptr;
}

Loader::Loader(ScriptState& state, ScriptFiles& files) : state_(state), files_(files) {
  state_.set_loader(this);
}

Loader::~Loader() { state_.set_loader(nullptr); }

void Loader::compile(lua_State* lua, const std::string& path) {
  std::string why;
  const std::string* const text = files_.read(path, why);
  const std::string name = path.starts_with(folder_) ? path.substr(folder_.size()) : path;
  if (text == nullptr) luaL_error(lua, "%s %s", name.c_str(), why.c_str());
  paths_[name] = path;
  ScriptState::charge(lua, text->size() / 8);
  const std::string chunk = '@' + name;
  if (luaL_loadbufferx(lua, text->data(), text->size(), chunk.c_str(), "t") != LUA_OK) {
    lua_error(lua);
  }
}

std::optional<ScriptFault> Loader::run(const std::string& path,
                                       const std::function<void(lua_State*)>& take) {
  folder_ = path.substr(0, path.rfind('/') + 1);
  paths_.clear();
  FileBody body{*this, path, take};
  Call* const call = state_.begin(nullptr, body);
  if (call == nullptr) return ScriptFault{path, 0, "not enough memory"};
  std::optional<ScriptFault> fault;
  if (state_.run(*call) != Progress::done) {
    const CallFailure failure = state_.failure(*call);
    const auto known = paths_.find(failure.file);
    fault =
        ScriptFault{known == paths_.end() ? path : known->second, failure.line, failure.message};
  }
  state_.end(*call);
  return fault;
}

int require_module(lua_State* lua) {
  const std::string name{check_text(lua, 1)};
  Loader* const loader = state_of(lua).loader();
  if (loader == nullptr) {
    return luaL_error(lua, "require('%s') in a running hook: write it at the top level of the file",
                      name.c_str());
  }
  if (!is_module_name(name)) {
    return luaL_error(lua, "require('%s'): only files beside the hook, named with a-z 0-9 _ - . /",
                      name.c_str());
  }
  const std::string path = loader->folder() + name + (name.ends_with(".lua") ? "" : ".lua");
  luaL_getsubtable(lua, LUA_REGISTRYINDEX, kModules);
  if (lua_getfield(lua, -1, path.c_str()) != LUA_TNIL) {
    if (lua_isboolean(lua, -1) && lua_toboolean(lua, -1) == 0) {
      return luaL_error(lua, "require('%s'): the files require each other in a circle",
                        name.c_str());
    }
    return 1;
  }
  lua_pop(lua, 1);
  loader->compile(lua, path);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -3, path.c_str());
  lua_call(lua, 0, 1);
  if (lua_isnil(lua, -1) || (lua_isboolean(lua, -1) && lua_toboolean(lua, -1) == 0)) {
    lua_pop(lua, 1);
    lua_pushboolean(lua, 1);
  }
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, path.c_str());
  return 1;
}

}  // namespace pushgate::agent
