"""What reading a step needs, whatever its action: keys, choices, jumps, names."""

import re
from collections.abc import Iterable
from typing import Literal

from callagent.content.document import Node, Table, Text
from callagent.content.fields import Fields, as_table
from callagent.content.findings import FileFindings
from callagent.dialogue.facts import Facts
from callagent.dialogue.flow import Choice, Jump
from callagent.dialogue.references import References

KEYS = "0123456789*#"
_SECONDS = re.compile(r"(\d{1,3}) seconds?")


class Reading:
    """One file being read; keeps the names it uses for the checks."""

    def __init__(self, findings: FileFindings, references: References, facts: Facts) -> None:
        self.findings = findings
        self.references = references
        self.facts = facts

    def choices(self, fields: Fields, *, jumps: bool) -> tuple[Choice, ...]:
        """What stands under `choices`; with `jumps` a choice may say where to go."""
        table = fields.under("choices", required=True)
        choices = tuple(self._choice(key, node, jumps=jumps) for key, node in (table.entries if table else ()))
        pressed: dict[str, str] = {}
        for choice, (key, _) in zip(choices, table.entries if table else (), strict=True):
            if choice.press and choice.press in pressed:
                what = f"Key {choice.press} is both '{pressed[choice.press]}' and '{choice.name}'."
                self.findings.add(key.line, what, "Give every choice its own key.")
            pressed.setdefault(choice.press, choice.name)
        if table is not None and not choices:
            self.findings.add(table.line, "There is nothing to choose.", "Add a choice.")
        return choices

    def _choice(self, name: Text, node: Node, *, jumps: bool) -> Choice:
        self.references.said.add(name.value)
        if isinstance(node, Text) and not node.value:  # "red:" alone is a choice with nothing to say about it
            return Choice(name.value)
        table = as_table(node, f"The choice '{name.value}'", self.findings) or Table((), node.line)
        known = ("press", "do", "go to", "end") if jumps else ("press",)
        fields = Fields(table, known, self.findings, f"the choice '{name.value}'")
        return Choice(name.value, self.key(fields), self.jump(fields) if jumps else None)

    def key(self, fields: Fields) -> str:
        """The telephone key under `press`; empty for none."""
        press = fields.text("press")
        if press is not None and (len(press.value) != 1 or press.value not in KEYS):
            self.findings.add(press.line, f"'{press.value}' is no key.", 'Keys are 0 to 9, "*" and "#".')
            return ""
        return press.value if press else ""

    def jump(self, fields: Fields) -> Jump | None:
        """What stands under `do`, `go to` or `end`; None when none does, a finding when two do."""
        hows: tuple[Literal["do", "go to", "end"], ...] = ("do", "go to", "end")
        found = [(how, text) for how in hows if (text := fields.text(how)) is not None]
        if len(found) > 1:
            what = f"Both '{found[0][0]}' and '{found[1][0]}': only one can be."
            self.findings.add(found[1][1].line, what, "Keep one of them.")
        if not found:
            return None
        how, target = found[0]
        (self.references.lines if how == "end" else self.references.targets).append(target)
        return Jump(how, target.value)

    def target(self, text: Text | None) -> str:
        """Name of a flow to go to; empty for none."""
        if text is None:
            return ""
        self.references.targets.append(text)
        return text.value

    def among(self, texts: tuple[Text, ...], known: Iterable[str], kind: str) -> None:
        """A finding for every text that is not known."""
        names = tuple(known)
        for text in texts:
            if text.value not in names:
                self.findings.unknown(text.line, text.value, kind, names)

    def line(self, text: Text | None) -> str:
        """Name of a line of the prompts; empty for none."""
        if text is None:
            return ""
        self.references.lines.append(text)
        return text.value

    def people(self, texts: tuple[Text, ...]) -> tuple[str, ...]:
        """Names of people."""
        self.references.people.extend(texts)
        return tuple(text.value for text in texts)

    def seconds(self, text: Text | None, usual: float) -> float:
        """A time such as "25 seconds"; `usual` when none is written."""
        if text is None:
            return usual
        match = _SECONDS.fullmatch(text.value)
        if match is None or not int(match[1]):
            self.findings.add(text.line, f"'{text.value}' is no time.", "Write '25 seconds'.")
            return usual
        return float(match[1])
