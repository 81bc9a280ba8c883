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
    "relay": "relay (floor)",
    "relay-splice": "relay, splicing",
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
           "haproxy-splice": "#e0bb98", "haproxy-splice-tuned": "#ecd5be",
           "relay": "#b9b9b9", "relay-splice": "#d6d6d6",
           "node": "#0b6e4f", "node-ws": "#3d9174", "node-2t": "#76b39f", "node-redis": "#3d9174",
           "node-recovery": "#0b6e4f", "node-redis-recovery": "#3d9174",
           "socketio": "#c58b5a", "socketio-recovery": "#e0bb98", "nchan": "#7a8fb5",
           "broadcaster": "#b9b9b9", "broadcaster-greets": "#b9b9b9"}


def is_own(name):
    return name.partition("-")[0] in ("agent", "node")
