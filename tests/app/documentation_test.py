"""documentation_test.py - what the READMEs say, held against the program."""

import json
import os
import pathlib
import re
import unittest

from pushgate_process import GOPUSH_DAEMON, GOPUSH_ROUTER, Folder, Node, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACCESS_LOG = (ROOT / "src/http/README.md").read_text(encoding="utf-8")
AGENT_METRICS = "pushgate_agent_"


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S).group(1)


def in_backticks(text):
    return re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def texts():
    """Every README of the project but those of packages, with its path."""
    for path in sorted(ROOT.rglob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        if not re.search(r"(^|/)(build|node_modules|\.[^/]+)/", name):
            yield name, path.read_text(encoding="utf-8")


class Gopush(unittest.TestCase):
    def test_the_files_said_to_load_unchanged_are_those_that_are_tested(self):
        text = (ROOT / "config/README.md").read_text(encoding="utf-8")
        self.assertIn(f"`{GOPUSH_DAEMON}`", text)
        self.assertIn(f"`{GOPUSH_ROUTER}`", text)


class Links(unittest.TestCase):
    def test_every_file_that_is_linked_exists(self):
        for name, text in texts():
            for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", text):
                with self.subTest(file=name, target=target):
                    self.assertTrue(((ROOT / name).parent / target).exists())


class Keys(unittest.TestCase):
    def test_every_key_that_is_mentioned_is_in_the_reference(self):
        reference = (ROOT / "config/README.md").read_text(encoding="utf-8")
        known = set(re.findall(r"^\| `([\w.\[\]]+)`", reference, re.M))
        groups = {key.split(".")[0] for key in known if "." in key}
        for name, text in texts():
            for key in in_backticks(text):
                group, _, rest = key.partition(".")
                if group in groups and re.match(r"[a-z]\w+$", rest) and not rest in ("cpp", "hpp", "json"):
                    with self.subTest(file=name, key=key):
                        self.assertIn(key, known)


class Examples(Folder):
    """The two files of the README, with an agent that runs them on ports of its own."""

    def setUp(self):
        super().setUp()
        daemon, router = blocks(section("Your own nodes"), "json")
        self.write("pushgate.json", daemon)
        self.write("router.json", router)

    def start(self, **more):
        nodes = [Node(self, name) for name in ("node-1", "node-2")]
        table = json.loads(self.read("router.json"))
        for node, backend in zip(nodes, table["default"]["backends"]):
            self.assertEqual(backend["id"], node.name)
            backend["address"] = node.address
        self.write("router.json", json.dumps(table))
        daemon = json.loads(self.read("pushgate.json"))
        del daemon["agentPort"]
        daemon |= {"listeners": [{"address": "127.0.0.1:0"}], "admin": "127.0.0.1:0",
                   "log": {"file": "log"}, "accessLog": {"file": "access"}} | more
        self.write("pushgate.json", json.dumps(daemon))
        return self.start_agent()

    def wait_for_line(self):
        return eventually(lambda: self.read("access").partition("\n")[0], "a line in the access log")

    def test_the_commands_do_what_is_said(self):
        commands = re.findall(r"^pushgate (.*?) *(?:#.*)?$", blocks(section("Your own nodes"), "sh")[0],
                              re.M)
        self.assertIn("agent -c pushgate.json", commands)
        for command in commands:
            if not command.startswith("agent"):
                done = self.pushgate(*command.split())
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        agent = self.start()
        choice = json.loads(self.pushgate("route", "-c", "pushgate.json", "--uid", "alice", "--json")
                            .stdout)["choices"][0]["id"]
        self.assertEqual(agent.get("/", headers={"x-user-id": "alice"}), (200, choice))

    def test_the_flags_of_the_command_line_exist(self):
        text = "".join(self.pushgate(*arguments).stdout for arguments in
                       (["--help"], ["check", "--help"], ["route", "--help"],
                        ["publish", "--help"]))
        for flag in re.findall(r"(?<![\w-])--?[a-zA-Z]+", " ".join(in_backticks(section("Command line")))):
            with self.subTest(flag):
                self.assertRegex(text, rf"(?<![\w-]){flag}\b")

    def test_the_answer_to_a_missing_uid_is_the_one_shown(self):
        shown = json.loads(blocks(README, "json")[2])["error"]
        status, body = self.start().get("/")
        answer = json.loads(body)["error"]
        self.assertEqual(status, 430)
        self.assertEqual(len(answer.pop("requestId")), len(shown.pop("requestId")))
        self.assertEqual(answer, shown)

    def test_the_admin_pages_are_there(self):
        agent = self.start()
        pages = re.findall(r"`(/[\w/]+)`", section("Operating it"))
        self.assertGreater(len(pages), 4)
        for page in pages:
            with self.subTest(page):
                self.assertEqual(agent.page(page)[0], 200)

    def test_the_metrics_are_exported_by_these_names(self):
        agent = self.start()
        page = agent.page("/metrics")[1]
        exported = re.findall(r"^# TYPE (\S+)", page, re.M)
        self.assertEqual(exported, re.findall(r"^# HELP (\S+) \S", page, re.M))
        named = [name.replace("…_", AGENT_METRICS).split("{")[0]
                 for name in in_backticks(section("Operating it"))
                 if re.match(r"pushgate_|…_", name)]
        self.assertGreater(len(named), 10)
        for name in named:
            with self.subTest(name):
                self.assertIn(name, exported)

    def test_a_line_of_the_access_log_has_the_fields_shown_in_that_order(self):
        def fields(line):
            return re.findall(r" ([a-z_]+)=", re.sub(r'"[^"]*"', '""', line))

        self.start().get("/?uid=bob")
        line = self.wait_for_line()
        self.assertEqual(fields(blocks(section("Operating it"), "")[0]), fields(line))
        reference = re.search(r"^    20.*?\n\n", ACCESS_LOG, re.M | re.S).group(0)
        self.assertEqual(fields(reference.replace("\n   ", "")), fields(line))

    def test_a_json_line_has_the_members_of_the_reference_in_that_order(self):
        agent = self.start(accessLog={"file": "access", "format": "json"})
        agent.get("/?uid=bob")
        written = list(json.loads(self.wait_for_line()))
        members = re.search(r"members `([^`]+)`", ACCESS_LOG).group(1).split()
        self.assertEqual(written, [name for name in members if name in written])
        self.assertEqual(set(members) - set(written), {"rule"})

    def test_the_ends_of_tunnels_are_those_of_the_reference(self):
        source = (ROOT / "src/net/tunnel_engine.cpp").read_text(encoding="utf-8")
        table = re.search(r"name_of\(TunnelEnd.*?\n}", source, re.S).group(0)
        self.assertEqual(set(re.findall(r'return "(\w+)"', table)) - {"unknown"},
                         set(re.search(r"how the tunnel ended\s+\(([^)]+)\)", ACCESS_LOG).group(1)
                             .replace("`", "").split(", ")))


class Hooks(Folder):
    """The configuration and the script of "When a cookie is not enough"."""

    def test_they_are_in_order_and_do_what_is_said(self):
        text = section("When a cookie is not enough")
        daemon = json.loads(blocks(text, "json")[0])
        daemon["identity"]["redis"] = {"host": "127.0.0.1", "port": 1}  # nobody there
        self.write("pushgate.json", json.dumps(daemon))
        os.mkdir(self.path("hooks"))
        self.write("hooks/agent.lua", blocks(text, "lua")[0])
        self.write("hooks/router.lua", 'return { default = { { ip = "127.0.0.1", ports = { 4000 } } } }')
        self.write("hooks/agent.test.json", json.dumps([
            {"request": {"headers": {"x-api-key": "k"}}, "expect": {"status": 401, "body": "unknown key"}},
            {"request": {"target": "/internal/x", "ip": "192.0.2.1"}, "expect": {"status": 403}},
            {"request": {"target": "/internal/x", "ip": "10.1.2.3"}, "expect": {"rule": "missing_uid"}}]))
        done = self.pushgate("check", "-c", "pushgate.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("3 samples passed, 0 failed", done.stdout)


class Rules(unittest.TestCase):
    def test_every_rule_of_the_table_is_one_that_the_agent_knows(self):
        source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.[ch]pp"))
        rows = re.findall(r"^\| ([\d, ]+) \| (.*) \|$", section("What it does with a request"), re.M)
        self.assertGreater(len(rows), 7)
        for statuses, text in rows:
            rules = [rule for rule in in_backticks(text) if re.fullmatch(r"[a-z_0-9]+", rule)]
            for rule in rules:
                with self.subTest(rule):
                    self.assertIn(f'"{rule}"', source)
            for status in statuses.split(", "):
                with self.subTest(status):
                    self.assertRegex(source, rf"\b{status}\b")


if __name__ == "__main__":
    unittest.main()
