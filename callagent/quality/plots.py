"""Plots as SVG inside a page: they take their colours from it, and tell what they show to who cannot see them."""

from collections.abc import Sequence
from html import escape
from typing import Final

from callagent.quality.plain import escaped, plain

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 220, 48, 34, 14
WIDEST: Final = 60.0
"""Of a standing bar."""
ROW: Final = 26
NAMES: Final = 200
"""Width of the names beside lying bars."""
MOST_LABELS: Final = 8

Point = tuple[str, float | None]
"""A label and its value; None where there is none."""


def columns(title: str, points: Sequence[Point]) -> str:
    """Standing bars."""
    highest = _round_up(max((value for _, value in points if value), default=0.0))
    step = (WIDTH - LEFT) / max(len(points), 1)
    parts = []
    for number, (label, value) in enumerate(points):
        if value:
            height, width = value / highest * (HEIGHT - TOP - BOTTOM), min(step * 0.76, WIDEST)
            parts.append(
                f'<rect class="bar" x="{LEFT + (number + 0.5) * step - width / 2:.1f}" '
                f'y="{HEIGHT - BOTTOM - height:.1f}" width="{width:.1f}" height="{height:.1f}">'
                f"<title>{escaped(label)}: {_number(value, '')}</title></rect>"
            )
    return _standing(title, points, highest, step, "".join(parts), "")


def line(title: str, points: Sequence[Point], unit: str = "", limit: float | None = None) -> str:
    """A line, with gaps where there is no value; perhaps with a limit that should not be crossed."""
    highest = _round_up(max([value for _, value in points if value] + ([limit] if limit else []) or [0.0]))
    step = (WIDTH - LEFT) / max(len(points), 1)

    def y_of(value: float) -> float:
        return HEIGHT - BOTTOM - value / highest * (HEIGHT - TOP - BOTTOM)

    path, dots, pen = "", "", "M"
    for number, (label, value) in enumerate(points):
        if value is None:
            pen = "M"
            continue
        x, y = LEFT + (number + 0.5) * step, y_of(value)
        path += f"{pen}{x:.1f},{y:.1f}"
        pen = "L"
        dots += (
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escaped(label)}: {_number(value, unit)}'
            "</title></circle>"
        )
    drawn = f'<path class="line" d="{path}"/>{dots}'
    if limit:
        drawn += f'<line class="limit" x1="{LEFT}" x2="{WIDTH}" y1="{y_of(limit):.1f}" y2="{y_of(limit):.1f}"/>'
    return _standing(title, points, highest, step, drawn, unit)


def rows(title: str, points: Sequence[Point]) -> str:
    """Lying bars with names."""
    highest = max((value for _, value in points if value), default=0.0) or 1.0
    height = ROW * max(len(points), 1) + 8
    parts = []
    for number, (label, value) in enumerate(points):
        y = 4 + number * ROW
        width = (value or 0) / highest * (WIDTH - NAMES - 60)
        shown = plain(label)
        shown = shown if len(shown) <= 28 else shown[:27] + "…"
        parts.append(
            f'<text x="{NAMES - 8}" y="{y + 17}" text-anchor="end">'
            f"{escape(shown)}<title>{escaped(label)}</title></text>"
            f'<rect class="bar" x="{NAMES}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}"/>'
            f'<text x="{NAMES + width + 6:.1f}" y="{y + 17}">{_number(value or 0, "")}</text>'
        )
    return _svg(title, points, height, "".join(parts), "")


def _standing(title: str, points: Sequence[Point], highest: float, step: float, drawn: str, unit: str) -> str:
    axis = ""
    for share in (0.0, 0.5, 1.0):
        y = HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
        axis += f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        if (highest * share).is_integer():  # nobody had half a call
            axis += f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(highest * share, "")}</text>'
    every = -(-len(points) // MOST_LABELS)
    for number, (label, _) in enumerate(points):
        if number % max(every, 1) == 0:
            x = LEFT + (number + 0.5) * step
            axis += f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{escaped(label)}</text>'
    return _svg(title, points, HEIGHT, axis + drawn, unit)


def _svg(title: str, points: Sequence[Point], height: float, drawn: str, unit: str) -> str:
    told = "; ".join(f"{plain(label)}: {'none' if value is None else _number(value, unit)}" for label, value in points)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escaped(title)}">'
        f"<desc>{escape(told)}</desc>{drawn}</svg>"
    )


def _number(value: float, unit: str) -> str:
    shown = f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.1f}"
    return f"{shown} {unit}".strip()


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 with noughts that is no lower, at least 2: then half of it can be told, too."""
    step = 1.0
    while step < value:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return max(step * factor, 2.0)
        step *= 10
    return max(step, 2.0)
