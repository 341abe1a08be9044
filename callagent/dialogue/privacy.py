"""What of a conversation is private: answers that are kept nowhere, and that nobody else is shown."""

from collections.abc import Container, Iterator
from typing import Final

from callagent.dialogue.flow import AskStep, Flow
from callagent.dialogue.state import State

TOLD_NUMBER: Final = "phone number"
"""What a look-up needs that tells of customers by a telephone number that the caller says."""
_OF_CUSTOMERS: Final = ("order number", "caller number", TOLD_NUMBER)


def tells_of_a_customer(needs: Container[str]) -> bool:
    """Whether a look-up with these arguments finds what one customer alone may hear."""
    return any(name in needs for name in _OF_CUSTOMERS)


def private_questions(flow: Flow) -> Iterator[AskStep]:
    """Every question whose answer is private."""
    for steps in flow.flows.values():
        for step in steps:
            if isinstance(step.action, AskStep) and step.action.private:
                yield step.action


def holds_private(flow: Flow, state: State) -> bool:
    """Whether a private answer stands anywhere in the state."""
    private = {ask.slot for ask in private_questions(flow)}
    asides = state.asides
    values = (*state.slots, *state.ahead, *(pair for aside in asides for pair in aside.slots))
    answered = (*state.answered, *(one for aside in asides for one in aside.answered))
    return any(name in private for name, _ in values) or any(one.slot in private for one in answered)
