"""Reading labelled exchanges from YAML files; cases/coughs.yaml begins with how one is written."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from callagent.content.document import Listing, Table, Text, read_document
from callagent.content.fields import Fields, as_table
from callagent.content.findings import FileFindings, Findings
from callagent.errors import ContentError, Problem
from callagent.simulator.turns.case import (
    USUAL_DBFS,
    Anchor,
    Case,
    LineSound,
    Moment,
    Noise,
    Press,
    Say,
    Scenes,
    Sound,
)
from callagent.simulator.turns.sounds import BACKGROUNDS, NOISES, TELEVISION

_FILE: Final = ("about", "kind", "language", "cases")
_CASE: Final = ("case", "kind", "language", "agent", "sounds", "line", "understood", "answer")
_SOUND: Final = ("say", "noise", "press", "at", "takes floor", "level", "lasts", "recognised as")
_LINE: Final = ("noise", "background", "echo", "echo delay", "echo recognised")
_AT: Final = re.compile(r"(\d+(?:\.\d+)?) seconds? (after|before) (the agent begins|the agent ends|the previous sound)")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?) seconds?")
_DECIBELS: Final = re.compile(r"(-?\d+(?:\.\d+)?) dB")
_EXAMPLE_AT: Final = (
    "Write such as '1.5 seconds after the agent begins'; known are 'the agent begins', 'the agent ends'"
)
NO_WORDS: Final = "-"
_LONGEST_S: Final = 30.0
_LENGTHS: Final[Mapping[str, float]] = {
    "cough": 0.4,
    "throat": 0.5,
    "sneeze": 0.6,
    "breath": 0.7,
    "click": 0.1,
    "door": 0.25,
    "horn": 0.5,
    "typing": 1.5,
    TELEVISION: 3.0,
}
"""Seconds that a noise lasts unless its case says otherwise."""


def _recognised(text: Text | None) -> str | None:
    """Words, none at all for a dash, or None for those that were said."""
    return None if text is None else text.value.replace(NO_WORDS, "")


def read_cases(folder: Path, scenes: Scenes) -> list[Case]:
    """All cases of all `.yaml` files of a folder, in the order of the files' names.

    Raises ContentError with a Problem for every mistake, and for a folder that holds none.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ContentError(
            [Problem(str(folder), 0, "There are no cases here.", "Name a folder with .yaml files in it.")]
        )
    findings = Findings()
    cases: list[Case] = []
    seen: dict[str, str] = {}
    for path in paths:
        at = findings.of(path)
        for case in _CaseFile(at, scenes).read(read_document(path, at)):
            if case.name in seen:
                at.add(
                    int(case.place.rpartition(":")[2]), f"'{case.name}' is in {seen[case.name]} already.", "Rename it."
                )
            seen.setdefault(case.name, case.place)
            cases.append(case)
    findings.raise_any()
    return cases


class _CaseFile:
    """One file."""

    def __init__(self, findings: FileFindings, scenes: Scenes) -> None:
        self._findings = findings
        self._scenes = scenes

    def read(self, document: Table | None) -> Iterable[Case]:
        """The cases that are right; what is wrong with the others is in the findings."""
        if document is None:
            return
        fields = Fields(document, _FILE, self._findings, "the file")
        cases = document.get("cases")
        if not isinstance(cases, Listing) or not cases.items:
            self._findings.add(
                document.line, "There are no cases.", "Write 'cases:' and below it '- case: ...' for each."
            )
            return
        for item in cases.items:
            table = as_table(item, "A case", self._findings)
            case = self._case(table, fields) if table is not None else None
            if case is not None:
                yield case

    def _case(self, table: Table, file: Fields) -> Case | None:
        own = Fields(table, _CASE, self._findings, "a case")
        name, scene = own.text("case", required=True), own.text("agent", required=True)
        kind, language = own.text("kind") or file.text("kind"), own.text("language") or file.text("language")
        if kind is None:
            self._findings.add(table.line, "This case is of no kind.", "Add 'kind: cough' or so, here or to the file.")
        language_known = self._known(table, language, "language", "a language of the bench", self._scenes.languages)
        scene_known = scene is not None and self._known(table, scene, "agent", "a scene", self._scenes.names)
        understood = own.text("understood")
        answered = own.yes("answer", default=True)
        line, sounds = self._line(own.under("line")), self._sounds(table.get("sounds"))
        if sounds is None or name is None or kind is None or not (language_known and scene_known):
            return None
        assert scene is not None and language is not None  # noqa: PT018, S101
        if understood is not None and not any(sound.takes_floor for sound in sounds):
            what = "Nothing here takes the floor, so nothing is to be understood."
            self._findings.add(understood.line, what, "Take 'understood' out, or mark a sound with 'takes floor: yes'.")
        return Case(
            name=name.value,
            kind=kind.value,
            language=language.value,
            scene=scene.value,
            sounds=sounds,
            line=line,
            understood=understood.value.lower() if understood else None,
            answered=answered,
            place=f"{self._findings.file}:{table.line}",
        )

    def _known(self, table: Table, word: Text | None, name: str, kind: str, known: Iterable[str]) -> bool:
        if word is None:
            self._findings.add(
                table.line, f"This case has no '{name}'.", f"Add '{name}:' with one of {', '.join(known)}."
            )
            return False
        if word.value not in known:
            self._findings.unknown(word.line, word.value, kind, known)
        return word.value in known

    # --- the sounds ---------------------------------------------------------------------------------------------------

    def _sounds(self, node: object) -> tuple[Sound, ...] | None:
        """None after a finding; a case on a bad line needs no sounds."""
        if node is None or (isinstance(node, Listing) and not node.items):
            return ()
        if not isinstance(node, Listing):
            self._findings.add(
                getattr(node, "line", 0), "'sounds' must be a list.", "Write one '- {say: ..., at: ...}' a line."
            )
            return None
        sounds: list[Sound | None] = []
        for item in node.items:
            table = as_table(item, "A sound", self._findings)
            sounds.append(self._sound(table, first=not sounds) if table is not None else None)
        read = tuple(sound for sound in sounds if sound is not None)
        return read if len(read) == len(sounds) else None

    def _sound(self, table: Table, *, first: bool) -> Sound | None:
        own = Fields(table, _SOUND, self._findings, "a sound")
        what, at = self._what(own), self._moment(own, first=first)
        level = self._number(own, "level", _DECIBELS, -60.0, -5.0, "-20 dB") if own.table.get("level") else USUAL_DBFS
        takes = own.yes("takes floor", default=isinstance(what, Press))
        if isinstance(what, Say) and table.get("takes floor") is None:
            remedy = "Add 'takes floor: yes' when it is to be answered, 'takes floor: no' for a mere 'hmm'."
            self._findings.add(table.line, "It is not said whether the caller takes the floor with this.", remedy)
            return None
        if isinstance(what, Noise) and takes:
            self._findings.add(table.line, "A noise does not take the floor.", "Take 'takes floor' out.")
        recognised = own.text("recognised as")
        if what is None or at is None or level is None:
            return None
        return Sound(at, what, takes, level, _recognised(recognised), table.line)

    def _what(self, own: Fields) -> Say | Noise | Press | None:
        named = [name for name in ("say", "noise", "press") if own.table.get(name) is not None]
        if len(named) != 1:
            self._findings.add(
                own.table.line, "A sound is one of 'say', 'noise' and 'press'.", "Such as '{noise: cough}'."
            )
            return None
        text = own.text(named[0])
        if text is None:
            return None
        if named[0] == "say":
            return Say(text.value)
        return self._press(text) if named[0] == "press" else self._noise(own, text)

    def _press(self, text: Text) -> Press | None:
        if re.fullmatch(r"[0-9*#]", text.value):
            return Press(text.value)
        self._findings.add(text.line, f"'{text.value}' is no key.", 'Write one of 0-9 * # in quotes, such as "1".')
        return None

    def _noise(self, own: Fields, text: Text) -> Noise | None:
        if text.value not in _LENGTHS:
            self._findings.unknown(text.line, text.value, "a noise", (*NOISES, TELEVISION))
            return None
        lasts = (
            self._number(own, "lasts", _DURATION, 0.01, _LONGEST_S, "0.4 seconds") if own.table.get("lasts") else None
        )
        return Noise(text.value, lasts or _LENGTHS[text.value])

    def _moment(self, own: Fields, *, first: bool) -> Moment | None:
        text = own.text("at", required=True)
        match = _AT.fullmatch(text.value) if text else None
        if text is None or match is None:
            if text is not None:
                self._findings.add(
                    text.line, f"'{text.value}' is no moment.", f"{_EXAMPLE_AT} and 'the previous sound'."
                )
            return None
        seconds, anchor = float(match[1]), cast("Anchor", match[3])
        if match[2] == "before" and anchor != "the agent ends":
            self._findings.add(text.line, "Only the agent's end can have a 'before'.", "Count from what came earlier.")
            return None
        if first and anchor == "the previous sound":
            self._findings.add(
                text.line, "There is no sound before this one.", "Count from the agent's beginning or end."
            )
            return None
        return Moment(seconds if match[2] == "after" else -seconds, anchor)

    # --- the line -----------------------------------------------------------------------------------------------------

    def _line(self, table: Table | None) -> LineSound:
        if table is None:
            return LineSound()
        own = Fields(table, _LINE, self._findings, "the line")
        background = own.text("background")
        if background is not None and background.value not in BACKGROUNDS:
            self._findings.unknown(background.line, background.value, "a background", BACKGROUNDS)
        has = {name for name in _LINE if table.get(name) is not None}
        delay = self._number(own, "echo delay", _DURATION, 0.02, 2.0, "0.2 seconds") if "echo delay" in has else None
        return LineSound(
            snr_db=self._number(own, "noise", _DECIBELS, 0.0, 60.0, "10 dB") if "noise" in has else None,
            background=background.value if background else LineSound().background,
            echo_db=self._number(own, "echo", _DECIBELS, -60.0, 0.0, "-24 dB") if "echo" in has else None,
            echo_delay_s=delay or LineSound().echo_delay_s,
            echo_recognised=own.yes("echo recognised", default=False),
        )

    def _number(
        self, own: Fields, name: str, form: re.Pattern[str], least: float, most: float, example: str
    ) -> float | None:
        text = own.text(name)
        match = form.fullmatch(text.value) if text else None
        if text is None:
            return None
        if match is None or not least <= float(match[1]) <= most:
            unit = example.split(" ", 1)[1]
            what = f"'{text.value}' is no '{name}' from {least:g} to {most:g} {unit}."
            self._findings.add(text.line, what, f"Write such as '{name}: {example}'.")
            return None
        return float(match[1])
