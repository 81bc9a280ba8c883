// What a request pays for a hook in Lua, against the declarative rule that says the same.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/identity/sources.hpp"
#include "agent/script/script_set.hpp"
#include "support/source_thread.hpp"

namespace pushgate::agent {
namespace {

const std::string kFields =
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Origin: https://chat.example.com\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: _ga=GA1.2.1234567890.1700000000; theme=dark; "
    "session=0123456789abcdef0123456789abcdef; uid=alice42\r\n";

void ask(benchmark::State& state, const IdentitySource& source, test::TestSourceThread& thread) {
  const ParsedRequest request{"/socket.io/?EIO=4&transport=polling", kFields};
  const RequestView view = thread.on_this_thread(request.view());
  for (auto _ : state) benchmark::DoNotOptimize(source.look(view));
}

void ask_script(benchmark::State& state, const std::string& body) {
  const test::TempFolder folder;
  config::HookConfig config;
  config.agent = folder.file("agent.lua");
  std::ofstream{config.agent} << "return function(req) " << body << " end";
  LoadedScripts loaded = load_scripts(config, {}, 1);
  const SourcePtr source = make_hook_source(std::get<std::shared_ptr<const ScriptSet>>(loaded));
  test::TestSourceThread thread;
  ask(state, *source, thread);
}

void declarative_cookie(benchmark::State& state) {
  test::TestSourceThread thread;
  ask(state, *make_cookie_source("uid"), thread);
}
BENCHMARK(declarative_cookie);

void lua_nothing(benchmark::State& state) { ask_script(state, ""); }
BENCHMARK(lua_nothing);

void lua_cookie(benchmark::State& state) { ask_script(state, "return req.cookies.uid"); }
BENCHMARK(lua_cookie);

void lua_table(benchmark::State& state) {
  ask_script(state, "return {uid = req.cookies.uid, headers = {['X-Plan'] = 'gold'}}");
}
BENCHMARK(lua_table);

void lua_error(benchmark::State& state) { ask_script(state, "error('x')"); }
BENCHMARK(lua_error);

}  // namespace
}  // namespace pushgate::agent
