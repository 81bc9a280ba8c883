"""hook_recipes_test.py - hooks/recipes and the examples in hooks/README.md, put to use; and hooks that
change while the agent runs."""

import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest

from pushgate_process import PATIENCE_SECONDS, Folder, Node, eventually

HOOKS = pathlib.Path(__file__).resolve().parents[2] / "hooks"
RECIPES = sorted(path.parent for path in HOOKS.glob("recipes/*/pushgate.json"))
README = (HOOKS / "README.md").read_text(encoding="utf-8")
SOURCES = {"cookie", "query", "header", "path", "clientIp", "constant", "jwt", "http", "redis", "lua"}


class Redis:
    """A real one of the test's own, with nothing in it."""

    def __init__(self, test):
        self._test = test
        for _ in range(5):  # somebody may take the port between the asking and the binding
            with socket.create_server(("127.0.0.1", 0)) as asked:
                self.port = asked.getsockname()[1]
            self._process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                 "--dir", test.folder, "--logfile", test.path("redis.log")])
            test.addCleanup(self.stop)
            if eventually(lambda: self._process.poll() is not None or self._answers(),
                          "Redis to listen") and self._process.poll() is None:
                return
        raise AssertionError("Redis found no port")

    def _answers(self):
        return "eady to accept connections" in self._test.read("redis.log")

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)

    def fill(self, commands):
        """Lines as redis-cli takes them."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as connection:
            answers = connection.makefile("rb")
            for line in commands.splitlines():
                connection.sendall(line.encode() + b"\r\n")
                answer = answers.readline()
                self._test.assertRegex(answer, rb"^[+:]", line)


class AuthService(http.server.BaseHTTPRequestHandler):
    """Knows alice's session, refuses mallory's, breaks if it is told to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        cookie = self.headers.get("Cookie", "")
        if "break=yes" in cookie:
            self._answer(500)
        elif "sid=of-alice" in cookie:
            self._answer(200, {"X-User-Id": "alice", "X-User-Plan": "gold"})
        elif "sid=of-mallory" in cookie:
            self._answer(403, body=b"blocked")
        else:
            self._answer(204)

    def _answer(self, status, fields=None, body=b""):
        self.send_response(status)
        for name, value in (fields or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Checked(Folder):
    """Runs `pushgate check` with everything around that recipes ask."""

    def setUp(self):
        super().setUp()
        self.redis = Redis(self)
        service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), AuthService)
        service.daemon_threads = True
        threading.Thread(target=service.serve_forever, daemon=True).start()
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        self.env = {"REDIS_PORT": str(self.redis.port), "JWT_SECRET": "s" * 32,
                    "AUTH_URL": f"http://127.0.0.1:{service.server_port}/check"}

    def check(self, file):
        return self.pushgate("check", "-c", str(file), env=self.env)


class Recipes(Checked):
    def setUp(self):
        super().setUp()
        for recipe in RECIPES:
            fill = recipe / "fill.redis"
            if fill.exists():
                self.redis.fill(fill.read_text(encoding="utf-8"))

    def test_their_samples_pass(self):
        self.assertGreaterEqual(len(RECIPES), 13)
        for recipe in RECIPES:
            with self.subTest(recipe.name):
                done = self.check(recipe / "pushgate.json")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                written = sum(len(json.loads(re.sub(r"^//.*", "", file.read_text(encoding="utf-8"))))
                              for file in recipe.glob("*.test.json"))
                passed = sum(map(int, re.findall(r"(\d+) samples? passed", done.stdout)))
                self.assertGreaterEqual(written, 3)
                self.assertEqual(passed, written)

    def test_a_sample_that_expects_something_else_fails(self):
        shutil.copytree(HOOKS / "recipes/vip", self.path("vip"))
        samples = pathlib.Path(self.path("vip/router.test.json"))
        samples.write_text(samples.read_text(encoding="utf-8").replace("vip-1", "node-1"), encoding="utf-8")

        done = self.check("vip/pushgate.json")

        self.assertEqual(done.returncode, 1)
        self.assertIn('"a VIP": expected {"node":"node-1"}, found {"node":"vip-1"}', done.stderr)

    def test_without_redis_who_is_asked_for_is_refused_and_the_reason_named(self):
        self.redis.stop()
        for name, rule in (("express-session", "hook_denied"), ("php-session", "hook_denied"),
                           ("django-session", "lookup_unavailable"), ("api-key", "hook_denied")):
            with self.subTest(name):
                done = self.check(HOOKS / "recipes" / name / "pushgate.json")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, f'"status":503,"rule":"{rule}"')

    def test_each_is_in_the_readme(self):
        for recipe in RECIPES:
            self.assertIn(f"](recipes/{recipe.name})", README)


class Readme(Checked):
    def blocks(self, language):
        found = re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)
        self.assertTrue(found)
        return found

    def assert_in_order(self, settings, message):
        self.write("pushgate.json", settings)
        done = self.check("pushgate.json")
        self.assertEqual(done.returncode, 0, f"{message}\n{done.stderr}")
        return done

    def test_its_lua_is_lua(self):
        for block in self.blocks("lua"):
            is_router = re.search(r"^return \{", block, re.M) is not None
            self.write("hook.lua", block)
            self.assert_in_order(json.dumps({
                "serverWorkers": 1, "identity": {"redis": {}},
                "hooks": {"router" if is_router else "agent": "hook.lua"}}), block)

    def test_its_json_is_in_order(self):
        for name in ("agent.lua", "onupgrade.lua", "api-key.lua"):
            self.write(name, "return function() end")
        self.write("router.lua", "return {}")
        shutil.copy(HOOKS / "recipes/jwt/issuer.pem", self.path("issuer.pem"))
        for block in self.blocks("json"):
            if block.startswith("// router.json"):
                self.write("router.json", block)
                self.assert_in_order("{}", block)
                os.remove(self.path("router.json"))
            elif block.startswith("{"):
                json_text = block.replace("{", '{"serverWorkers": 1,', 1)
                self.assert_in_order(json_text, block)

    def test_its_sources_rules_and_conditions_are_in_order(self):
        seen = set()
        for text in re.findall(r"`(\{\"(?:[^`])*\})`", README):
            key = next(iter(json.loads(text)))
            if key in SOURCES:
                identity = {"redis": {}, "uid": [json.loads(text)]}
            elif key in ("deny", "redirect"):
                identity = {"rules": [json.loads(text)]}
            elif key == "when":
                identity = {"rules": [{"deny": {}} | json.loads(text)]}
            else:
                continue
            seen.add(key)
            shutil.copy(HOOKS / "recipes/jwt/issuer.pem", self.path("issuer.pem"))
            self.write("api-key.lua", "return function() end")
            self.assert_in_order(json.dumps({"serverWorkers": 1, "identity": identity}), text)
        self.assertEqual(seen, SOURCES | {"deny", "redirect", "when"})

    def test_its_tested_hook_passes_its_samples(self):
        section = re.search(r"^## Testing hooks\n(.*?)(?=^## )", README, re.M | re.S).group(1)
        self.write("agent.lua", re.search(r"^```lua\n(.*?)^```", section, re.M | re.S).group(1))
        self.write("agent.test.json", re.search(r"^```json\n(.*?)^```", section, re.M | re.S).group(1))
        done = self.assert_in_order(
            json.dumps({"serverWorkers": 1, "hooks": {"agent": "agent.lua"}, "identity": {"uid": []}}),
            section)
        self.assertRegex(done.stdout, r"agent\.test\.json: [2-9] samples passed, 0 failed")

    def test_gopushs_hooks_are_those_of_the_recipe(self):
        for name in ("agent.lua", "onupgrade.lua", "router.lua"):
            lines = (HOOKS / "recipes/gopush" / name).read_text(encoding="utf-8").splitlines()
            for line in filter(None, map(str.strip, lines)):
                if len(line) > 8 and not line.startswith("--"):
                    with self.subTest(file=name, line=line):
                        self.assertIn(line, README)


class HotReload(Folder):
    """An agent with agent.lua, which it watches."""

    def setUp(self):
        super().setUp()
        self.nodes = [Node(self, "first"), Node(self, "second")]
        self.write("router.json", json.dumps({"default": {"backends": [
            {"id": node.name, "address": node.address} for node in self.nodes]}}))
        self.write("agent.lua", "return function() return 'somebody' end")
        self.write("where.lua", "return 'first'")
        self.write("router.lua", "local node = require('where')\n"
                                 "return { default = function() return node end }\n")
        self.write("pushgate.json", json.dumps({
            "listeners": [{"address": "127.0.0.1:0"}], "admin": "127.0.0.1:0", "agentWorkers": 2,
            "log": {"file": self.path("log")}, "accessLog": {"file": self.path("access")},
            "hooks": {"agent": "agent.lua", "router": "router.lua"}, "identity": {"uid": []}}))
        self.agent = self.start_agent()

    def test_a_changed_hook_takes_effect(self):
        self.assertEqual(self.agent.get("/"), (200, "first"))
        self.replace("agent.lua", "return function() return { status = 418, body = 'new' } end")
        self.agent.logs("configuration loaded")
        self.assertEqual(self.agent.get("/"), (418, "new"))

    def test_a_changed_file_that_a_hook_requires_takes_effect(self):
        self.assertEqual(self.agent.get("/"), (200, "first"))
        self.replace("where.lua", "return 'second'")
        self.agent.logs("configuration loaded")
        self.assertEqual(self.agent.get("/"), (200, "second"))

    def test_a_broken_hook_is_refused_and_the_old_one_goes_on(self):
        self.replace("agent.lua", "return function()\n  return 'x'\n\nreturn\n")
        self.agent.logs("configuration rejected")
        self.assertRegex(self.agent.log, r"agent\.lua:4:\d+: 'end' expected")
        self.assertEqual(self.agent.get("/"), (200, "first"))
        self.replace("agent.lua", "return function() return { status = 418 } end")
        self.agent.logs("configuration loaded")
        self.assertEqual(self.agent.get("/")[0], 418)

    def test_a_hook_that_fails_while_it_is_loaded_is_refused(self):
        self.replace("where.lua", "\nreturn nothing.there\n")
        self.agent.logs("configuration rejected")
        self.assertRegex(self.agent.log, r"where\.lua:2:\d+: attempt to index a nil value")
        self.assertEqual(self.agent.get("/"), (200, "first"))

    def test_sighup_loads_a_hook_whose_change_was_not_seen(self):
        # The folder of the one name is watched; a write by the other name is no event there.
        os.mkdir(self.path("elsewhere"))
        os.mkdir(self.path("linked"))
        self.write("elsewhere/agent.lua", "return function() return 'somebody' end")
        os.link(self.path("elsewhere/agent.lua"), self.path("linked/agent.lua"))
        self.replace("pushgate.json", self.read("pushgate.json").replace('"agent.lua"', '"linked/agent.lua"'))
        self.agent.logs("configuration loaded")
        self.write("elsewhere/agent.lua", "return function() return { status = 418 } end")
        self.agent.signal(signal.SIGHUP)
        self.agent.logs("configuration loaded", 2)
        self.assertEqual(self.agent.get("/")[0], 418)
        self.write("elsewhere/agent.lua", "return function(")
        self.agent.signal(signal.SIGHUP)
        self.agent.logs("configuration rejected")
        self.assertRegex(self.agent.log, r"linked/agent\.lua:1:\d+: ")
        self.assertEqual(self.agent.get("/")[0], 418)

    def test_an_error_of_a_hook_is_the_requests_and_the_log_has_the_line(self):
        self.replace("agent.lua", "return function(req)\n  return req.query.uid:upper()\nend\n")
        self.agent.logs("configuration loaded")
        status, body = self.agent.get("/")
        self.assertEqual((status, json.loads(body)["error"]["rule"]), (500, "hook_failed"))
        self.agent.logs("hook failed at=agent.lua:2")
        self.assertEqual(self.agent.get("/?uid=alice"), (200, "first"))
        self.assertRegex(self.agent.page("/metrics")[1], r"pushgate_agent_hook_errors_total(\{.*\})? 1\n")


if __name__ == "__main__":
    unittest.main()
