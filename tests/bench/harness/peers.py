"""The servers that the push node is compared with: how each is configured, started and measured."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .measure import LOAD_CPU, SERVER_CPU, Load, observe
from .processes import BenchError, await_listening, family, free_port, spawn, stop
from .proxies import fill

HERE = Path(__file__).resolve().parent.parent
PACKAGES = HERE.parent / "e2e" / "node_modules"
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

SOCKETIO = {"dialect": "socketio"}
PLAIN = {"dialect": "websocket", "member-target": "/ws?room=", "separator": "&room="}

VERSIONS = {
    "Node.js": ["node", "--version"],
    "socket.io": ["node", "-p", f"require('{PACKAGES}/socket.io/package.json').version"],
    "nginx": ["nginx", "-v"],
    "nchan": ["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"],
    "Redis": ["redis-server", "--version"],
}


@dataclass
class Peer:
    """Servers that do the work together; `options` tell the client how to speak with them."""

    options: dict
    ports: list = field(default_factory=list)
    processes: list = field(default_factory=list)
    behind: list = field(default_factory=list)  # processes whose cost is not theirs: Redis

    def pids(self):
        return [pid for process in self.processes if process.poll() is None
                for pid in family(process.pid)]

    def stop(self):
        for process in self.processes + self.behind:
            stop(process)


@dataclass
class Starter:
    """What the peers of a run share."""

    opts: object
    folder: Path
    log: object

    def folder_of(self, name):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def await_port(self, processes, command, port, name, cpu, folder):
        """Starts a server whose port is chosen here."""
        process = spawn(command, cpu, folder, self.log, stdout=self.log)
        processes.append(process)
        await_listening(process, port, name)
        return port

    def read_port(self, peer, command, name, cpu):
        """Starts a server that prints the port that it got."""
        process = spawn(command, cpu, None, self.log, stdout=subprocess.PIPE, text=True)
        peer.processes.append(process)
        peer.ports.append(int(process.stdout.readline() or 0))
        await_listening(process, peer.ports[-1], name)

    def start(self, name):
        kind, *traits = name.split("-")
        pinned = not self.opts.no_pin and "2t" not in traits
        plain = kind in ("nchan", "broadcaster") and "greets" not in traits or "ws" in traits
        peer = Peer(dict(PLAIN if plain else SOCKETIO))
        try:
            getattr(self, f"_{kind}")(peer, name, traits, SERVER_CPU if pinned else None)
        except BaseException:
            peer.stop()
            raise
        return peer, LOAD_CPU if pinned else None

    def _broadcaster(self, peer, name, _traits, cpu):
        self.read_port(peer, [self.opts.build.resolve() / "bench" / "bench_broadcaster"], name, cpu)

    def _socketio(self, peer, name, traits, cpu):
        self.read_port(peer, ["node", HERE / "peers" / "socketio.mjs", *traits], name, cpu)

    def _nchan(self, peer, name, _traits, cpu):
        folder = self.folder_of(name)
        port = free_port()
        config = fill("nchan.conf", folder, {
            "PORT": port, "MODULE": NCHAN, "USER": "user root;" if os.geteuid() == 0 else ""})
        command = ["nginx", "-p", folder, "-c", config, "-e", "stderr"]
        peer.ports.append(self.await_port(peer.processes, command, port, name, cpu, folder))
        peer.options |= {"member-target": "/sub/", "separator": ",", "publish-target": "/pub/r0"}

    def _node(self, peer, name, traits, cpu):
        peer.options |= {"publish-target": "/ws?room=r0"}
        redis = ""
        if "redis" in traits:
            redis = f'"redisAdapter": {{"host": "127.0.0.1", "port": {self._redis(peer, cpu)}}},'
        for number in range(2 if "redis" in traits else 1):
            folder = self.folder_of(f"{name}-{number}")
            port = free_port()
            config = fill("node.json", folder, {
                "PORT": port, "FOLDER": folder, "THREADS": 2 if "2t" in traits else 1,
                "REDIS": redis, "RECOVERY": RECOVERY if "recovery" in traits else ""})
            command = [self.opts.agent, "node", "-c", config]
            peer.ports.append(
                self.await_port(peer.processes, command, port, name, cpu, folder))

    def _redis(self, peer, cpu):
        folder = self.folder_of("redis")
        port = free_port()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "",
                   "--appendonly", "no", "--dir", folder]
        cpu = None if cpu is None else LOAD_CPU
        return self.await_port(peer.behind, command, port, "redis-server", cpu, folder)


RECOVERY = '''"recovery": {"enabled": true},
    "rooms": [{"match": "r*", "history": {"size": 1000}}],'''


def installed(name, opts):
    kind, *traits = name.split("-")
    if kind == "socketio":
        return shutil.which("node") is not None and (PACKAGES / "socket.io").exists()
    if kind == "nchan":
        return shutil.which("nginx") is not None and NCHAN.exists()
    if kind == "node" and "redis" in traits and shutil.which("redis-server") is None:
        return False
    return kind != "node" or _has_nodes(opts.agent)


def _has_nodes(program):
    try:
        done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=10,
                              check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return re.search(r"^\s+node\b", done.stdout, re.M) is not None


@contextmanager
def session(opts, folder, log):
    """Yields measure(row, name)."""
    starter = Starter(opts, folder, log)
    windows = {}  # found in the first round and kept, so that all rounds do the same work
    yield lambda row, name: measure(row, name, starter, windows)


def measure(row, name, starter, windows):
    """A dictionary of numbers. Every server is started afresh."""
    opts = starter.opts
    try:
        peer, load_cpu = starter.start(name)
    except BenchError as error:
        raise BenchError(f"{name}, {row.key}: {error}") from None
    try:
        options = {**peer.options, **row.options,
                   "targets": ",".join(f"127.0.0.1:{port}" for port in peer.ports)}
        if row.mode in ("room", "connect"):
            options |= {"seconds": opts.seconds, "warmup": min(0.3, opts.seconds / 2)}
        kill = options.pop("kill", None)
        if (row.key, name) in windows:
            options["window"] = windows[row.key, name]
        client = opts.build.resolve() / "bench" / "bench_fanout"
        with Load(client, row, options, load_cpu, starter.log) as load:
            during = (kill, peer.processes[-1].kill) if kill else None
            behind = [process.pid for process in peer.behind]
            # Of a node that will be killed, nothing can be read afterwards.
            pids = family(peer.processes[0].pid) if kill else peer.pids()
            result = observe(row, load, pids, behind, during)
        if result.get("window"):
            windows[row.key, name] = result["window"]
        return result
    except BenchError as error:
        raise BenchError(f"{name}, {row.key}: {error}") from None
    finally:
        peer.stop()
