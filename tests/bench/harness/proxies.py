"""The proxies that the agent is compared with: how each is configured, started and measured."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import hooks
from .measure import LOAD_CPU, SERVER_CPU, Load, observe
from .processes import BenchError, await_listening, family, free_port, spawn, stop

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


@dataclass
class Site:
    """What all proxies of a run share."""

    agent: Path
    relay: Path
    backend: object
    backend_ports: list
    folder: Path
    log: object
    services: object = None  # what hooks need: see hooks.py

    def behind(self):
        return [self.backend.pid, *(self.services.pids if self.services else ())]


@dataclass
class Proxy:
    name: str
    port: int
    process: object
    pids: list = field(default_factory=list)

    def stop(self):
        stop(self.process)


def fill(template, folder, values):
    text = (CONFIGS / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    target = folder / template
    target.write_text(text)
    return target


def start(name, site, workers, cpu):
    """Starts the proxy `name` afresh and waits until it listens."""
    kind, _, variant = name.partition("-")
    folder = site.folder / name
    folder.mkdir(exist_ok=True)
    command, port = COMMANDS[kind](site, folder, workers, variant)
    streams = {"stdout": -1, "text": True} if kind == "relay" else {"stdout": site.log}
    process = spawn(command, cpu, folder, site.log, **streams)
    if kind == "relay":
        port = int(process.stdout.readline() or 0)
    try:
        await_listening(process, port, name)
    except BenchError:
        stop(process)
        raise
    return Proxy(name, port, process, family(process.pid))


def agent_command(site, folder, workers, variant):
    port = free_port()
    ports = ", ".join(str(p) for p in site.backend_ports)
    fill("router.json", folder, {"PORTS": ports})
    config = fill("pushgate.json", folder, {
        "PORT": port, "WORKERS": workers, "FOLDER": folder,
        "RULES": hooks.pushgate_rules(variant, site)})
    return [site.agent, "agent", "-c", config], port


def nginx_command(site, folder, workers, variant):
    port = free_port()
    servers = "\n    ".join(f"server 127.0.0.1:{p};" for p in site.backend_ports)
    config = fill("nginx.conf", folder, {
        "PORT": port, "WORKERS": workers, "SERVERS": servers,
        "USER": "user root;" if os.geteuid() == 0 else "",
        "REUSEPORT": " reuseport" if workers > 1 else "",
        "BUFFERS": "proxy_buffers 8 32k; proxy_busy_buffers_size 64k;"
                   if variant == "buffers" else "",
        **hooks.nginx_rules(variant, site.backend_ports[0]),
    })
    return ["nginx", "-p", folder, "-c", config, "-e", "stderr"], port


def haproxy_command(site, folder, workers, variant):
    port = free_port()
    servers = "\n  ".join(f"server n{p} 127.0.0.1:{p}" for p in site.backend_ports)
    splicing = variant.startswith("splice")
    # By default as many pipes as connections / 4, for which the descriptor limit has no room.
    pipes = "maxpipes 128" + ("\n  tune.pipesize 1048576" if variant == "splice-tuned" else "")
    config = fill("haproxy.cfg", folder, {
        "PORT": port, "WORKERS": workers, "SERVERS": servers,
        "SHARDS": " shards by-thread" if workers > 1 else "",
        "GLOBAL": pipes if splicing else "",
        "DEFAULTS": "option splice-response" if splicing else "",
        **hooks.haproxy_rules(variant),
    })
    return ["haproxy", "-db", "-q", "-f", config], port


def relay_command(site, _folder, workers, variant):
    backends = ",".join(f"127.0.0.1:{p}" for p in site.backend_ports)
    splice = 1 if variant == "splice" else 0
    return [site.relay, "--backends", backends, "--threads", workers, "--splice", splice], 0


COMMANDS = {"agent": agent_command, "hook": agent_command, "nginx": nginx_command,
            "haproxy": haproxy_command, "relay": relay_command}


def installed(name, opts):
    kind = name.partition("-")[0]
    if kind in ("agent", "hook"):
        return opts.agent.exists()
    return kind == "relay" or shutil.which(kind) is not None


def hook_installed(name, opts):
    """Redis has a source that nothing else can stand in for."""
    return installed(name, opts) and ("redis" not in name or shutil.which("redis-server"))


@contextmanager
def session(opts, folder, log, services=None):
    """Yields measure(row, name); the back ends run as long as the session."""
    tools = opts.build.resolve() / "bench"
    backend = spawn([tools / "bench_backend"], _load_cpu(opts), None, log,
                    stdout=subprocess.PIPE, text=True)
    try:
        ports = [int(port) for port in backend.stdout.readline().split()]
        site = Site(opts.agent, tools / "bench_relay", backend, ports, folder, log, services)
        yield lambda row, name: measure(row, name, site, tools / "bench_client", opts)
    finally:
        stop(backend)


@contextmanager
def session_with_hooks(opts, folder, log):
    """The same with the services that hooks ask."""
    with hooks.services(opts, folder, log, _load_cpu(opts)) as services:
        with session(opts, folder, log, services) as measure_hook:
            yield measure_hook


def _load_cpu(opts):
    return LOAD_CPU if os.cpu_count() > 1 and not opts.no_pin and opts.workers != 2 else None


def measure(row, name, site, client, opts):
    """A dictionary of numbers. The proxy is started afresh, so no row inherits another's memory."""
    pinned = row.workers == 1 and not opts.no_pin
    proxy = start(name, site, row.workers, SERVER_CPU if pinned else None)
    try:
        options = {"target": f"127.0.0.1:{proxy.port}", **row.options}
        if site.services:
            options["cookies"] = site.services.cookies(name)
        if row.mode != "idle-tunnels":
            options |= {"seconds": opts.seconds, "warmup": min(0.3, opts.seconds / 2)}
        with Load(client, row, options, LOAD_CPU if pinned else None, site.log) as load:
            return observe(row, load, family(proxy.process.pid), site.behind())
    except BenchError as error:
        raise BenchError(f"{name}, {row.key}: {error}") from None
    finally:
        proxy.stop()
