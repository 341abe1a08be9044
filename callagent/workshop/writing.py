"""A transcript as the text of a test file: what `transcript_files` reads."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent
from callagent.workshop.rehearsal import CALLERS, Given
from callagent.workshop.transcript_files import SILENT, UNHEARD
from callagent.workshop.transcripts import CallerDoes, Entry, Expect, Transcript, WorldChanges

_PLAIN = re.compile(r"[\w(][\w +./'()?-]*(:\d\d)?")
"""What needs no quotes anywhere in YAML, as far as tests need it."""


def write_transcript(transcript: Transcript) -> str:
    """The text of a file with this one test in it."""
    given = _given(transcript.given, Given())
    head = [f"- test: {_scalar(transcript.name)}", *([f"  given: {given}"] if given else []), "  call:"]
    return "\n".join([*head, *_entries(transcript.call, transcript.given)]) + "\n"


def _entries(call: Iterable[Entry], world: Given) -> Iterator[str]:
    for entry in call:
        match entry:
            case CallerDoes(CallerSaid(text, confidence)) if confidence < 1:
                yield f"    - {{caller: {_scalar(text)}, confidence: {confidence:g}}}"
            case CallerDoes(CallerSaid(text, _)):
                yield f"    - caller: {_scalar(text)}"
            case CallerDoes(CallerKeyed(keys)):
                yield f"    - keys: {_scalar(keys)}"
            case CallerDoes(did, _):
                yield f"    - {SILENT if isinstance(did, CallerSilent) else UNHEARD}"
            case WorldChanges(given, _):
                yield f"    - given: {_given(given, world)}"
                world = given
            case Expect(wanted, value, _, whole):
                listed = ", ".join(_scalar(one) for one in value)
                yield f"    - {wanted}: " + (f"[{listed}]" if whole else listed)


def _given(given: Given, base: Given) -> str:
    """What differs from `base`; empty when nothing does."""
    changes: dict[str, str] = {}
    if given.caller != base.caller:
        names = {number: name for name, number in CALLERS.items()}
        changes["caller"] = _scalar(names.get(given.caller, given.caller))
    if given.clock != base.clock:
        changes["clock"] = f"{given.clock:%Y-%m-%d %H:%M}"
    if given.language != base.language:
        changes["language"] = given.language
    if given.items != base.items:
        listed = {
            name: _pairs(item.facts) if item.facts else f"[{', '.join(map(_scalar, item.aliases))}]"
            for name, item in given.items.items()
        }
        changes["items"] = _table(listed)
    if given.lookups != base.lookups:
        troubles = {
            source: trouble
            if isinstance(trouble, str)
            else f"[{', '.join(map(_scalar, trouble))}]"
            if isinstance(trouble, tuple)
            else _pairs(trouble)
            for source, trouble in given.lookups.items()
        }
        changes["lookups"] = _table(troubles)
    for name in ("model", "nobody", "message", "memory", "outbound"):
        if getattr(given, name) != getattr(base, name):
            changes[name] = "yes" if getattr(given, name) else "no"
    if given.known != base.known:
        changes["known"] = _pairs(given.known)
    return _table(changes) if changes else ""


def _pairs(values: Mapping[str, str]) -> str:
    return _table({name: _scalar(value) for name, value in values.items()})


def _table(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_scalar(name)}: {value}" for name, value in values.items()) + "}"


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)
