"""gopush_files_test.py - an agent started with the two files of a gopush installation as they are.

Their ports are fixed, so the test has a network of its own. Where that is not allowed, the ports are
replaced by free ones.
"""

import ctypes
import fcntl
import json
import os
import re
import socket
import struct
import unittest

from pushgate_process import GOPUSH_DAEMON, GOPUSH_ROUTER, Folder, Node

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def enter_own_network():
    """Leaves the network of the machine for an empty one with a loopback; False if that is refused."""
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if ctypes.CDLL(None).unshare(flags) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    return True


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class GopushFiles(Folder):
    # Once for the process: there is no way back.
    own_network = enter_own_network()

    def setUp(self):
        super().setUp()
        self.daemon, self.router = GOPUSH_DAEMON, GOPUSH_ROUTER
        self.agent_port, ports, self.admin = 6003, [4000, 4001], "127.0.0.1:6004"
        if not self.own_network:
            self.agent_port, ports = free_port(), [0, 0]
        self.nodes = [Node(self, str(4000 + i), port) for i, port in enumerate(ports)]
        if not self.own_network:
            self.daemon = self.daemon.replace("6003", str(self.agent_port))
            self.daemon = self.daemon.replace("{", '{"admin":"127.0.0.1:0",', 1)
            for node in self.nodes:
                self.router = self.router.replace(node.name, str(node.port))
        self.write("pushgate.json", self.daemon)
        self.write("router.json", self.router)
        self.agent = self.start_agent(redirect=True)
        self.front = f"127.0.0.1:{self.agent_port}"

    def answer(self, target):
        status, body = self.agent.get(target, self.front)
        self.assertEqual(status, 200)
        return body

    def test_are_taken_as_they_are(self):
        self.assertEqual(self.agent.address, f"0.0.0.0:{self.agent_port}")
        if self.own_network:
            self.assertEqual(self.agent.admin, self.admin)
        self.assertEqual(self.agent.page("/readyz")[0], 200)
        self.assertEqual(len(json.loads(self.agent.page("/api/v1/status")[1])["threads"]), 4)
        self.assertNotIn("warn", self.agent.log)

    def test_every_user_reaches_the_node_that_route_names(self):
        reached = set()
        for user in range(40):
            done = self.pushgate("route", "-c", "pushgate.json", "--uid", f"user{user}", "--json")
            node = re.search(r":(\d+)$", json.loads(done.stdout)["choices"][0]["id"]).group(1)
            name = next(n.name for n in self.nodes if str(n.port) == node)
            self.assertEqual(self.answer(f"/?uid=user{user}"), name)
            reached.add(name)
        self.assertEqual(reached, {"4000", "4001"})

    def test_a_product_reaches_its_own_nodes_only(self):
        for user in range(20):
            self.assertEqual(self.answer(f"/?product=test&uid=user{user}"), "4000")

    def test_a_missing_uid_is_430(self):
        self.assertEqual(self.agent.get("/", self.front)[0], 430)


if __name__ == "__main__":
    unittest.main()
