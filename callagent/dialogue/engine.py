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
    the model          AskModel      ModelUnderstood, or all that the caller may do
    the shop's data    LookUp        LookedUp
    a person           Transfer      Transferred
    a message          Record        Recorded
    nobody             HangUp        nothing: the call is over

`_MOVES` is the whole state machine: what is waited for, times what came. A pair that is not in it (a late look-up, a
key after the end) changes nothing: the same wait is given back.

`do` pushes a flow, which returns to the step after it. `go to` drops the stack: nobody waits any more. A flow that
is done returns; when none is left, `when finished` begins.

What the caller says is first held against the words and commands of the place (hearing.py), in the language of the
call and then in its others; where no phrase is all that was said, the meaning of the whole sentence counts for more
than a word in it (interpreting.py). It may be an answer, and hold answers to later questions, which are then not asked
(answering.py, gathering.py); it may take an earlier answer back, which leads to that question again; it may be a side
question, which is answered before the open one is asked again (asides.py); it may be two wishes, of which the second is
answered after the first (two_wishes.py). Or it answers a question asked back, or leads nowhere (confirming.py,
repairing.py). Where the rules are unsure, a language
model may be asked to pick from the closed list of the place (step_context.py); its commands are a second reading of
the turn (second_reading.py), and where they lead nowhere, the rules decide as if nobody had been asked.

When a whole stage is down, the call says so, and the conversation goes on without it: by keypad, without the model,
or with a person (outages.py).

If a turn fits nothing, the ladder of `when stuck` says how to ask again, counted for each question; its last rung
leaves the question. So does any rung once the whole call has seen `in one call` stumbles. At twice as many the call
ends: a caller who cannot be helped, or a line that is only noise, does not go round for ever. For the same reason the
steps since the caller was last heard are counted: a flow that goes on and on by itself is stopped.

The engine holds no state of a call, reads no clock, and never raises because of what a caller does.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar

from callagent.dialogue.actions import (
    VOICEMAIL,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    CallerUnheard,
    Consent,
    Decision,
    Drawn,
    Input,
    LookedUp,
    Missed,
    ModelFailed,
    ModelUnderstood,
    NothingWorks,
    Recorded,
    Transferred,
    Understood,
)
from callagent.dialogue.asked_language import asked_language
from callagent.dialogue.confirming import Confirmer
from callagent.dialogue.flow import (
    LEAVE_MESSAGE,
    TAKEN_UP,
    AskStep,
    ConsentStep,
    Experiment,
    Jump,
    LookupStep,
    MenuStep,
    RecordStep,
    TalkStep,
    TransferStep,
)
from callagent.dialogue.interpreting import MOST_LATIN, tells_its_language
from callagent.dialogue.outages import Outages
from callagent.dialogue.privacy import holds_private
from callagent.dialogue.run import Run
from callagent.dialogue.second_reading import SecondReader
from callagent.dialogue.state import Position, State, Waiting
from callagent.dialogue.understanding import words_of
from callagent.dialogue.walking import LOWEST_CONFIDENCE, MAX_STEPS, REMEMBERS, SURE_CONFIDENCE

__all__ = ["LOWEST_CONFIDENCE", "MAX_STEPS", "SURE_CONFIDENCE", "Engine", "State"]


class Engine(Outages):
    """Runs one flow for any number of calls; everything that a call is stands in its `State`."""

    def begin(self, began: CallBegan) -> Decision[State]:
        """The first decision of a call."""
        slots = (("caller number", began.caller),) if began.caller else ()
        today = began.now.astimezone(self.flow.timezone).date()
        halves = {one.name: _part_for(one, began, today) for one in self.flow.experiments}
        remembers = {REMEMBERS: "yes"} if "caller" in began.known and began.caller else {}
        known = {"caller": "new", **began.known, **halves, **remembers}
        wanted = known.pop("language", "")
        language = wanted if wanted in self.flow.languages else self.flow.languages[0]
        start = (began.outbound and self.flow.start_outbound) or self.flow.start
        state = State((Position(start, 0),), (*slots, ("language", language)), tuple(sorted(known.items())))
        run = Run(self.flow, self._privacy, state, began.now)
        run.notes.extend(Drawn(*half) for half in halves.items())
        if began.machine:
            run.speak(LEAVE_MESSAGE)
            run.end(VOICEMAIL)
        else:
            self._walk(run)
        return run.decide()

    def can_resume(self, state: State) -> bool:
        """Whether a call that ended in this state may be taken up: a value was asked for; a menu begins nothing.

        One in which a private answer was given is not: it would have to be kept until the caller calls again.
        """
        position = state.stack[-1] if state.stack else Position("", 0)
        step = dict(enumerate(self.flow.flows.get(position.flow, ()))).get(position.step)
        return (
            state.waiting in ("question", "confirm", "suggest")
            and step is not None
            and isinstance(step.action, AskStep)
            and not holds_private(self._privacy.private, state)
        )

    def resume(self, state: State, began: CallBegan) -> Decision[State] | None:
        """Ask the question again that the caller had not answered when the line was lost; None when there is none.

        `state` must be of this very version of the flow.
        """
        if not self.can_resume(state):
            return None
        run = Run(self.flow, self._privacy, state, began.now)
        run.heard_caller()
        run.counts |= dict.fromkeys(("silences", "misses", "stumbles", "turns"), 0)
        # What the caller refused then is refused now: this call has not asked.
        steps = (step.action for steps in self.flow.flows.values() for step in steps)
        asked = dict.fromkeys(step.name for step in steps if isinstance(step, ConsentStep) and step.name in run.slots)
        run.actions.extend(Consent(name, run.slots[name] == "yes") for name in asked)
        run.speak(TAKEN_UP)
        self._walk(run)
        return run.decide()

    def advance(self, state: State, given: Input, now: datetime) -> Decision[State]:
        """What to do about an input; `now` is wall time, in any zone. Never raises for anything a caller does."""
        said = given.said if isinstance(given, ModelUnderstood) else given
        found = None
        if self.interpreter is not None and isinstance(said, CallerSaid):
            found = self.interpreter.interpret(said.text, language_hint=state.language)
        run = Run(self.flow, self._privacy, state, now, found)
        step = run.here()
        move = self._MOVES.get((state.waiting, type(given)))
        if move is None or step is None:
            self._wait_again(run)
            return run.decide()
        if isinstance(given, CallerSaid | CallerKeyed | ModelUnderstood):
            run.private = isinstance(step.action, AskStep) and step.action.private
        if isinstance(given, CallerSaid | CallerKeyed | CallerSilent | ModelUnderstood | CallerUnheard):
            run.heard_caller()
        if isinstance(given, CallerSaid):
            run.unheard = False
            if self._asked_for_language(run, step.action, given):
                return run.decide()
            self._follow_language(run, given)
            given = self._first_of_two(run, step.action, given)
        move(self, run, step.action, given)
        if isinstance(said, CallerSaid):
            self._hide_repeated(run, said)
        return run.decide()

    def _asked_for_language(self, run: Run, step: object, given: CallerSaid) -> bool:
        """Whether the caller asked for a language and nothing else; then the open question is asked in that."""
        language = asked_language(given.text, self.flow.languages)
        if not language or not given.confidence >= self.lowest_confidence:
            return False
        chosen = isinstance(step, MenuStep | AskStep) and any(one.name == language for one in step.choices)
        free = isinstance(step, AskStep) and step.type.takes_anything and len(words_of(given.text)) == 1
        if (chosen or free) and run.waiting == "question":  # the answer to the question
            return False
        run.slots["language"], run.heard_language = language, ""
        run.notes.append(Understood("language", language, "voice"))
        if isinstance(step, ConsentStep):
            self._consent(run, step)
        elif run.waiting == "which":
            self._ask_which(run)
        elif not isinstance(step, MenuStep | AskStep):
            return False
        elif run.waiting == "question":
            run.speak(step.line)
            self._listen(run, step)
        else:
            self._ask_back(run, step)
        return True

    def _follow_language(self, run: Run, given: CallerSaid) -> None:
        """Two turns in another language of the shop, or a sentence that is clear, and the call goes on in that."""
        language = given.language or (run.found.language if run.found else "")
        words = len(words_of(given.text))
        if language not in self.flow.languages or not words:
            return
        if not given.language and words <= MOST_LATIN and {language, run.language} == {"hi", "hinglish"}:
            return
        if language == run.language:
            run.heard_language = ""
        elif language == run.heard_language or (not given.language and tells_its_language(run.found, words)):
            run.heard_language = ""
            run.slots["language"] = language
            run.notes.append(Understood("language", language, "voice"))
        else:
            run.heard_language = language

    # --- moves: what came, where it was waited for (answers are in answering.py) -------------------------------------

    def _talked(self, run: Run, step: TalkStep, given: CallerSaid) -> None:
        run.private = self._tells_secret(run, given)
        hearing = self._hearing(run, step)
        meanings = (
            self._hearings[step, language].heard(given, self.lowest_confidence)
            for language in self._languages(run, given)
        )
        meaning = next((one for one in meanings if one is not None), None)
        if meaning is not None and meaning.sort == "flow":
            run.notes.append(Understood(step.name, meaning.name, "voice"))
            self._open(run, meaning.name, given.text)
        elif meaning is not None and not self._repeats(meaning):
            self._command(run, meaning.name, "voice")
        elif meaning is None and not hearing.says_more(given, self.lowest_confidence):
            self._end_talk(run, Missed("no match", step.name, 1))
        elif run.counts["turns"] < step.at_most:
            self._converse(run, step)
        else:
            self._end_talk(run)

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

    def _consent_said(self, run: Run, step: ConsentStep, given: CallerSaid) -> None:
        meaning = self._hearing(run, step).heard(given, self.lowest_confidence)
        if meaning is not None and meaning.sort == "command":
            self._command(run, meaning.name, "voice")
            return
        run.notes.append(Understood(step.name, "no" if meaning else "yes", "voice"))
        self._settle_consent(run, step, allowed=meaning is None)
        self._walk(run)
        agreed = (words_of(way) for way in self.flow.prompts[run.language].ways_to_say("yes"))
        if meaning is None and words_of(given.text) not in agreed:  # "yes" is nobody's name
            self._answered_early(run, given)

    def _consent_keyed(self, run: Run, step: ConsentStep, given: CallerKeyed) -> None:
        meaning = self._hearing(run, step).keyed(given)
        if meaning is not None and meaning.sort == "command":
            self._command(run, meaning.name, "keys")
            return
        run.notes.append(Understood(step.name, "no" if meaning else "yes", "keys"))
        self._settle_consent(run, step, allowed=meaning is None)
        self._walk(run)
        if meaning is None:
            self._answered_early(run, given)

    def _consent_silent(self, run: Run, step: ConsentStep, _: CallerSilent) -> None:
        self._settle_consent(run, step, allowed=True)
        self._walk(run)

    def _answered_early(self, run: Run, given: CallerSaid | CallerKeyed) -> None:
        """The caller did not wait for the question that comes now."""
        step = run.here()
        if run.waiting != "question" or step is None or not isinstance(step.action, MenuStep | AskStep):
            return
        if isinstance(given, CallerKeyed):
            if self._hearing(run, step.action).keyed(given, run.now.date()) is not None:
                run.unsay(step.action.line)
                self.keyed(run, step.action, given)
        elif self._heard(run, step.action, given) is not None:
            run.unsay(step.action.line)
            self.said(run, step.action, given, alone=True)

    def _looked_up(self, run: Run, step: LookupStep, given: LookedUp) -> None:
        if given.status == "found" and all(name in given.values for name in step.gives):
            known = (name for name in (*step.gives, *step.translated) if name in given.values)
            run.slots.update({name: str(given.values[name]) for name in known})
            self._taken_after_all(run)
            run.go_on()
        elif given.status == "several" and given.candidates and step.several:
            run.counts["silences"] = run.counts["misses"] = 0
            self._ask_which(run, given.candidates)
            return
        else:
            run.fall_back(step.not_found if given.status in ("not found", "several") else step.down)
        self._walk(run)

    def _transferred(self, run: Run, step: TransferStep, given: Transferred) -> None:
        if given.status == "answered":
            run.end("transferred")
        else:
            self._leave_and_walk(run, Jump("go to", step.nobody))

    def _recorded(self, run: Run, step: RecordStep, given: Recorded) -> None:
        run.slots[step.line] = "yes" if given.seconds > 0 else "no"
        run.go_on()
        self._walk(run)

    _MOVES: ClassVar[Mapping[tuple[Waiting, type], Callable[[Any, Run, Any, Any], None]]] = {
        ("question", CallerSaid): Confirmer.said,
        ("question", CallerKeyed): Confirmer.keyed,
        ("question", CallerSilent): Confirmer.silent,
        ("question", ModelUnderstood): SecondReader.understood,
        ("confirm", CallerSaid): Confirmer.confirmed,
        ("confirm", CallerKeyed): Confirmer.confirmed_keyed,
        ("confirm", CallerSilent): Confirmer.silent,
        ("confirm", ModelUnderstood): SecondReader.confirmation_understood,
        ("suggest", CallerSaid): Confirmer.confirmed,
        ("suggest", CallerKeyed): Confirmer.confirmed_keyed,
        ("suggest", CallerSilent): Confirmer.silent,
        ("which", CallerSaid): Confirmer.which,
        ("which", CallerKeyed): Confirmer.which_keyed,
        ("which", CallerSilent): Confirmer.which_silent,
        ("which", ModelUnderstood): SecondReader.choice_understood,
        ("consent", CallerSaid): _consent_said,
        ("consent", CallerKeyed): _consent_keyed,
        ("consent", CallerSilent): _consent_silent,
        ("talk", CallerSaid): _talked,
        ("talk", CallerKeyed): _talk_keyed,
        ("talk", CallerSilent): _talk_silent,
        ("talk", ModelUnderstood): SecondReader.talk_understood,
        **{(waiting, CallerUnheard): move for waiting, move in Outages.UNHEARD.items()},
        **{(waiting, NothingWorks): Outages.nothing_works for waiting in Outages.UNHEARD},
        ("talk", ModelFailed): Outages.model_failed,
        ("look-up", LookedUp): _looked_up,
        ("transfer", Transferred): _transferred,
        ("record", Recorded): _recorded,
    }


def _part_for(experiment: Experiment, began: CallBegan, today: date) -> str:
    """The part that the caller is known to be in, or else the one that is theirs."""
    known = began.drawn.get(experiment.name, "")
    return known if known in dict(experiment.parts) else part_of(experiment, began, today)


def part_of(experiment: Experiment, began: CallBegan, today: date) -> str:
    """The caller's part of an experiment: always the same for a number; for a withheld one the seed decides."""
    if experiment.until is not None and today > experiment.until:
        return experiment.parts[0][0]
    who = began.caller or f"seed {began.seed}"
    drawn = int.from_bytes(sha256(f"{experiment.name}|{who}".encode()).digest()[:8], "big")
    drawn %= sum(weight for _, weight in experiment.parts)
    for name, weight in experiment.parts:
        if drawn < weight:
            return name
        drawn -= weight
    return experiment.parts[0][0]
