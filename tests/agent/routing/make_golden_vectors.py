#!/usr/bin/env python3
"""Writes golden_vectors.hpp: what every hash policy must answer, from sources that are not ours.

  rendezvous, maglev  restated here from their definitions, with the xxhash module, and logarithms
                      to 60 decimal digits instead of our fixed-point ones
  ketama              restated here with zlib's CRC-32 (a real nginx is asked in nginx_ketama_test)
  modulo              computed by node from the original tools/getHash.js and by the expressions of
                      getServerIp and getPort in agent/index.js of hcnode/gopush, commit fdb1f3f

Run: make_golden_vectors.py PATH_OF_getHash.js > golden_vectors.hpp   (needs node and python xxhash)
"""
import decimal
import json
import subprocess
import sys
import zlib

import xxhash

decimal.getcontext().prec = 60
MASK = (1 << 64) - 1

KEYS = (["", "1", "uid", "user-42", "alice@example.org", "a" * 256, "0" * 37, "~" * 100,
         "\u00e9t\u00e9", "\u4e2d\u6587\u7528\u6237", "\U0001f600", "x\U0001f600y\U00010000z",
         "\uffff\ud7ff\ue000"] + [f"u{1000003 * i * i + 17}" for i in range(14)])

# id, address, weight
POOL = [("node-a", "10.0.0.1:4000", 1), ("node-b", "10.0.0.2:4000", 1), ("node-c", "[::1]:4000", 1),
        ("node-d", "node-d.example", 1), ("node-e", "unix:/run/node-e.sock", 1)]
WEIGHTED = [(i, a, w) for (i, a, _), w in zip(POOL, [1, 2, 3, 0, 7])]
# More members than rendezvous ranks at pick time, so that its table is checked too.
LARGE = [(f"n{i}", f"192.168.7.{i}:80", 1 + i % 4) for i in range(40)]


def mix64(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def xxh3(text, seed=0):
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"), seed)


def hrw_order(seed, pool):
    def cost(member):
        u = decimal.Decimal(max(mix64(seed ^ xxh3(member[0])), 1)) / (1 << 64)
        return -u.ln() / member[2]
    return [m[0] for m in sorted((m for m in pool if m[2] > 0), key=cost)]


def rendezvous(key, pool):
    bucket = xxh3(key) >> 47
    return hrw_order(mix64(((bucket + 1) * 0x9E3779B97F4A7C15) & MASK), pool)


def ketama_ring(pool):
    ring = {}
    for identity, address, weight in sorted(pool, key=lambda m: m[1], reverse=True):
        if address.startswith("unix:"):
            host, port = address[5:], ""
        elif ":" in address:
            host, port = address.rsplit(":", 1)
        else:
            host, port = address, ""
        base, previous = host.encode() + b"\0" + port.encode(), 0
        for _ in range(160 * weight):
            previous = zlib.crc32(base + previous.to_bytes(4, "little"))
            ring[previous] = identity
    return sorted(ring.items())


def ketama(key, pool):
    ring = ketama_ring(pool)
    crc = zlib.crc32(key.encode())
    start = next((i for i, (point, _) in enumerate(ring) if point >= crc), 0)
    return list(dict.fromkeys(ring[(start + i) % len(ring)][1] for i in range(len(ring))))


def maglev_table(pool):
    size = 65537
    members = sorted(m for m in pool if m[2] > 0)
    top = max(m[2] for m in members)
    permutations = []
    for identity, _, _ in members:
        offset, skip = xxh3(identity, 0) % size, xxh3(identity, 1) % (size - 1) + 1
        permutations.append(iter([(offset + j * skip) % size for j in range(size)]))
    table, filled, turn = [None] * size, 0, 0
    while filled < size:
        turn += 1
        for member, permutation in zip(members, permutations):
            # A turn of its own whenever its share of the largest weight has reached a whole number.
            if turn * member[2] // top == (turn - 1) * member[2] // top:
                continue
            slot = next(s for s in permutation if table[s] is None)
            table[slot] = member[0]
            filled += 1
            if filled == size:
                break
    return table


MAGLEV = {}


def maglev(key, pool):
    table = MAGLEV.setdefault(json.dumps(pool), None) or maglev_table(pool)
    MAGLEV[json.dumps(pool)] = table
    own = table[xxh3(key) % 65537]
    return [own] + [m for m in hrw_order(xxh3(key), pool) if m != own]


# gopush's own form: servers with ports, members named server/port
GOPUSH = [[2], [1, 1], [2, 2, 2], [3, 1, 4], [4, 4, 4, 4], [1] * 7]
NODE = """
const getHash = require(process.argv[1]);
const {keys, tables} = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(keys.map(uid => ({hash: getHash(uid), picks: tables.map(ports => {
  const destInfo = ports.map((n, s) => ({ip: s, ports: Array.from({length: n}, (_, p) => p)}));
  var serverIndex = getHash(uid) % destInfo.length;
  var portIndex = getHash(uid) % destInfo[serverIndex].ports.length;
  return `${destInfo[getHash(uid) % destInfo.length].ip}/${destInfo[serverIndex].ports[portIndex]}`;
})}))));
"""


def modulo_vectors(path):
    answer = subprocess.run(["node", "-e", NODE, path], check=True, capture_output=True, text=True,
                            input=json.dumps({"keys": KEYS, "tables": GOPUSH}))
    return json.loads(answer.stdout)


def literal(text):
    """A C++ string literal; octal escapes, which end after three digits."""
    body = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}"
                   for b in text.encode())
    return f'"{body}"'


def rows(name, policy, pool, depth):
    print(f"inline const std::vector<OrderVector> {name} = {{")
    for key in KEYS:
        order = ", ".join(f'"{m}"' for m in policy(key, pool)[:depth])
        print(f"    {{{literal(key)}, {{{order}}}}},")
    print("};\n")


def main():
    print("""#pragma once
// golden_vectors.hpp - written by make_golden_vectors.py, which says where the answers come from.
// clang-format off

#include <cstdint>
#include <string>
#include <vector>

namespace pushgate::agent::golden {

struct OrderVector {
  std::string key;
  std::vector<std::string> ids;  // the first choices, in order
};

struct GopushVector {
  std::string key;
  std::uint64_t hash;
  std::vector<std::string> picks;  // "server/port" for each table of kGopushTables
};

struct PoolMember {
  std::string id;
  std::string address;
  std::uint32_t weight;
};
""")
    for name, pool in [("kPool", POOL), ("kWeightedPool", WEIGHTED), ("kLargePool", LARGE)]:
        members = ",\n    ".join(f'{{"{i}", "{a}", {w}}}' for i, a, w in pool)
        print(f"inline const std::vector<PoolMember> {name} = {{\n    {members}}};\n")
    for policy in (rendezvous, ketama, maglev):
        title = policy.__name__.capitalize()
        rows(f"k{title}", policy, POOL, 5)
        rows(f"k{title}Weighted", policy, WEIGHTED, 5)
        rows(f"k{title}Large", policy, LARGE, 6)
    tables = ", ".join("{" + ", ".join(map(str, t)) + "}" for t in GOPUSH)
    print("// Numbers of ports of each server.")
    print(f"inline const std::vector<std::vector<int>> kGopushTables = {{{tables}}};\n")
    print("inline const std::vector<GopushVector> kGopush = {")
    for key, vector in zip(KEYS, modulo_vectors(sys.argv[1])):
        picks = ", ".join(f'"{p}"' for p in vector["picks"])
        print(f"    {{{literal(key)}, {int(vector['hash'])}U, {{{picks}}}}},")
    print("};\n\n}  // namespace pushgate::agent::golden")


main()
