"""Evaluations and benchmarks as one HTML page: tables and plots, and nothing to load for them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

BAR_WIDTH = 360
BAR_HEIGHT = 22

CURVES_WIDTH = 520
CURVES_HEIGHT = 260
"""Of the area between the axes; the rest is for what is written beside them."""

MARKS_APART = 34
"""Below a mark's number there is no room for another one nearer than this."""

COLOURS = ("#2f6f9f", "#c2410c", "#15803d", "#7e22ce", "#111827", "#0e7490", "#be123c", "#475569")
"""Dark enough on white; lines beyond these begin with the first again, dashed."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #d8dee4;
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
.bar { fill: #2f6f9f; } .track { fill: #e6ebf0; }
.curve { fill: none; stroke-width: 2; } .grid { stroke: #d8dee4; }
"""


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars from 0 to a maximum.

    Attributes:
        values: By what they are of.
        most: What a whole bar stands for; the largest value where it is None.
    """

    title: str
    values: Mapping[str, float]
    most: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines through points, from 0 upwards.

    Attributes:
        across: What the horizontal axis is of, with its unit.
        up: What the vertical axis is of, with its unit.
        lines: Points of each line, from left to right, by its name.
        is_log: True where equal steps to the right are equal factors.
    """

    title: str
    across: str
    up: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One evaluation or benchmark.

    Attributes:
        figures: Its measures, by name.
        rows: A table of what failed, or of what is drawn; its first row is the head.
    """

    title: str
    text: str
    figures: Mapping[str, Any]
    plots: Sequence[Plot | Curves] = ()
    rows: Sequence[Sequence[str]] = ()


def page(title: str, sections: Sequence[Section]) -> str:
    """Writes the page.

    Args:
        title: Its title.
        sections: What it shows.

    Returns:
        HTML.
    """
    body = "\n".join(_section(section) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n"
        f"</body></html>\n"
    )


def _section(section: Section) -> str:
    figures = "".join(
        f"<tr><th>{escape(name)}</th><td class=number>{escape(str(value))}</td></tr>"
        for name, value in section.figures.items()
    )
    parts = [
        f"<h2>{escape(section.title)}</h2>",
        f"<p>{escape(section.text)}</p>",
        f"<table>{figures}</table>",
        *(_plot(one) if isinstance(one, Plot) else _curves(one) for one in section.plots),
    ]
    if section.rows:
        head, *rows = section.rows
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        lines = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        parts.append(f"<table><thead><tr>{cells}</tr></thead>{lines}</table>")
    return "\n".join(parts)


def _plot(plot: Plot) -> str:
    most = max(plot.most or max(plot.values.values(), default=1.0), 1e-9)
    bars = []
    for place, (name, value) in enumerate(plot.values.items()):
        top = place * (BAR_HEIGHT + 8)
        width = round(BAR_WIDTH * min(value / most, 1.0), 1)
        middle = top + BAR_HEIGHT - 6
        bars.append(
            f'<text x="150" y="{middle}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="track" x="160" y="{top}" width="{BAR_WIDTH}" height="{BAR_HEIGHT}"/>'
            f'<rect class="bar" x="160" y="{top}" width="{width}" height="{BAR_HEIGHT}"/>'
            f'<text x="{170 + BAR_WIDTH}" y="{middle}">{value:g}</text>'
        )
    height = len(plot.values) * (BAR_HEIGHT + 8)
    described = ", ".join(f"{name} {value:g}" for name, value in plot.values.items())
    return (
        f"<h3>{escape(plot.title)}</h3>"
        f'<svg width="{BAR_WIDTH + 240}" height="{height}" role="img" '
        f'aria-label="{escape(plot.title)}: {escape(described)}">{"".join(bars)}</svg>'
    )


def _curves(curves: Curves) -> str:
    points = [point for line in curves.lines.values() for point in line]
    marks = sorted({x for x, _ in points})
    scale: Callable[[float], float] = math.log10 if curves.is_log else float
    # A single load is drawn in the middle.
    least, most = scale(marks[0]), scale(marks[-1])
    heights = _ticks(max(y for _, y in points))

    def at(x: float, y: float) -> tuple[float, float]:
        share = (scale(x) - least) / (most - least) if most > least else 0.5
        return (
            round(60 + CURVES_WIDTH * share, 1),
            round(10 + CURVES_HEIGHT * (1 - y / heights[-1]), 1),
        )

    right, bottom = 60 + CURVES_WIDTH, 10 + CURVES_HEIGHT
    parts = [
        f'<line class="grid" x1="60" x2="{right}" y1="{at(marks[0], height)[1]}" '
        f'y2="{at(marks[0], height)[1]}"/>'
        f'<text x="52" y="{at(marks[0], height)[1] + 4}" text-anchor="end">{height:g}</text>'
        for height in heights
    ]
    written = -math.inf
    for mark in marks:
        place, _ = at(mark, 0)
        if place - written >= MARKS_APART:
            written = place
            parts.append(
                f'<text x="{place}" y="{bottom + 18}" text-anchor="middle">{mark:g}</text>'
            )
    for number, (name, line) in enumerate(curves.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        dashes = ' stroke-dasharray="5 4"' if number >= len(COLOURS) else ""
        path = " ".join(f"{x},{y}" for x, y in (at(*point) for point in line))
        dots = "".join(
            f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
            for x, y in (at(*point) for point in line)
        )
        top = 20 + 20 * number
        parts.append(
            f'<polyline class="curve" stroke="{colour}"{dashes} points="{path}"/>{dots}'
            f'<line class="curve" stroke="{colour}"{dashes} x1="{right + 20}" x2="{right + 44}" '
            f'y1="{top}" y2="{top}"/>'
            f'<text x="{right + 50}" y="{top + 4}">{escape(name)}</text>'
        )
    parts.append(
        f'<text x="{60 + CURVES_WIDTH / 2}" y="{bottom + 40}" text-anchor="middle">'
        f"{escape(curves.across)}</text>"
    )
    height = max(bottom + 50, 20 + 20 * len(curves.lines))
    described = f"{curves.title}: {curves.up} against {curves.across}; " + "; ".join(
        f"{name} " + ", ".join(f"{y:g} at {x:g}" for x, y in line)
        for name, line in curves.lines.items()
    )
    return (
        f"<h3>{escape(curves.title)}</h3><p>{escape(curves.up)}</p>"
        f'<svg width="{right + 240}" height="{height}" role="img" '
        f'aria-label="{escape(described)}">{"".join(parts)}</svg>'
    )


def _ticks(most: float) -> list[float]:
    """Round heights from 0 to the first that is not below the highest point."""
    most = max(most, 1e-9)
    power = 10 ** math.floor(math.log10(most))
    step = next(power * share for share in (0.2, 0.5, 1, 2) if most <= 5 * power * share)
    return [step * count for count in range(math.ceil(most / step) + 1)]
