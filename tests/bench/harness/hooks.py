"""The hooks that are compared: their rules in each program's language, and what they need.

The uid is always the same, whether it comes from a cookie, a token, a service or Redis.
"""

import base64
import hashlib
import hmac
import json
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path

from .processes import await_listening, free_port, spawn, stop

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
SECRET = "a secret of the benchmark, with 48 characters in"
CONNECTIONS = 2048  # as many users have cookies
EXPIRY = 4102444800  # the year 2100


class Services:
    """Redis with a session for every user, and the cookies that the users send."""

    def __init__(self, opts, folder):
        self.native = opts.build.resolve() / "hooks" / "signed_uid.so"
        self.folder = folder
        self.redis_port = free_port()
        self.pids = []
        users = [f"u{1_000_003 + i * 7_919}" for i in range(CONNECTIONS)]
        self.sessions = {f"8c1f0a2e{i:08x}": uid for i, uid in enumerate(users)}
        self._write("cookies", lambda uid: uid)
        self._write("cookies-native", lambda uid: f"{uid}.{sign(uid).hex()}")

    def _write(self, name, cookie_of):
        lines = [f"theme=dark; uid={cookie_of(uid)}; session={session}; token={token(uid)}\n"
                 for session, uid in self.sessions.items()]
        (self.folder / name).write_text("".join(lines))

    def cookies(self, name):
        return self.folder / ("cookies-native" if name == "hook-native" else "cookies")

    def fill_redis(self):
        with socket.create_connection(("127.0.0.1", self.redis_port)) as client:
            client.sendall("".join(f"SET session:{session} {uid}\r\n" for session, uid
                                   in self.sessions.items()).encode() + b"QUIT\r\n")
            while client.recv(65536):
                pass


@contextmanager
def services(opts, folder, log, cpu):
    """Redis runs if it is installed."""
    out = Services(opts, folder)
    process = None
    try:
        if shutil.which("redis-server"):
            command = ["redis-server", "--bind", "127.0.0.1", "--port", out.redis_port, "--save",
                       "", "--appendonly", "no", "--dir", folder]
            process = spawn(command, cpu, folder, log, stdout=log)
            await_listening(process, out.redis_port, "redis-server")
            out.fill_redis()
            out.pids.append(process.pid)
        yield out
    finally:
        if process:
            stop(process)


def sign(text):
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()


def token(uid):
    """A JSON Web Token, HS256."""
    encode = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()  # noqa: E731
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in (
        {"alg": "HS256", "typ": "JWT"},
        {"sub": uid, "iss": "https://id.example.com", "iat": 1760000000, "exp": EXPIRY}))
    return f"{signed}.{encode(sign(signed))}"


def pushgate_rules(variant, site):
    """The key "identity" as a line of pushgate.json; `variant` says the source."""
    if not variant:
        return ""
    kind, *traits = variant.split("-")
    service = f"http://127.0.0.1:{site.backend_ports[0]}"
    cached = {"cache": "10m"} if "cached" in traits else {}
    patient = {"timeout": "5s"}  # a busy machine shall not make a measurement fail
    cookie = {"cookie": "uid"}
    sources = {
        "cookie": [cookie],
        "lua": [{"lua": str(CONFIGS / "uid.lua")}],
        "jwt": [{"jwt": {"from": {"cookie": "token"},
                         "keys": [{"secret": SECRET, "alg": "HS256"}],
                         **({} if cached else {"cacheEntries": 0})}}],
        "http": [{"http": {"url": service + "/uid", **patient, **cached}}],
        "redis": [{"redis": {"key": "session:{cookie.session}", **patient, **cached}}],
        "native": [{"native": {"file": str(site.services.native), "options": SECRET}}],
        "held": [{"http": {"url": service + "/hold", "timeout": "5m", "maxConnections": 1000},
                  "when": {"path": "^/slow"}}, cookie],
    }
    keys = {"identity": {"uid": sources[kind]}}
    if kind == "redis":
        keys["identity"]["redis"] = {"host": "127.0.0.1", "port": site.services.redis_port}
    return json.dumps(keys)[1:-1] + ","


def nginx_rules(variant, service_port):
    """`auth`: every request is asked about; `held`: those to /slow are, and never answered."""
    out = {"KEY": "cookie_uid", "RULES": "", "PLACES": "", "UPSTREAMS": ""}
    if variant not in ("auth", "held"):
        return out
    ask = f"auth_request /{variant};"
    answers = "hold" if variant == "held" else "uid"
    out["PLACES"] = f"""location = /{variant} {{
      internal;
      proxy_pass http://service/{answers};
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_pass_request_body off;
      proxy_set_header Content-Length '';
      proxy_read_timeout 1h;
    }}"""
    if variant == "auth":
        out["RULES"] = ask + " auth_request_set $uid $upstream_http_x_user_id;"
        out["KEY"] = "uid"
    else:
        out["PLACES"] += f"\n    location /slow {{ {ask} proxy_pass http://nodes; }}"
    out["UPSTREAMS"] = f"""upstream service {{
    server 127.0.0.1:{service_port};
    keepalive 128;
    keepalive_requests 1000000000;
  }}"""
    return out


def haproxy_rules(variant):
    if variant != "lua":
        return {"KEY": "req.cook(uid)", "RULES": "", "SCRIPT": ""}
    return {"KEY": "var(txn.uid)", "RULES": "http-request lua.find_uid",
            "SCRIPT": f"lua-load {CONFIGS / 'uid.haproxy.lua'}"}
