"""Processes under test: starting, pinning, stopping, and what they cost in CPU and memory."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 10.0


class BenchError(Exception):
    """Something that makes a measurement meaningless; the run ends with its text."""


def spawn(command, cpu=None, folder=None, log=None, **streams):
    """Starts a program; `cpu` pins it, and all it starts, to one CPU. It dies with the runner."""

    def prepare():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})

    return subprocess.Popen([str(part) for part in command], cwd=folder, preexec_fn=prepare,
                            stderr=log, **{"stdin": subprocess.DEVNULL, **streams})


def stop(process):
    """Ends a process that this runner started: first politely, then not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def free_port():
    """A port that nobody holds at the moment, for servers that cannot report one of the kernel's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_listening(process, port, name):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchError(f"{name} ended with status {process.returncode} while starting")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise BenchError(f"{name} does not listen on port {port} after {START_SECONDS:.0f} s")


def family(pid):
    """The process and its descendants (nginx's workers)."""
    pids = [pid]
    for parent in pids:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
    return pids


def cpu_seconds(pids):
    """User and system time of all threads, living and dead, in seconds with nanoseconds behind the
    point.

    This is the process CPU clock (clock_getcpuclockid(3)). utime+stime of /proc/PID/stat are the
    same count, rounded to ticks of 10 ms; `cpu_ticks` reads them for the cross-check.
    """
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def cpu_ticks(pids):
    """(user, system) in seconds from /proc/PID/stat."""
    user = system = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        user += int(fields[11])
        system += int(fields[12])
    tick = os.sysconf("SC_CLK_TCK")
    return user / tick, system / tick


def settle(pids, seconds=3.0):
    """Waits until the processes have finished what is left over (closing connections)."""
    deadline = time.monotonic() + seconds
    before = cpu_seconds(pids)
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = cpu_seconds(pids)
        if now - before < 0.0003:
            return
        before = now


def memory_bytes(pids):
    """Memory that is theirs alone, and resident memory, from smaps_rollup."""
    private = resident = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in ("Private_Clean", "Private_Dirty"):
                private += int(rest.split()[0]) * 1024
            elif name == "Rss":
                resident += int(rest.split()[0]) * 1024
    return private, resident


def kernel_slab_bytes():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    return 0


def machine_busy_seconds():
    """CPU time of everything on this machine, to see whether somebody else was at work."""
    fields = [int(f) for f in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / os.sysconf("SC_CLK_TCK")
