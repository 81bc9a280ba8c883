"""The run as a picture: for each work a group of bars, the floor and the target marked."""

from html import escape

from .report import number, rival_cost, spread
from .titles import TITLES, colour, is_own

WIDTH = 920
LABEL_X = 250
BAR_X = 262
BAR_END = 740
BAR_HEIGHT = 17
BAR_STEP = 22
GROUP_GAP = 34
GROUND = "#fcfcfa"
TARGET = "#c0143c"
FONT = "font-family='DejaVu Sans, Verdana, Helvetica, sans-serif'"


def target_cost(row, results):
    """The highest cost with which our program would still reach every target of the row."""
    rivals = [(limit, rival_cost(row, results, rival)) for name, rival, limit in row.targets
              if name == row.own]
    limits = [limit * rival[0] for limit, rival in rivals if rival]
    if row.most is not None:
        limits.append(row.most)
    return min(limits, default=None)


def text(x, y, content, size=12, anchor="start", weight="normal", fill="#222"):
    # The outline in the colour of the ground keeps a label readable where the target line crosses it.
    return (f"<text x='{x:.1f}' y='{y}' {FONT} font-size='{size}' font-weight='{weight}' "
            f"text-anchor='{anchor}' fill='{fill}' stroke='{GROUND}' stroke-width='4' "
            f"paint-order='stroke'>{escape(content)}</text>")


def bar(row, program, rounds, scale, y):
    """(shapes, labels) of one program."""
    cost, low, high = spread(rounds, row.cost)
    middle = y + BAR_HEIGHT / 2
    own = is_own(program)
    left, right = BAR_X + low * scale, BAR_X + high * scale
    weight = "bold" if own else "normal"
    shapes = [
        f"<rect x='{BAR_X}' y='{y}' width='{max(cost * scale, 1):.1f}' height='{BAR_HEIGHT}' "
        f"fill='{colour(program)}'/>",
        f"<line x1='{left:.1f}' x2='{right:.1f}' y1='{middle}' y2='{middle}' stroke='#333' "
        "stroke-width='1.5'/>",
    ]
    labels = [
        text(LABEL_X, y + 13, TITLES[program], 12, "end", weight),
        text(max(right, BAR_X + cost * scale) + 7, y + 13, f"{number(cost)} {row.unit_of_cost}", 12,
             weight=weight),
    ]
    return shapes, labels


def group(row, results, top):
    """The shapes of one row of the table, and the height they take."""
    samples = results[row.key]
    shapes, labels = [], [text(20, top + 4, row.title, 14, weight="bold")]
    y = top + 14
    highest = max(spread(rounds, row.cost)[2] for rounds in samples.values())
    target = target_cost(row, results)
    scale = (BAR_END - BAR_X) / max(highest, target or 0, 1e-9)
    for program, rounds in samples.items():
        drawn, written = bar(row, program, rounds, scale, y)
        shapes += drawn
        labels += written
        y += BAR_STEP
    if target is not None:
        x = BAR_X + target * scale
        shapes.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{top + 10}' y2='{y}' stroke='{TARGET}' "
                      "stroke-width='1.5' stroke-dasharray='4 3'/>")
    return shapes + labels, y - top


def svg(run, rows):
    results = run["results"]
    shapes = [
        text(20, 34, "What a unit of work costs the program: shorter is better", 18,
             weight="bold"),
        text(20, 56, f"{run['date']}, {run['machine']}, medians of {run['rounds']} rounds, "
             "thin lines: lowest to highest", 12, fill="#555"),
        text(20, 74, "dashed red: what pushgate is to reach in this run", 12, fill=TARGET),
    ]
    y = 108
    for row in rows:
        if results.get(row.key):
            added, height = group(row, results, y)
            shapes += added
            y += height + GROUP_GAP
    height = y
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' "
        f"viewBox='0 0 {WIDTH} {height}'>",
        f"<rect width='{WIDTH}' height='{height}' fill='{GROUND}'/>", *shapes, "</svg>", ""])
