"""The ways through a flow as a graph, and what is wrong with them: dead corners, dead ends, no person in reach.

A place is a step of a flow; the place behind a flow's last step is its end. The graph has more ways than a call can
take (a `do` may always come back, a `when` may always be either), so what it finds unreachable certainly is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from callagent.content.findings import FileFindings
from callagent.dialogue.flow import (
    AskStep,
    ConsentStep,
    Flow,
    Jump,
    LookupStep,
    MenuStep,
    RecordStep,
    Step,
    TalkStep,
    TransferStep,
)

Place: TypeAlias = tuple[str, int]
Graph: TypeAlias = Mapping[Place, tuple[Place, ...]]

OVER: Place = ("", 0)
"""The end of the call."""
_TELL = "Add '- consent: recording' before, or let its line say that it records."
_RECORDS = ("record", "रिकॉर्ड", "रिकार्ड")
_Home = Callable[[str], tuple[FileFindings, int]]


def ways(flow: Flow) -> Graph:
    """Every place, and where a call may go from it at once."""
    graph: dict[Place, tuple[Place, ...]] = {OVER: ()}
    for name, steps in flow.flows.items():
        graph[name, len(steps)] = ((flow.when_finished, 0),)
        for index, step in enumerate(steps):
            after = (name, index + 1)
            found = [*_from(flow, step, (name, index), after), *((after,) if step.when is not None else ())]
            graph[name, index] = tuple(
                dict.fromkeys(place for place in found if place == OVER or place[0] in flow.flows)
            )
    return graph


def _from(flow: Flow, step: Step, here: Place, after: Place) -> Iterator[Place]:
    match step.action:
        case Jump() as jump:
            yield from _jump(jump, after)
        case MenuStep(choices=choices, anything_else=other):
            for choice in choices:
                yield from _jump(choice.jump, after) if choice.jump is not None else (after,)
            if other:
                yield other, 0
            yield from _repairs(flow, here)
        case AskStep():
            yield after
            yield from _repairs(flow, here)
        case TalkStep(may_open=may_open):
            yield after
            yield from ((name, 0) for name in may_open)
            yield from _commands(flow, here)
        case ConsentStep():
            yield after
            yield from _commands(flow, here)
        case LookupStep(down=down, not_found=not_found):
            yield from (after, (down, 0), (not_found, 0))
        case TransferStep(nobody=nobody):
            yield from (OVER, (nobody, 0))
        case _:
            yield after


def _jump(jump: Jump, after: Place) -> tuple[Place, ...]:
    if jump.how == "end":
        return (OVER,)
    return ((jump.target, 0), after) if jump.how == "do" else ((jump.target, 0),)


def _commands(flow: Flow, here: Place) -> Iterator[Place]:
    for command in flow.commands:
        if command.jump is not None:
            yield from _jump(command.jump, here)


def _repairs(flow: Flow, here: Place) -> Iterator[Place]:
    yield from _commands(flow, here)
    for rung in (*flow.stuck.silence, *flow.stuck.not_understood):
        if rung.jump is not None:
            yield from _jump(rung.jump, here)
    if flow.stuck.topics:
        yield from ((target, 0) for target in flow.topics.values())


def reached(graph: Graph, start: Iterable[Place], *, past: Callable[[Place], bool] = lambda _: True) -> set[Place]:
    """Every place that can be reached; of a place that is not to be gone `past` only itself."""
    found: set[Place] = set()
    waiting = [place for place in start if place in graph]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting.extend(graph[place] if past(place) else ())
    return found


def check_paths(flow: Flow, home: _Home) -> None:
    """Look for all that is wrong with the ways; `home` gives a flow's findings and line."""
    if not flow.flows.keys() >= {*flow.starts, flow.when_finished}:
        return  # a mistake that has been told, and that makes all others out of nothing
    graph = ways(flow)
    live = reached(graph, [(name, 0) for name in flow.starts])
    _unreachable(flow, live, home)
    backwards: dict[Place, list[Place]] = {place: [] for place in graph}
    for place, targets in graph.items():
        for target in targets:
            backwards[target].append(place)
    turned = {place: tuple(sources) for place, sources in backwards.items()}
    _dead_ends(flow, live, reached(turned, [OVER]), home)
    _no_person(flow, live, turned, home)
    _recorded_unasked(flow, graph, home)


def _unreachable(flow: Flow, live: set[Place], home: _Home) -> None:
    for name, steps in flow.flows.items():
        findings, line = home(name)
        if (name, 0) not in live:
            findings.warn(line, f"Nothing leads to the flow '{name}'.", "Open it from somewhere, or take it out.")
            continue
        for index in range(1, len(steps)):
            before = steps[index - 1]
            told = isinstance(before.action, Jump) and before.action.how != "do" and before.when is None
            if (name, index) not in live and (name, index - 1) in live and not told:
                what = "Nothing comes here: every way from the step before leads elsewhere."
                findings.warn(steps[index].line, what, "Move it up, or let a choice go on.")


def _listening(flow: Flow, live: set[Place]) -> Iterator[tuple[Place, Step]]:
    """The places where the caller is listened to."""
    for name, steps in flow.flows.items():
        for index, step in enumerate(steps):
            if (name, index) in live and isinstance(step.action, MenuStep | AskStep | TalkStep):
                yield (name, index), step


def _dead_ends(flow: Flow, live: set[Place], ending: set[Place], home: _Home) -> None:
    for (name, index), step in _listening(flow, live):
        if (name, index) not in ending:
            what = "From here no way leads to the end of the call."
            home(name)[0].warn(step.line, what, "Add a choice with 'end: ...', or a transfer.")


def _no_person(flow: Flow, live: set[Place], turned: Graph, home: _Home) -> None:
    people = [
        (name, index)
        for name, steps in flow.flows.items()
        for index, step in enumerate(steps)
        if isinstance(step.action, TransferStep)
    ]
    if not flow.people:
        return
    near = reached(turned, people)
    for (name, index), step in _listening(flow, live):
        if (name, index) not in near:
            what = "From here no way leads to a person."
            home(name)[0].warn(step.line, what, "Add a command under 'anytime' that goes to a transfer.")


def _recorded_unasked(flow: Flow, graph: Graph, home: _Home) -> None:
    steps = {(name, index): step for name, steps in flow.flows.items() for index, step in enumerate(steps)}
    asked = {place for place, step in steps.items() if isinstance(step.action, ConsentStep) and step.when is None}
    for place in sorted(reached(graph, [(name, 0) for name in flow.starts], past=lambda place: place not in asked)):
        action = steps[place].action if place in steps else None
        if isinstance(action, RecordStep) and not _says_that_it_records(flow, action.line):
            findings, line = home(place[0])[0], steps[place].line
            if asked:
                findings.add(line, "A way comes here past every 'consent'.", _TELL)
            else:
                findings.warn(line, "The caller is recorded, and never asked.", _TELL)


def _says_that_it_records(flow: Flow, line: str) -> bool:
    """Whether the caller is told in every language: who then speaks after the tone has agreed."""
    lines = [prompts.lines[line].wordings["text"] for prompts in flow.prompts.values() if line in prompts.lines]
    texts = (
        "".join(piece for sentence in one.sentences for piece in sentence if isinstance(piece, str)) for one in lines
    )
    return bool(lines) and all(any(word in text.casefold() for word in _RECORDS) for text in texts)
