"""One decision in the making: the parts of a `State` while they change, and what is to be done and told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from callagent.dialogue.actions import Action, Decision, HangUp, Mood, Note, Say
from callagent.dialogue.flow import Flow, Step
from callagent.dialogue.interpretation import Interpretation
from callagent.dialogue.loops import MAX_DEPTH
from callagent.dialogue.privacy import Privacy, private_values
from callagent.dialogue.state import Answered, Aside, Position, State, Waiting
from callagent.dialogue.wording import Variant

PACES = (1.0, 0.85, 0.7)
GAINS_DB = (0.0, 3.0, 6.0)
"""What the caller gets by asking once and twice for slower and louder speech."""
MAX_ANSWERED = 12
"""Questions that the caller can go back over."""

_COUNTS = ("silences", "misses", "stumbles", "turns", "steps", "slower", "louder")


class Run:
    """Made from a state, turned into a `Decision`; lives for one input."""

    def __init__(
        self, flow: Flow, privacy: Privacy, state: State, now: datetime, found: Interpretation | None = None
    ) -> None:
        self.flow = flow
        self.privacy = privacy
        self.now = now.astimezone(flow.timezone)
        """Wall time at the shop."""
        self.before = state
        self.whole = found
        """What the caller's sentence says, where somebody understands sentences."""
        self.found = found
        """Likewise, of the part of it that is being answered."""
        self.stack = list(state.stack)
        self.slots = dict(state.slots)
        self.known = dict(state.known)
        self.ahead = dict(state.ahead)
        self.answered = list(state.answered)
        self.asides = list(state.asides)
        self.pending = state.pending
        self.aside_to = state.aside_to
        self.missed_at = state.missed_at
        self.more = state.more
        self.candidates = state.candidates
        self.heard_language = state.heard_language
        self.unheard = state.unheard
        self.told_unheard = state.told_unheard
        self.out_of_order = state.out_of_order
        self.gone_round = False
        """Whether a question that nobody can answer now was left for a person in this turn."""
        self.counts = {name: getattr(state, name) for name in _COUNTS}
        self.said = list(state.said)
        self.waiting: Waiting = state.waiting
        self.disposition = state.disposition
        self.private = False
        """The caller's words of this turn must not be recorded."""
        self.actions: list[Action] = []
        self.notes: list[Note] = []

    @property
    def language(self) -> str:
        """The language that is spoken now."""
        return self.slots["language"]

    @property
    def asking(self) -> Variant:
        """The wording in which a question is asked for the first time."""
        return "keypad" if self.unheard else "text"

    @property
    def pace(self) -> tuple[float, float]:
        """Speed of the voice, and its gain in dB."""
        return PACES[self.counts["slower"]], GAINS_DB[self.counts["louder"]]

    def here(self) -> Step | None:
        """The step that the running flow has come to; None behind its last one."""
        return self.step_at(self.stack[-1])

    def step_at(self, position: Position) -> Step | None:
        """The step of a position; None behind a flow's last one."""
        steps = self.flow.flows[position.flow]
        return steps[position.step] if position.step < len(steps) else None

    def go_on(self) -> None:
        """Leave the step for the next one."""
        position = self.stack[-1]
        self.stack[-1] = Position(position.flow, position.step + 1)

    def enter(self, flow: str, *, come_back: bool) -> None:
        """Go to a flow's first step; without `come_back`, all that waited for a return is forgotten."""
        waiting = self.stack[-(MAX_DEPTH - 1) :] if come_back else []
        if not come_back:
            self.asides.clear()
        self.stack = [*waiting, Position(flow, 0)]

    def turn_aside(self, flow: str) -> None:
        """Go to a side question's flow; what is known now is known again when it comes back."""
        self.asides.append(Aside(len(self.stack), tuple(sorted(self.slots.items())), tuple(self.answered)))
        self.answered.clear()
        self.enter(flow, come_back=True)

    def begin_again(self, flow: str) -> None:
        """Go to the first step of a flow that runs: the caller wants it once more, and of something else."""
        at = max(number for number, position in enumerate(self.stack) if position.flow == flow)
        self.stack = [*self.stack[:at], Position(flow, 0)]
        self.asides = [aside for aside in self.asides if aside.depth < len(self.stack)]
        self.answered.clear()

    def fall_back(self, flow: str) -> None:
        """Go to where a look-up leads that found nothing: the open question waits, if it was a side question's."""
        waiting = self.stack[: self.asides[-1].depth] if self.asides else []
        self.stack = [*waiting, Position(flow, 0)]

    def flow_done(self, kept: frozenset[str]) -> bool:
        """The running flow is at its end: return to who waits for it, or begin `when finished`.

        True when that was all that the caller wanted.
        """
        self.stack.pop()
        if not self.stack:
            self.slots = {name: value for name, value in self.slots.items() if name in kept}
            self.ahead.clear()
            self.asides.clear()  # the answers stay: "no, not ten, twelve" may come after the total
            self.stack = [Position(self.flow.when_finished, 0)]
            return True
        if self.asides and self.asides[-1].depth >= len(self.stack):
            aside = self.asides.pop()
            now_known = {name: value for name, value in self.slots.items() if name in kept}
            self.slots = {**dict(aside.slots), **now_known}
            self.answered = list(aside.answered)
            return True
        return False

    def is_finished(self) -> bool:
        """Whether the flow that was wanted is done, and the caller is asked what else there is."""
        return len(self.stack) == 1 and self.stack[0].flow == self.flow.when_finished

    def remember_answer(self, slot: str, value: str) -> None:
        """So that the caller can come back to the question, or correct its answer."""
        self.answered = [*self.answered, Answered(tuple(self.stack), slot, value)][-MAX_ANSWERED:]

    def forget_plans(self) -> None:
        """Drop what the caller said ahead of its time: something else comes now."""
        self.ahead.clear()
        self.more = ("", "")

    def heard_caller(self) -> None:
        """The caller's turn begins a new stretch: of speech to repeat, and of steps to count."""
        self.said.clear()
        self.missed_at = ()
        self.counts["steps"] = 0

    def heard_again(self) -> None:
        """The caller's turn is yet to be understood: what was said before it may still be asked for."""
        self.said = list(self.before.said)

    def speak(
        self,
        name: str,
        variant: Variant = "text",
        *,
        mood: Mood = "business",
        extra: Mapping[str, str] | None = None,
        kept: bool = True,
    ) -> None:
        """Say a line; one whose values are all unknown is passed over. `extra` are values of this line alone.

        One that is not `kept` is not said again when the caller asks for that.
        """
        say = self.wording(name, variant, mood=mood, extra=extra)
        if say is not None:
            self.actions.append(say)
            if kept:
                self.said.append(say)

    def wording(
        self, name: str, variant: Variant = "text", *, mood: Mood = "business", extra: Mapping[str, str] | None = None
    ) -> Say | None:
        """A line as it would be said now; None when there is none, or all its values are unknown."""
        line = self.flow.prompts[self.language].lines.get(self.flow.line_at(name, self.now))
        if line is None:
            return None
        template = line.wordings.get(variant, line.wordings["text"])
        values = {} if template.fixed else {**self.known, **self.slots, **(extra or {})}
        said = {name: self.in_words(name, values[name]) for name in template.names if name in values}
        text = template.fill(said, self.language, self.now.date())
        if not text:
            return None
        say = Say(line.name, text, template.fixed, line.interruptible, line.mood or mood, *self.pace)
        if template.fixed:
            return say
        # A sentence whose value is not known is left out: what remains may begin otherwise.
        opening, lead = (beginning if text.startswith(beginning) else "" for beginning in template.beginnings)
        told = not extra and self.privacy.told_everybody.issuperset(template.names)
        return replace(say, told_everybody=told, opening=opening, lead=lead)

    def said_as(self, value: str) -> str:
        """A value as it is said: an item by its name in the language that is spoken, others as the prompts say."""
        item = self.flow.item_called(value)
        return self.flow.prompts[self.language].values.get(value, value) if item is None else item.said(self.language)

    def in_words(self, name: str, value: str) -> str:
        """As `said_as`, in the words that a look-up has for this language, where it has them."""
        return self.slots.get(f"{name} {self.language}") or self.said_as(value)

    def say_again(self) -> None:
        """Repeat all that was said since the caller was heard last, as they want to hear it by now."""
        pace, gain_db = self.pace
        self.said = [replace(say, pace=pace, gain_db=gain_db) for say in self.before.said]
        self.actions.extend(self.said)

    def end(self, disposition: str) -> None:
        """Hang up when all has been heard."""
        self.disposition = disposition
        self.wait("end", HangUp(disposition))

    def wait(self, waiting: Waiting, action: Action) -> None:
        """The last action of the decision."""
        self.waiting = waiting
        self.actions.append(action)

    def unsay(self, line: str) -> None:
        """Take back the question that ends the decision so far: the caller has answered it already."""
        self.actions.pop()
        if self.said and self.said[-1].line == line and self.actions and self.actions[-1] is self.said[-1]:
            self.said.pop()
            self.actions.pop()

    def facts(self) -> dict[str, str]:
        """What a `when` may compare."""
        shop = self.flow.shop_is(self.now)
        return {**self.known, **self.slots, **({"shop": shop} if shop else {})}

    def decide(self) -> Decision[State]:
        """The decision."""
        asked_back = self.waiting in ("confirm", "suggest")
        state = State(
            stack=tuple(self.stack),
            slots=tuple(sorted(self.slots.items())),
            known=tuple(sorted(self.known.items())),
            ahead=tuple(sorted(self.ahead.items())),
            answered=tuple(self.answered),
            asides=tuple(self.asides),
            pending=self.pending if asked_back else "",
            aside_to=self.aside_to if asked_back else "",
            missed_at=self.missed_at,
            more=self.more,
            candidates=self.candidates if self.waiting == "which" else (),
            heard_language=self.heard_language,
            unheard=self.unheard,
            told_unheard=self.told_unheard,
            out_of_order=self.out_of_order,
            waiting=self.waiting,
            said=tuple(self.said),
            disposition=self.disposition,
            **self.counts,
        )
        return Decision(
            state,
            tuple(self.actions),
            tuple(self.notes),
            self.private,
            self.whole,
            private_values(self.flow, self.privacy.private, state),
        )
