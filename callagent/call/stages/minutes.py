"""What the dialogue was given and what it decided, put down as an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from callagent.call.services import Dialogue
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    Decision,
    Drawn,
    Entered,
    Input,
    Kind,
    Listen,
    Missed,
    Note,
    Understood,
)
from callagent.dialogue.records import action_record, input_record, interpretation_record
from callagent.events import AnswerTaken, NoInput, NoMatch, PartDrawn, StepEntered
from callagent.evidence import DialogueAdvanced

_CHOSEN: Final = (Kind.CHOICE, Kind.YES_NO, Kind.ITEM)
"""Answers that are picked from what everybody may pick from."""


def is_plain(given: CallBegan | Input, dialogue: Dialogue, listen: Listen | None) -> bool:
    """Whether what the caller did tells nothing of them, though the answer is private: a yes, a no, a command."""
    if listen is None:
        return False
    if isinstance(given, CallerKeyed):
        return listen.digits is None
    if not isinstance(given, CallerSaid):
        return True
    so_far = dialogue.so_far(given.text, listen)
    return so_far.is_answer and (listen.kind in _CHOSEN or so_far.digits == 0)


def advanced(
    at_s: float,
    turn: int,
    given: CallBegan | Input,
    now: datetime,
    decision: Decision[Any],
    *,
    state: Mapping[str, Any] | None,
    private: bool,
    plain: bool,
) -> DialogueAdvanced:
    """The event; words are in it as they were said, for whoever keeps them to hide what is private."""
    return DialogueAdvanced(
        at_s=at_s,
        turn=turn,
        given=input_record(given),
        now=now.isoformat(),
        actions=tuple(action_record(action) for action in decision.actions),
        understood=None if decision.found is None else interpretation_record(decision.found),
        state=state,
        private=private,
        plain=plain,
        secrets=decision.secrets,
    )


def event_of(at_s: float, note: Note) -> StepEntered | AnswerTaken | NoInput | NoMatch | PartDrawn:
    """A note of the dialogue as an event of the call."""
    match note:
        case Entered(flow, step, action):
            return StepEntered(at_s=at_s, flow=flow, step=step, action=action)
        case Understood(slot, value, by):
            return AnswerTaken(at_s=at_s, slot=slot, value=value, by=by)
        case Drawn(experiment, part):
            return PartDrawn(at_s=at_s, experiment=experiment, part=part)
        case Missed("no input", step, count):
            return NoInput(at_s=at_s, step=step, count=count)
        case Missed(_, step, count):
            return NoMatch(at_s=at_s, step=step, count=count)
