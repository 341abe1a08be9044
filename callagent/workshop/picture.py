"""A flow as cards and arrows, before anybody draws it; and as Mermaid text.

Each flow is a card, each step a row of it; under a step stand its choices, with their keys, and what happens when
things go another way. An arrow leads from a row to the card where it goes on.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from callagent.dialogue.condition import Condition
from callagent.dialogue.flow import Flow, Jump, Step
from callagent.dialogue.interpreting import flows_of_intents
from callagent.workshop.exits import Exit, exits_of, name_of

ANYTIME: Final = "anytime"
STUCK: Final = "when stuck"
TOPICS: Final = "side questions, at any time"
_IN_A_ROW: Final = 3
"""Side questions that one row holds."""

Sort: TypeAlias = Literal["step", "choice", "aside", "end"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a card."""

    text: str
    sort: Sort = "step"
    """A step, a way that the caller chooses, a way that trouble takes, or the end of the call."""
    press: str = ""
    when: str = ""
    """Condition; empty for always."""
    to: str = ""
    """Card that it leads to; empty for the next row."""
    comes_back: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A flow, or what holds at every question."""

    name: str
    rows: tuple[Row, ...]
    begins: bool = False
    """Where a call begins."""
    when_finished: bool = False
    """Where a flow goes after its last step."""
    everywhere: bool = False
    """No flow, but what holds at every question."""
    asked_anywhere: bool = False
    """A flow that a caller gets to from every question, by asking for it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a flow."""

    title: str
    cards: tuple[Card, ...]

    def arrows(self) -> Iterator[tuple[Card, int, Row]]:
        """Every row that leads to another card, with its place on its own; side questions as well."""
        return ((card, number, row) for card in self.cards for number, row in enumerate(card.rows) if row.to)


def picture_of(flow: Flow) -> Picture:
    """The cards of a flow, in the order of its file."""
    topics = _topics(flow)
    cards = [
        Card(
            name,
            tuple(row for step in steps for row in _rows(step)),
            begins=name in flow.starts,
            when_finished=name == flow.when_finished,
            asked_anywhere=name in topics,
        )
        for name, steps in flow.flows.items()
    ]
    anytime = tuple(
        _leading(command.name, command.jump, press=command.press)
        if command.jump
        else Row(command.name, "choice", command.press)
        for command in flow.commands
    )
    ladders = (("silence", flow.stuck.silence), ("not understood", flow.stuck.not_understood))
    stuck = tuple(
        _leading(f"{name}, {len(rungs)} times", rungs[-1].jump, aside=True)
        for name, rungs in ladders
        if rungs and rungs[-1].jump
    )
    asked = tuple(
        Row(", ".join(names[first : first + _IN_A_ROW]), "choice", to=to, comes_back=True)
        for to, names in topics.items()
        for first in range(0, len(names), _IN_A_ROW)
    )
    sections = ((ANYTIME, anytime), (STUCK, stuck), (TOPICS, asked))
    everywhere = [Card(name, rows, everywhere=True) for name, rows in sections if rows]
    return Picture(f"{flow.name}, version {flow.version}", (*everywhere, *cards))


def _topics(flow: Flow) -> Mapping[str, Sequence[str]]:
    """By flow: the side questions that it answers."""
    found: dict[str, list[str]] = {}
    for topic, target in flows_of_intents(flow).items() if flow.stuck.topics else ():
        if target in flow.flows:
            found.setdefault(target, []).append(topic)
    return found


def mermaid(picture: Picture) -> str:
    """The picture as the text of a Mermaid flowchart."""
    ids = {card.name: f"f{number}" for number, card in enumerate(picture.cards)}
    lines = ["---", f"title: {json.dumps(picture.title, ensure_ascii=False)}", "---", "flowchart LR"]
    for card in picture.cards:
        rows = [f"<b>{_escaped(card.name)}</b>", *(_escaped(text_of(row)) for row in card.rows)]
        begin, end = ("([", "])") if card.everywhere else ("[", "]")
        lines.append(f'  {ids[card.name]}{begin}"{"<br/>".join(rows)}"{end}')
        if card.begins:
            lines.append(f'  call(("call")) --> {ids[card.name]}')
        if card.when_finished:
            lines.append(f'  done(["when finished"]) -.-> {ids[card.name]}')
    for card, _, row in picture.arrows():
        arrow = "-.->" if row.sort == "aside" else "<-->" if row.comes_back else "-->"
        label = f'|"{_escaped(row.press or row.text)}"|' if row.sort in ("choice", "aside") else ""
        lines.append(f"  {ids[card.name]} {arrow}{label} {ids[row.to]}")
    return "\n".join(lines) + "\n"


def text_of(row: Row) -> str:
    """A row in one line."""
    when = f"when {row.when}: " if row.when else ""
    press = f"[{row.press}] " if row.press else ""
    return when + press + row.text


def _rows(step: Step) -> Iterator[Row]:
    when = _condition(step.when) if step.when is not None else ""
    action = step.action
    if isinstance(action, Jump):
        row = _leading("", action)
        yield Row(row.text, "end" if action.how == "end" else "step", "", when, row.to, row.comes_back)
        return
    yield Row(f"{action.word} {name_of(action)}", when=when)
    for way in exits_of(action):
        yield _exit(way)
    for choice in getattr(action, "choices", ()):
        if choice.jump is None:
            yield Row(choice.name, "choice", choice.press)


def _exit(way: Exit) -> Row:
    if way.ends:
        return Row(f"{way.label}: end {way.target}", "choice", way.press)
    return Row(way.label, "aside" if way.aside else "choice", way.press, "", way.target, way.comes_back)


def _leading(label: str, jump: Jump, *, press: str = "", aside: bool = False) -> Row:
    text = f"{label}: " if label else ""
    sort: Sort = "aside" if aside else "choice"
    if jump.how == "end":
        return Row(f"{text}end {jump.target}", sort, press)
    return Row(label or f"{jump.how} {jump.target}", sort, press, "", jump.target, jump.how == "do")


def _condition(when: Condition) -> str:
    return " or ".join(
        " and ".join(f"{one.subject} {one.operator} {one.value}" for one in every) for every in when.alternatives
    )


def _escaped(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
