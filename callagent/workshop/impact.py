"""What a change of a shop's files affects: which flows, which lines, which tests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from callagent.dialogue.flow import Flow, Step
from callagent.workshop.exits import exits_of, line_of
from callagent.workshop.rehearsal import Stage
from callagent.workshop.shops import Folders
from callagent.workshop.transcripts import Outcome, Transcript, play

_NOT_SETTINGS: Final = ("name", "version", "flows", "prompts", "items", "homes", "warnings")


@dataclass(frozen=True, slots=True)
class TestEffect:
    """A test that goes where something was changed."""

    __test__ = False  # pytest would take it for one of its own

    name: str
    passed: bool
    """With the files of now."""
    passed_before: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """The difference between two versions of a shop, by what it touches."""

    flows: tuple[str, ...]
    """Whose steps are others, that are new, or that are gone."""
    leading_there: tuple[str, ...]
    """Unchanged themselves, but they lead straight to one of those, or say a changed line."""
    further: tuple[str, ...]
    """Unchanged as well, and only other flows away from all that: a call may come there from these."""
    lines: tuple[str, ...]
    """Lines, words and instructions of the prompts, as "en: welcome"."""
    settings: tuple[str, ...]
    """Of the whole call, such as "stuck" or "commands"."""
    tables: tuple[str, ...]
    """Files of the shop's data."""
    tests: tuple[TestEffect, ...]

    @property
    def nothing(self) -> bool:
        """Whether the versions are the same."""
        return not (self.flows or self.lines or self.settings or self.tables)


async def impact(before: Stage, now: Stage, transcripts: Iterable[Transcript]) -> Impact:
    """Compare two versions, and play the tests against both."""
    flows = _changed_flows(before.flow, now.flow)
    lines = tuple(_changed_lines(before.flow, now.flow))
    names = {line.partition(": ")[2] for line in lines}
    leading = tuple(
        name
        for name, steps in now.flow.flows.items()
        if name not in flows and any(_touches(step, flows, names) for step in steps)
    )
    further = tuple(_reaching(now.flow, {*flows, *leading}))
    settings = tuple(
        field.name.replace("_", " ")
        for field in fields(Flow)
        if field.name not in _NOT_SETTINGS and getattr(before.flow, field.name) != getattr(now.flow, field.name)
    )
    tests: list[TestEffect] = []
    for transcript in transcripts:
        was, is_now = await play(before, transcript), await play(now, transcript)
        if was.story != is_now.story or _goes(was, flows, names) or _goes(is_now, flows, names):
            tests.append(TestEffect(transcript.name, is_now.passed, was.passed))
    tables = tuple(_changed_tables(before.shop.folders, now.shop.folders))
    return Impact(flows, leading, further, lines, settings, tables, tuple(tests))


def _changed_flows(before: Flow, now: Flow) -> tuple[str, ...]:
    names = dict.fromkeys((*now.flows, *before.flows))
    return tuple(name for name in names if _steps(before.flows.get(name)) != _steps(now.flows.get(name)))


def _steps(steps: tuple[Step, ...] | None) -> list[Step] | None:
    """Wherever in the file they stand."""
    return None if steps is None else [replace(step, line=0) for step in steps]


def _changed_lines(before: Flow, now: Flow) -> Iterator[str]:
    for language in dict.fromkeys((*now.prompts, *before.prompts)):
        one, other = before.prompts.get(language), now.prompts.get(language)
        for field in fields(one or other or now.prompts[language]):
            was, is_now = getattr(one, field.name, {}), getattr(other, field.name, {})
            for name in dict.fromkeys((*is_now, *was)):
                if was.get(name) != is_now.get(name):
                    yield f"{language}: {name}"


def _changed_tables(before: Folders, now: Folders) -> Iterator[str]:
    was, is_now = (dict(_tables(folders)) for folders in (before, now))
    return (name for name in dict.fromkeys((*is_now, *was)) if was.get(name) != is_now.get(name))


def _tables(folders: Folders) -> Iterator[tuple[str, bytes]]:
    for path in folders.files():
        if path.is_relative_to(folders.flow) and path.suffix != ".yaml":
            yield _name(path, folders), path.read_bytes().replace(b"\r\n", b"\n")


def _name(path: Path, folders: Folders) -> str:
    return path.relative_to(folders.flow).as_posix()


def _touches(step: Step, flows: Iterable[str], lines: set[str]) -> bool:
    return line_of(step.action) in lines or any(
        way.target in (lines if way.ends else flows) for way in exits_of(step.action)
    )


def _reaching(flow: Flow, there: set[str]) -> Iterator[str]:
    """Flows from which a call may come to others, over however many between."""
    leads = {
        name: {way.target for step in steps for way in exits_of(step.action) if not way.ends}
        for name, steps in flow.flows.items()
    }
    found = set(there)
    while new := {name for name, targets in leads.items() if name not in found and targets & found}:
        found |= new
    return (name for name in flow.flows if name in found - there)


def _goes(outcome: Outcome, flows: Iterable[str], lines: set[str]) -> bool:
    return bool({flow for flow, _ in outcome.steps} & set(flows) or outcome.lines & lines)
