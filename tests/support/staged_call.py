"""A call of a shop's flow without sound, by the inputs of its dialogue."""

from datetime import datetime

from callagent.call.stages.minutes import advanced
from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, HangUp, Input, Listen, LookedUp, LookUp
from callagent.events import CallEnded, CallStarted, Event
from callagent.workshop.rehearsal import Given, Stage

A_SUNDAY = datetime(2026, 11, 22, 11, 20, 43, tzinfo=IST)


async def call(
    stage: Stage, *inputs: Input, began: CallBegan | None = None, private: bool = False, at: datetime = A_SUNDAY
) -> list[Event]:
    """A call of these inputs, as it is recorded; look-ups are answered by the tables."""
    began = began or CallBegan(at, "+919812345678")
    engine = stage.engine(Given())
    started = CallStarted(
        at_s=0.0,
        call_id="abc",
        carrier="loopback",
        caller="xx78",
        called="",
        flow="tea",
        flow_version="1",
        language="en",
        started=at.isoformat(),
    )
    events: list[Event] = [started]
    decision = engine.begin(began)
    waiting: Listen | None = None
    waits: list[CallBegan | Input] = [began, *inputs]
    for turn, given in enumerate(waits):
        if not isinstance(given, CallBegan):
            decision = engine.advance(decision.state, given, at)
        hidden = private and waiting is not None and waiting.private
        events.append(advanced(turn, turn, given, at, decision, state=None, private=hidden, plain=False))
        while isinstance(last := decision.actions[-1], LookUp):
            found = await stage.shop.facts.look_up(last.source, last.arguments, last.gives, at)
            answer = LookedUp(found.status, found.values, found.candidates)
            decision = engine.advance(decision.state, answer, at)
            events.append(advanced(turn, turn, answer, at, decision, state=None, private=False, plain=False))
        waiting = last if isinstance(last, Listen) else None
    end = decision.actions[-1]
    disposition = end.disposition if isinstance(end, HangUp) else "caller hung up"
    return [*events, CallEnded(at_s=float(len(events)), disposition=disposition, ended_by="agent")]
