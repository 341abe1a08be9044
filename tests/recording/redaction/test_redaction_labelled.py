"""How much personal data is found in labelled lines, and how much that is none."""

from collections import Counter
from functools import cache

import pytest
from support.personal_data import Line, harmless_made_lines, made_lines, shop_lines, written_lines

from callagent.recording.redaction import KINDS, Find, find_personal

pytestmark = pytest.mark.unmeasured

SETS = {
    "hand": lambda: written_lines("labelled.yaml"),
    "held out": lambda: written_lines("held_out.yaml"),
    "held out 2": lambda: written_lines("held_out_2.yaml"),
    "held out 3": lambda: written_lines("held_out_3.yaml"),
    "held out 4": lambda: written_lines("held_out_4.yaml"),
    "held out 5": lambda: written_lines("held_out_5.yaml"),
    "held out 6": lambda: written_lines("held_out_6.yaml"),
    "made": lambda: [*made_lines(), *harmless_made_lines()],
    "shop": shop_lines,
}


@cache
def lines_of(name: str) -> list[Line]:
    """One of `SETS`."""
    return SETS[name]()


def covers(line: Line, finds: tuple[Find, ...]) -> bool:
    """Whether all letters and digits that are marked are found, as what they are."""
    found = {at for find in finds if find.kind == line.kind for at in range(find.begin, find.end)}
    marked = {at for begin, end in line.places for at in range(begin, end) if line.text[at].isalnum()}
    return marked <= found and (not line.value or line.value in {find.value for find in finds})


def missed(lines: list[Line]) -> list[Line]:
    """Those in which something is not found, or read wrong."""
    return [line for line in lines if line.kind and not covers(line, find_personal(line.text))]


def hit(lines: list[Line]) -> list[Line]:
    """Those without personal data in which some is found."""
    return [line for line in lines if line.kind is None and find_personal(line.text)]


def told(lines: list[Line]) -> str:
    """For whoever broke something."""
    return "\n".join(f"{line.kind} {line.form}: {line.text} -> {find_personal(line.text)}" for line in lines)


def test_the_set_is_large_enough() -> None:
    """At least 600 lines with personal data, over all kinds, and as many without."""
    lines = [line for name in SETS for line in lines_of(name)]
    kinds = Counter(line.kind for line in lines)

    assert sum(kinds[kind] for kind in KINDS) >= 600
    assert kinds[None] >= 600
    assert min(kinds[kind] for kind in KINDS) >= 60


@pytest.mark.parametrize("kind", KINDS)
def test_at_least_99_percent_is_found(kind: str) -> None:
    """Of each kind, over the lines that were written by hand and those that were made."""
    lines = [line for name in ("hand", "made") for line in lines_of(name) if line.kind == kind]
    lost = missed(lines)

    assert 1 - len(lost) / len(lines) >= 0.99, told(lost)


@pytest.mark.parametrize("name", ["hand", "made", "shop"])
def test_at_most_1_percent_is_found_that_is_none(name: str) -> None:
    """Prices, models, order numbers, sizes, quantities, dates and what callers otherwise say stay as they are."""
    lines = [line for line in lines_of(name) if line.kind is None]
    wrong = hit(lines)

    assert len(wrong) / len(lines) <= 0.01, told(wrong)


@pytest.mark.parametrize("name", ["held out", "held out 2", "held out 3", "held out 4", "held out 5", "held out 6"])
def test_lines_that_were_held_out_are_read_as_well(name: str) -> None:
    """At least 97 % found, at most 2 % hit: limits for after the mending, not what new callers may expect.

    On the first reading of each sample, whose mistakes were repaired afterwards, 83 of 87, 64 of 64 and 42 of 42 lines
    were found (97.9 % of all), and 2 of 50, 1 of 45 and 2 of 40 that hold nothing were hit (3.7 %): lists of figures,
    codes and numbers that cost nothing, of which they are full. These were written with the finders in mind.

    The fourth to the sixth were written without a look at the finders. On the first reading of the fourth
    232 of 244 were found (95.1 %; phone 42 of 44, card 41 of 42, Aadhaar 39 of 39, PAN 35 of 39, UPI 39 of 40, e-mail
    36 of 40) and 0 of 303 hit; of the fifth 255 of 276 (92.4 %; phone 43 of 47, card 42 of 47, Aadhaar 42 of 45, PAN 42
    of 45, UPI 44 of 46, e-mail 42 of 46), and 2 of 302 hit. Their mistakes were repaired before
    the sixth was read: 171 of 180 were found (95.0 %; phone 27 of 30, card 29, Aadhaar 30, PAN 29, UPI 29, e-mail 27)
    and 0 of 200 hit. What it missed were numbers with a pause or a correction in them; the pauses were repaired.
    """
    lines = lines_of(name)
    positive = [line for line in lines if line.kind]
    negative = [line for line in lines if line.kind is None]

    assert len(missed(positive)) / len(positive) <= 0.03, told(missed(positive))
    assert len(hit(negative)) / len(negative) <= 0.02, told(hit(negative))
