"""A row of the table: the work, its unit, and what is to be reached. The rows of the agent."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    unit: str
    mode: str  # of the client
    options: dict  # of the client
    quick_options: dict = field(default_factory=dict)  # those that differ with --quick
    units_per_exchange: int = 1
    programs: tuple = ("agent", "nginx", "haproxy", "relay")
    # (whose, rival, largest ratio). A rival in another row is "its key/its name".
    targets: tuple = ()
    # (whose, beside which program of this row, how many µs more at most; None: only shown)
    more: tuple = ()
    own: str = "agent"
    most: float | None = None  # an absolute target for `own`
    cost: str = "cpu_us"  # which of the measured numbers is the cost
    cost_unit: str = ""  # µs for each unit, if not given
    workers: int = 1
    rounds: int = 1000  # no more than these

    @property
    def unit_of_cost(self):
        return self.cost_unit or f"µs/{self.unit}"


def quick(row):
    """The same row in a fraction of a second, to see that it runs."""
    return replace(row, options={**row.options, **row.quick_options})


def _http(key, title, size, targets, programs=Row.programs):
    return Row(key, title, "request", "http", {"connections": 64, "size": size},
               targets=_of_agent(*targets), programs=programs)


def _of_agent(*targets):
    return tuple(("agent", rival, limit) for rival, limit in targets)


ONE_WORKER = (
    _http("http128", "HTTP keep-alive, 64 connections, 128 B", 128,
          (("nginx", 0.80), ("haproxy", 0.72))),
    _http("http16k", "HTTP keep-alive, 64 connections, 16 KiB", 16384,
          (("nginx", 0.65), ("haproxy", 0.60))),
    _http("http1m", "HTTP keep-alive, 64 connections, 1 MiB", 1048576,
          (("nginx", 0.50), ("nginx-buffers", 0.50), ("haproxy-splice", 0.50),
           ("haproxy-splice-tuned", 0.50)),
          ("agent", "nginx", "nginx-buffers", "haproxy", "haproxy-splice", "haproxy-splice-tuned",
           "relay",
           "relay-splice")),
    # A message is counted once in each direction: an echo is two.
    Row("ws128", "WebSocket echo, 64 connections, 128 B", "message", "ws-echo",
        {"connections": 64, "size": 128}, units_per_exchange=2,
        targets=_of_agent(("nginx", 1.05), ("relay", 1.10))),
    Row("ws16k", "WebSocket echo, 64 connections, 16 KiB", "message", "ws-echo",
        {"connections": 64, "size": 16384}, units_per_exchange=2,
        targets=_of_agent(("haproxy", 0.55))),
    Row("idle", "idle tunnels, 8,000", "tunnel", "idle-tunnels", {"count": 8000}, {"count": 200},
        most=600, cost="bytes_per_tunnel", cost_unit="bytes"),
    Row("handshake", "WebSocket handshake to close", "connection", "ws-handshake",
        {"parallel": 64}, targets=_of_agent(("nginx", 0.95))),
)


def _with_two_workers(row):
    return replace(row, key=row.key + "-2w", title=row.title + ", 2 workers", workers=2)


ROWS = ONE_WORKER + tuple(_with_two_workers(row) for row in ONE_WORKER[:4])
