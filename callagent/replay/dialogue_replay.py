"""A recorded call through the dialogue of today, without its sound: the levels of decisions and of words.

The caller does what they did, in the same order; what the dialogue then asks for (a look-up, what the model makes of a
sentence) is answered from the recording. As soon as the conversation stands at another question than it did, what the
caller did next answers nothing any more: there the replay ends, and says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from callagent.call.stages.minutes import advanced, event_of
from callagent.dialogue.actions import (
    CallBegan,
    CallerSaid,
    Decision,
    Input,
    LookedUp,
    LookUp,
    ModelUnderstood,
)
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.flow import Flow
from callagent.dialogue.interpretation import Interpretation, Interpreter
from callagent.dialogue.records import input_of, interpretation_of
from callagent.dialogue.shop_words import ShopInterpreter
from callagent.dialogue.written import written_for_all
from callagent.errors import RecordingError
from callagent.evidence import DialogueAdvanced, ShopAnswered
from callagent.recording.redaction import public_in
from callagent.replay.compare import same_question
from callagent.replay.course import Course, Exchange, Replayed, Step

Level: TypeAlias = Literal["decisions", "words"]
AskShop: TypeAlias = Callable[[LookUp, datetime], Awaitable[LookedUp]]
"""Today's tables."""
MOST_STEPS: Final = 24
"""In one exchange: a flow that asks for more goes in circles."""


class Theatre:
    """A flow, ready for any number of replays."""

    def __init__(
        self,
        flow: Flow,
        ask_shop: AskShop,
        *,
        accept_from: float,
        confirm_from: float,
        recorded_first: bool = True,
    ) -> None:
        """Look-ups that the recording does not answer go to `ask_shop`; all do without `recorded_first`."""
        self.flow = flow
        self.public = public_in(written_for_all(flow))
        """What its prompts tell everybody."""
        self.ask_shop = ask_shop
        self.recorded_first = recorded_first
        self._limits = {"accept_from": accept_from, "confirm_from": confirm_from}
        self._understood = _Understood()
        self._interpreters: Mapping[Level, Interpreter] = {
            "decisions": self._understood,
            "words": ShopInterpreter(flow),
        }
        self._engines: dict[tuple[Level, bool], Engine] = {}

    def engine(self, level: Level, *, model: bool) -> Engine:
        """The engine of a level; made once."""
        if (level, model) not in self._engines:
            self._understood.otherwise = self._interpreters["words"]
            self._engines[level, model] = Engine(
                self.flow,
                has_model=model,
                model_reads=model,
                interpreter=self._interpreters[level],
                **self._limits,
            )
        return self._engines[level, model]

    async def replay(self, course: Course, level: Level) -> Replayed:
        """Have the call again. Raises RecordingError for a recording that cannot be replayed at this level."""
        if level == "decisions" and not course.whole:
            raise RecordingError(
                f"{course.started.call_id}: this recording holds no decisions: it is of an earlier format, or was "
                "imported. Replay it with --level words."
            )
        return await _Run(self, course, level).run()

    def understand(self, text: str, record: Mapping[str, Any] | None) -> None:
        """Let a sentence that is heard next be understood as it was; None: anew."""
        self._understood.text = text
        self._understood.found = None if record is None else interpretation_of(record)


class _Understood:
    """An `Interpreter` that says what was understood then."""

    def __init__(self) -> None:
        self.text = ""
        self.found: Interpretation | None = None
        self.otherwise: Interpreter | None = None

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What the recording has; what it has nothing of, such as a part of a sentence, is interpreted anew."""
        if self.found is not None and text == self.text:
            return self.found
        if self.otherwise is None:
            raise RuntimeError("nobody to interpret a sentence")
        return self.otherwise.interpret(text, language_hint=language_hint)


class _Run:
    """One replay."""

    def __init__(self, theatre: Theatre, course: Course, level: Level) -> None:
        self._theatre = theatre
        self._course = course
        self._engine = theatre.engine(level, model=course.model)
        self._answers: dict[tuple[str, tuple[tuple[str, str], ...]], list[ShopAnswered]] = {}
        for one in course.shop:
            self._answers.setdefault(_key(one.source, one.arguments), []).append(one)
        self._replayed = Replayed(replace(course, exchanges=()))
        self._exchanges: list[Exchange] = []
        self._state: State | None = None

    async def run(self) -> Replayed:
        disposition = ""
        for number, recorded in enumerate(self._course.exchanges):
            had = await self._exchange(recorded)
            self._exchanges.append(had)
            if had.last["kind"] == "HangUp":
                disposition = had.last["disposition"]
            if not same_question(recorded, had):
                self._replayed.diverged_at = number
                break
        else:
            disposition = disposition or self._course.disposition
        self._replayed.course = replace(
            self._course, exchanges=tuple(self._exchanges), disposition=disposition, whole=True
        )
        return self._replayed

    async def _exchange(self, recorded: Exchange) -> Exchange:
        """The caller does what they did; then everything that the dialogue asks for, until it waits for them."""
        first, *own = recorded.steps
        steps = [self._advance(first, _input(first.advanced), private=first.advanced.private)]
        while len(steps) < MOST_STEPS:
            last = steps[-1].actions[-1]["kind"] if steps[-1].actions else ""
            step = await self._next(first, steps[-1], last, own)
            if step is None:
                break
            steps.append(step)
        return Exchange(tuple(steps))

    async def _next(self, first: Step, before: Step, last: str, own: list[Step]) -> Step | None:
        """What the call itself told the dialogue next; None when it waits for the caller."""
        if last == "LookUp":
            wanted = before.actions[-1]
            looked = LookUp(wanted["source"], wanted["arguments"], tuple(wanted["gives"]))
            recorded = _taken(own, "LookedUp")
            return self._advance(recorded or first, await self._look_up(looked, first))
        if last == "AskModel":
            recorded = _taken(own, "ModelUnderstood")
            if recorded is not None:
                return self._advance(recorded, _input(recorded.advanced))
            self._replayed.missing.append(f"turn {first.advanced.turn}: what the model makes of the caller's words")
            given = _input(first.advanced)
            said = given if isinstance(given, CallerSaid) else CallerSaid("")
            return self._advance(first, ModelUnderstood((), said))
        if any(action["kind"] == "Converse" for action in before.actions):
            # What the model opened while it talked, or that it failed.
            recorded = _taken(own, "ModelUnderstood", "ModelFailed")
            return None if recorded is None else self._advance(recorded, _input(recorded.advanced))
        return None

    async def _look_up(self, wanted: LookUp, first: Step) -> LookedUp:
        """What came of it then; of the same question asked twice, the earlier answer first."""
        answers = self._answers.get(_key(wanted.source, wanted.arguments), [])
        fit = [one for one in answers if set(wanted.gives) <= {*one.gives, *one.values}]
        fit = fit if self._theatre.recorded_first else []
        if fit:
            if len(fit) > 1:
                answers.remove(fit[0])
            return LookedUp(fit[0].status, fit[0].values, fit[0].candidates)
        if self._theatre.recorded_first:
            self._replayed.missing.append(f"turn {first.advanced.turn}: look-up '{wanted.source}', asked anew")
        return await self._theatre.ask_shop(wanted, datetime.fromisoformat(first.advanced.now))

    def _advance(self, recorded: Step, given: CallBegan | Input, *, private: bool = False) -> Step:
        """Give the engine an input, and put down what it decides as a live call does."""
        then = recorded.advanced
        now = datetime.fromisoformat(then.now)
        # A private sentence is a stand-in: what was understood of the real one would say other things.
        said = given.said if isinstance(given, ModelUnderstood) else given
        text = said.text if isinstance(said, CallerSaid) else ""
        self._theatre.understand(text, None if private and not then.plain else then.understood)
        decision: Decision[State] | None = None
        if isinstance(given, CallBegan):
            decision = self._begin(given, then)
        else:
            if self._state is None:
                self._state = State.from_record(then.state or {})
            decision = self._engine.advance(self._state, given, now)
        self._state = decision.state
        event = advanced(
            then.at_s, then.turn, given, now, decision, state=then.state, private=then.private, plain=then.plain
        )
        return Step(event, tuple(event_of(then.at_s, note) for note in decision.notes))

    def _begin(self, given: CallBegan, then: DialogueAdvanced) -> Decision[State]:
        known = {"language": self._course.started.language, **given.known}
        began = replace(given, known=known, drawn={**given.drawn, **self._course.drawn})
        resumed = self._engine.resume(State.from_record(then.state), began) if then.state else None
        return resumed or self._engine.begin(began)


def _input(then: DialogueAdvanced) -> CallBegan | Input:
    try:
        return input_of(then.given)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(
            f"what the dialogue was given at {then.at_s} s cannot be read ({type(error).__name__}); restore the "
            "events from a copy."
        ) from None


def _taken(own: list[Step], *kinds: str) -> Step | None:
    """The next of the recorded steps of a kind; what comes before it was asked for then, and is not now."""
    for number, step in enumerate(own):
        if step.kind in kinds:
            del own[: number + 1]
            return step
    return None


def _key(source: str, arguments: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return source, tuple(sorted(arguments.items()))
