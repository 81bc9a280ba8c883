#include "app/command_line.hpp"

#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "app/check_command.hpp"
#include "app/config_source.hpp"
#include "app/daemon_process.hpp"
#include "app/publish_command.hpp"
#include "app/route_command.hpp"

namespace pushgate::app {

namespace {

constexpr char kDescription[] =
    "pushgate keeps every user of a WebSocket or Socket.IO application on their own node.\n"
    "\n"
    "It finds out who the user is (uid) and which product they use, picks that user's node by\n"
    "consistent hashing from a JSON table, forwards HTTP and splices WebSockets. Its own push "
    "nodes\n"
    "speak Socket.IO, plain WebSocket and event streams.";

constexpr char kFooter[] =
    "Examples:\n"
    "  pushgate up                                      agent, push nodes and demo in one process\n"
    "  pushgate agent -c config/pushgate.json           run the agent\n"
    "  pushgate node -c config/pushgate.json            run push nodes\n"
    "  pushgate check -c config/pushgate.json           are both files in order?\n"
    "  pushgate check --against 127.0.0.1:6004          how many users would a reload move?\n"
    "  pushgate publish --room a --event e --data 1     an event to whoever is in a room\n"
    "  pushgate route --uid alice                       which node is alice's, and which is next?\n"
    "  pushgate -T                                      the configuration with all defaults\n"
    "\n"
    "Signals of agent, node and up:\n"
    "  TERM, INT, QUIT  stop: /readyz fails, requests finish, tunnels get drainTimeout;\n"
    "                   a second one ends at once\n"
    "  HUP              read the configuration again (a change of the files does the same)\n"
    "  USR1             reopen the log files\n"
    "\n"
    "Exit codes: 0 done, 1 the configuration is invalid, 2 wrong usage, 3 could not start.";

constexpr char kDefaultConfig[] = "/etc/pushgate/pushgate.json";

int print_version() {
  std::printf("pushgate %s\n", PUSHGATE_VERSION);
  return kOk;
}

struct Arguments {
  std::string config;  ///< empty: not given
  bool test = false;
  bool dump = false;
  bool version = false;
  std::string against;
  RouteQuery route;
  PublishOptions publish;
};

/// Options that every subcommand understands, so that they may stand before or after it.
void add_common(CLI::App& app, Arguments& arguments) {
  app.add_option("-c,--config", arguments.config,
                 std::string{"Configuration file; default: "} + kDefaultConfig +
                     ", but for `up`, which needs none")
      ->check([](const std::string& file) {
        return file.empty() ? std::string{"the name of the file is empty"} : std::string{};
      });
  app.add_flag("-t,--test", arguments.test,
               "Check the configuration and exit, as `check` does, without its samples");
  app.add_flag("-T,--dump", arguments.dump,
               "Print the configuration in effect, secrets redacted, and exit");
}

/// What the subcommand reads, and as whom; those that are no daemon look at it as the agent does.
ConfigSource source_of(const Arguments& arguments, const CLI::App& app) {
  const bool is_up = app.got_subcommand("up");
  ConfigSource source;
  if (is_up) source.role = config::Role::up;
  if (app.got_subcommand("node")) source.role = config::Role::node;
  source.file = arguments.config.empty() && !is_up ? kDefaultConfig : arguments.config;
  return source;
}

int run(const Arguments& arguments, const CLI::App& app) {
  if (arguments.version || app.got_subcommand("version")) return print_version();
  const ConfigSource source = source_of(arguments, app);
  if (arguments.dump) return dump_configuration(source);
  const bool is_check = app.got_subcommand("check");
  if (arguments.test || is_check) {
    return check_configuration(source, arguments.against, is_check ? Samples::run : Samples::leave);
  }
  if (app.got_subcommand("publish")) return publish_event(arguments.publish);
  if (app.got_subcommand("route")) return explain_route(source.file, arguments.route);
  for (const char* daemon : {"agent", "node", "up"}) {
    if (app.got_subcommand(daemon)) return run_daemon(source);
  }
  std::fputs(app.help().c_str(), stderr);
  return kUsage;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{kDescription, "pushgate"};
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  add_common(app, arguments);
  app.add_flag("-v,-V,--version", arguments.version, "Print the version and exit");

  add_common(*app.add_subcommand("up", "Run the agent and push nodes in one process"), arguments);
  add_common(*app.add_subcommand("agent", "Run the agent in the foreground"), arguments);
  add_common(*app.add_subcommand("node", "Run push nodes in the foreground"), arguments);
  CLI::App* const check = app.add_subcommand(
      "check", "Read and validate the configuration; print every error and exit");
  add_common(*check, arguments);
  check->add_option("--against", arguments.against,
                    "Say what share of the users would change nodes, compared with the table of a "
                    "running agent (its admin address) or of another router file");
  CLI::App* const route =
      app.add_subcommand("route", "Explain which node a user or a request goes to, and why");
  add_common(*route, arguments);
  route->add_option("--uid", arguments.route.uid, "The user");
  route->add_option("--product", arguments.route.product, "The product")->capture_default_str();
  route->add_option("--request", arguments.route.request_file,
                    "A file with a request head, to which the identity rules are applied");
  route->add_option("--client", arguments.route.client, "Client address of that request")
      ->capture_default_str();
  route->add_flag("--json", arguments.route.json, "Print JSON");
  add_publish_command(app, arguments.publish);
  app.add_subcommand("version", "Print the version");

  try {
    app.parse(argc, argv);
    return run(arguments, app);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pushgate: %s\n", error.what());
    return kCannotStart;
  }
}

}  // namespace pushgate::app
