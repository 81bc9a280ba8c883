#include "agent/script/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pushgate/base/text.hpp"

namespace pushgate::agent {

namespace {

class JsonWriter {
 public:
  JsonWriter(lua_State* lua, std::string& out) : lua_(lua), out_(out) {}

  void write(int index, int depth) {
    if (depth > kMaxJsonDepth) luaL_error(lua_, "json: nested more than %d deep", kMaxJsonDepth);
    luaL_checkstack(lua_, 6, "json");
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        out_ += "null";
        break;
      case LUA_TBOOLEAN:
        out_ += lua_toboolean(lua_, index) != 0 ? "true" : "false";
        break;
      case LUA_TNUMBER:
        write_number(index);
        break;
      case LUA_TSTRING:
        write_text(text_at(lua_, index));
        break;
      case LUA_TTABLE:
        write_table(lua_absindex(lua_, index), depth);
        break;
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua_, index) == nullptr) {
          out_ += "null";
          break;
        }
        [[fallthrough]];
      default:
        luaL_error(lua_, "json: a %s cannot be written", luaL_typename(lua_, index));
    }
    if (out_.size() > kMaxJsonBytes) luaL_error(lua_, "json: longer than 1 MiB");
  }

 private:
  void write_number(int index) {
    if (lua_isinteger(lua_, index) != 0) {
      out_ += std::to_string(lua_tointeger(lua_, index));
      return;
    }
    const double number = lua_tonumber(lua_, index);
    if (!std::isfinite(number)) luaL_error(lua_, "json: a number that is not finite");
    out_ += fmt::format("{}", number);
  }

  void write_text(std::string_view text) {
    out_ += '"';
    append_json_escaped(out_, text);
    out_ += '"';
  }

  void write_table(int table, int depth) {
    const lua_Unsigned length = lua_rawlen(lua_, table);
    if (length > 0)
      write_array(table, length, depth);
    else
      write_object(table, depth);
  }

  void write_array(int table, lua_Unsigned length, int depth) {
    lua_Unsigned found = 0;
    for (lua_pushnil(lua_); lua_next(lua_, table) != 0; lua_pop(lua_, 1)) ++found;
    if (found != length) luaL_error(lua_, "json: a table that is both list and object");
    for (lua_Unsigned i = 1; i <= length; ++i) {
      out_ += i == 1 ? '[' : ',';
      lua_rawgeti(lua_, table, static_cast<lua_Integer>(i));
      write(-1, depth + 1);
      lua_pop(lua_, 1);
    }
    out_ += ']';
  }

  /// In the order of the keys: a table's own order differs from one state to the next.
  void write_object(int table, int depth) {
    std::vector<std::string_view> keys;  // into the table's own strings
    for (lua_pushnil(lua_); lua_next(lua_, table) != 0; lua_pop(lua_, 1)) {
      if (lua_type(lua_, -2) != LUA_TSTRING) luaL_error(lua_, "json: a key that is not text");
      keys.push_back(text_at(lua_, -2));
    }
    std::sort(keys.begin(), keys.end());
    out_ += '{';
    bool first = true;
    for (const std::string_view key : keys) {
      if (!std::exchange(first, false)) out_ += ',';
      write_text(key);
      out_ += ':';
      push(lua_, key);
      lua_rawget(lua_, table);
      write(-1, depth + 1);
      lua_pop(lua_, 1);
    }
    out_ += '}';
  }

  lua_State* lua_;
  std::string& out_;
};

/// Receives the parser's events and builds the value on the Lua stack: a table that is not complete
/// lies below its next key and value.
class JsonReader {
 public:
  using json = nlohmann::json;

  explicit JsonReader(lua_State* lua) : lua_(lua) {}
  const std::string& fault() const noexcept { return fault_; }

  bool null() { return push_json_null(lua_), add(); }
  bool boolean(bool value) { return lua_pushboolean(lua_, value ? 1 : 0), add(); }
  bool number_integer(json::number_integer_t value) { return lua_pushinteger(lua_, value), add(); }
  bool number_unsigned(json::number_unsigned_t value) {
    if (value <= static_cast<json::number_unsigned_t>(LUA_MAXINTEGER)) {
      lua_pushinteger(lua_, static_cast<lua_Integer>(value));
    } else {
      lua_pushnumber(lua_, static_cast<lua_Number>(value));
    }
    return add();
  }
  bool number_float(json::number_float_t value, const std::string&) {
    return lua_pushnumber(lua_, value), add();
  }
  bool string(std::string& value) { return push(lua_, value), add(); }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(-1); }
  bool start_array(std::size_t) { return open(0); }
  bool key(std::string& name) { return push(lua_, name), true; }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) {
    fault_ = "not JSON at byte " + std::to_string(at);
    return false;
  }

 private:
  bool open(lua_Integer count) {
    if (counts_.size() >= static_cast<std::size_t>(kMaxJsonDepth)) {
      fault_ = "nested more than " + std::to_string(kMaxJsonDepth) + " deep";
      return false;
    }
    luaL_checkstack(lua_, 4, "json");
    lua_createtable(lua_, 0, 0);
    counts_.push_back(count);
    return true;
  }
  bool close() {
    counts_.pop_back();
    return add();
  }
  /// The value at the top is complete.
  bool add() {
    if (counts_.empty()) return true;
    lua_Integer& count = counts_.back();
    if (count < 0)
      lua_rawset(lua_, -3);
    else
      lua_rawseti(lua_, -2, ++count);
    return true;
  }

  lua_State* lua_;
  std::vector<lua_Integer> counts_;  // of the open arrays; -1 for objects
  std::string fault_;
};

}  // namespace

std::string to_json(lua_State* lua, int index) {
  std::string text;
  JsonWriter{lua, text}.write(index, 1);
  return text;
}

bool push_json(lua_State* lua, std::string_view text, std::string& fault) {
  if (text.size() > kMaxJsonBytes) {
    fault = "longer than 1 MiB";
    return false;
  }
  luaL_checkstack(lua, 4, "json");
  const int before = lua_gettop(lua);
  JsonReader reader{lua};
  if (nlohmann::json::sax_parse(text, &reader)) return true;
  lua_settop(lua, before);
  fault = reader.fault().empty() ? "not JSON" : reader.fault();
  return false;
}

void push_json_null(lua_State* lua) { lua_pushlightuserdata(lua, nullptr); }

}  // namespace pushgate::agent
