#!/usr/bin/env python3
"""Proves that each check of lint.py can fail, and that a clean tree passes all of them.

fixtures/<check>/ is a small tree that breaks that rule; its expected.txt is what must be printed.
"""

import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import lint  # noqa: E402  (the path has to be there first)


def run(tree, *checks):
    command = [sys.executable, "-B", str(HERE / "lint.py"), str(tree), *checks]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    failed = []
    for check in lint.CHECKS:
        tree = HERE / "fixtures" / check
        expected = (tree / "expected.txt").read_text()
        result = run(tree, check)
        if result.returncode != 1 or result.stdout != expected:
            failed.append(check)
            print(f"{check}: expected\n{expected}printed\n{result.stdout}{result.stderr}")

    clean = run(HERE / "fixtures" / "clean", *lint.CHECKS)
    if clean.returncode != 0 or clean.stdout:
        failed.append("clean")
        print(f"clean tree: {clean.stdout}{clean.stderr}")
    if run(HERE, "no_such_check").returncode != 2:
        failed.append("usage")
        print("an unknown check is a usage error")
    print(f"{len(lint.CHECKS) + 2 - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
