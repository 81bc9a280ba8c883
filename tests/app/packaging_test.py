"""packaging_test.py - what docker/ ships: the files for a container, and the systemd unit."""

import os
import re
import shutil
import subprocess
import unittest

from pushgate_process import BINARY, PATIENCE_SECONDS, Folder

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def text_of(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as file:
        return file.read()


class Unit(Folder):
    def test_systemd_finds_nothing_wrong_with_it(self):
        unit = text_of("docker", "pushgate.service").replace("/usr/bin/pushgate", BINARY)
        done = subprocess.run(["systemd-analyze", "verify", self.write("pushgate.service", unit)],
                              capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_it_starts_has_agent_and_nodes(self):
        shutil.copytree(os.path.join(ROOT, "config"), self.path("config"))
        unit = text_of("docker", "pushgate.service")
        start = re.search(r"^ExecStart=/usr/bin/pushgate (.+)$", unit, re.M).group(1)
        check = re.search(r"^ExecStartPre=/usr/bin/pushgate (.+)$", unit, re.M).group(1)
        self.assertEqual(start, "up -c /etc/pushgate/pushgate.json")
        self.assertEqual(check, "up -t -c /etc/pushgate/pushgate.json")
        done = self.pushgate("up", "-t", "-c", self.path("config/pushgate.json"))
        self.assertRegex(done.stdout, r": ok, 1 product, 3 push nodes\n$")


class Container(Folder):
    def test_it_starts_agent_and_nodes(self):
        self.assertIn('CMD ["up", "-c", "/etc/pushgate/pushgate.json"]', text_of("docker", "Dockerfile"))

    def test_the_client_lies_where_the_installed_program_looks(self):
        folder = re.search(r"^COPY --from=build /client (\S+)$", text_of("docker", "Dockerfile"), re.M)
        program = re.search(r"^COPY --from=build \S+/pushgate (\S+)$", text_of("docker", "Dockerfile"),
                            re.M)
        client, binary = (self.path("image" + found.group(1)) for found in (folder, program))
        os.makedirs(client)
        os.makedirs(os.path.dirname(binary))
        shutil.copy(BINARY, binary)
        with open(os.path.join(client, "socket.io.js"), "w", encoding="utf-8") as file:
            file.write("// the client")
        ports = {f"PUSHGATE_{name}PORT": "0" for name in ("", "ADMIN_", "NODE_", "API_")}
        up = self.start_daemon("up", redirect=True, env=ports, binary=binary)
        self.assertEqual(up.get("/socket.io/socket.io.js"), (200, "// the client"))


if __name__ == "__main__":
    unittest.main()
