"""The run as a picture: for each work a group of bars, the floor and the target marked."""

from html import escape

from .proxies import TITLES
from .report import cost_key, cost_unit, number, spread

WIDTH = 920
LABEL_X = 250
BAR_X = 262
BAR_END = 740
BAR_HEIGHT = 17
BAR_STEP = 22
GROUP_GAP = 34
GROUND = "#fcfcfa"
TARGET = "#c0143c"
COLOURS = {"agent": "#0b6e4f", "nginx": "#7a8fb5", "nginx-buffers": "#a9b8d3", "haproxy": "#c58b5a",
           "haproxy-splice": "#e0bb98", "haproxy-splice-tuned": "#ecd5be",
           "relay": "#b9b9b9", "relay-splice": "#d6d6d6"}
FONT = "font-family='DejaVu Sans, Verdana, Helvetica, sans-serif'"


def target_cost(row, samples):
    """The highest cost with which the agent would still reach every target of the row."""
    limits = [limit * spread(samples[rival], cost_key(row))[0]
              for rival, limit in row.targets if rival in samples]
    if row.most_bytes:
        limits.append(row.most_bytes)
    return min(limits, default=None)


def text(x, y, content, size=12, anchor="start", weight="normal", fill="#222"):
    # The outline in the colour of the ground keeps a label readable where the target line crosses it.
    return (f"<text x='{x:.1f}' y='{y}' {FONT} font-size='{size}' font-weight='{weight}' "
            f"text-anchor='{anchor}' fill='{fill}' stroke='{GROUND}' stroke-width='4' "
            f"paint-order='stroke'>{escape(content)}</text>")


def bar(row, proxy, rounds, scale, y):
    """(shapes, labels) of one proxy."""
    cost, low, high = spread(rounds, cost_key(row))
    middle = y + BAR_HEIGHT / 2
    own = proxy == "agent"
    left, right = BAR_X + low * scale, BAR_X + high * scale
    weight = "bold" if own else "normal"
    shapes = [
        f"<rect x='{BAR_X}' y='{y}' width='{max(cost * scale, 1):.1f}' height='{BAR_HEIGHT}' "
        f"fill='{COLOURS[proxy]}'/>",
        f"<line x1='{left:.1f}' x2='{right:.1f}' y1='{middle}' y2='{middle}' stroke='#333' "
        "stroke-width='1.5'/>",
    ]
    labels = [
        text(LABEL_X, y + 13, TITLES[proxy], 12, "end", weight),
        text(max(right, BAR_X + cost * scale) + 7, y + 13, f"{number(cost)} {cost_unit(row)}", 12,
             weight=weight),
    ]
    return shapes, labels


def group(row, samples, top):
    """The shapes of one row of the table, and the height they take."""
    shapes, labels = [], [text(20, top + 4, row.title, 14, weight="bold")]
    y = top + 14
    highest = max(spread(rounds, cost_key(row))[2] for rounds in samples.values())
    scale = (BAR_END - BAR_X) / highest
    for proxy, rounds in samples.items():
        drawn, written = bar(row, proxy, rounds, scale, y)
        shapes += drawn
        labels += written
        y += BAR_STEP
    target = target_cost(row, samples)
    if target is not None:
        x = BAR_X + target * scale
        shapes.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{top + 10}' y2='{y}' stroke='{TARGET}' "
                      "stroke-width='1.5' stroke-dasharray='4 3'/>")
    return shapes + labels, y - top


def svg(run, rows):
    results = run["results"]
    shapes = [
        text(20, 34, "CPU (or memory) of the proxy per unit of work: shorter is better", 18,
             weight="bold"),
        text(20, 56, f"{run['date']}, {run['machine']}, medians of {run['rounds']} rounds, "
             "thin lines: lowest to highest", 12, fill="#555"),
        text(20, 74, "dashed red: what the agent is to reach in this run", 12, fill=TARGET),
    ]
    y = 108
    for row in rows:
        if results.get(row.key):
            added, height = group(row, results[row.key], y)
            shapes += added
            y += height + GROUP_GAP
    height = y
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' "
        f"viewBox='0 0 {WIDTH} {height}'>",
        f"<rect width='{WIDTH}' height='{height}' fill='{GROUND}'/>", *shapes, "</svg>", ""])
