"""agent_process_test.py - the daemon: starting, reloading, reopening its logs, stopping."""

import json
import os
import re
import signal
import socket
import unittest

from pushgate_process import Folder, Node, eventually, open_tunnel

CANNOT_START = 3


class Running(Folder):
    """Settings for an agent on ports that the kernel chooses, and a node behind it."""

    def setUp(self):
        super().setUp()
        self.node = Node(self, "first")
        self.other_node = Node(self, "second")
        self.write("router.json", self.table(self.node))

    @staticmethod
    def table(*nodes):
        return json.dumps({"default": {"backends": [{"id": node.name, "address": node.address}
                                                    for node in nodes]}})

    def settings(self, **more):
        return {"listeners": [{"address": "127.0.0.1:0"}], "admin": "127.0.0.1:0",
                "agentWorkers": 1, "log": {"file": self.path("log")},
                "accessLog": {"file": self.path("access")}} | more

    def agent(self, **more):
        self.write("pushgate.json", json.dumps(self.settings(**more)))
        return self.start_agent()

    def access_lines(self, count):
        return eventually(lambda: self.read("access").count("\n") >= count and
                          self.read("access").splitlines(), f"{count} lines in the access log")


class Start(Running):
    def test_it_serves_and_ends_with_zero(self):
        agent = self.agent()
        self.assertEqual(agent.get("/?uid=u"), (200, "first"))
        self.assertEqual(agent.page("/readyz")[0], 200)
        self.assertEqual(agent.stop(), 0)
        self.assertIn("agent stopped", agent.log)

    def fails_to_start(self, **more):
        self.write("pushgate.json", json.dumps(self.settings(**more)))
        done = self.pushgate("agent", "-c", "pushgate.json")
        self.assertEqual(done.returncode, CANNOT_START)
        return self.read("log") + done.stderr

    def test_a_port_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            log = self.fails_to_start(listeners=[{"address": address}])
        self.assertIn("cannot start", log)
        self.assertIn(address, log)

    def test_an_admin_port_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            log = self.fails_to_start(admin=address)
        self.assertIn(address, log)

    def test_two_agents_do_not_share_a_port(self):
        first = self.agent(agentWorkers=2)
        log = self.fails_to_start(agentWorkers=2, listeners=[{"address": first.address}])
        self.assertIn(f"cannot listen on {first.address} (agentPort or listeners)", log)
        self.assertIn("configuration=pushgate.json", log)

    def test_a_second_daemon_is_told_which_key_to_change_before_it_serves(self):
        first = self.agent()
        os.remove(self.path("log"))
        log = self.fails_to_start(admin=first.admin)
        self.assertRegex(log, rf'cannot listen on {first.admin} \(admin\): .*'
                              'give each an address of its own, or say .+off')
        self.assertNotIn("agent started", log)

    def test_a_log_that_cannot_be_written_is_named(self):
        for key in ("log", "accessLog"):
            with self.subTest(key):
                self.assertIn("/nonexistent/file",
                              self.fails_to_start(**{key: {"file": "/nonexistent/file"}}))


class Reload(Running):
    def test_sighup_loads_the_new_table_and_says_what_moves(self):
        agent = self.agent()
        self.assertEqual(agent.get("/?uid=u"), (200, "first"))
        self.write("router.json", self.table(self.other_node))
        agent.signal(signal.SIGHUP)
        agent.logs("configuration loaded")
        self.assertEqual(agent.get("/?uid=u"), (200, "second"))
        line = re.search(r".*configuration loaded.*", agent.log).group(0)
        self.assertIn("100.0 % of keys move", line)
        self.assertNotIn(r"\x0a", line)

    def test_a_file_renamed_over_the_old_one_is_loaded_by_itself(self):
        agent = self.agent()
        self.replace("router.json", self.table(self.other_node))
        agent.logs("configuration loaded")
        self.assertEqual(agent.get("/?uid=u"), (200, "second"))

    def test_a_second_change_is_seen_too(self):
        agent = self.agent()
        self.replace("router.json", self.table(self.other_node))
        agent.logs("configuration loaded")
        self.replace("router.json", self.table(self.node))
        agent.logs("configuration loaded", 2)
        self.assertEqual(agent.get("/?uid=u"), (200, "first"))

    def test_a_broken_file_leaves_the_old_table_and_says_where(self):
        agent = self.agent()
        self.replace("router.json", '{"default":\n  [{"ip":"nonsense value","ports":[1]}]}')
        agent.logs("configuration rejected")
        self.assertRegex(agent.log, r"configuration error at=.*router\.json:2:\d+: /default/0/ip")
        self.assertEqual(agent.get("/?uid=u"), (200, "first"))
        self.assertIn('pushgate_config_reloads_total{result="rejected"} 1',
                      agent.page("/metrics")[1])

        self.replace("router.json", self.table(self.other_node))
        agent.logs("configuration loaded")
        self.assertEqual(agent.get("/?uid=u"), (200, "second"))

    def test_a_tunnel_outlives_a_reload(self):
        agent = self.agent()
        with open_tunnel(agent.address, "u") as tunnel:
            self.replace("router.json", self.table(self.other_node))
            agent.logs("configuration loaded")
            tunnel.sendall(b"ping")
            self.assertEqual(tunnel.recv(16), b"ping")

    def test_keys_that_need_a_restart_are_named(self):
        agent = self.agent()
        self.replace("pushgate.json", json.dumps(self.settings(agentWorkers=2)))
        agent.logs("changed keys that take effect at the next start")
        self.assertIn("agentWorkers", agent.log)

    def test_check_against_the_running_agent_compares_with_its_table(self):
        agent = self.agent()
        same = self.pushgate("check", "-c", "pushgate.json", "--against", agent.admin)
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertIn("no key moves", same.stdout)

        os.mkdir(self.path("next"))
        self.write("next/router.json", self.table(self.other_node))
        self.write("next/pushgate.json", "{}")
        moved = self.pushgate("check", "-c", "next/pushgate.json", "--against", agent.admin)
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertIn("100.0 % of keys move", moved.stdout)


class Logs(Running):
    def test_sigusr1_reopens_both_files(self):
        agent = self.agent()
        agent.get("/before?uid=u")
        self.access_lines(1)
        for name in ("log", "access"):
            os.rename(self.path(name), self.path(name + ".1"))
        agent.signal(signal.SIGUSR1)
        eventually(lambda: os.path.exists(self.path("log")) and
                   os.path.exists(self.path("access")), "both files to be opened again")
        agent.get("/after?uid=u")
        agent.signal(signal.SIGHUP)

        self.assertIn("/after", self.access_lines(1)[0])
        agent.logs("configuration loaded")
        self.assertNotIn("/after", self.read("access.1"))
        self.assertNotIn("configuration loaded", self.read("log.1"))

    def test_a_request_is_one_line_of_text(self):
        agent = self.agent()
        agent.get("/path?uid=alice")
        line = self.access_lines(1)[0]
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z 127\.0\.0\.1 request method=GET ")
        for word in ('target="/path?uid=alice"', "status=200", "uid=alice", "product=default",
                     "node=first", "choice=1"):
            self.assertIn(word, line)

    def test_a_tunnel_is_two_lines_of_text(self):
        agent = self.agent()
        with open_tunnel(agent.address, "alice") as tunnel:
            opened = self.access_lines(1)[0]
            tunnel.sendall(b"ping")
            self.assertEqual(tunnel.recv(16), b"ping")
        closed = self.access_lines(2)[1]
        self.assertIn("status=101", opened)
        for word in ("uid=alice", "node=first", "client_closed"):
            self.assertIn(word, closed)
        identity = re.search(r" id=\S+", opened).group(0)
        self.assertIn(identity, closed)

    def test_json_lines_are_json(self):
        agent = self.agent(accessLog={"file": self.path("access"), "format": "json"})
        agent.get("/path?uid=%22al%22")
        request = json.loads(self.access_lines(1)[0])
        self.assertEqual((request["method"], request["status"], request["uid"]),
                         ("GET", 200, '"al"'))

        open_tunnel(agent.address, "bob").close()
        opened, closed = (json.loads(line) for line in self.access_lines(3)[1:])
        self.assertEqual((opened["status"], opened["uid"]), (101, "bob"))
        self.assertEqual(closed["uid"], "bob")
        self.assertEqual(opened["requestId"], closed["requestId"])

    def test_json_log_lines_are_json(self):
        self.write("pushgate.json", json.dumps(self.settings(
            listeners=[{"address": "203.0.113.1:1"}],
            log={"file": self.path("log"), "format": "json"})))
        done = self.pushgate("agent", "-c", "pushgate.json")
        self.assertEqual(done.returncode, CANNOT_START)
        lines = [json.loads(line) for line in self.read("log").splitlines()]
        self.assertIn("error", [line["level"] for line in lines])

    def test_a_node_that_refuses_connections_is_named_with_the_reason(self):
        with socket.socket() as bound:  # and not listening
            bound.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % bound.getsockname()[1]
            self.write("router.json", json.dumps({"default": {"backends": [{"id": "dead",
                                                                            "address": address}]}}))
            agent = self.agent()
            self.assertEqual(agent.get("/?uid=u")[0], 503)
        agent.logs("connect failed")
        line = re.search(r".*connect failed.*", agent.log).group(0)
        for word in ("product=default", "node=dead", address, "Connection refused"):
            self.assertIn(word, line)

    def test_without_an_access_log_there_is_no_file(self):
        agent = self.agent(accessLog={"enabled": False, "file": self.path("access")})
        self.assertEqual(agent.get("/?uid=u")[0], 200)
        self.assertEqual(agent.stop(), 0)
        self.assertFalse(os.path.exists(self.path("access")))


if __name__ == "__main__":
    unittest.main()
