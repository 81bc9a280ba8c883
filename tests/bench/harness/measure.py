"""One measurement: one row, one proxy, one round."""

import json
import subprocess

from . import proxies
from .processes import (BenchError, cpu_seconds, cpu_ticks, family, kernel_slab_bytes,
                        machine_busy_seconds, memory_bytes, settle, spawn, stop)

PROXY_CPU = 0
LOAD_CPU = 1


class Load:
    """The client, driven line by line: see bench_client's own description of the dialogue."""

    def __init__(self, program, row, port, limits, cpu, log):
        command = [program, row.mode, "--target", f"127.0.0.1:{port}"]
        for name, value in {**row.options, **limits}.items():
            command += [f"--{name}", value]
        self.process = spawn(command, cpu, None, log, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            stop(self.process)
            raise BenchError(f"the client failed while connecting ({row.key})")

    def work(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BenchError("the client failed during the measurement")
        return json.loads(line)

    def leave(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def measure(row, proxy_name, site, programs, seconds, pin):
    """A dictionary of numbers. The proxy is started afresh, so no row inherits another's memory."""
    pinned = pin and row.workers == 1
    proxy = proxies.start(proxy_name, site, row.workers, PROXY_CPU if pinned else None)
    try:
        limits = {} if row.mode == "idle-tunnels" else {"seconds": seconds,
                                                        "warmup": min(0.3, seconds / 2)}
        load = Load(programs["client"], row, proxy.port, limits, LOAD_CPU if pinned else None,
                    site.log)
        try:
            return _observe(row, proxy, load, programs["backend_pid"])
        finally:
            if load.process.poll() is None:
                load.leave()
            stop(load.process)
    except BenchError as error:
        raise BenchError(f"{proxy_name}, {row.key}: {error}") from None
    finally:
        proxy.stop()


def _observe(row, proxy, load, backend_pid):
    pids = family(proxy.process.pid)
    settle(pids)
    before = _reading(pids, backend_pid)
    answer = load.work()
    settle(pids)
    after = _reading(pids, backend_pid)

    units = answer["exchanges"] * row.units_per_exchange
    spent = {name: after[name] - before[name] for name in before}
    load_cpu = answer["client_cpu_seconds"] + spent["backend"]
    result = {
        "units": units,
        "cpu_us": spent["cpu"] * 1e6 / units,
        "cpu_seconds": spent["cpu"],
        "stat_seconds": spent["user"] + spent["system"],
        "user_share": spent["user"] / max(spent["user"] + spent["system"], 1e-9),
        "client_us": answer["client_cpu_seconds"] * 1e6 / units,
        "backend_us": spent["backend"] * 1e6 / units,
        "per_second": units / answer["seconds"],
        "p50_us": answer["p50_us"],
        "p99_us": answer["p99_us"],
        "private_bytes": after["private"],
        "resident_bytes": after["resident"],
        "foreign_cpu_share": max(0.0, spent["busy"] - spent["cpu"] - load_cpu) / answer["seconds"],
    }
    if row.mode == "idle-tunnels":
        result["bytes_per_tunnel"] = spent["private"] / units
        # Each tunnel has four sockets on this machine; two of them are the proxy's.
        result["kernel_bytes_per_tunnel"] = spent["slab"] / units / 2
    return result


def _reading(pids, backend_pid):
    user, system = cpu_ticks(pids)
    private, resident = memory_bytes(pids)
    return {"cpu": cpu_seconds(pids), "user": user, "system": system, "private": private,
            "resident": resident, "backend": cpu_seconds([backend_pid]),
            "slab": kernel_slab_bytes(), "busy": machine_busy_seconds()}
