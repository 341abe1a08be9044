"""Reading the files of transcript tests: ``flows/<shop>/tests/*.yaml``."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from callagent.content.document import Listing, Node, Table, Text, read_tree
from callagent.content.fields import Fields, as_table, as_text, as_texts
from callagent.content.findings import FileFindings, Findings
from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent, CallerUnheard
from callagent.dialogue.flow import Flow
from callagent.workshop.rehearsal import A_FRIDAY, CALLERS, TALK, Given, GivenItem, Trouble
from callagent.workshop.transcripts import CallerDoes, Entry, Expect, Transcript, Wanted, WorldChanges

SILENT: Final = "caller silent"
UNHEARD: Final = "caller unheard"
_GIVEN: Final = (
    *("caller", "clock", "language", "items", "lookups", "model", "nobody", "message"),
    *("known", "memory", "outbound"),
)
_WORDS: Final = ("caller", SILENT, UNHEARD, "keys", "given", "agent", "agent says", "agent not", "agent does", "ends")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(?:(?P<date>\d{4}-\d{2}-\d{2})\s+|(?P<day>[A-Za-z]+)\s+)?(?P<time>\d{1,2}:\d{2})")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_CONFIDENCE = re.compile(r"0(\.\d{1,6})?|1(\.0{1,6})?")


def read_transcripts(paths: Iterable[Path], flow: Flow) -> list[Transcript]:
    """The tests of some files. Raises ContentError with every mistake in all of them."""
    findings = Findings()
    transcripts: list[Transcript] = []
    for path in paths:
        transcripts += _Reader(findings.of(path), flow).read(path)
    findings.raise_any()
    return transcripts


def parse_clock(written: str, base: datetime = A_FRIDAY) -> datetime | None:
    """A moment as staff write it: "21:30", "Sunday 9:00" (on or after `base`), "2026-11-24 21:30"; None for others."""
    match = _CLOCK.fullmatch(written.strip())
    if match is None:
        return None
    try:
        hour, minute = (int(part) for part in match["time"].split(":"))
        moment = datetime.fromisoformat(match["date"]).replace(tzinfo=base.tzinfo) if match["date"] else base
        moment = moment.replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError:
        return None
    if not match["day"]:
        return moment
    name = match["day"].casefold()
    number = next((i for i, day in enumerate(_DAYS) if name in (day, day[:3])), None)
    return None if number is None else moment + timedelta(days=(number - moment.weekday()) % 7)


def parse_caller(written: str) -> str | None:
    """A caller's number: E.164, or by one of the names of `CALLERS`; None for anything else."""
    if written in CALLERS:
        return CALLERS[written]
    return written if _NUMBER.fullmatch(written) else None


class _Reader:
    """Reads one file."""

    def __init__(self, findings: FileFindings, flow: Flow) -> None:
        self._findings = findings
        self._flow = flow
        self._lines = {TALK, *(name for prompts in flow.prompts.values() for name in prompts.lines)}

    def read(self, path: Path) -> list[Transcript]:
        root = read_tree(path, self._findings)
        if root is None:
            return []
        if not isinstance(root, Listing):
            self._findings.add(root.line, "The file must hold a list of tests.", "Start each with '- test: ...'.")
            return []
        return [test for node in root.items if (test := self._test(node)) is not None]

    def _test(self, node: Node) -> Transcript | None:
        table = as_table(node, "A test", self._findings)
        if table is None:
            return None
        fields = Fields(table, ("test", "given", "call"), self._findings, "a test")
        name = fields.text("test", required=True)
        under = fields.under("given")
        given = self._given(under, Given()) if under is not None else Given()
        call = table.get("call")
        if not isinstance(call, Listing):
            self._findings.add(table.line, "The test has no call.", "Add 'call:' with a list below it.")
            return None
        entries: list[Entry] = []
        world = given
        for item in call.items:
            entry = self._entry(item, world)
            if entry is not None:
                entries.append(entry)
                world = entry.given if isinstance(entry, WorldChanges) else world
        return Transcript(name.value if name else "", self._findings.file, table.line, given, tuple(entries))

    # --- the call ----------------------------------------------------------------------------------------------------

    def _entry(self, node: Node, given: Given) -> Entry | None:
        if isinstance(node, Text) and node.value in (SILENT, UNHEARD):
            return CallerDoes(CallerSilent() if node.value == SILENT else CallerUnheard(), node.line)
        if isinstance(node, Text):
            self._findings.unknown(node.line, node.value, "something that happens in a call", _WORDS)
            return None
        table = as_table(node, "What happens in a call", self._findings)
        if table is None or not table.entries:
            return None
        fields = Fields(table, (*_WORDS, "confidence"), self._findings, "a call")
        word, value = table.entries[0]
        for key, _ in table.entries[1:]:
            if key.value != "confidence" or word.value != "caller":
                self._findings.add(key.line, f"'{key.value}' has no place here.", "Give it an entry of its own.")
        if word.value == "given":
            inner = as_table(value, "'given'", self._findings)
            return None if inner is None else WorldChanges(self._given(inner, given), word.line)
        if word.value in {"caller", "keys"}:
            return self._caller(word, fields)
        return self._expect(word, value) if word.value in _WORDS else None

    def _caller(self, word: Text, fields: Fields) -> CallerDoes | None:
        node = fields.table.get(word.value)
        written = node.value if isinstance(node, Text) else None
        if written is None:
            self._findings.add(word.line, f"'{word.value}' must be one value.", "Write what the caller does.")
            return None
        if word.value == "keys":
            if not _KEYS.fullmatch(written):
                self._findings.add(word.line, f"'{written}' are no keys.", 'Keys are 0 to 9, "*" and "#".')
            return CallerDoes(CallerKeyed(written), word.line)
        confidence = fields.text("confidence")
        if confidence is not None and not _CONFIDENCE.fullmatch(confidence.value):
            self._findings.add(confidence.line, f"'{confidence.value}' is no confidence.", "Write 0 to 1, such as 0.4.")
            confidence = None
        return CallerDoes(CallerSaid(written, float(confidence.value) if confidence else 1.0), word.line)

    def _expect(self, word: Text, value: Node) -> Expect | None:
        wanted = cast("Wanted", word.value)
        whole = isinstance(value, Listing)
        texts = as_texts(value, f"'{word.value}'", self._findings)
        if whole and word.value != "agent":
            self._findings.add(word.line, f"'{word.value}' must be one value.", "Make an entry of each.")
            return None
        if wanted in ("agent", "agent not"):
            for text in texts:
                if text.value not in self._lines:
                    self._findings.unknown(text.line, text.value, "a line of the prompts", self._lines)
        return Expect(wanted, tuple(text.value for text in texts), word.line, whole) if texts or whole else None

    # --- the world ---------------------------------------------------------------------------------------------------

    def _given(self, table: Table, base: Given) -> Given:
        fields = Fields(table, _GIVEN, self._findings, "'given'")
        caller, clock = fields.text("caller"), fields.text("clock")
        number = parse_caller(caller.value) if caller else base.caller
        if caller and number is None:
            remedy = f"Write {', '.join(CALLERS)} or a number such as +919800000001."
            self._findings.add(caller.line, f"'{caller.value}' is no caller.", remedy)
        moment = parse_clock(clock.value, base.clock) if clock else base.clock
        if clock and moment is None:
            remedy = "Write 21:30, Sunday 21:30 or 2026-11-24 21:30."
            self._findings.add(clock.line, f"'{clock.value}' is no time.", remedy)
        language = fields.text("language")
        if language and language.value not in self._flow.languages:
            self._findings.unknown(language.line, language.value, "a language of this flow", self._flow.languages)
            language = None
        return Given(
            clock=moment or base.clock,
            caller=number or "",
            language=language.value if language else base.language,
            items=self._items(fields.under("items")) if table.get("items") else base.items,
            lookups=self._lookups(fields.under("lookups")) if table.get("lookups") else base.lookups,
            model=fields.yes("model", default=base.model),
            nobody=fields.yes("nobody", default=base.nobody),
            message=fields.yes("message", default=base.message),
            outbound=fields.yes("outbound", default=base.outbound),
            known=self._facts(known) if (known := fields.under("known")) else base.known,
            memory=fields.yes("memory", default=base.memory),
        )

    def _items(self, table: Table | None) -> Mapping[str, GivenItem]:
        return {key.value: self._item(key, node) for key, node in (table.entries if table else ())}

    def _item(self, name: Text, node: Node) -> GivenItem:
        if isinstance(node, Table):
            return GivenItem(facts=self._facts(node))
        if isinstance(node, Text) and not node.value:
            return GivenItem()
        return GivenItem(tuple(text.value for text in as_texts(node, f"'{name.value}'", self._findings)))

    def _lookups(self, table: Table | None) -> Mapping[str, Trouble]:
        return {key.value: self._trouble(node) for key, node in (table.entries if table else ())}

    def _trouble(self, node: Node) -> Trouble:
        if isinstance(node, Table):
            return self._facts(node)
        if isinstance(node, Listing):
            return tuple(text.value for text in as_texts(node, "What a look-up comes to", self._findings))
        text = as_text(node, "What a look-up comes to", self._findings)
        if text is not None and text.value == "not found":
            return "not found"
        if text is not None and text.value != "down":
            known = ("down", "not found", "{price: 100, ...}")
            self._findings.unknown(text.line, text.value, "what a look-up can come to", known)
        return "down"

    def _facts(self, table: Table) -> Mapping[str, str]:
        return {key.value: node.value for key, node in table.entries if isinstance(node, Text)}
