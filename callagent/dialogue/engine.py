"""The dialogue engine: a state and an input in, a state and actions out.

Theory of operation
===================

A flow file is a set of flows, each a list of steps. The engine walks them with a stack of positions::

        anything else  step 2     <- waits for "price" to return
        price          step 1     <- waits for "find product" to return
        find product   step 0     <- runs

A step that needs nobody (`say`, `do`, `go to`) is done at once and the walk goes on. It stops at a step that
waits for somebody, and the decision ends with the action that makes the call wait::

    step waits for     last action   goes on with
    the caller         Listen        CallerSaid, CallerKeyed, CallerSilent
    the shop's data    LookUp        LookedUp
    nobody             HangUp        nothing: the call is over

`_MOVES` is the whole state machine: what is waited for, times what came. A pair that is not in it (a late look-up, a
key after the end) changes nothing: the same wait is given back.

`do` pushes a flow, which returns to the step after it. `go to` drops the stack: nobody waits any more. A flow that
is done returns; when none is left, `when finished` begins.

What the caller says is first held against the words and commands of the place (hearing.py). If it fits nothing, the
ladder of `when stuck` says how to ask again, counted for each question; its last rung leaves the question. So does
any rung once the whole call has seen `in one call` stumbles. At twice as many the call ends: a caller who cannot be
helped, or a line that is only noise, does not go round for ever. For the same reason the steps since the caller
was last heard are counted: a flow that goes on and on by itself is stopped.

The engine holds no state of a call, reads no clock, and never raises because of what a caller does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Converse,
    Decision,
    Entered,
    Input,
    LookedUp,
    LookUp,
    Missed,
    Understood,
)
from callagent.dialogue.flow import AskStep, Flow, Jump, LookupStep, MenuStep, Question, SayStep, TalkStep
from callagent.dialogue.hearing import Hearing, hearing_at
from callagent.dialogue.run import Run
from callagent.dialogue.state import Position, State, Waiting
from callagent.dialogue.understanding import Meaning

__all__ = ["LOWEST_CONFIDENCE", "MAX_STEPS", "Engine", "State"]

MAX_STEPS = 200
"""Between two turns of the caller; more is a flow that runs in a circle."""

LOWEST_CONFIDENCE = 0.3


class Engine:
    """Runs one flow for any number of calls; everything that a call is stands in its `State`."""

    def __init__(self, flow: Flow, *, lowest_confidence: float = LOWEST_CONFIDENCE, has_model: bool = True) -> None:
        """Words recognized with less than `lowest_confidence` (0 to 1) count as not understood.

        Without a language model (`has_model`) `talk` steps are passed over and `anything else` leads nowhere: the
        ladder asks again instead of a silence where the model should speak.
        """
        self.flow = flow
        self.has_model = has_model
        self.lowest_confidence = lowest_confidence
        steps = (step.action for steps in flow.flows.values() for step in steps)
        self._hearings = {
            (step, language): hearing_at(flow, step, language)
            for step in steps
            if isinstance(step, MenuStep | AskStep | TalkStep)
            for language in flow.languages
        }

    def begin(self, began: CallBegan) -> Decision[State]:
        """The first decision of a call."""
        slots = (("caller number", began.caller),) if began.caller else ()
        state = State((Position(self.flow.start, 0),), (*slots, ("language", self.flow.languages[0])))
        run = Run(self.flow, state, began.now)
        self._walk(run)
        return run.decide()

    def advance(self, state: State, given: Input, now: datetime) -> Decision[State]:
        """What to do about an input; `now` is wall time, in any zone. Never raises for anything a caller does."""
        run = Run(self.flow, state, now)
        step = run.here()
        move = self._MOVES.get((state.waiting, type(given)))
        if move is None or step is None:
            self._wait_again(run)
            return run.decide()
        private = not isinstance(given, LookedUp) and self._hearing(run, step.action).listen.private
        if not isinstance(given, LookedUp):
            run.heard_caller()
        move(self, run, step.action, given)
        return run.decide(private=private and not isinstance(given, CallerSilent))

    def _hearing(self, run: Run, step: Any) -> Hearing:
        return self._hearings[step, run.language]

    def _wait_again(self, run: Run) -> None:
        """The same wait once more: what came was not what is waited for."""
        step = run.here()
        if run.waiting == "end" or step is None:
            run.end(run.disposition)
        elif isinstance(step.action, LookupStep):
            run.wait("look-up", _question_to_data(run, step.action))
        else:
            run.wait(run.waiting, self._hearing(run, step.action).listen)

    # --- walking: each method does a step, and tells whether somebody has to be waited for ---------------------------

    def _walk(self, run: Run) -> None:
        while True:
            run.counts["steps"] += 1
            if run.counts["steps"] > MAX_STEPS:
                run.end("loop")
                return
            step = run.here()
            if step is None:
                run.stack.pop()
                run.stack = run.stack or [Position(self.flow.when_finished, 0)]
            elif step.when is not None and not step.when.holds(run.facts()):
                run.go_on()
            else:
                position = run.stack[-1]
                run.notes.append(Entered(position.flow, position.step + 1, step.action.word))
                if self._DO[type(step.action)](self, run, step.action):
                    return

    def _say(self, run: Run, step: SayStep) -> bool:
        run.speak(step.line)
        run.go_on()
        return False

    def _question(self, run: Run, step: Question) -> bool:
        if step.slot != "language":  # a language is always spoken
            run.slots.pop(step.slot, None)
        run.counts["silences"] = run.counts["misses"] = 0
        run.speak(step.line)
        return self._listen(run, step)

    def _listen(self, run: Run, step: Question) -> bool:
        run.wait("question", self._hearing(run, step).listen)
        return True

    def _lookup(self, run: Run, step: LookupStep) -> bool:
        for name in step.gives:
            run.slots.pop(name, None)
        if not all(run.slots.get(name) for name in step.arguments):  # such as a withheld number
            run.enter(step.not_found, come_back=False)
            return False
        run.wait("look-up", _question_to_data(run, step))
        return True

    def _talk(self, run: Run, step: TalkStep) -> bool:
        if not self.has_model:
            run.go_on()
            return False
        run.counts["turns"] = 0
        return self._converse(run, step)

    def _converse(self, run: Run, step: TalkStep) -> bool:
        run.counts["turns"] += 1
        run.actions.append(Converse(self.flow.prompts[run.language].talk[step.name]))
        run.wait("talk", self._hearing(run, step).listen)
        return True

    def _jump(self, run: Run, step: Jump) -> bool:
        run.go_on()
        return self._leave(run, step)

    def _leave(self, run: Run, jump: Jump) -> bool:
        if jump.how == "end":
            run.speak(jump.target)
            run.end(jump.target)
            return True
        run.enter(jump.target, come_back=jump.how == "do")
        return False

    def _leave_and_walk(self, run: Run, jump: Jump) -> None:
        if not self._leave(run, jump):
            self._walk(run)

    # --- moves: what came, where it was waited for -------------------------------------------------------------------

    def _said(self, run: Run, step: Question, given: CallerSaid) -> None:
        hearing = self._hearing(run, step)
        meaning = hearing.heard(given, self.lowest_confidence)
        if meaning is not None:
            self._take(run, step, meaning, "voice")
        elif (
            self.has_model
            and isinstance(step, MenuStep)
            and step.anything_else
            and hearing.says_more(given, self.lowest_confidence)
        ):
            run.notes.append(Understood(step.line, "anything else", "voice"))
            self._leave_and_walk(run, Jump("go to", step.anything_else))
        else:
            self._missed(run, step, "no match")

    def _keyed(self, run: Run, step: Question, given: CallerKeyed) -> None:
        meaning = self._hearing(run, step).keyed(given)
        if meaning is None:
            self._missed(run, step, "no match")
        else:
            self._take(run, step, meaning, "keys")

    def _silent(self, run: Run, step: Question, _: CallerSilent) -> None:
        self._missed(run, step, "no input")

    def _take(self, run: Run, step: Question, meaning: Meaning, by: Literal["voice", "keys"]) -> None:
        if meaning.sort == "command":
            self._command(run, meaning.name, by)
            return
        private = isinstance(step, AskStep) and step.private
        run.notes.append(Understood(step.slot or step.line, "" if private else meaning.name, by))
        if step.slot:
            run.slots[step.slot] = meaning.name
        run.go_on()
        jump = next((choice.jump for choice in step.choices if choice.name == meaning.name), None)
        if jump is None:
            self._walk(run)
        else:
            self._leave_and_walk(run, jump)

    def _command(self, run: Run, name: str, by: Literal["voice", "keys"]) -> None:
        """A command works at every question; after `do`, the question is asked again."""
        run.notes.append(Understood("anytime", name, by))
        jump = next(command.jump for command in self.flow.commands if command.name == name)
        if jump is not None:
            self._leave_and_walk(run, jump)
            return
        run.said = list(run.before.said)
        run.actions.extend(run.said)
        self._wait_again(run)

    def _missed(self, run: Run, step: Question, what: Literal["no input", "no match"]) -> None:
        stuck = self.flow.stuck
        counter, ladder = {
            "no input": ("silences", stuck.silence),
            "no match": ("misses", stuck.not_understood),
        }[what]
        run.counts[counter] += 1
        count = run.counts[counter]
        if self._stumbled(run, Missed(what, step.line, count)):
            return
        worn_out = run.counts["stumbles"] >= stuck.in_one_call
        rung = ladder[-1] if worn_out else ladder[min(count, len(ladder)) - 1]
        if rung.jump is not None:
            self._leave_and_walk(run, rung.jump)
        elif rung.ask is not None:
            run.speak(step.line, rung.ask)
            self._listen(run, step)

    def _stumbled(self, run: Run, missed: Missed) -> bool:
        """Count a stumble; True when it was one too many for the call and ended it."""
        run.notes.append(missed)
        run.counts["stumbles"] += 1
        if run.counts["stumbles"] < 2 * self.flow.stuck.in_one_call:
            return False
        if self.flow.stuck.at_last:
            run.speak(self.flow.stuck.at_last)
        run.end(self.flow.stuck.at_last or "stuck")
        return True

    def _talked(self, run: Run, step: TalkStep, given: CallerSaid) -> None:
        hearing = self._hearing(run, step)
        meaning = hearing.heard(given, self.lowest_confidence)
        if meaning is not None and meaning.sort == "flow":
            run.notes.append(Understood(step.name, meaning.name, "voice"))
            self._leave_and_walk(run, Jump("go to", meaning.name))
        elif meaning is not None and not self._repeats(meaning):
            self._command(run, meaning.name, "voice")
        elif meaning is None and not hearing.says_more(given, self.lowest_confidence):
            self._end_talk(run, Missed("no match", step.name, 1))
        elif run.counts["turns"] < step.at_most:
            self._converse(run, step)
        else:
            self._end_talk(run)

    def _repeats(self, meaning: Meaning) -> bool:
        """Whether it asks to say that again: what the model said, only the model can repeat."""
        return any(command.name == meaning.name and command.jump is None for command in self.flow.commands)

    def _talk_keyed(self, run: Run, step: TalkStep, given: CallerKeyed) -> None:
        meaning = self._hearing(run, step).keyed(given)
        if meaning is None or self._repeats(meaning):
            self._end_talk(run, Missed("no match", step.name, 1))
        else:
            self._command(run, meaning.name, "keys")

    def _talk_silent(self, run: Run, step: TalkStep, _: CallerSilent) -> None:
        self._end_talk(run, Missed("no input", step.name, 1))

    def _end_talk(self, run: Run, missed: Missed | None = None) -> None:
        """A talk has no question to ask again: whatever disturbs it goes on with the next step."""
        if missed is None or not self._stumbled(run, missed):
            run.go_on()
            self._walk(run)

    def _looked_up(self, run: Run, step: LookupStep, given: LookedUp) -> None:
        if given.status == "found" and all(name in given.values for name in step.gives):
            run.slots.update({name: str(given.values[name]) for name in step.gives})
            run.go_on()
        else:
            run.enter(step.not_found if given.status == "not found" else step.down, come_back=False)
        self._walk(run)

    _DO: ClassVar[Mapping[type, Callable[[Any, Run, Any], bool]]] = {
        SayStep: _say,
        MenuStep: _question,
        AskStep: _question,
        LookupStep: _lookup,
        TalkStep: _talk,
        Jump: _jump,
    }

    _MOVES: ClassVar[Mapping[tuple[Waiting, type], Callable[[Any, Run, Any, Any], None]]] = {
        ("question", CallerSaid): _said,
        ("question", CallerKeyed): _keyed,
        ("question", CallerSilent): _silent,
        ("talk", CallerSaid): _talked,
        ("talk", CallerKeyed): _talk_keyed,
        ("talk", CallerSilent): _talk_silent,
        ("look-up", LookedUp): _looked_up,
    }


def _question_to_data(run: Run, step: LookupStep) -> LookUp:
    return LookUp(step.source, {name: run.slots.get(name, "") for name in step.arguments}, step.gives)
