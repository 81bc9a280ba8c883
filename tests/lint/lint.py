#!/usr/bin/env python3
"""Checks that no compiler makes: layers, sans-I/O, heavy headers, sizes, words, READMEs.

usage: lint.py ROOT CHECK...      prints file:line: reason, exits with 1 if there is any

The rules are in rules.toml beside this file, unless ROOT/rules.toml exists (fixtures).
"""

import fnmatch
import pathlib
import re
import sys
import tomllib

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    """The sources of one project, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        own_rules = self.root / "rules.toml"
        rules = own_rules if own_rules.exists() else pathlib.Path(__file__).with_name("rules.toml")
        self.rules = tomllib.loads(rules.read_text())
        self.files = {}
        for top in self.rules["roots"]:
            for path in sorted((self.root / top).rglob("*.[ch]pp")):
                name = path.relative_to(self.root).as_posix()
                if not any(fnmatch.fnmatch(name, skip) for skip in self.rules["skipped"]):
                    self.files[name] = path.read_text(errors="replace").splitlines()

    def includes(self, name):
        """(line, included path, quoted) of every #include."""
        for number, line in enumerate(self.files[name], 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[2], match[1] == '"'

    def resolve(self, name, included):
        """The project file that a quoted #include names, or None."""
        beside = (pathlib.PurePosixPath(name).parent / included).as_posix()
        for candidate in (beside, "include/" + included, "src/" + included, "tests/" + included):
            if candidate in self.files:
                return candidate
        return None

    def product_files(self):
        return [name for name in self.files if not name.startswith("tests/")]


def module_of(name):
    """The module that a project file belongs to, or None."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[:2] == ("include", "pushgate") and len(parts) > 3:
        return parts[2]
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def check_layers(tree):
    level_of = {m: level for level, modules in enumerate(tree.rules["levels"]) for m in modules}
    for name in tree.product_files():
        own = module_of(name)
        if own in ("third_party_impl", None):
            continue
        if own not in level_of:
            yield name, 1, f'module "{own}" has no level in rules.toml'
            continue
        for line, included, quoted in tree.includes(name):
            if ".." in pathlib.PurePosixPath(included).parts:
                yield name, line, f'"{included}": no way through ".."'
            target = tree.resolve(name, included) if quoted else None
            other = module_of(target) if target else None
            if quoted and target is None:
                yield name, line, f'"{included}" is no file of this project'
            if other is None or other == own:
                continue
            if level_of.get(other, 99) > level_of[own]:
                yield name, line, f"{own} includes {other}, which lies above it"
            elif level_of[other] == level_of[own]:
                yield name, line, f"{own} includes {other}, its sibling"


def io_trail(tree, name, seen):
    """(line, trail) of the first I/O header that `name` reaches, or None."""
    seen.add(name)
    for line, included, quoted in tree.includes(name):
        if any(included.startswith(io) for io in tree.rules["io_headers"]):
            return line, included
        target = tree.resolve(name, included) if quoted else None
        if target and target not in seen:
            found = io_trail(tree, target, seen)
            if found:
                return line, f"{included} -> {found[1]}"
    return None


def check_sans_io(tree):
    listed = set()
    for pattern in tree.rules["sans_io"]:
        matches = fnmatch.filter(tree.files, pattern)
        if not matches:
            yield "rules.toml", 1, f'the sans_io entry "{pattern}" names no file'
        listed.update(matches)
    for name, lines in tree.files.items():
        if any("sans-I/O" in line for line in lines[:5]):
            listed.add(name)
    for name in sorted(listed):
        found = io_trail(tree, name, set())
        if found:
            yield name, found[0], f"a sans-I/O file reaches {found[1]}"


def check_heavy(tree):
    for name in tree.product_files():
        for line, included, _ in tree.includes(name):
            if name.startswith("include/"):
                if any(included.startswith(heavy) for heavy in tree.rules["heavy_headers"]):
                    yield name, line, f"<{included}> is too heavy for include/"
            for prefix, places in tree.rules["only_in"].items():
                if included.startswith(prefix) and not any(name.startswith(p) for p in places):
                    yield name, line, f"<{included}> belongs to {', '.join(places)} alone"


def check_sizes(tree):
    limit = tree.rules["limits"]["lines"]
    for name, lines in tree.files.items():
        if len(lines) > limit:
            yield name, limit + 1, f"{len(lines)} lines, at most {limit}: split it by responsibility"


def check_words(tree):
    anywhere = [(re.compile(word), why) for word, why in tree.rules["forbidden"].items()]
    in_code = [(re.compile(word), why) for word, why in tree.rules["forbidden_in_code"].items()]
    for name, lines in tree.files.items():
        for number, line in enumerate(lines, 1):
            code = line.partition("//")[0]
            for word, why in anywhere + in_code:
                match = word.search(line if (word, why) in anywhere else code)
                if match:
                    yield name, number, f'"{match[0]}": {why}'


def check_headers(tree):
    """Each header guards itself and says in its first lines what it is for."""
    for name, lines in tree.files.items():
        if not name.endswith(".hpp"):
            continue
        if "#pragma once" not in lines[:1]:
            yield name, 1, "the first line of a header is #pragma once"
        title = f"// {pathlib.PurePosixPath(name).name} - "
        if not any(line.startswith(title) for line in lines[:3]):
            yield name, 2, f'a header begins with "{title}" and which question it answers'


def check_readmes(tree):
    rules = tree.rules["readme"]
    directories = [d for d in sorted((tree.root / "src").iterdir()) if d.is_dir()]
    for nested in rules["nested"]:
        if (tree.root / nested).is_dir():
            directories += [d for d in sorted((tree.root / nested).iterdir()) if d.is_dir()]
    for directory in directories:
        name = directory.relative_to(tree.root).as_posix()
        if name not in rules["exempt"] and not (directory / "README.md").is_file():
            yield name, 1, "a module has a README.md"


CHECKS = {
    "layers": check_layers,
    "sans_io": check_sans_io,
    "heavy": check_heavy,
    "sizes": check_sizes,
    "words": check_words,
    "headers": check_headers,
    "readmes": check_readmes,
}


def main(arguments):
    if len(arguments) < 2 or any(check not in CHECKS for check in arguments[1:]):
        print(__doc__ + "checks: " + " ".join(CHECKS), file=sys.stderr)
        return 2
    tree = Tree(arguments[0])
    problems = [problem for check in arguments[1:] for problem in CHECKS[check](tree)]
    for name, line, reason in problems:
        print(f"{name}:{line}: {reason}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
