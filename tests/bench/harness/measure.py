"""One measurement: one row, one program, one round."""

import json
import subprocess
import threading
import time

from .processes import (BenchError, cpu_seconds, cpu_ticks, kernel_slab_bytes,
                        machine_busy_seconds, memory_bytes, settle, spawn, stop)

SERVER_CPU = 0
LOAD_CPU = 1


class Load:
    """The client, driven line by line: see its own description of the dialogue."""

    def __init__(self, program, row, options, cpu, log):
        command = [program, row.mode]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.process = spawn(command, cpu, None, log, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            stop(self.process)
            raise BenchError("the client failed while connecting")

    def work(self, during=None):
        """`during` is (seconds, function): called that long after the work began."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        timer = threading.Timer(*during) if during else None
        if timer:
            timer.start()
        line = self.process.stdout.readline()
        if timer:
            timer.cancel()
        if not line:
            raise BenchError("the client failed during the measurement")
        return json.loads(line)

    def leave(self):
        """The numbers are read: a client that takes long to close everything is ended by stop()."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.leave()
        stop(self.process)


def observe(row, load, pids, backend_pids, during=None):
    """Lets the client work and says what it cost the server (`pids`) and what stands behind it."""
    settle(pids)
    before = _reading(pids, backend_pids)
    answer = load.work(during)
    settle(pids)
    after = _reading(pids, backend_pids)

    units = max(answer["exchanges"], 1) * row.units_per_exchange
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
        "foreign_cpu_share": max(0.0, spent["busy"] - spent["cpu"] - load_cpu) / spent["wall"],
    }
    for name in ("lost", "astray", "published", "window", "expected", "twice", "cuts", "closed",
                 "recovered", "begun_anew"):
        if name in answer:
            result[name] = answer[name]
    if "expected" in answer:
        result["lost_percent"] = 100 * answer["lost"] / answer["expected"]
    if row.cost.startswith("bytes_per_"):
        result[row.cost] = spent["private"] / units
        # Of a connection's sockets on this machine, half are the client's or the back end's.
        result[row.cost.replace("bytes", "kernel_bytes")] = spent["slab"] / units / 2
    return result


def _reading(pids, backend_pids):
    user, system = cpu_ticks(pids)
    private, resident = memory_bytes(pids)
    return {"cpu": cpu_seconds(pids), "user": user, "system": system, "private": private,
            "resident": resident, "backend": cpu_seconds(backend_pids),
            "slab": kernel_slab_bytes(), "busy": machine_busy_seconds(),
            "wall": time.monotonic()}
