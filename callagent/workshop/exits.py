"""Where a step may lead, told alike for every action."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from callagent.dialogue.flow import Action, Choice, Jump

_SIDE_EXITS: Final = {
    "anything_else": "anything else",
    "not_found": "not found",
    "down": "down",
    "nobody": "nobody",
}
"""Settings that name a flow to go to when things go another way."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a step."""

    label: str
    """Why it is taken: a choice, "down"; empty for always."""
    target: str
    """A flow; a line when the call ends with it."""
    press: str = ""
    """Key of the choice."""
    comes_back: bool = False
    ends: bool = False
    aside: bool = False
    """Taken when things do not go as wished."""


def exits_of(action: Action) -> Iterator[Exit]:
    """Every way out of a step but the next step."""
    if isinstance(action, Jump):
        yield _jump("", "", action)
    choices: tuple[Choice, ...] = getattr(action, "choices", ())
    for choice in choices:
        if choice.jump is not None:
            yield _jump(choice.name, choice.press, choice.jump)
    for name in getattr(action, "may_open", ()):
        yield Exit("may open", name)
    for setting, label in _SIDE_EXITS.items():
        target = getattr(action, setting, "")
        if target:
            yield Exit(label, target, aside=True)


def name_of(action: Action) -> str:
    """What a step's word is followed by: a line, a slot, a source, a flow."""
    value: Any = action.target if isinstance(action, Jump) else getattr(action, fields(action)[0].name)
    return value if isinstance(value, str) else ", ".join(value)


def line_of(action: Action) -> str:
    """The line of the prompts that a step says; empty for none."""
    if isinstance(action, Jump):
        return action.target if action.how == "end" else ""
    return str(getattr(action, "line", ""))


def _jump(label: str, press: str, jump: Jump) -> Exit:
    return Exit(label, jump.target, press, comes_back=jump.how == "do", ends=jump.how == "end")
