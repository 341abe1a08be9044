"""The keys of one mapping in a staff file, read as what they must be."""

from collections.abc import Iterable

from callagent.content.document import Listing, Node, Table, Text
from callagent.content.findings import FileFindings


class Fields:
    """A mapping of which only certain keys are allowed; every reader adds a finding for what is not right."""

    def __init__(self, table: Table, known: Iterable[str], findings: FileFindings, where: str) -> None:
        self.table = table
        self.findings = findings
        self._where = where
        names = tuple(known)
        for key, _ in table.entries:
            if key.value not in names:
                findings.unknown(key.line, key.value, f"a word of {where}", names)

    def text(self, name: str, *, required: bool = False) -> Text | None:
        """A single value that is not empty."""
        node = self.table.get(name)
        if node is None:
            if required:
                self.findings.add(self.table.line, f"{self._where} has no '{name}'.", f"Add '{name}: ...'.")
            return None
        return as_text(node, f"'{name}'", self.findings)

    def texts(self, name: str) -> tuple[Text, ...]:
        """A list of values; one value alone is a list of one."""
        node = self.table.get(name)
        return () if node is None else as_texts(node, f"'{name}'", self.findings)

    def under(self, name: str, *, required: bool = False) -> Table | None:
        """A mapping."""
        node = self.table.get(name)
        if node is None:
            if required:
                self.findings.add(self.table.line, f"{self._where} has no '{name}'.", f"Add '{name}:'.")
            return None
        return as_table(node, f"'{name}'", self.findings)

    def yes(self, name: str, *, default: bool) -> bool:
        """A yes or a no."""
        text = self.text(name)
        if text is None:
            return default
        if text.value not in ("yes", "no"):
            self.findings.add(text.line, f"'{text.value}' is neither yes nor no.", f"Write '{name}: yes' or 'no'.")
        return text.value == "yes"


def as_text(node: Node, what: str, findings: FileFindings) -> Text | None:
    """`node` when it is a text with something in it."""
    if not isinstance(node, Text):
        findings.add(node.line, f"{what} must be one value, not a list or pairs.")
        return None
    if not node.value.strip():
        findings.add(node.line, f"{what} is empty.", 'Write a value after the colon; "#" and "*" need quotes.')
        return None
    return Text(node.value.strip(), node.line)


def as_texts(node: Node, what: str, findings: FileFindings) -> tuple[Text, ...]:
    """The texts of a list; a text alone is a list of one."""
    if isinstance(node, Table):
        findings.add(node.line, f"{what} must be a list.", "Write [one, two, three].")
        return ()
    nodes = node.items if isinstance(node, Listing) else (node,)
    texts = (as_text(item, f"A value of {what}", findings) for item in nodes)
    return tuple(text for text in texts if text is not None)


def as_table(node: Node, what: str, findings: FileFindings) -> Table | None:
    """`node` when it is a mapping."""
    if not isinstance(node, Table):
        findings.add(node.line, f"{what} must hold 'word: value' pairs.")
        return None
    return node
