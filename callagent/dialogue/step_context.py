"""What a language model may name at a question: the closed list, made from where the conversation stands."""

from collections.abc import Iterable
from typing import Final

from callagent.dialogue.commands import StepContext
from callagent.dialogue.flow import AskStep, Flow, MenuStep, Question
from callagent.dialogue.run import Run

YES_NO: Final = ("yes", "no")
MOST_LATER: Final = 5
"""Questions that are still to come which may be answered already."""


def step_context(flow: Flow, run: Run, step: Question, later: Iterable[AskStep]) -> StepContext:
    """The list at an open question; `later` are the questions behind it. Private ones are on no list."""
    asked = run.wording(step.line)
    own = [step] if isinstance(step, AskStep) else []
    coming = [ask for ask in later if ask is not step and not ask.private and not ask.type.takes_anything]
    return StepContext(
        step=_place(run),
        question=asked.text if asked else step.line,
        choices=tuple(choice.name for choice in step.choices) if isinstance(step, MenuStep) else (),
        open_slots={ask.slot: values_of(ask) for ask in (*own, *coming[:MOST_LATER])},
        filled_slots={ask.slot: values_of(ask) for ask in _answered(run)} if flow.stuck.corrections else {},
        flows=_side_flows(flow, run),
        may_cancel=_may_cancel(flow),
    )


def confirming_context(flow: Flow, run: Run, step: Question) -> StepContext:
    """The list where an answer is read back: yes, no, or another answer to the question."""
    return StepContext(
        step=_place(run),
        question=_last_said(run),
        choices=YES_NO,
        open_slots={step.slot: values_of(step)} if isinstance(step, AskStep) else {},
        flows=_side_flows(flow, run),
        may_cancel=_may_cancel(flow),
    )


def choosing_context(flow: Flow, run: Run) -> StepContext:
    """The list where one of several items is meant: their names."""
    return StepContext(_place(run), _last_said(run), run.candidates, may_cancel=_may_cancel(flow))


def _place(run: Run) -> str:
    position = run.stack[-1]
    return f"{position.flow} {position.step + 1}"


def _last_said(run: Run) -> str:
    return run.before.said[-1].text if run.before.said else ""


def _side_flows(flow: Flow, run: Run) -> tuple[str, ...]:
    running = {position.flow for position in run.stack}
    names = (name for name in flow.topics.values() if name not in running)
    return tuple(dict.fromkeys(names)) if flow.stuck.topics else ()


def _may_cancel(flow: Flow) -> bool:
    return any(command.name == "cancel" for command in flow.commands)


def values_of(ask: AskStep) -> tuple[str, ...]:
    """All answers that a question takes, where they are few; none where they are read from what is said."""
    return tuple(choice.name for choice in ask.choices) or tuple(sorted(ask.type.values))


def _answered(run: Run) -> list[AskStep]:
    """Questions of this conversation whose answers may be changed."""
    steps = (run.step_at(answered.stack[-1]) for answered in run.answered if answered.slot in run.slots)
    asks = (step.action for step in steps if step is not None and isinstance(step.action, AskStep))
    return [ask for ask in asks if not ask.private and not ask.type.takes_anything]
