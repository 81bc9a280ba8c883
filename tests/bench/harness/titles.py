"""Every program that is compared: its name in the reports, and its colour in the picture."""

# Variants exist where one setting wins for small and another for large bodies: each row says which
# it compares with, so nobody is measured with a setting that does not suit the row.
TITLES = {
    "agent": "pushgate",
    "nginx": "nginx",
    "nginx-buffers": "nginx, large buffers",
    "haproxy": "HAProxy",
    "haproxy-splice": "HAProxy, splicing",
    "haproxy-splice-tuned": "HAProxy, splicing, 1 MiB pipes",
    "haproxy-lua": "HAProxy, Lua action",
    "nginx-auth": "nginx, auth_request",
    "nginx-held": "nginx, auth_request for /slow",
    "relay": "relay (floor)",
    "relay-splice": "relay, splicing",
    "hook-cookie": "pushgate, cookie rule",
    "hook-lua": "pushgate, Lua hook",
    "hook-jwt": "pushgate, JWT (HS256)",
    "hook-jwt-cached": "pushgate, JWT, remembered",
    "hook-http": "pushgate, asks a service",
    "hook-http-cached": "pushgate, asks a service, cached",
    "hook-redis": "pushgate, asks Redis",
    "hook-redis-cached": "pushgate, asks Redis, cached",
    "hook-native": "pushgate, native source",
    "hook-held": "pushgate, asks a service for /slow",
    "node": "pushgate",
    "node-ws": "pushgate, plain WebSocket",
    "node-2t": "pushgate, 2 threads",
    "node-redis": "pushgate, 2 nodes, Redis",
    "node-recovery": "pushgate, recovery",
    "node-redis-recovery": "pushgate, 2 nodes, Redis, recovery",
    "socketio": "socket.io (Node.js)",
    "socketio-recovery": "socket.io, recovery",
    "nchan": "nchan (nginx)",
    "broadcaster": "broadcaster (floor)",
    "broadcaster-greets": "broadcaster that greets (floor)",
}

COLOURS = {"agent": "#0b6e4f", "nginx": "#7a8fb5", "nginx-buffers": "#a9b8d3", "haproxy": "#c58b5a",
           "nginx-auth": "#a9b8d3", "haproxy-lua": "#e0bb98",
           "haproxy-splice": "#e0bb98", "haproxy-splice-tuned": "#ecd5be",
           "relay": "#b9b9b9", "relay-splice": "#d6d6d6",
           "hook": "#3d9174", "hook-cookie": "#0b6e4f",
           "node": "#0b6e4f", "node-ws": "#3d9174", "node-2t": "#76b39f", "node-redis": "#3d9174",
           "node-redis-recovery": "#3d9174", "socketio": "#c58b5a", "socketio-recovery": "#e0bb98",
           "nchan": "#7a8fb5", "broadcaster": "#b9b9b9"}


def colour(name):
    """Its own, or that of all its variants."""
    return COLOURS.get(name) or COLOURS[name.partition("-")[0]]


def is_own(name):
    return name.partition("-")[0] in ("agent", "hook", "node")
