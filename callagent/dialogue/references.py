"""The names that a flow file uses and gives, each with its line: what the checks compare."""

from dataclasses import dataclass, field

from callagent.content.document import Text
from callagent.dialogue.condition import Condition


@dataclass(slots=True)
class Slot:
    """A value that the flow gets somewhere."""

    values: frozenset[str] = frozenset()
    """All that it can be; empty when it can be anything."""
    form: str = ""
    """How it is said; empty to go by its looks."""
    private: bool = False


@dataclass(slots=True)
class References:
    """Gathered while the steps are read, checked when all files are."""

    targets: list[Text] = field(default_factory=list)
    """Names of flows to go to."""
    lines: list[Text] = field(default_factory=list)
    talks: list[Text] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    """Choices, commands and flows that have words in prompts."""
    conditions: list[tuple[Condition, int]] = field(default_factory=list)
    arguments: list[Text] = field(default_factory=list)
    """Slots that look-ups use, or questions offer."""
    people: list[Text] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    """Text messages."""
    slots: dict[str, Slot] = field(default_factory=dict)
    """Slots that questions and look-ups fill."""

    def of_another_file(self) -> "References":
        """For a file that belongs to the same flow: one name space for values and words."""
        return References(said=self.said, slots=self.slots)

    def fill(self, name: str, slot: Slot) -> None:
        """A slot is filled here; filled in several places, it can be what any of them makes it."""
        known = self.slots.get(name)
        if known is None:
            self.slots[name] = slot
            return
        known.values = known.values | slot.values if known.values and slot.values else frozenset()
        known.form = known.form if known.form == slot.form else ""
        known.private = known.private or slot.private
