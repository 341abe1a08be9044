"""Reading what flow.yaml says besides its flows: people, experiments, overrides, side questions."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from callagent.content.document import Listing, Table, Text
from callagent.content.fields import Fields, as_table
from callagent.dialogue.actions import Person
from callagent.dialogue.flow import Experiment, Override
from callagent.dialogue.reading import COUNTRY
from callagent.dialogue.step_reader import Reading

_PHONE = re.compile(r"\+?\d[\d ()-]{5,22}\d")
_DIGITS_BEHIND: Mapping[str, int] = {"91": 10, "1": 10}
"""Country codes behind which every number has as many digits."""
_FEWEST, _MOST = 8, 15
"""Digits of any number in the world, country code included."""
_RING_S = 25.0
_WEIGHT = re.compile(r"[1-9]\d{0,3}")


def read_people(fields: Fields, reader: Reading) -> Mapping[str, Person]:
    """``people: {owner: {phone: +919800000002, ring: 20 seconds}}``."""
    table = fields.under("people")
    people: dict[str, Person] = {}
    for key, node in table.entries if table else ():
        entry = as_table(node, f"'{key.value}'", fields.findings)
        if entry is None:
            continue
        inner = Fields(entry, ("phone", "ring"), fields.findings, f"the person '{key.value}'")
        phone = inner.text("phone", required=True)
        number = _number(phone, fields) if phone is not None else ""
        people[key.value] = Person(key.value, number, reader.seconds(inner.text("ring"), _RING_S))
        if key.value == "caller":
            fields.findings.add(key.line, "'caller' has a meaning of its own.", "Choose another name.")
    return people


def _number(phone: Text, fields: Fields) -> str:
    """A telephone number as the network dials it; without a country code it is one of this country's."""
    digits = re.sub(r"\D", "", phone.value)
    if not _PHONE.fullmatch(phone.value):
        fields.findings.add(phone.line, f"'{phone.value}' is no telephone number.", "Write it as +919800000001.")
        return ""
    if not phone.value.startswith("+"):
        digits = COUNTRY.removeprefix("+") + digits.removeprefix("0")
    code = next((code for code in _DIGITS_BEHIND if digits.startswith(code)), "")
    if code and len(digits) != len(code) + _DIGITS_BEHIND[code]:
        what = f"'{phone.value}' is no telephone number: {len(digits) - len(code)} digits where a number has "
        what += f"{_DIGITS_BEHIND[code]} behind +{code}."
        fields.findings.add(phone.line, what, "Write it as +919800000001.")
    elif not _FEWEST <= len(digits) <= _MOST or digits.startswith("0"):
        what = f"'{phone.value}' is no telephone number: it begins with the country code, and has 8 to 15 digits."
        fields.findings.add(phone.line, what, "Write it as +919800000001.")
    return f"+{digits}"


def read_experiments(fields: Fields) -> tuple[tuple[Experiment, int], ...]:
    """``experiments: {greeting: {short: 50, long: 50, until: 2026-12-31}}``, each with its line."""
    table = fields.under("experiments")
    found: list[tuple[Experiment, int]] = []
    for key, node in table.entries if table else ():
        entry = as_table(node, f"'{key.value}'", fields.findings)
        if entry is None:
            continue
        until: date | None = None
        parts: list[tuple[str, int]] = []
        for name, weight in entry.entries:
            text = weight.value if isinstance(weight, Text) else ""
            if name.value == "until":
                until = _date(text, name.line, fields)
            elif not _WEIGHT.fullmatch(text):
                fields.findings.add(name.line, f"'{text}' is no part of callers.", "Write a whole number, such as 50.")
            else:
                parts.append((name.value, int(text)))
        if len(parts) < 2:
            fields.findings.add(key.line, f"'{key.value}' has nothing to compare.", "Write {short: 50, long: 50}.")
        if parts:
            found.append((Experiment(key.value, tuple(parts), until), key.line))
    return tuple(found)


def _date(text: str, line: int, fields: Fields) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.findings.add(line, f"'{text}' is no date.", "Write it as 2026-10-20.")
        return None


def read_overrides(fields: Fields, reader: Reading) -> tuple[tuple[Override, int], ...]:
    """``overrides: [{shop is: closed, until: 2026-11-09 10:00}]``, each with its line.

    Or ``{say: closed_for_diwali, instead of: welcome, until: ...}``; `from` may say when it begins.
    """
    node = fields.table.get("overrides")
    if node is None:
        return ()
    if not isinstance(node, Listing):
        fields.findings.add(node.line, "'overrides' must be a list.", "Start every one with '- '.")
        return ()
    tables = [as_table(item, "An override", fields.findings) for item in node.items]
    return tuple(
        (made, table.line) for table in tables if table is not None and (made := _override(table, fields, reader))
    )


def _override(table: Table, fields: Fields, reader: Reading) -> Override | None:
    known = ("shop is", "say", "instead of", "from", "until", "called")
    inner = Fields(table, known, fields.findings, "an override")
    shop, say, instead = inner.text("shop is"), inner.text("say"), inner.text("instead of")
    if shop is not None and shop.value not in ("open", "closed"):
        fields.findings.unknown(shop.line, shop.value, "a value of 'shop'", ("open", "closed"))
    if (say is None) != (instead is None):
        what = "'say' and 'instead of' belong together."
        fields.findings.add(table.line, what, "Write {say: closed_for_diwali, instead of: welcome, until: ...}.")
    elif say is None and shop is None:
        fields.findings.add(table.line, "This override changes nothing.", "Write 'shop is: closed', or 'say: ...'.")
    since, until = _moment(inner, "from", required=False), _moment(inner, "until", required=True)
    if until is None:
        return None
    if since is not None and since >= until:
        fields.findings.add(table.line, "It is over before it begins.", "'until' must be later than 'from'.")
    line, spoken = reader.line(instead), reader.line(say)
    called = tuple(text.value for text in inner.texts("called"))
    return Override(until, since, shop.value if shop else "", line, spoken if line else "", called)


def _moment(fields: Fields, name: str, *, required: bool) -> datetime | None:
    text = fields.text(name, required=required)
    if text is None:
        return None
    try:
        return datetime.strptime(text.value, "%Y-%m-%d %H:%M")  # noqa: DTZ007  # wall time of the shop, as staff mean it
    except ValueError:
        fields.findings.add(text.line, f"'{text.value}' is no date and time.", "Write it as 2026-11-09 10:00.")
        return None


def read_topics(fields: Fields, reader: Reading) -> Mapping[str, str] | None:
    """``topics: {price: price}``: names of intents or of lists of words, each with its flow. None when not written."""
    table = fields.under("topics")
    if table is None:
        return None
    topics: dict[str, str] = {}
    for key, node in table.entries:
        if isinstance(node, Text) and node.value:
            topics[key.value] = reader.target(node)
            reader.references.said.add(key.value)
        else:
            fields.findings.add(key.line, f"'{key.value}' opens nothing.", f"Write '{key.value}: ' and a flow.")
    return topics
