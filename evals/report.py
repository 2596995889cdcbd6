"""The evaluations as one HTML page: tables and plots, with nothing to load from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

BAR_WIDTH = 360
BAR_HEIGHT = 22

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
class Section:
    """One evaluation.

    Attributes:
        figures: Its measures, by name.
        rows: A table of what failed; its first row is the head.
    """

    title: str
    text: str
    figures: Mapping[str, Any]
    plots: Sequence[Plot] = ()
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
        *map(_plot, section.plots),
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
