"""The rows of the table: the work, its unit, and what the agent is to reach."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    unit: str
    mode: str
    options: dict
    units_per_exchange: int = 1
    proxies: tuple = ("agent", "nginx", "haproxy", "relay")
    targets: tuple = ()  # (rival, largest ratio)
    most_bytes: int = 0  # idle tunnels: an absolute target instead of ratios
    workers: int = 1


def _http(key, title, size, targets, proxies=Row.proxies):
    return Row(key, title, "request", "http", {"connections": 64, "size": size},
               targets=targets, proxies=proxies)


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
        {"connections": 64, "size": 128}, 2, targets=(("nginx", 1.05), ("relay", 1.10))),
    Row("ws16k", "WebSocket echo, 64 connections, 16 KiB", "message", "ws-echo",
        {"connections": 64, "size": 16384}, 2, targets=(("haproxy", 0.55),)),
    Row("idle", "idle tunnels, 8,000", "tunnel", "idle-tunnels", {"count": 8000},
        most_bytes=600),
    Row("handshake", "WebSocket handshake to close", "connection", "ws-handshake",
        {"parallel": 64}, targets=(("nginx", 0.95),)),
)


def _with_two_workers(row):
    return Row(row.key + "-2w", row.title + ", 2 workers", row.unit, row.mode, row.options,
               row.units_per_exchange, row.proxies, row.targets, workers=2)


ROWS = ONE_WORKER + tuple(_with_two_workers(row) for row in ONE_WORKER[:4])


def quick(row):
    """The same row in a fraction of a second, to see that it runs."""
    options = {**row.options}
    if row.mode == "idle-tunnels":
        options["count"] = 200
    return Row(row.key, row.title, row.unit, row.mode, options, row.units_per_exchange,
               row.proxies, row.targets, row.most_bytes, row.workers)
