"""Who helps a caller whom the agent cannot help: the way through a flow to a person, or to a message for one."""

from callagent.dialogue.flow import Flow, Jump, MenuStep, Question, RecordStep, TransferStep
from callagent.dialogue.slots import YesNoType


def way_to_a_person(flow: Flow) -> str:
    """The flow to which a caller goes who can be neither heard nor answered; empty when there is none.

    Where staff send those who are not understood comes first, then what callers may ask for at any time, then any other
    flow in which somebody is rung, and at last one in which a message is recorded.
    """
    named = [rung.jump for rung in reversed(flow.stuck.not_understood)]
    named += [command.jump for command in flow.commands]
    targets = [jump.target for jump in named if jump is not None and jump.how != "end"]
    targets += [name for kind in (TransferStep, RecordStep) for name in flow.flows if _has(flow, name, kind)]
    return next((name for name in targets if _helps(flow, name, frozenset())), "")


def _has(flow: Flow, name: str, kind: type) -> bool:
    return any(isinstance(step.action, kind) for step in flow.flows[name])


def _helps(flow: Flow, name: str, seen: frozenset[str]) -> bool:
    """Whether a flow, or one that it goes to by itself, rings somebody or records a message."""
    if name in seen or name not in flow.flows:
        return False
    if _has(flow, name, TransferStep) or _has(flow, name, RecordStep):
        return True
    jumps = (step.action for step in flow.flows[name] if isinstance(step.action, Jump))
    return any(_helps(flow, jump.target, seen | {name}) for jump in jumps if jump.how != "end")


def can_be_keyed(question: Question) -> bool:
    """Whether the keypad can answer a question."""
    if any(choice.press for choice in question.choices):
        return True
    if isinstance(question, MenuStep):
        return False
    return question.by != "spoken" and (question.type.digits is not None or isinstance(question.type, YesNoType))
