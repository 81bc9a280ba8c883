"""node_process_test.py - push nodes as a daemon: alone (`node`), and behind an agent (`up`)."""

import http.client
import json
import os
import re
import signal
import socket
import unittest

from pushgate_process import PATIENCE_SECONDS, Folder, Node, eventually, open_tunnel

OK, INVALID, USAGE, CANNOT_START = 0, 1, 2, 3
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"
CLOSE_FRAME = 0x88


class Running(Folder):
    """Settings for daemons whose ports the kernel chooses."""

    def settings(self, node=None, **more):
        return {"listeners": [{"address": "127.0.0.1:0"}], "admin": "127.0.0.1:0",
                "serverPortStart": 0, "serverWorkers": 2, "agentWorkers": 1, "drainTimeout": "5s",
                "log": {"file": self.path("log")}, "accessLog": {"file": self.path("access")},
                "node": {"address": "127.0.0.1", "name": "test", "api": {"address": "off"}} |
                        (node or {})} | more

    def configure(self, **more):
        self.replace("pushgate.json", json.dumps(self.settings(**more)))

    def start_as(self, command, **more):
        self.configure(**more)
        return self.start_daemon(command, "-c", "pushgate.json")

    def handshake(self, daemon, address=None, query=""):
        """What an Engine.IO client is told when it comes."""
        status, body = daemon.get(HANDSHAKE + query, address)
        self.assertEqual((status, body[:1]), (200, "0"))
        return json.loads(body[1:])

    def status(self, daemon):
        return json.loads(daemon.page("/api/v1/status")[1])


class NodeCommand(Running):
    def test_it_serves_on_every_port_and_ends_with_zero(self):
        nodes = self.start_as("node")
        self.assertEqual(len(nodes.nodes), 2)
        for address in nodes.nodes:
            self.assertEqual(len(self.handshake(nodes, address)["sid"]), 20)
        self.assertEqual(nodes.page("/readyz")[0], 200)
        self.assertEqual(nodes.stop(), OK)
        self.assertIn("nodes stopped", nodes.log)
        self.assertNotIn("agent", nodes.log)

    def test_the_status_page_has_a_line_for_each_node(self):
        nodes = self.start_as("node")
        self.handshake(nodes, nodes.nodes[1])
        status = self.status(nodes)
        self.assertEqual(status["state"], "ready")
        self.assertEqual([node["address"] for node in status["nodes"]], nodes.nodes)
        self.assertEqual([node["sessions"] for node in status["nodes"]], [0, 1])
        self.assertEqual([node["name"] for node in status["nodes"]], ["test:" + address.split(":")[1] for address in nodes.nodes])

    def test_a_node_shows_no_table(self):
        nodes = self.start_as("node")
        self.assertEqual(nodes.page("/api/v1/router")[0], 404)
        self.assertIn('"pingInterval": "25s"', nodes.page("/api/v1/config")[1])

    def test_metrics_name_the_node_and_no_family_twice(self):
        nodes = self.start_as("node")
        self.handshake(nodes)
        page = nodes.page("/metrics")[1]
        for address, count in zip(nodes.nodes, (1, 0)):
            name = "test:" + address.split(":")[1]
            self.assertIn(f'pushgate_node_sessions_opened_total{{node="{name}"}} {count}', page)
        families = re.findall(r"^# TYPE (\S+)", page, re.M)
        self.assertEqual(len(families), len(set(families)))

    def test_a_port_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.configure(serverPortStart=port, serverWorkers=1)
            done = self.pushgate("node", "-c", "pushgate.json")
        self.assertEqual(done.returncode, CANNOT_START)
        self.assertIn("cannot start", self.read("log"))
        self.assertIn(f"127.0.0.1:{port}", self.read("log"))
        self.assertNotIn("nodes stopped", self.read("log"))

    def test_a_second_daemon_is_told_which_key_to_change(self):
        first = self.start_as("node", node={"api": {"address": "127.0.0.1:0"}})
        api = json.loads(first.page("/api/v1/status")[1])["api"]
        os.remove(self.path("log"))
        self.configure(node={"api": {"address": api}})
        self.assertEqual(self.pushgate("node", "-c", "pushgate.json").returncode, CANNOT_START)
        self.assertRegex(self.read("log"), rf'cannot listen on {api} \(node\.api\.address\): .*'
                                           'give each an address of its own, or say .+off')
        self.assertNotIn("nodes started", self.read("log"))

    def test_a_reload_reaches_the_next_session(self):
        nodes = self.start_as("node")
        self.assertEqual(self.handshake(nodes)["pingInterval"], 25_000)
        self.configure(node={"pingInterval": "7s"})
        nodes.logs("node configuration loaded")
        self.assertEqual(self.handshake(nodes)["pingInterval"], 7_000)
        self.assertNotIn("take effect at the next start", nodes.log)

    def test_a_namespace_that_comes_with_a_reload_reaches_the_other_nodes(self):
        nodes = self.start_as("node", node={"namespaces": ["/"]})
        self.configure(node={"namespaces": ["/", "/later"]})
        nodes.logs("node configuration loaded")
        sids = [self.handshake(nodes, address)["sid"] for address in nodes.nodes]

        def say(index, packet):
            nodes.post(f"{HANDSHAKE}&sid={sids[index]}", packet, nodes.nodes[index])

        def hear(index, text):
            target = f"{HANDSHAKE}&sid={sids[index]}"
            eventually(lambda: text in nodes.get(target, nodes.nodes[index])[1], text)

        for index in range(2):
            say(index, "40/later,")
        say(1, '42/later,7["join","r"]')
        hear(1, '43/later,7[{"ok":true}]')
        say(0, '42/later,["publish",{"room":"r","event":"hi"}]')
        hear(1, '42/later,["hi"]')

    def test_keys_that_need_a_restart_are_named(self):
        nodes = self.start_as("node")
        self.configure(node={"threads": 2}, admin="127.0.0.1:1", serverWorkers=3)
        nodes.logs("changed keys that take effect at the next start")
        line = re.search(r".*at the next start.*", nodes.log).group(0)
        for key in ("admin", "serverWorkers", "node.threads"):
            self.assertIn(key, line)

    def test_a_broken_file_leaves_the_running_configuration(self):
        nodes = self.start_as("node")
        self.replace("pushgate.json", '{"node": {"pingInterval": 7}}')
        nodes.logs("configuration rejected")
        self.assertRegex(nodes.log, r"configuration error at=.*:1:27: /node/pingInterval")
        self.assertEqual(self.handshake(nodes)["pingInterval"], 25_000)

    def test_a_stop_tells_the_clients_and_does_not_wait_for_its_deadline(self):
        nodes = self.start_as("node", drainTimeout="1h")
        with open_tunnel(nodes.address, "u", "&room=r") as client:
            nodes.signal(signal.SIGTERM)
            self.assertEqual(client.recv(1)[0], CLOSE_FRAME)
        self.assertEqual(nodes.wait(), OK)


class EventStream:
    """A client that reads server-sent events."""

    def __init__(self, test, address, target):
        host, port = address.split(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_SECONDS)
        test.addCleanup(self._connection.close)
        self._connection.request("GET", target)
        self._response = self._connection.getresponse()
        test.assertEqual(self._response.status, 200)

    def next_data(self):
        for line in iter(self._response.readline, b""):
            if line.startswith(b"data: "):
                return line[6:].decode().rstrip("\r\n")
        raise AssertionError("the stream has ended")


class Api(Running):
    """The API of the process, and the command that talks to it."""

    def setUp(self):
        super().setUp()
        self.nodes = self.start_as("node", node={"api": {"address": "127.0.0.1:0", "keys": ["k1"]}})
        self.api = "http://" + re.search(r"api listening address=(\S+)", self.nodes.log).group(1)

    def publish(self, *arguments, key="k1"):
        return self.pushgate("publish", "--api", self.api, *arguments, env={"PUSHGATE_API_KEY": key})

    def test_an_event_reaches_the_members_of_a_room_on_every_node(self):
        streams = [EventStream(self, address, "/sse?room=news") for address in self.nodes.nodes]
        done = self.publish("--room", "news", "--event", "hello", "--data", '{"a":[1]}')
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        for stream in streams:
            self.assertEqual(stream.next_data(), '{"a":[1]}')

    def test_without_a_room_it_is_for_everybody(self):
        stream = EventStream(self, self.nodes.address, "/sse?room=other")
        self.assertEqual(self.publish("--event", "hello", "--data", '"all"').returncode, OK)
        self.assertEqual(stream.next_data(), "all")

    def test_a_wrong_key_is_refused_until_a_reload_knows_it(self):
        done = self.publish("--event", "hello", key="k2")
        self.assertNotEqual(done.returncode, OK)
        self.assertIn("401", done.stderr)
        self.configure(node={"api": {"address": "127.0.0.1:0", "keys": ["k2"]}})
        self.nodes.logs("node configuration loaded")
        self.assertEqual(self.publish("--event", "hello", key="k2").returncode, OK)
        self.assertNotIn("take effect at the next start", self.nodes.log)

    def test_the_status_page_says_where_it_is(self):
        self.assertEqual("http://" + self.status(self.nodes)["api"], self.api)

    def test_its_numbers_are_exported_without_a_redis(self):
        page = self.nodes.page("/metrics")[1]
        self.assertIn("pushgate_api_", page)
        self.assertNotIn("pushgate_redis_", page)

    def test_what_cannot_be_published_is_wrong_usage(self):
        for arguments in ([], ["--event", ""], ["--event", "e", "--data", "{"],
                          ["--event", "e", "--redis", "nowhere"]):
            with self.subTest(arguments):
                done = self.publish(*arguments)
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertNotEqual(done.stderr, "")


class UpWithAFile(Running):
    def test_the_agent_routes_to_the_nodes_of_the_process(self):
        up = self.start_as("up")
        reached = {product["id"] for pool in self.status(up)["products"] for product in pool["nodes"]}
        self.assertEqual(reached, set(up.nodes))
        for user in range(8):
            self.handshake(up, query=f"&uid=user{user}")
        self.assertEqual(sum(node["sessions"] for node in self.status(up)["nodes"]), 8)

    def test_the_file_is_all_that_counts(self):
        up = self.start_as("up")
        self.assertEqual(up.get(HANDSHAKE)[0], 430)  # the preset would take the address for a uid

    def test_the_nodes_believe_the_agent_and_nobody_who_is_not_trusted(self):
        rooms = [{"match": "*", "join": "identified"}]
        up = self.start_as("up", node={"rooms": rooms})
        with open_tunnel(up.address, "alice", "&room=r"):
            # The client may have its 101 before the agent counts the tunnel.
            eventually(lambda: self.status(up)["tunnels"] == 1, "the tunnel")
        self.configure(node={"rooms": rooms, "trustedAgents": []})
        up.logs("node configuration loaded")
        with self.assertRaisesRegex(AssertionError, r"HTTP/1\.1 400"):
            open_tunnel(up.address, "alice", "&room=r")

    def test_the_table_page_has_the_ports_that_the_kernel_chose(self):
        up = self.start_as("up")
        table = json.loads(up.page("/api/v1/router")[1])
        self.assertEqual({node["address"] for node in table["default"]["backends"]}, set(up.nodes))

    def test_a_reload_keeps_the_table_of_its_own_nodes(self):
        up = self.start_as("up")
        self.configure(node={"pingInterval": "7s"})
        up.logs("node configuration loaded")
        up.logs(" configuration loaded", 2)
        self.assertEqual(self.handshake(up, query="&uid=u")["pingInterval"], 7_000)
        self.assertIn("no key moves", up.log)

    def test_a_table_goes_before_its_own_nodes_and_may_come_later(self):
        other = Node(self, "other")
        up = self.start_as("up")
        self.replace("router.json", json.dumps(
            {"default": {"backends": [{"id": "other", "address": other.address}]}}))
        up.logs(" configuration loaded", 2)
        self.assertEqual(up.get("/?uid=u"), (200, "other"))

    def test_agent_and_nodes_share_the_descriptors(self):
        self.write("router.json", '{"default":[{"ip":"127.0.0.1","ports":[1]}]}')
        alone = self.status(self.start_as("agent"))["maxConnections"]
        os.remove(self.path("log"))
        self.assertEqual(self.status(self.start_as("up"))["maxConnections"], alone * 2 // 3)
        self.replace("router.json", '{"default":[{"ip":"127.0.0.1","ports":[2]}]}')
        eventually(lambda: " configuration loaded" in self.read("log"), "the reload")
        self.assertNotIn("limits.maxConnections", self.read("log"))

    def test_a_stop_ends_tunnels_from_the_node_side(self):
        up = self.start_as("up", drainTimeout="1h")
        with open_tunnel(up.address, "u", "&room=r") as client:
            up.signal(signal.SIGTERM)
            self.assertEqual(client.recv(1)[0], CLOSE_FRAME)
        self.assertEqual(up.wait(), OK)
        self.assertLess(up.log.index("agent stopped"), up.log.index("nodes stopped"))

    def test_an_agent_port_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.configure(listeners=[{"address": address}])
            done = self.pushgate("up", "-c", "pushgate.json")
        self.assertEqual(done.returncode, CANNOT_START)
        self.assertIn(address, self.read("log"))


class UpWithoutAFile(Folder):
    PORTS = {f"PUSHGATE_{name}PORT": "0" for name in ("", "ADMIN_", "NODE_", "API_")}

    def test_a_browser_needs_no_uid_and_no_table(self):
        self.write("router.json", "{ a table that nobody asked for")
        up = self.start_daemon("up", redirect=True, env=self.PORTS)
        self.assertEqual(up.get(HANDSHAKE)[0], 200)
        status, page = up.get("/")
        self.assertEqual((status, "</html>" in page), (200, True))
        self.assertEqual(len(up.nodes), 2)
        self.assertEqual(up.page("/readyz")[0], 200)
        eventually(lambda: "uid=127.0.0.1" in self.read("access"), "the request in the access log")

    def test_sighup_is_taken_calmly(self):
        up = self.start_daemon("up", redirect=True, env=self.PORTS)
        up.signal(signal.SIGHUP)
        up.logs(" configuration loaded", 2)
        self.assertNotIn("take effect at the next start", up.log)
        self.assertEqual(up.get(HANDSHAKE)[0], 200)

    def test_the_client_is_served_from_the_folder_that_is_named(self):
        os.mkdir(self.path("client"))
        self.write("client/socket.io.js", "// the client")
        up = self.start_daemon("up", redirect=True,
                        env=self.PORTS | {"PUSHGATE_CLIENT_FILES": self.path("client")})
        self.assertEqual(up.get("/socket.io/socket.io.js"), (200, "// the client"))

    def test_a_port_that_is_none_is_reported_where_it_stands(self):
        done = self.pushgate("up", "-t", env={"PUSHGATE_PORT": "http"})
        self.assertEqual(done.returncode, INVALID)
        self.assertRegex(done.stderr, r"^up\.json \(built in\):\d+:\d+: /agentPort: ")


class Looking(Running):
    def test_each_role_counts_what_it_uses(self):
        self.configure()
        self.write("router.json", '{"a":[{"ip":"127.0.0.1","ports":[1]}]}')
        for arguments, words in ((["agent", "-t"], "1 product"), (["node", "-t"], "2 push nodes"),
                                 (["up", "-t"], "1 product, 2 push nodes")):
            with self.subTest(arguments):
                done = self.pushgate(*arguments, "-c", "pushgate.json")
                self.assertEqual((done.returncode, done.stdout), (OK, f"pushgate.json: ok, {words}\n"))

    def test_up_needs_no_file_to_be_looked_at(self):
        done = self.pushgate("up", "-t")
        self.assertEqual((done.returncode, done.stdout),
                         (OK, "up.json (built in): ok, 1 product, 2 push nodes\n"))

    def test_the_dump_of_up_has_the_nodes_that_it_will_start(self):
        daemon, table = self.pushgate("up", "-T").stdout.split("// its own nodes\n")
        self.write("again.json", daemon)
        self.assertEqual(self.pushgate("up", "-t", "-c", "again.json").returncode, OK)
        self.assertEqual([node["address"] for node in json.loads(table)["default"]["backends"]],
                         ["127.0.0.1:4000", "127.0.0.1:4001"])

    def test_a_node_reads_no_table(self):
        self.configure(router="gone.json")
        self.assertEqual(self.pushgate("node", "-t", "-c", "pushgate.json").returncode, OK)
        self.assertNotIn('"backends"', self.pushgate("node", "-T", "-c", "pushgate.json").stdout)
        done = self.pushgate("up", "-t", "-c", "pushgate.json")
        self.assertEqual(done.returncode, INVALID)
        self.assertIn("/router: cannot read", done.stderr)


if __name__ == "__main__":
    unittest.main()
