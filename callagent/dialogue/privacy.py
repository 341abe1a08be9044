"""What of a conversation is private: answers that are kept nowhere, and that nobody else is shown."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.actions import Kind
from callagent.dialogue.flow import AskStep, Flow, LookupStep, MenuStep
from callagent.dialogue.state import State

TOLD_NUMBER: Final = "phone number"
"""What a look-up needs that tells of customers by a telephone number that the caller says."""
_HARMLESS: Final = (Kind.ITEM, Kind.NUMBER, Kind.CHOICE, Kind.YES_NO)
"""Answers that many callers give in the same words."""
_OF_CUSTOMERS: Final = ("order number", "caller number", TOLD_NUMBER)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a flow keeps of whom; made once for a flow, as it takes all of its steps."""

    private: frozenset[str]
    """Slots of private questions."""
    told_everybody: frozenset[str]
    """As `told_everybody` gives them."""


def privacy_of(flow: Flow) -> Privacy:
    """Which of a flow's values are private, and which say nothing of a caller."""
    actions = (step.action for steps in flow.flows.values() for step in steps)
    private = frozenset(action.slot for action in actions if isinstance(action, AskStep) and action.private)
    return Privacy(private, told_everybody(flow))


def tells_of_a_customer(needs: Container[str]) -> bool:
    """Whether a look-up with these arguments finds what one customer alone may hear."""
    return any(name in needs for name in _OF_CUSTOMERS)


def told_everybody(flow: Flow) -> frozenset[str]:
    """The values that say nothing of a caller: which item, or how many, they ask for, and what the tables tell of it.

    No other answer is among them, were it a date, and nothing that such an answer was needed to look up.
    """
    actions = [step.action for steps in flow.flows.values() for step in steps]
    own: set[str] = {"caller number"}
    told: set[str] = set()
    for action in actions:
        if isinstance(action, AskStep):
            is_told = action.kind in _HARMLESS and not (action.private or action.remember)
            (told if is_told else own).update({action.slot, action.remember} - {""})
        elif isinstance(action, MenuStep):
            told |= {action.slot} - {""}
    look_ups = [action for action in actions if isinstance(action, LookupStep)]
    settled = False
    while not settled:
        before = len(told), len(own)
        for look_up in look_ups:
            gives = {*look_up.gives, *look_up.translated}
            if own.intersection(look_up.arguments) or tells_of_a_customer(look_up.arguments):
                own |= gives
            elif told.issuperset(look_up.arguments):
                told |= gives
        settled = before == (len(told), len(own))
    return frozenset(told - own)


def private_values(flow: Flow, private: Container[str], state: State) -> tuple[str, ...]:
    """All answers to `private` that stand anywhere in the state, with one that is still being confirmed."""
    asides = state.asides
    values = (*state.slots, *state.ahead, *(pair for aside in asides for pair in aside.slots))
    answered = (*state.answered, *(one for aside in asides for one in aside.answered))
    found = [value for name, value in values if name in private]
    found += [one.value for one in answered if one.slot in private]
    if state.pending and state.stack:
        here = state.stack[-1]
        step = dict(enumerate(flow.flows.get(here.flow, ()))).get(here.step)
        if step is not None and isinstance(step.action, AskStep) and step.action.private:
            found.append(state.pending)
    return tuple(dict.fromkeys(value for value in found if value))


def holds_private(private: Container[str], state: State) -> bool:
    """Whether an answer to `private` stands anywhere in the state."""
    asides = state.asides
    values = (*state.slots, *state.ahead, *(pair for aside in asides for pair in aside.slots))
    answered = (*state.answered, *(one for aside in asides for one in aside.answered))
    return any(name in private for name, _ in values) or any(one.slot in private for one in answered)
