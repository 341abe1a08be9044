"""A replay as its recording would tell of it: what was taken out of that is taken out of this.

In a replay, stand-ins have the place of numbers and private answers. The agent says them in other words than they are
written in, so they are compared as what they stand for.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from callagent.events import CallEnded, CallStarted, Event
from callagent.evidence import DialogueAdvanced
from callagent.recording.confidential import Confidential
from callagent.recording.events_file import NUMBER, Fields, event_from
from callagent.recording.redaction import CALLER_STAND_IN, Redactor
from callagent.replay.compare import identical
from callagent.replay.course import Course, Exchange, Step

Public: TypeAlias = Container[tuple[str, str]]


def redacted(replayed: Course, restored: Course, recorded: Course, public: Public = ()) -> Course:
    """The replayed course with tokens where the recording has them; `public` is what the shop tells everybody.

    What came out as it went in, `restored` from the recording, is what was `recorded`: only the rest is looked through.
    """
    confidential = _confidential(public)
    exchanges: list[Exchange] = []
    for number, had in enumerate(replayed.exchanges):
        if identical(restored.exchanges[number], had):
            exchanges.append(recorded.exchanges[number])
            for step in had.steps:
                confidential.know(step.advanced)
        else:
            exchanges.append(Exchange(tuple(_redacted(step, confidential) for step in had.steps)))
    return replace(replayed, exchanges=tuple(exchanges))


def redacted_events(events: Iterable[Event], started: CallStarted, public: Public = ()) -> tuple[Event, ...]:
    """The events of a whole replay, as and in the order in which a recording would hold them.

    Who called is taken from how the recorded call `started`: a stand-in has the place of the number.
    """
    confidential = _confidential(public)
    told: list[Fields] = []
    for event in events:
        if isinstance(event, CallEnded):
            told += confidential.rest()
        if isinstance(event, CallStarted):
            event = replace(event, caller=started.caller, caller_key=started.caller_key)  # noqa: PLW2901
        told += confidential.take(event)
    return tuple(map(event_from, sorted(told, key=itemgetter(NUMBER))))


def _confidential(public: Public) -> Confidential:
    redactor = Redactor(CALLER_STAND_IN)
    redactor.spare(public)
    return Confidential(redactor)


def _redacted(step: Step, confidential: Confidential) -> Step:
    events = [event_from(record) for event in (step.advanced, *step.notes) for record in confidential.take(event)]
    advanced = next(event for event in events if isinstance(event, DialogueAdvanced))
    return Step(advanced, tuple(event for event in events if event is not advanced))
