"""A caller's script: what a simulated caller does, step by step, in YAML.

::

    about: asks for a price and interrupts
    steps:
      - hear: {for: greeting, limit: 20 seconds}
      - say: price
      - interrupt: {after: 1.5 seconds, say: order status}
      - press: "10234#"
      - silent: 3 seconds
      - play: cough.wav
      - hang up
      - wait for hang up: {limit: 10 seconds}

`hear` and `wait for hang up` may stand alone. `for` is a note for the reader. `play` names a file beside the script.
With `may end early: yes` beside `about` the agent may end the call at any step.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from callagent.content.document import Listing, Node, Table, Text, parse_tree
from callagent.content.findings import FileFindings, Findings
from callagent.errors import ContentError, Problem

HEAR_LIMIT_S = 20.0
HANG_UP_LIMIT_S = 20.0
LONGEST_S = 600.0
"""No step may take longer: a script with a slip in it must not run for ever."""
KEYS = re.compile(r"[0-9*#A-D]+")
_KNOWN = ("about", "may end early", "steps")
DURATION = re.compile(r"(\d+(?:\.\d+)?) (second|seconds|minute|minutes)")


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait until the agent has spoken and is silent."""

    limit_s: float = HEAR_LIMIT_S
    """How long the agent may be silent first."""
    what: str = ""
    """A note: what is to be heard here."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Speak over the agent."""

    after_s: float
    """Seconds after the agent became audible."""
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys, 150 ms apart."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Say nothing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Play:
    """Play a WAV file into the call."""

    path: Path


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class AwaitHangUp:
    """Wait for the agent to end the call."""

    limit_s: float = HANG_UP_LIMIT_S


Step: TypeAlias = Hear | Speak | Interrupt | Press | Silent | Play | HangUp | AwaitHangUp


@dataclass(frozen=True, slots=True)
class Script:
    """A script that has been read and found right."""

    about: str
    steps: tuple[Step, ...]
    lines: tuple[int, ...]
    """Line of each step in its file, counted from 1."""
    path: str
    may_end_early: bool = False
    """Whether it is in order that the agent ends the call with steps left."""


def load_script(path: Path) -> Script:
    """Read a script. Raises ContentError with a Problem for every mistake in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ContentError([Problem(str(path), 0, f"cannot be read: {reason}.")]) from error
    return parse_script(text, str(path), path.parent)


def parse_script(text: str, name: str = "script", folder: Path = Path()) -> Script:
    """As `load_script`, of a text; `folder` is where the files of `play` are."""
    findings = Findings()
    at = FileFindings(name, findings)
    document = parse_tree(text, at)
    findings.raise_any()
    script = _Reader(at, folder).script(document)
    findings.raise_any()
    return script


class _MistakeError(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)


class _Reader:
    def __init__(self, findings: FileFindings, folder: Path) -> None:
        self._findings = findings
        self._folder = folder

    def script(self, document: Node | None) -> Script:
        """The script, as far as it is right; what is not is in the findings."""
        steps = document.get("steps") if isinstance(document, Table) else None
        if not isinstance(document, Table) or not isinstance(steps, Listing) or not steps.items:
            what, remedy = (
                "There are no steps.",
                "Write 'steps:' and below it one '- hear', '- say: ...' and so on a line.",
            )
            self._findings.add(0, what, remedy)
            return Script("", (), (), self._findings.file)
        for key, _ in document.entries:
            if key.value not in _KNOWN:
                self._findings.unknown(key.line, key.value, "known here", _KNOWN)
        read = [(self._step(step), step.line) for step in steps.items]
        good = [(step, line) for step, line in read if step is not None]
        about = _plain(document.get("about") or Text("", 0))
        early = document.get("may end early") or Text("no", 0)
        if _plain(early) not in ("yes", "no"):
            self._findings.add(early.line, "'may end early' is yes or no.", "Such as 'may end early: yes'.")
        return Script(
            str(about),
            tuple(step for step, _ in good),
            tuple(line for _, line in good),
            self._findings.file,
            _plain(early) == "yes",
        )

    def _step(self, node: Node) -> Step | None:
        raw = _plain(node)
        try:
            if isinstance(raw, str):
                return _BARE[raw]()
            if isinstance(raw, dict) and len(raw) == 1:
                word, value = next(iter(raw.items()))
                return _WITH_VALUE[word](value, self._folder)
        except KeyError as error:
            known = ", ".join(f"'{word}'" for word in (*_WITH_VALUE, "hang up"))
            unknown = error.args[0]
            hint = f"Known are {known}."
            if unknown in _WITH_VALUE or unknown in _BARE:
                hint = "It needs a value after a colon." if isinstance(raw, str) else "It stands alone."
            self._findings.add(node.line, f"'{unknown}' is no step like this.", hint)
        except _MistakeError as error:
            self._findings.add(node.line, error.what, error.remedy)
        else:
            self._findings.add(node.line, "A step is one word, or one word with a value.", "Such as '- say: price'.")
        return None


def _plain(node: Node) -> Any:
    """Texts, lists and dicts."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Listing):
        return [_plain(item) for item in node.items]
    return {key.value: _plain(value) for key, value in node.entries}


def _hear(value: Any, _: Path) -> Step:
    fields = _fields("hear", value, {"for", "limit"})
    return Hear(_seconds(fields.get("limit", f"{HEAR_LIMIT_S:g} seconds")), str(fields.get("for", "")))


def _speak(value: Any, _: Path) -> Step:
    return Speak(_text("say", value))


def _interrupt(value: Any, _: Path) -> Step:
    fields = _fields("interrupt", value, {"after", "say"})
    if len(fields) != 2:
        raise _MistakeError("'interrupt' needs 'after' and 'say'.", "Such as {after: 1.5 seconds, say: stop}.")
    return Interrupt(_seconds(fields["after"]), _text("say", fields["say"]))


def _press(value: Any, _: Path) -> Step:
    if not isinstance(value, str) or not KEYS.fullmatch(value):
        raise _MistakeError(f"'{value}' is nothing to press.", 'Put keys of 0-9 * # in quotes, such as "10234#".')
    return Press(value)


def _silent(value: Any, _: Path) -> Step:
    return Silent(_seconds(value))


def _play(value: Any, folder: Path) -> Step:
    path = folder / _text("play", value)
    if not path.is_file():
        raise _MistakeError(f"there is no file '{path}'.", "Name a WAV file beside the script.")
    return Play(path)


def _await_hang_up(value: Any, _: Path) -> Step:
    fields = _fields("wait for hang up", value, {"limit"})
    return AwaitHangUp(_seconds(fields.get("limit", f"{HANG_UP_LIMIT_S:g} seconds")))


_WITH_VALUE: Mapping[str, Callable[[Any, Path], Step]] = {
    "hear": _hear,
    "say": _speak,
    "interrupt": _interrupt,
    "press": _press,
    "silent": _silent,
    "play": _play,
    "wait for hang up": _await_hang_up,
}
_BARE: Mapping[str, Callable[[], Step]] = {"hear": Hear, "hang up": HangUp, "wait for hang up": AwaitHangUp}


def _fields(word: str, value: Any, known: set[str]) -> Mapping[str, Any]:
    names = " and ".join(f"'{name}'" for name in sorted(known))
    if not isinstance(value, dict):
        raise _MistakeError(f"'{word}' takes {names}.", f"Such as '{word}: {{{min(known)}: ...}}'.")
    for name in value:
        if name not in known:
            raise _MistakeError(f"'{name}' is not known in '{word}'.", f"Known are {names}.")
    return dict(value)


def _text(word: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _MistakeError(f"'{word}' needs a text, not '{value}'.", f"Put it in quotes, such as '{word}: \"...\"'.")
    return value.strip()


def _seconds(value: Any) -> float:
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _MistakeError(f"'{value}' is no length of time.", "Write such as '3 seconds' or '1 minute'.")
    seconds = float(match[1]) * (60 if match[2].startswith("minute") else 1)
    if not 0 < seconds <= LONGEST_S:
        raise _MistakeError(f"'{value}' is not between 0 and {LONGEST_S:g} seconds.", "")
    return seconds
