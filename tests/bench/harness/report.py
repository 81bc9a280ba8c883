"""The run's numbers as a table for the terminal and as Markdown."""

from statistics import median

from .proxies import TITLES

MIB = 1024 * 1024


def spread(samples, key):
    values = [sample[key] for sample in samples]
    return median(values), min(values), max(values)


def number(value):
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cost_key(row):
    return "bytes_per_tunnel" if row.mode == "idle-tunnels" else "cpu_us"


def cost_unit(row):
    return "bytes" if row.mode == "idle-tunnels" else f"µs/{row.unit}"


def verdicts(row, samples):
    """(what was to be reached, what was measured, reached?) for each target of the row."""
    out = []
    if "agent" not in samples:
        return out
    own = spread(samples["agent"], cost_key(row))[0]
    if row.most_bytes:
        out.append((f"≤ {row.most_bytes} bytes", f"{own:,.0f} bytes", own <= row.most_bytes))
    for rival, limit in row.targets:
        if rival in samples:
            ratio = own / spread(samples[rival], cost_key(row))[0]
            out.append((f"≤ {limit:.2f} × {TITLES[rival]}", f"{ratio:.3f}", ratio <= limit))
    return out


COLUMNS = ("work", "proxy", "cost (median, min–max)", "of it user", "units/s", "p50 µs", "p99 µs",
           "private MiB", "client µs", "back end µs")


def measured_lines(rows, results):
    for row in rows:
        samples = results.get(row.key, {})
        for proxy, rounds in samples.items():
            cost, low, high = spread(rounds, cost_key(row))
            middle = {key: spread(rounds, key)[0] for key in rounds[0]}
            yield (row.title, TITLES[proxy],
                   f"{number(cost)} ({number(low)}–{number(high)}) {cost_unit(row)}",
                   f"{middle['user_share']:.0%}", f"{middle['per_second']:,.0f}",
                   number(middle["p50_us"]), number(middle["p99_us"]),
                   f"{middle['private_bytes'] / MIB:.1f}",
                   number(middle["client_us"]), number(middle["backend_us"]))


def verdict_lines(rows, results):
    for row in rows:
        for target, reached, good in verdicts(row, results.get(row.key, {})):
            yield row.title, target, reached, "reached" if good else "missed"


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


def markdown(run, rows):
    results = run["results"]
    return "\n".join([
        "# Side by side", "",
        f"{run['date']}, {run['machine']}. {run['versions']}.",
        f"Medians of {run['rounds']} rounds of {run['seconds']} s. {company(results)}", "",
        "## Against the targets", "",
        markdown_table(VERDICT_COLUMNS, verdict_lines(rows, results)), "",
        "## All numbers", "",
        markdown_table(COLUMNS, measured_lines(rows, results)), ""])


def text(run, rows):
    results = run["results"]
    parts = [text_table(COLUMNS, measured_lines(rows, results))]
    lines = list(verdict_lines(rows, results))
    if lines:
        parts.append(text_table(VERDICT_COLUMNS, lines))
    parts.append(company(results))
    return "\n\n".join(parts)
