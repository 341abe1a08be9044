"""Finding loops that never listen to the caller, before any caller meets one."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from callagent.dialogue.flow import Flow, Jump, LookupStep, SayStep, SmsStep, Step, TransferStep

MAX_DEPTH = 32
"""Flows that wait for each other's return; the engine's own limit too."""

_Stack: TypeAlias = tuple[tuple[str, int], ...]
"""Flow and step of every flow that has not returned; the last runs."""

_MAX_POSITIONS = 20_000


def deaf_loops(flow: Flow) -> Iterator[tuple[str, Step]]:
    """The steps, with their flows, at which a way that never listens comes back to where it was, or goes ever deeper.

    A step with a `when` may be taken or not. One that only speaks is passed; any other is given the benefit of the
    doubt, so that all that is found is sure to be wrong (and the engine still counts steps).
    """
    settled: set[_Stack] = set()
    for name in flow.flows:
        yield from _from(((name, 0),), flow, settled)


def _from(root: _Stack, flow: Flow, settled: set[_Stack]) -> Iterator[tuple[str, Step]]:
    path: dict[_Stack, Iterator[_Stack]] = {root: _next(root, flow)}
    while path and len(settled) < _MAX_POSITIONS:
        here = next(reversed(path))
        following = next(path[here], None)
        if following is None:
            del path[here]
            settled.add(here)
        elif following in path or len(following) > MAX_DEPTH:
            steps = ((position[-1][0], _step(position, flow.flows)) for position in reversed(path))
            yield next((name, step) for name, step in steps if step is not None)
            settled.add(following)
        elif following not in settled:
            path[following] = _next(following, flow)


def _step(stack: _Stack, flows: Mapping[str, tuple[Step, ...]]) -> Step | None:
    name, index = stack[-1]
    steps = flows.get(name, ())
    return steps[index] if index < len(steps) else None


def _next(stack: _Stack, flow: Flow) -> Iterator[_Stack]:
    name, index = stack[-1]
    step = _step(stack, flow.flows)
    after = (*stack[:-1], (name, index + 1))
    if step is None:
        if flow.flows.get(name):
            yield stack[:-1] or ((flow.when_finished, 0),)
    elif isinstance(step.action, SayStep | SmsStep):
        yield after
    elif step.when is not None:
        return
    elif isinstance(step.action, LookupStep):
        yield after
        yield ((step.action.not_found, 0),)
        yield ((step.action.down, 0),)
    elif isinstance(step.action, TransferStep):
        yield ((step.action.nobody, 0),)
    elif isinstance(step.action, Jump) and step.action.how != "end":
        here = ((step.action.target, 0),)
        yield (*after, *here) if step.action.how == "do" else here
