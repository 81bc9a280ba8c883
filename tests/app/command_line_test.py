"""command_line_test.py - what the subcommands print, and their exit codes."""

import http.server
import json
import threading
import unittest

from pushgate_process import GOPUSH_DAEMON, GOPUSH_ROUTER, Folder

OK, INVALID, USAGE = 0, 1, 2


class Usage(Folder):
    def test_version_is_printed_by_command_and_by_flag(self):
        for arguments in (["version"], ["-v"], ["-V"], ["--version"]):
            with self.subTest(arguments):
                done = self.pushgate(*arguments)
                self.assertEqual(done.returncode, OK)
                self.assertRegex(done.stdout, r"^pushgate \d+\.\d+\.\d+\n$")

    def test_help_goes_to_stdout_and_explains_exit_codes(self):
        done = self.pushgate("--help")
        self.assertEqual(done.returncode, OK)
        self.assertIn("Exit codes", done.stdout)
        for word in ("up", "agent", "node", "check", "route", "publish", "version", "USR1"):
            self.assertIn(word, done.stdout)

    def test_every_subcommand_has_a_help(self):
        for command in ("up", "agent", "node", "check", "route"):
            with self.subTest(command):
                done = self.pushgate(command, "--help")
                self.assertEqual(done.returncode, OK)
                self.assertIn("--config", done.stdout)

    def test_what_is_not_understood_is_wrong_usage(self):
        for arguments in ([], ["--bogus"], ["bogus"], ["check", "version"], ["-c"], ["up", "-c", ""],
                          ["version", "--uid", "x"]):
            with self.subTest(arguments):
                done = self.pushgate(*arguments)
                self.assertEqual(done.returncode, USAGE)
                self.assertEqual(done.stdout, "")
                self.assertNotEqual(done.stderr, "")


class Check(Folder):
    def setUp(self):
        super().setUp()
        self.write("pushgate.json", GOPUSH_DAEMON)
        self.write("router.json", GOPUSH_ROUTER)

    def test_gopush_files_are_valid_as_they_are(self):
        done = self.pushgate("check", "-c", "pushgate.json")
        self.assertEqual((done.returncode, done.stdout), (OK, "pushgate.json: ok, 2 products\n"))

    def test_t_is_check_wherever_it_stands(self):
        for arguments in (["-t"], ["agent", "-t"], ["check"], ["check", "-t"]):
            with self.subTest(arguments):
                done = self.pushgate(*arguments, "-c", "pushgate.json")
                self.assertEqual(done.returncode, OK)
                self.assertIn(": ok,", done.stdout)

    def test_a_file_that_is_not_there_is_named(self):
        for arguments in (["check"], ["agent"], ["node"], ["up"], ["route", "--uid", "u"], ["-T"]):
            with self.subTest(arguments):
                done = self.pushgate(*arguments, "-c", "nowhere.json")
                self.assertEqual(done.returncode, INVALID)
                self.assertIn("nowhere.json: cannot read it", done.stderr)

    def test_all_errors_of_both_files_are_reported_in_one_run(self):
        self.write("pushgate.json", '{\n  "agentPrt": 6003,\n  "timeouts": {"connect": "5 miles"}\n}')
        self.write("router.json", '{"default":[\n  {"ip":"127.0.0.1","ports":["x"]}]}')
        done = self.pushgate("check", "-c", "pushgate.json")
        self.assertEqual((done.returncode, done.stdout), (INVALID, ""))
        self.assertRegex(done.stderr,
                         r'(?m)^pushgate\.json:2:3: /agentPrt: .*did you mean "agentPort"')
        self.assertRegex(done.stderr, r"(?m)^pushgate\.json:3:27: /timeouts/connect: ")
        self.assertRegex(done.stderr, r"(?m)^\S*router\.json:2:30: /default/0/ports/0: ")

    def test_a_syntax_error_has_its_place(self):
        self.write("pushgate.json", '{\n  "agentPort": }')
        done = self.pushgate("agent", "-c", "pushgate.json")
        self.assertEqual(done.returncode, INVALID)
        self.assertRegex(done.stderr, r"(?m)^pushgate\.json:2:16: ")

    def test_dump_has_every_default_and_no_secret(self):
        self.write("pushgate.json",
                   '{"agentPort":6003,"redisAdapter":{"host":"h","port":1,"password":"s3cret"}}')
        done = self.pushgate("-T", "-c", "pushgate.json")
        self.assertEqual(done.returncode, OK)
        self.assertNotIn("s3cret", done.stdout)
        for key in ('"listeners"', '"drainTimeout"', '"requestHead": "10s"', '"default"'):
            self.assertIn(key, done.stdout)

    def test_what_is_dumped_is_a_valid_configuration(self):
        dumped = self.pushgate("-T", "-c", "pushgate.json").stdout
        daemon, router = dumped.split("// router.json\n")
        self.write("again.json", daemon)
        self.write("router.json", router)
        done = self.pushgate("check", "-c", "again.json")
        self.assertEqual((done.returncode, done.stderr), (OK, ""))


class Against(Folder):
    def setUp(self):
        super().setUp()
        self.write("pushgate.json", GOPUSH_DAEMON)
        self.write("router.json", GOPUSH_ROUTER)

    def test_the_same_table_moves_nobody(self):
        done = self.pushgate("check", "-c", "pushgate.json", "--against", "router.json")
        self.assertEqual(done.returncode, OK)
        self.assertIn("no key moves", done.stdout)

    def test_one_node_more_moves_its_share(self):
        self.write("before.json", GOPUSH_ROUTER)
        self.write("router.json", GOPUSH_ROUTER.replace("4000,4001", "4000,4001,4002"))
        done = self.pushgate("check", "-c", "pushgate.json", "--against", "before.json")
        self.assertEqual(done.returncode, OK)
        self.assertRegex(done.stdout, r"default: 3[0-9]\.\d % of keys move; added 127.0.0.1:4002")

    def test_a_table_that_cannot_be_read_is_an_error(self):
        for other in ("nowhere.json", "127.0.0.1:1", "unix:/nonexistent/admin.sock"):
            with self.subTest(other):
                done = self.pushgate("check", "-c", "pushgate.json", "--against", other)
                self.assertEqual(done.returncode, INVALID)
                self.assertIn(other, done.stderr)


class Route(Folder):
    def setUp(self):
        super().setUp()
        self.write("pushgate.json", GOPUSH_DAEMON)
        self.write("router.json", GOPUSH_ROUTER)

    def route(self, *arguments):
        return self.pushgate("route", "-c", "pushgate.json", *arguments)

    def explained(self, *arguments):
        done = self.route("--json", *arguments)
        self.assertEqual(done.returncode, OK, done.stderr)
        return json.loads(done.stdout)

    def test_the_text_names_the_node_and_the_next_choice(self):
        done = self.route("--uid", "alice")
        self.assertEqual(done.returncode, OK)
        self.assertRegex(done.stdout, r"(?m)^uid +alice$")
        self.assertRegex(done.stdout, r"(?m)^choice 1 +127\.0\.0\.1:400[01]$")
        self.assertRegex(done.stdout, r"(?m)^choice 2 +127\.0\.0\.1:400[01]$")

    def test_json_says_the_same(self):
        answer = self.explained("--uid", "alice")
        self.assertEqual((answer["product"], answer["uid"]), ("default", "alice"))
        self.assertEqual({choice["id"] for choice in answer["choices"]},
                         {"127.0.0.1:4000", "127.0.0.1:4001"})
        self.assertIn(f"choice 1  {answer['choices'][0]['id']}\n",
                      self.route("--uid", "alice").stdout)

    def test_a_product_has_its_own_nodes(self):
        answer = self.explained("--uid", "alice", "--product", "test")
        self.assertEqual([choice["id"] for choice in answer["choices"]], ["127.0.0.1:4000"])

    def test_nodes_on_unix_sockets_are_printed_with_their_paths(self):
        self.write("router.json", '{"default":{"backends":[{"id":"n1","address":"unix:/run/a.sock"},'
                                  '{"address":"unix:/run/b.sock"}]}}')
        text = self.route("--uid", "alice").stdout
        self.assertRegex(text, r"(?m)^choice [12] +n1 +unix:/run/a\.sock$")
        self.assertRegex(text, r"(?m)^choice [12] +unix:/run/b\.sock$")
        self.assertEqual({(choice["id"], choice["address"])
                          for choice in self.explained("--uid", "alice")["choices"]},
                         {("n1", "unix:/run/a.sock"), ("unix:/run/b.sock", "unix:/run/b.sock")})

    def test_an_unknown_product_goes_to_default_unless_it_is_rejected(self):
        self.assertEqual(self.explained("--uid", "alice", "--product", "nosuch")["product"],
                         "default")
        self.write("pushgate.json", '{"identity":{"unknownProduct":"reject"}}')
        done = self.route("--uid", "alice", "--product", "nosuch")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("404", done.stderr)

    def test_the_rules_are_applied_to_a_request(self):
        self.write("request", "GET /socket.io/?product=test HTTP/1.1\nHost: x\nCookie: uid=bob\n")
        answer = self.explained("--request", "request")
        self.assertEqual((answer["uid"], answer["product"]), ("bob", "test"))
        self.assertIn("cookie", answer["uidRule"])
        self.assertIn("query", answer["productRule"])

    def test_a_refused_request_says_by_which_rule(self):
        for text, words in (("GET / HTTP/1.1\r\nHost: x\r\n\r\n", ("430", "missing_uid")),
                            ("GET /?uid=a HTTP/1.1\r\nHost: x\r\nCookie: uid=b\r\n\r\n",
                             ("400", "conflicting_uid")),
                            ("GET / HTTP/9.9\r\n\r\n", ("505",))):
            with self.subTest(text):
                self.write("request", text)
                done = self.route("--request", "request")
                self.assertEqual(done.returncode, USAGE)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_every_source_that_was_asked_is_shown_with_its_time(self):
        self.write("request", "GET /?uid=bob HTTP/1.1\nHost: x\n")
        text = self.route("--request", "request").stdout
        self.assertRegex(text, r'(?m)^asked     cookie "uid": missing  \([0-9.]+ [um]s\)$')
        self.assertRegex(text, r'(?m)^asked     query "uid": found "bob"  \([0-9.]+ [um]s\)$')
        steps = self.explained("--request", "request")["steps"]
        self.assertEqual([step["result"] for step in steps],
                         ["missing", 'found "bob"', "missing"])
        self.assertTrue(all(step["tookNs"] > 0 for step in steps))

    def test_a_script_may_pin_a_user(self):
        self.write("router.lua", "return { default = function(req, uid) "
                                 "if uid == 'vip' then return {ip='10.0.0.9', port=1} end end }")
        self.write("pushgate.json", '{"hooks": {"router": "router.lua"}}')
        self.write("request", "GET /?uid=vip HTTP/1.1\nHost: x\n")
        self.assertIn("pinned to 10.0.0.9:1\n", self.route("--request", "request").stdout)
        self.write("request", "GET /?uid=other HTTP/1.1\nHost: x\n")
        self.assertIn("router.lua: by hash", self.route("--request", "request").stdout)

    def test_what_is_missing_is_wrong_usage(self):
        for arguments in ([], ["--uid", ""], ["--uid", "x" * 257], ["--request", "nowhere"],
                          ["--uid", "a", "--product", "?"]):
            with self.subTest(arguments):
                done = self.route(*arguments)
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertNotEqual(done.stderr, "")



class Samples(Folder):
    """Sample requests beside a configuration and its scripts, which `check` runs."""

    def check(self):
        return self.pushgate("check", "-c", "pushgate.json")

    def setUp(self):
        super().setUp()
        self.write("pushgate.json", '{"hooks": {"agent": "agent.lua"}, "identity": {"rules": '
                                    '[{"deny": {}, "when": {"path": "^/internal/"}}]}}')
        self.write("router.json", '{"default": [{"ip": "127.0.0.1", "ports": [4000]}]}')
        self.write("agent.lua", "return function(req)\n"
                                "  if req.isUpgrade then return 'socket' end\n"
                                "  local uid = req.cookies.sid\n"
                                "  return uid and {uid = uid, headers = {['X-Plan'] = 'gold'}}\n"
                                "end\n")

    def sample(self, request, expected):
        self.write("agent.test.json", json.dumps([{"name": "it", "request": request,
                                                   "expect": expected}]))
        return self.check()

    def test_samples_that_come_out_as_expected_pass(self):
        self.write("pushgate.test.json", json.dumps([
            {"request": {"target": "/internal/x"}, "expect": {"status": 403, "rule": "denied"}}]))
        for request, expected in (
                ({"headers": {"cookie": "sid=a"}},
                 {"uid": "a", "product": "default", "node": "127.0.0.1:4000",
                  "headers": {"x-plan": "gold", "x-other": None}}),
                ({"upgrade": True}, {"uid": "socket"}),
                ({"method": "POST", "target": "/?uid=q", "ip": "192.0.2.1"}, {"uid": "q"})):
            with self.subTest(request):
                done = self.sample(request, expected)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("agent.test.json: 1 sample passed, 0 failed\n", done.stdout)
                self.assertIn("pushgate.test.json: 1 sample passed, 0 failed\n", done.stdout)

    def test_one_that_does_not_fails_the_check_and_says_what_came_out(self):
        for request, expected, words in (
                ({"headers": {"cookie": "sid=a"}}, {"uid": "b"}, ('"it"', '{"uid":"b"}', '{"uid":"a"}')),
                ({}, {"uid": "b"}, ("430", "missing_uid")),
                ({"headers": {"cookie": "sid=a"}}, {"status": 403}, ('{"status":0}',)),
                ({"headers": {"cookie": "sid=a"}}, {"headers": {"x-plan": "free"}}, ("gold",))):
            with self.subTest(expected):
                done = self.sample(request, expected)
                self.assertEqual(done.returncode, INVALID)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_what_is_asked_before_a_daemon_starts_leaves_them_alone(self):
        self.assertEqual(self.sample({}, {"uid": "b"}).returncode, INVALID)
        for role in ("agent", "up"):
            done = self.pushgate(role, "-t", "-c", "pushgate.json")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotIn("sample", done.stdout)

    def test_a_misspelled_sample_is_an_error(self):
        for request, expected in (({"pfad": "/"}, {}), ({"ip": "x"}, {}), ({}, {"user": "a"}),
                                  ({"headers": {"a": 1}}, {})):
            with self.subTest(request=request, expected=expected):
                self.assertEqual(self.sample(request, expected).returncode, INVALID)
        self.write("agent.test.json", "{")
        self.assertEqual(self.check().returncode, INVALID)

    def test_a_script_that_cannot_be_loaded_is_an_error_with_its_line(self):
        self.write("agent.lua", "return function(req)\n  return nope nope\nend\n")
        done = self.check()
        self.assertEqual(done.returncode, INVALID)
        self.assertRegex(done.stderr, r"agent\.lua:2:")
        self.write("agent.lua", "return 'no function'")
        self.assertEqual(self.check().returncode, INVALID)

    def test_a_key_file_that_cannot_be_read_is_an_error(self):
        self.write("pushgate.json", '{"identity": {"uid": [{"jwt": {"keys": [{"pem": "nowhere.pem", '
                                    '"alg": "RS256"}]}}]}}')
        done = self.check()
        self.assertEqual(done.returncode, INVALID)
        self.assertIn("/identity/uid/0", done.stderr)
        self.assertIn("nowhere.pem", done.stderr)


class Api(http.server.BaseHTTPRequestHandler):
    """Answers as the API does, and remembers what it was sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers, json.loads(body)))
        answer = json.dumps({"ok": True} if self.server.status == 200 else {"error": "no"})
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments):
        pass


class Publish(Folder):
    def setUp(self):
        super().setUp()
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Api)
        self.server.seen, self.server.status = [], 200
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)

    def publish(self, *arguments):
        return self.pushgate("publish", "--api", f"http://127.0.0.1:{self.server.server_port}",
                             *arguments)

    def test_sends_an_event_to_rooms(self):
        done = self.publish("--room", "a", "--room", "b", "--event", "news", "--key", "secret",
                            "--data", ' {"n":1} ')
        self.assertEqual((done.returncode, done.stdout), (OK, '{"ok": true}\n'), done.stderr)
        path, fields, body = self.server.seen[0]
        self.assertEqual(path, "/api/v1/publish")
        self.assertEqual(fields["Authorization"], "Bearer secret")
        self.assertEqual(fields["Content-Type"], "application/json")
        self.assertEqual(body, {"nsp": "/", "event": "news", "data": {"n": 1},
                                "rooms": ["a", "b"]})

    def test_without_a_room_it_is_for_everybody(self):
        self.assertEqual(self.publish("--event", "e", "--nsp", "/chat").returncode, OK)
        path, fields, body = self.server.seen[0]
        self.assertEqual((path, fields["Authorization"]), ("/api/v1/broadcast", None))
        self.assertEqual(body, {"nsp": "/chat", "event": "e"})

    def test_says_what_is_wrong(self):
        for arguments in ([], ["--event", "e", "--data", "no json"],
                          ["--event", "e", "--redis", "nowhere"]):
            with self.subTest(arguments):
                done = self.publish(*arguments)
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertNotEqual(done.stderr, "")
        self.assertEqual(self.server.seen, [])

    def test_a_refusal_and_an_absence_have_their_own_codes(self):
        self.server.status = 401
        done = self.publish("--event", "e")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("401", done.stderr)
        done = self.pushgate("publish", "--event", "e", "--api", "http://127.0.0.1:1")
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
