"""What callers hear: lines with places for values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from callagent.dialogue.actions import Mood
from callagent.dialogue.spoken import FORMS, say_value

Variant: TypeAlias = Literal["text", "again", "example", "keypad", "confirm", "suggest"]
"""Which wording of a line: the first time, asked again, with an example, with the keys to press.

Besides, of a question: its answer read back, and an answer offered.
"""

VARIANTS: tuple[Variant, ...] = ("text", "again", "example", "keypad", "confirm", "suggest")
MOODS: tuple[Mood, ...] = ("business", "casual", "calm")

_PLACE = re.compile(r"\{([^{}]*)\}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLAUSES = re.compile(r".*\S\s+\S+[,;:](?=\s)")
"""As much of a text as ends in a pause, and has two words or more."""
_SENTENCE_END = re.compile(r"(?<=[.?!\u0964])\s+")  # U+0964 is the full stop of Hindi


@dataclass(frozen=True, slots=True)
class Place:
    """A placeholder, such as {price as rupees}."""

    name: str
    form: str = ""
    """One of speech.FORMS; empty when the value's own looks decide."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders, cut into sentences of text and places."""

    sentences: tuple[tuple[str | Place, ...], ...]
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The values it needs."""

    def __post_init__(self) -> None:
        places = (piece for sentence in self.sentences for piece in sentence if isinstance(piece, Place))
        object.__setattr__(self, "names", tuple(place.name for place in places))

    @property
    def fixed(self) -> bool:
        """Whether it is the same for every caller."""
        return not self.names

    @property
    def beginnings(self) -> tuple[str, str]:
        """How every text of this begins: the whole sentences before any value, and as far as the last comma besides.

        Empty where nothing is the same for all, or all is.
        """
        if self.fixed:
            return "", ""
        first = next(number for number, sentence in enumerate(self.sentences) if _has_places(sentence))
        opening = " ".join("".join(map(str, sentence)) for sentence in self.sentences[:first]).strip()
        piece = self.sentences[first][0]
        clause = _CLAUSES.match(piece) if isinstance(piece, str) else None
        return opening, f"{opening} {clause[0].strip()}".strip() if clause else opening

    def bind(self, known: Mapping[str, str], forms: Mapping[str, str]) -> "Template":
        """Put in what is the same for all callers, and give places their forms where they name none."""

        def settle(piece: str | Place) -> str | Place:
            if isinstance(piece, str):
                return piece
            if piece.name in known:
                return known[piece.name]
            return Place(piece.name, piece.form or forms.get(piece.name, ""))

        return Template(tuple(tuple(settle(piece) for piece in sentence) for sentence in self.sentences))

    def fill(self, values: Mapping[str, str], language: str, today: date | None = None) -> str:
        """The text as it is to be spoken; dates of another year than `today` say theirs.

        A sentence whose value is not known is left out: no caller hears a hole.
        """
        said = (
            "".join(
                piece if isinstance(piece, str) else self._said(piece, values, language, today) for piece in sentence
            )
            for sentence in self.sentences
            if all(values.get(piece.name) for piece in sentence if isinstance(piece, Place))
        )
        return " ".join(" ".join(said).split())

    @staticmethod
    def _said(place: Place, values: Mapping[str, str], language: str, today: date | None) -> str:
        return say_value(values[place.name], place.form, language, today=today, relative=False)

    def written(self, values: Mapping[str, str]) -> str:
        """The text as it is to be read: values as they stand. A sentence whose value is not known is left out."""
        kept = (
            "".join(piece if isinstance(piece, str) else _write(values[piece.name], piece.form) for piece in sentence)
            for sentence in self.sentences
            if all(values.get(piece.name) for piece in sentence if isinstance(piece, Place))
        )
        return " ".join(" ".join(kept).split())

    def __add__(self, other: "Template") -> "Template":
        return Template(self.sentences + other.sentences)


def _write(value: str, form: str) -> str:
    if form == "date" and _DATE.fullmatch(value):
        return "-".join(reversed(value.split("-")))
    return f"Rs {value}" if form == "rupees" else value


@dataclass(frozen=True, slots=True)
class Line:
    """Something spoken, in one language, in all its wordings."""

    name: str
    wordings: Mapping[Variant, Template]
    """What staff did not write of the first four is made of what they did; the others may be missing."""
    interruptible: bool = True
    mood: Mood | None = None
    """None for the mood of the step that says it."""

    def bind(self, known: Mapping[str, str], forms: Mapping[str, str]) -> "Line":
        """As `Template.bind`, for every wording."""
        wordings = {variant: template.bind(known, forms) for variant, template in self.wordings.items()}
        return Line(self.name, wordings, self.interruptible, self.mood)


def _has_places(sentence: tuple[str | Place, ...]) -> bool:
    return any(isinstance(piece, Place) for piece in sentence)


def make_line(
    name: str, written: Mapping[Variant, Template], *, interruptible: bool = True, mood: Mood | None = None
) -> Line:
    """A line from what staff wrote: "text" is a must; the example follows the question asked again."""
    text = written["text"]
    again = written.get("again", text)
    example = again + written["example"] if "example" in written else again
    keypad = written.get("keypad", example)
    made: dict[Variant, Template] = {"text": text, "again": again, "example": example, "keypad": keypad}
    return Line(name, {**written, **made}, interruptible, mood)


def parse_template(text: str, complain: Callable[[str, str], None]) -> Template:
    """Cut a text at its placeholders; `complain(what, remedy)` is called for every mistake."""
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        complain("A brace stands alone.", "Write a value as {price}.")
    return Template(tuple(_pieces(sentence, complain) for sentence in _SENTENCE_END.split(" ".join(text.split()))))


def _pieces(sentence: str, complain: Callable[[str, str], None]) -> tuple[str | Place, ...]:
    pieces: list[str | Place] = []
    end = 0
    for match in _PLACE.finditer(sentence):
        pieces.append(sentence[end : match.start()])
        pieces.append(_place(match[1], complain))
        end = match.end()
    pieces.append(sentence[end:])
    return tuple(piece for piece in pieces if piece != "")


def _place(written: str, complain: Callable[[str, str], None]) -> Place:
    name, _, form = (part.strip() for part in written.partition(" as "))
    if not name:
        complain("'{}' names no value.", "Write a value as {price}.")
    if form and form not in FORMS:
        complain(f"A value cannot be said as '{form}'.", f"Known: {', '.join(FORMS)}.")
        form = ""
    return Place(name, form)
