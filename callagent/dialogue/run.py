"""One decision in the making: the parts of a `State` while they change, and what is to be done and told."""

from datetime import datetime

from callagent.dialogue.actions import Action, Decision, HangUp, Note, Say
from callagent.dialogue.flow import Flow, Step
from callagent.dialogue.loops import MAX_DEPTH
from callagent.dialogue.state import Position, State, Waiting
from callagent.dialogue.wording import Variant


class Run:
    """Made from a state, turned into a `Decision`; lives for one input."""

    def __init__(self, flow: Flow, state: State, now: datetime) -> None:
        self.flow = flow
        self.now = now
        self.before = state
        self.stack = list(state.stack)
        self.slots = dict(state.slots)
        self.counts = {name: getattr(state, name) for name in ("silences", "misses", "stumbles", "turns", "steps")}
        self.said = list(state.said)
        self.waiting: Waiting = state.waiting
        self.disposition = state.disposition
        self.actions: list[Action] = []
        self.notes: list[Note] = []

    @property
    def language(self) -> str:
        """The language that is spoken now."""
        return self.slots["language"]

    def here(self) -> Step | None:
        """The step that the running flow has come to; None behind its last one."""
        position = self.stack[-1]
        steps = self.flow.flows[position.flow]
        return steps[position.step] if position.step < len(steps) else None

    def go_on(self) -> None:
        """Leave the step for the next one."""
        position = self.stack[-1]
        self.stack[-1] = Position(position.flow, position.step + 1)

    def enter(self, flow: str, *, come_back: bool) -> None:
        """Go to a flow's first step; without `come_back`, all that waited for a return is forgotten."""
        waiting = self.stack[-(MAX_DEPTH - 1) :] if come_back else []
        self.stack = [*waiting, Position(flow, 0)]

    def heard_caller(self) -> None:
        """The caller's turn begins a new stretch: of speech to repeat, and of steps to count."""
        self.said.clear()
        self.counts["steps"] = 0

    def speak(self, name: str, variant: Variant = "text") -> None:
        """Say a line; one whose values are all unknown is passed over."""
        line = self.flow.prompts[self.language].lines[name]
        template = line.wordings[variant]
        text = template.fill(self.slots, self.language)
        if text:
            say = Say(name, text, template.fixed, line.interruptible)
            self.actions.append(say)
            self.said.append(say)

    def end(self, disposition: str) -> None:
        """Hang up when all has been heard."""
        self.disposition = disposition
        self.wait("end", HangUp(disposition))

    def wait(self, waiting: Waiting, action: Action) -> None:
        """The last action of the decision."""
        self.waiting = waiting
        self.actions.append(action)

    def facts(self) -> dict[str, str]:
        """What a `when` may compare."""
        hours, now = self.flow.hours, self.now.astimezone(self.flow.timezone)
        shop = {} if hours is None else {"shop": "open" if hours.open_at(now) else "closed"}
        return {**self.slots, **shop}

    def decide(self, *, private: bool = False) -> Decision[State]:
        """The decision; `private` when the caller's words must not be recorded."""
        state = State(
            stack=tuple(self.stack),
            slots=tuple(sorted(self.slots.items())),
            waiting=self.waiting,
            said=tuple(self.said),
            disposition=self.disposition,
            **self.counts,
        )
        return Decision(state, tuple(self.actions), tuple(self.notes), private)
