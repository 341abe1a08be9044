"""A picture of a flow as SVG.

A layered drawing of our own: the layout libraries that can be had as packages either need programs of the system
(Graphviz), or place points without regard to cards and their rows. Columns are steps away from the call's beginning,
so an arrow that leads on crosses one gap; one that leads back is a name to follow, not a line across everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from callagent.workshop.picture import TOPICS, Card, Picture, Row, text_of

ROW, HEADER, PADDING = 22, 30, 12
COLUMN_GAP, CARD_GAP, MARGIN = 110, 28, 32
LETTER: Final = 7.2
"""Width of a letter on average, for the size of 13."""
WIDEST: Final = 520
KEY_WIDTH: Final = 20
SWEEPS: Final = 4

_COLOURS: Final[Mapping[str, str]] = {"step": "#1f2933", "choice": "#0b5cad", "aside": "#b3261e", "end": "#5f6b7a"}
_ASKED: Final = "◆"
"""Marks a flow that is reached from everywhere."""
_STYLE: Final = """\
text{font:13px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1f2933}
.title{font-size:18px;font-weight:600}.name{font-weight:600;fill:#fff}.when{fill:#6b5b00;font-style:italic}
.back{fill:#5f6b7a}.key{font-size:11px;font-weight:600;fill:#0b5cad}
.card{fill:#fff;stroke:#9aa5b1}.arrow{fill:none;stroke-width:1.5}.aside{stroke-dasharray:5 4}
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A card with its place, in units of the drawing."""

    card: Card
    column: int
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        """With its header."""
        return HEADER + ROW * len(self.card.rows) + PADDING

    def row_y(self, number: int) -> float:
        """Middle of a row, counted from 0."""
        return self.y + HEADER + PADDING / 2 + ROW * (number + 0.5)


def draw(picture: Picture) -> str:
    """The picture as an SVG document."""
    placed = place(picture)
    width = max((one.x + one.width for one in placed.values()), default=0) + MARGIN
    height = max((one.y + one.height for one in placed.values()), default=0) + MARGIN + 34
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<style>{_STYLE}</style><defs>{''.join(_heads())}</defs>",
        '<rect width="100%" height="100%" fill="#f5f7fa"/>',
        f'<text class="title" x="{MARGIN}" y="{MARGIN}">{escape(picture.title)}</text>',
        *_arrows(picture, placed),
        *(part for one in placed.values() for part in _card(one, placed)),
        *_legend(height - 20),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


# --- layout ----------------------------------------------------------------------------------------------------------


def place(picture: Picture) -> dict[str, Placed]:
    """Every card in its column, and in an order there that crosses few arrows."""
    columns = _columns(picture)
    before = _comes_from(picture)
    order: list[list[Card]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for card in picture.cards:
        order[columns[card.name]].append(card)
    order[:1] = [sorted(cards, key=lambda card: not card.begins) for cards in order[:1]]
    for _ in range(SWEEPS):
        rank = {card.name: number / len(cards) for cards in order for number, card in enumerate(cards)}
        for number, cards in enumerate(order[1:], 1):
            middles = {card.name: _middle(_ranks(before[card.name], rank, order[number - 1]), 0.5) for card in cards}
            cards.sort(key=lambda card: middles[card.name])
            rank.update({card.name: place / len(cards) for place, card in enumerate(cards)})
    return _coordinates(order, before, columns)


def _columns(picture: Picture) -> dict[str, int]:
    """How many arrows each card is away from the beginning; what holds everywhere stands at the beginning too."""
    cards = {card.name: card for card in picture.cards}
    columns = {card.name: 0 for card in picture.cards if card.begins or card.everywhere}
    later = [card.name for card in picture.cards if card.when_finished]
    waiting = [*columns]
    while waiting or len(columns) < len(cards):
        if not waiting:
            name = next((name for name in (*later, *cards) if name not in columns), "")
            columns[name] = 1
            waiting = [name]
        name = waiting.pop(0)
        for row in cards[name].rows if name != TOPICS else ():
            if row.to and row.to not in columns:
                columns[row.to] = columns[name] + 1
                waiting.append(row.to)
    return columns


def _comes_from(picture: Picture) -> dict[str, list[tuple[str, int]]]:
    before: dict[str, list[tuple[str, int]]] = {card.name: [] for card in picture.cards}
    for card, number, row in _drawn(picture):
        before[row.to].append((card.name, number))
    return before


def _ranks(sources: Sequence[tuple[str, int]], rank: Mapping[str, float], column: Sequence[Card]) -> list[float]:
    """How far down the column before it the arrows begin that lead to a card."""
    rows = {card.name: len(card.rows) for card in column}
    return [rank[name] + row / rows[name] / len(column) for name, row in sources if name in rows]


def _middle(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _coordinates(
    order: Sequence[Sequence[Card]], before: Mapping[str, Sequence[tuple[str, int]]], columns: Mapping[str, int]
) -> dict[str, Placed]:
    """Each card beside the rows that lead to it, as far as those above it leave room."""
    placed: dict[str, Placed] = {}
    x, top = float(MARGIN), MARGIN + 24.0
    for number, cards in enumerate(order):
        width = max(_width(card, columns) for card in cards)
        column: list[Placed] = []
        pushed = 0.0
        y = top
        for card in cards:
            ys = [placed[name].row_y(row) for name, row in before[card.name] if columns[name] == number - 1]
            wanted = max(_middle(ys, y) - HEADER / 2, top)
            y = max(y, wanted)
            pushed += (y - wanted) / len(cards)
            column.append(Placed(card, number, x, y, width))
            y += column[-1].height + CARD_GAP
        up = min(pushed, column[0].y - top)
        placed.update({one.card.name: replace(one, y=one.y - up) for one in column})
        x += width + COLUMN_GAP
    return placed


def _width(card: Card, columns: Mapping[str, int]) -> float:
    rows = [len(_shown(row)) + len(_followed(card, row, columns)) for row in card.rows]
    keys = KEY_WIDTH if any(row.press for row in card.rows) else 0
    letters = max([len(card.name) + len(_mark(card)) + 4, *rows])
    return min(letters * LETTER + keys + 2 * PADDING + 14, WIDEST)


# --- drawing ---------------------------------------------------------------------------------------------------------


def _card(one: Placed, placed: Mapping[str, Placed]) -> Iterator[str]:
    card = one.card
    colour = "#6b4ea0" if card.everywhere else "#1f6f4a" if card.begins else "#334e68"
    box = f'x="{one.x:.1f}" y="{one.y:.1f}" width="{one.width:.1f}"'
    yield f'<g><rect class="card" {box} height="{one.height:.1f}" rx="6"/>'
    yield f'<rect {box} height="{HEADER}" rx="6" fill="{colour}"/>'
    name = escape(f"{_mark(card)}{card.name}")
    yield f'<text class="name" x="{one.x + PADDING:.1f}" y="{one.y + 20:.1f}">{name}</text>'
    columns = {name: other.column for name, other in placed.items()}
    for number, row in enumerate(card.rows):
        yield from _row(one, row, one.row_y(number) + 4.5, columns)
    yield "</g>"


def _row(one: Placed, row: Row, y: float, columns: Mapping[str, int]) -> Iterator[str]:
    x = one.x + PADDING + (0 if row.sort in ("step", "end") else 14)
    if row.press:
        yield f'<rect x="{x:.1f}" y="{y - 13:.1f}" width="17" height="17" rx="3" fill="#dcebfa" stroke="#0b5cad"/>'
        yield f'<text class="key" x="{x + 8.5:.1f}" y="{y - 0.5:.1f}" text-anchor="middle">{escape(row.press)}</text>'
        x += KEY_WIDTH + 3
    followed = _followed(one.card, row, columns)
    room = int((one.x + one.width - PADDING - x) / LETTER) - len(followed)
    when = f'<tspan class="when">{escape(_cut(f"when {row.when}: ", room))}</tspan>' if row.when else ""
    text = _cut(row.text, room - (len(row.when) + 7 if row.when else 0))
    back = f'<tspan class="back">{escape(followed)}</tspan>'
    style = f'style="fill:{_COLOURS[row.sort]}"'
    told = f"<title>{escape(text_of(row))}</title>{when}<tspan {style}>{escape(text)}</tspan>{back}"
    yield f'<text x="{x:.1f}" y="{y:.1f}">{told}</text>'


def _arrows(picture: Picture, placed: Mapping[str, Placed]) -> Iterator[str]:
    for card, number, row in _drawn(picture):
        source, target = placed[card.name], placed[row.to]
        if target.column <= source.column:
            continue
        x1, y1 = source.x + source.width, source.row_y(number)
        x2, y2 = target.x - 6, target.y + HEADER / 2
        bend = (x2 - x1) * 0.5
        path = f"M{x1:.1f},{y1:.1f} C{x1 + bend:.1f},{y1:.1f} {x2 - bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
        kind = "aside" if row.sort == "aside" else "choice" if row.sort == "choice" else "step"
        start = f' marker-start="url(#back-{kind})"' if row.comes_back else ""
        dashed = " aside" if kind == "aside" else ""
        yield (
            f'<path class="arrow{dashed}" stroke="{_COLOURS[kind]}" d="{path}" marker-end="url(#to-{kind})"{start}>'
            f"<title>{escape(f'{card.name}: {text_of(row)} → {row.to}')}</title></path>"
        )


def _drawn(picture: Picture) -> Iterator[tuple[Card, int, Row]]:
    """The ways that may be lines. Side questions lead nearly everywhere: they are named at both ends instead."""
    return (way for way in picture.arrows() if way[0].name != TOPICS)


def _heads() -> Iterator[str]:
    for kind in ("step", "choice", "aside"):
        for name, shape, at in (("to", "M0,0 L8,4 L0,8 z", 2), ("back", "M8,0 L0,4 L8,8 z", 6)):
            yield (
                f'<marker id="{name}-{kind}" markerWidth="8" markerHeight="8" refX="{at}" refY="4" orient="auto" '
                f'markerUnits="userSpaceOnUse"><path d="{shape}" fill="{_COLOURS[kind]}"/></marker>'
            )


def _legend(y: float) -> Iterator[str]:
    entries = (
        ("step", "goes on"),
        ("choice", "the caller chooses (key in the box)"),
        ("aside", "otherwise, or when things go wrong"),
        ("end", "end: the call is over"),
        ("end", "↩ leads back"),
        ("end", "⇄ comes back"),
        ("end", "▶ a call begins here"),
        ("end", f"{_ASKED} callers may ask for it at every question"),
    )
    x = float(MARGIN)
    for kind, text in entries:
        yield f'<text x="{x:.1f}" y="{y:.1f}" style="fill:{_COLOURS[kind]}">{escape(text)}</text>'
        x += len(text) * LETTER + 36


def _mark(card: Card) -> str:
    signs = (("▶ ", card.begins), (f"{_ASKED} ", card.asked_anywhere), ("⟳ when finished: ", card.when_finished))
    return "".join(sign for sign, wanted in signs if wanted)


def _shown(row: Row) -> str:
    indent = "" if row.sort in ("step", "end") else "  "
    return indent + (f"when {row.when}: " if row.when else "") + row.text


def _followed(card: Card, row: Row, columns: Mapping[str, int]) -> str:
    """What is written where no line is drawn; the name of where a line leads, if the row does not tell it."""
    if not row.to:
        return ""
    sign = "⇄" if row.comes_back else "→" if columns[row.to] > columns[card.name] else "↩"
    known = row.text.endswith(row.to)
    return f"  {sign}" if known else f"  {sign} {row.to}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 1)] + "…"
