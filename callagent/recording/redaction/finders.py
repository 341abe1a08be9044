"""Finds personal data in what was said or written: cards, Aadhaars, PANs, telephones, UPI and e-mail addresses.

English, Hindi and Hinglish, in figures of either script, in words, and mixed. A number whose parts are in different
texts is not found: nothing here remembers what was said before.
"""

from callagent.recording.redaction.addresses import find_addresses_in
from callagent.recording.redaction.finds import Find
from callagent.recording.redaction.numbers import find_numbers_in
from callagent.recording.redaction.pans import find_pans_in
from callagent.recording.redaction.pieces import CLOSE, OPEN, cut
from callagent.recording.redaction.promise import promise


def find_personal(text: str, own: frozenset[str] = frozenset()) -> tuple[Find, ...]:
    """All personal data in a text, in order, without overlaps.

    `own` are digits that count as a telephone's number whatever they look like, such as the caller's without the
    country; at least eight.
    """
    promised = promise(text)
    if not promised:
        return ()
    pieces = cut(text)
    finds: list[Find] = []
    if promised.addresses:
        finds += find_addresses_in(text, pieces)
    if promised.pans:
        finds += find_pans_in(text, pieces)
    if promised.numbers:
        finds += find_numbers_in(pieces, own)
    return _apart(finds) if finds else ()


def mask(text: str) -> str:
    """The text with the kind of personal data in its place, such as ⟦phone⟧: for what is to be remembered nowhere."""
    finds = find_personal(text)
    if not finds:
        return text
    parts: list[str] = []
    end = 0
    for find in finds:
        parts += (text[end : find.begin], f"{OPEN}{find.kind}{CLOSE}")
        end = find.end
    return "".join((*parts, text[end:]))


def _apart(finds: list[Find]) -> tuple[Find, ...]:
    """Of those that overlap, the first, and of these the longest."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda find: (find.begin, -find.end)):
        if not kept or find.begin >= kept[-1].end:
            kept.append(find)
    return tuple(kept)
