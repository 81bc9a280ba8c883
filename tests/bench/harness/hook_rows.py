"""The rows of the hooks: what it costs to let something else than a rule say who a user is."""

from .rows import Row

BASES = {"hook": "hook-cookie", "nginx": "nginx", "haproxy": "haproxy"}
MOST_MORE = {"hook-lua": 1.5, "hook-jwt": 4.0, "hook-jwt-cached": 1.0}
HOOKS = ("hook-cookie", "hook-lua", "hook-jwt", "hook-jwt-cached", "hook-http",
         "hook-http-cached", "hook-redis", "hook-redis-cached", "hook-native",
         "nginx", "nginx-auth", "haproxy", "haproxy-lua")
HELD = ("hook-held", "nginx-held")

KEEP_ALIVE = {"connections": 64, "size": 128}


def _beside(key, title, held, **more):
    return Row(key, title, "request", "http", {**KEEP_ALIVE, "held": held},
               {"held": min(held, 20)}, programs=HELD, own="hook-held", cost="p99_us",
               cost_unit="µs (p99)", **more)


ROWS = (
    Row("hooks128", "HTTP keep-alive, 64 connections, 128 B", "request", "http", KEEP_ALIVE,
        programs=HOOKS, own="hook-cookie",
        more=tuple((name, BASES[name.partition("-")[0]], MOST_MORE.get(name))
                   for name in HOOKS if name not in BASES.values())),
    _beside("held0", "beside a service that nobody waits for", 0),
    _beside("held1000", "beside 1,000 requests that wait for a service", 1000,
            targets=(("hook-held", "held0/hook-held", 1.2),)),
)
