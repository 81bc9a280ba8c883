"""The run's numbers as a table for the terminal and as Markdown."""

from statistics import median

from .titles import TITLES

MIB = 1024 * 1024


def spread(samples, key):
    values = [sample[key] for sample in samples]
    return median(values), min(values), max(values)


def number(value):
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if 0 < value < 0.1 else f"{value:.2f}"


def cost(row, rounds):
    return spread(rounds, row.cost)[0]


def missing(rounds):
    """Deliveries that were lost, out of order or twice, in all rounds."""
    return sum(sample.get("lost", 0) + sample.get("astray", 0) for sample in rounds)


def rival_cost(row, results, rival):
    """(cost, what it is called) of a rival in this row, or in another one as "row/name"."""
    other, slash, name = rival.rpartition("/")
    rounds = results.get(other if slash else row.key, {}).get(name)
    if not rounds:
        return None
    return cost(row, rounds), f"{TITLES[name]} in {other}" if slash else TITLES[name]


def difference(row, samples, name, base):
    """(median, lowest, highest) of what `name` costs more than `base` in the same round."""
    more = [mine[row.cost] - other[row.cost]
            for mine, other in zip(samples[name], samples[base])]
    return median(more), min(more), max(more)


def verdicts(row, results):
    """[(program, what was to be reached, what was measured, reached?)] for each target of the row.

    What a hook costs more than the rule beside it has no target with every program: then `what` is
    empty and `reached` None.
    """
    samples = results.get(row.key, {})
    out = []
    if row.most is not None and row.own in samples:
        own = cost(row, samples[row.own])
        out.append((row.own, f"≤ {row.most:,} {row.unit_of_cost}",
                    f"{number(own)} {row.unit_of_cost}", own <= row.most))
    for name, base, limit in row.more:
        if name not in samples or base not in samples:
            continue
        middle, low, high = difference(row, samples, name, base)
        out.append((name, f"≤ {TITLES[base]} + {limit} µs" if limit else "",
                    f"{middle:+.2f} µs ({low:+.2f} to {high:+.2f})",
                    middle <= limit if limit else None))
    for name, rival, limit in row.targets:
        other = rival_cost(row, results, rival)
        if name not in samples or not other:
            continue
        ratio = cost(row, samples[name]) / other[0]
        lost = missing(samples[name]) if row.cost != "lost_percent" else 0
        measured = f"{ratio:.3f}" + (f", {lost:,} lost" if lost else "")
        out.append((name, f"≤ {limit:.2f} × {other[1]}", measured, ratio <= limit and not lost))
    return out


def whose(row, name, target):
    """The target, and of whom it is if that is not clear."""
    return target if name == row.own else f"{TITLES[name]}: {target}"


COLUMNS = ("work", "program", "cost (median, min–max)", "CPU µs (of it user)", "units/s", "p50 µs",
           "p99 µs", "private MiB", "client µs", "behind µs")


def measured_lines(rows, results):
    for row in rows:
        samples = results.get(row.key, {})
        for program, rounds in samples.items():
            middle, low, high = spread(rounds, row.cost)
            values = {key: spread(rounds, key)[0] for key in rounds[0]}
            lost = missing(rounds)
            yield (row.title, TITLES[program],
                   f"{number(middle)} ({number(low)}–{number(high)}) {row.unit_of_cost}"
                   + (f", {lost:,} lost" if lost else ""),
                   f"{number(values['cpu_us'])} ({values['user_share']:.0%})",
                   f"{values['per_second']:,.0f}",
                   number(values["p50_us"]), number(values["p99_us"]),
                   f"{values['private_bytes'] / MIB:.1f}",
                   number(values["client_us"]), number(values["backend_us"]))


def verdict_lines(rows, results):
    for row in rows:
        for name, target, reached, good in verdicts(row, results):
            if not target:
                target, verdict = "only shown", ""
            else:
                verdict = "reached" if good else "missed"
            yield row.title, whose(row, name, target), reached, verdict


def text_table(header, lines):
    """Aligned columns; a first column that repeats is left blank."""
    lines = [header, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    out = []
    last = None
    for line in lines:
        cells = list(line)
        if cells[0] == last:
            cells[0] = ""
        last = line[0]
        out.append("  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))).rstrip())
    return "\n".join(out)


def markdown_table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    out += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(out)


VERDICT_COLUMNS = ("work", "to reach", "measured", "verdict")


def disturbance(results):
    """The largest share of one CPU that programs outside the benchmark took in a measurement."""
    return max((sample["foreign_cpu_share"] for samples in results.values()
                for rounds in samples.values() for sample in rounds), default=0.0)


def company(results):
    share = disturbance(results)
    warning = ": too much, repeat this run on a quiet machine" if share > 0.25 else ""
    return f"Other programs took at most {share:.0%} of one CPU during a measurement{warning}."


def markdown(parts):
    """`parts`: a heading, the run and the rows of each group."""
    out = ["# Side by side", ""]
    for heading, run, rows in parts:
        results = run["results"]
        out += [f"## {heading}", "",
                f"{run['date']}, {run['machine']}. {run['versions']}.",
                f"Medians of {run['rounds']} rounds of {run['seconds']} s. {company(results)}", "",
                "### Against the targets", "",
                markdown_table(VERDICT_COLUMNS, verdict_lines(rows, results)), "",
                "### All numbers", "",
                markdown_table(COLUMNS, measured_lines(rows, results)), ""]
    return "\n".join(out)


def text(run, rows):
    results = run["results"]
    parts = [text_table(COLUMNS, measured_lines(rows, results))]
    lines = list(verdict_lines(rows, results))
    if lines:
        parts.append(text_table(VERDICT_COLUMNS, lines))
    parts.append(company(results))
    return "\n\n".join(parts)
