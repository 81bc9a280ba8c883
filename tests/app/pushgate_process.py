"""pushgate_process.py - the real binary, run as a user runs it: files in a folder, arguments, signals.

The program under test is $PUSHGATE_BIN, which ctest sets.
"""

import base64
import hashlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

# The two files of gopush as people who come from there have them, to the letter.
GOPUSH_DAEMON = ('{"agentPort":6003,"serverPortStart":4000,"serverWorkers":2,"agentWorkers":4,'
                 '"redisAdapter":{"host":"127.0.0.1","port":6379}}')
GOPUSH_ROUTER = ('{"test":[{"ip":"127.0.0.1","ports":[4000]}],'
                 '"default":[{"ip":"127.0.0.1","ports":[4000,4001]}]}')

PATIENCE_SECONDS = 30
BINARY = os.environ["PUSHGATE_BIN"]
_TICK = threading.Event()  # never set: waiting on it only passes time


def eventually(condition, what):
    """The first true value of `condition()`; an error if there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        _TICK.wait(0.01)
    raise AssertionError(f"waited in vain for {what}")


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pushgate-app-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def replace(self, name, text):
        """As editors save: a new file, renamed over the old one."""
        os.rename(self.write(name + ".new", text), self.path(name))

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def pushgate(self, *arguments, env=None):
        """Runs a command to its end."""
        return subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS, check=False, env=os.environ | (env or {}))

    def start_daemon(self, *arguments, **options):
        daemon = Daemon(self, arguments, **options)
        # Not zero is a crash, or what a sanitizer has found.
        self.addCleanup(lambda: self.assertEqual(daemon.stop(), 0, "the daemon's exit code"))
        return daemon

    def start_agent(self, config="pushgate.json", **options):
        return self.start_daemon("agent", "-c", config, **options)


class Daemon:
    """A running `pushgate agent`, `node` or `up` whose configuration sends its log to the file "log".

    If it says nothing about logs (`redirect`), the files "log" and "access" are its standard error
    and output. `address` is where its clients go: of nodes, the first one.
    """

    def __init__(self, test, arguments, redirect=False, env=None, binary=BINARY):
        self._test = test
        with open(test.path("log") if redirect else os.devnull, "wb") as log, \
                open(test.path("access") if redirect else os.devnull, "wb") as access:
            self._process = subprocess.Popen([binary, *arguments], cwd=test.folder, stdout=access,
                                             stderr=log, env=os.environ | (env or {}))
        is_node = arguments[0] == "node"
        started = "nodes started" if is_node else "agent started"
        eventually(lambda: started in self.log or self._process.poll() is not None,
                   "the daemon to start")
        self.nodes = re.findall(r"info node listening node=\S+ address=(\S+)", self.log)
        self.address = self.nodes[0] if is_node else self._address("info listening")
        self.admin = self._address("info admin listening")

    @property
    def log(self):
        return self._test.read("log")

    def _address(self, event):
        return re.search(event + r" address=(\S+)", self.log).group(1)

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        """Ends it and returns its exit code."""
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        """Its exit code, when it has ended by itself."""
        return self._process.wait(PATIENCE_SECONDS)

    def get(self, target, address=None, headers=None):
        connection = http.client.HTTPConnection(address or self.address, timeout=PATIENCE_SECONDS)
        connection.request("GET", target, headers=headers or {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def post(self, target, body, address=None):
        connection = http.client.HTTPConnection(address or self.address, timeout=PATIENCE_SECONDS)
        connection.request("POST", target, body)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    def page(self, target):
        return self.get(target, self.admin)

    def logs(self, text, count=1):
        return eventually(lambda: self.log.count(text) >= count, f"the log to say {text!r}")


class Node:
    """A backend: answers its name, or upgrades to an echoing "WebSocket" (frames are not parsed)."""

    def __init__(self, test, name, port=0):
        self.name = name
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        test.addCleanup(self._close)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # or the port is kept by accept() in the thread
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while self._answer(connection):
                    pass
            except OSError:
                pass

    def _answer(self, connection):
        head = read_head(connection)
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
        if not head:
            return False
        if not key:
            body = self.name.encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                               (len(body), body))
            return True
        digest = hashlib.sha1(key.group(1) + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                           base64.b64encode(digest) + b"\r\n\r\n")
        while data := connection.recv(4096):
            connection.sendall(data)
        return False


def read_head(connection):
    """Up to the empty line; empty if the peer has ended before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def open_tunnel(address, uid, query=""):
    """A connection, to a node or through the agent, that has been upgraded."""
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)), PATIENCE_SECONDS)
    connection.sendall(f"GET /ws?uid={uid}{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    head = read_head(connection)
    if not head.startswith(b"HTTP/1.1 101 "):
        connection.close()
        raise AssertionError(head)
    return connection
