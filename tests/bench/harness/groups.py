"""The parts of the benchmark: the agent among proxies, its hooks, the push node among servers."""

from dataclasses import dataclass

from . import hook_rows, node_rows, peers, proxies, rows


@dataclass(frozen=True)
class Group:
    name: str
    heading: str
    rows: tuple
    programs: tuple  # the kinds: what stands before the first "-" of a program's name
    installed: object  # (name, opts): can it be started here?
    session: object  # (opts, folder, log): a context that gives measure(row, name)
    versions: dict  # name: command that tells it
    picture: str = ""  # what its file's name ends with

    def owns(self, name):
        return name.partition("-")[0] in self.programs


GROUPS = (
    Group("agent", "The agent", rows.ROWS, ("agent", "nginx", "haproxy", "relay"),
          proxies.installed, proxies.session,
          {"nginx": ["nginx", "-v"], "HAProxy": ["haproxy", "-v"]}),
    Group("hooks", "Hooks of the agent", hook_rows.ROWS, ("hook",),
          proxies.hook_installed, proxies.session_with_hooks,
          {"nginx": ["nginx", "-v"], "HAProxy": ["haproxy", "-v"], "Redis": ["redis-server",
           "--version"]}, "-hooks"),
    Group("node", "The push node", node_rows.ROWS, ("node", "socketio", "nchan", "broadcaster"),
          peers.installed, peers.session, peers.VERSIONS, "-node"),
)
