"""Reading prompts/<shop>/<language>.yaml: lines, words and the model's instructions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from callagent.content.document import Node, Table, Text, read_document
from callagent.content.fields import Fields, as_table, as_text, as_texts
from callagent.content.findings import FileFindings
from callagent.dialogue.actions import Mood
from callagent.dialogue.understanding import spoken_form
from callagent.dialogue.wording import MOODS, VARIANTS, Line, Template, Variant, make_line, parse_template


@dataclass(frozen=True, slots=True)
class PromptsFile:
    """What stands in one prompts file, each name with its line in the file."""

    findings: FileFindings
    lines: Mapping[str, tuple[Line, int]]
    words: Mapping[str, tuple[tuple[str, ...], int]]
    talk: Mapping[str, tuple[str, int]]
    texts: Mapping[str, tuple[Template, int]]
    values: Mapping[str, tuple[str, int]]

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of it could be read, which its findings say why."""
        return self.findings.found and not (self.lines or self.words)


def read_prompts(path: Path, findings: FileFindings) -> PromptsFile:
    """Read one language's file; mistakes become findings and what is right is returned."""
    document = read_document(path, findings)
    if document is None:
        return PromptsFile(findings, {}, {}, {}, {}, {})
    fields = Fields(document, ("lines", "words", "talk", "texts", "values"), findings, "a prompts file")
    lines = {
        key.value: (line, key.line)
        for key, node in _entries(fields.under("lines", required=True))
        if (line := _line(key, node, findings)) is not None
    }
    words = {
        key.value: (_phrases(as_texts(node, f"'{key.value}'", findings), findings), key.line)
        for key, node in _entries(fields.under("words"))
    }
    talk = {
        key.value: (text.value, key.line)
        for key, node in _entries(fields.under("talk"))
        if (text := as_text(node, f"'{key.value}'", findings)) is not None
    }
    texts = {
        key.value: (parse_template(text.value, findings.at(text.line)), key.line)
        for key, node in _entries(fields.under("texts"))
        if (text := as_text(node, f"'{key.value}'", findings)) is not None
    }
    values = {
        key.value: (text.value, key.line)
        for key, node in _entries(fields.under("values"))
        if (text := as_text(node, f"'{key.value}'", findings)) is not None
    }
    return PromptsFile(findings, lines, words, talk, texts, values)


def _entries(table: Table | None) -> tuple[tuple[Text, Node], ...]:
    return table.entries if table is not None else ()


def _phrases(texts: tuple[Text, ...], findings: FileFindings) -> tuple[str, ...]:
    for text in texts:
        if not spoken_form(text.value):
            findings.add(text.line, f"'{text.value}' has no word in it.", "Write what a caller says.")
    return tuple(text.value for text in texts)


def _line(key: Text, node: Node, findings: FileFindings) -> Line | None:
    written: dict[Variant, Text | None]
    mood: Mood | None = None
    if isinstance(node, Text):
        written, interruptible = {"text": as_text(node, f"'{key.value}'", findings)}, True
    elif (table := as_table(node, f"'{key.value}'", findings)) is not None:
        fields = Fields(table, (*VARIANTS, "interruptible", "mood"), findings, f"the line '{key.value}'")
        written = {variant: fields.text(variant, required=variant == "text") for variant in VARIANTS}
        interruptible = fields.yes("interruptible", default=True)
        wanted = fields.text("mood")
        mood = next((one for one in MOODS if wanted is not None and one == wanted.value), None)
        if wanted is not None and mood is None:
            findings.unknown(wanted.line, wanted.value, "a mood", MOODS)
    else:
        return None
    wordings = {
        variant: parse_template(text.value, findings.at(text.line))
        for variant, text in written.items()
        if text is not None
    }
    return make_line(key.value, wordings, interruptible=interruptible, mood=mood) if "text" in wordings else None
