"""Markup taken out of a text, whole or as it is written: SSML, HTML, XML, comments, and the same as entities.

It is taken out before a text is cut into sentences: a tag may hold full stops, and half a tag is none.
"""

import re
from html import unescape
from typing import Final

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
_ENTITY_BEGUN: Final = re.compile(r"&(?:#[0-9a-fA-FxX]{0,7}|[A-Za-z]{0,31})\Z")

_OPENING: Final = r"</?(?:[A-Za-z?]|!(?!--))"
"""A letter follows at once: a price "< 500" and a comparison "a < b" begin no tag."""
_NAMES: Final = r"[^<>=]{0,200}"
_VALUE: Final = r"""(?:=\s*"[^"<]{0,2000}"|=\s*'[^'<]{0,2000}'|=(?!\s*["']))"""
_TAG: Final = re.compile(rf"<!--.{{0,2000}}?-->|{_OPENING}{_NAMES}(?:{_VALUE}{_NAMES})*>", re.DOTALL)
"""A quoted value may hold anything but the beginning of another tag, a closing bracket and full stops as well."""
_TAG_BEGUN: Final = re.compile(
    rf"""<(?:/?|!-?|!--.{{0,2000}}|{_OPENING[1:]}{_NAMES}(?:{_VALUE}{_NAMES})*(?:=\s*(?:"[^"<]{{0,2000}}|'[^'<]{{0,2000}})?)?)\Z""",
    re.DOTALL,
)
_SSML: Final = (
    "speak|break|prosody|emphasis|say-as|phoneme|sub|audio|desc|mark|voice|lang|lexicon|lookup|token|metadata|meta"
)
_BROKEN: Final = re.compile(
    rf"""</?[A-Za-z!?][^<>]{{0,200}}>
    | <\s*/?\s*(?:{_SSML})\b[^<>]{{0,200}}>
    | <(?:/?(?:{_SSML})\b|[A-Za-z][\w:.-]*(?=\s+[\w:.-]+\s*=\s*["']))
      (?:\s+[\w:.-]+\s*=\s*(?:"[^"]{{0,2000}}"?|'[^']{{0,2000}}'?))*\s*/?>?""",
    re.IGNORECASE | re.VERBOSE,
)
"""A tag with a quotation mark too many or too few, one with spaces in front of its name, one that nothing closes."""


class Markup:
    """Of a text that is still being written: a tag is held back until it is known where it ends."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, written: str) -> str:
        """What may be spoken now that more has been written: text without markup, a space where there was any."""
        if not self._held and "<" not in written and "&" not in written:
            return written
        text = _without_entities(self._held + written)
        entity = _ENTITY_BEGUN.search(text)
        known = text[: entity.start()] if entity else text
        spoken, begun = _parted(known, complete=False)
        self._held = begun + text[len(known) :]
        return spoken

    def end(self) -> str:
        """What was held back and is no markup, now that nothing more comes."""
        held, self._held = self._held, ""
        return without_markup(held)

    @property
    def held(self) -> int:
        """Characters that are held back."""
        return len(self._held)


def without_markup(text: str) -> str:
    """A complete text with spaces where its markup was; entities outside of it are the characters they stand for."""
    return _parted(_without_entities(text), complete=True)[0]


def _parted(text: str, *, complete: bool) -> tuple[str, str]:
    """What is no markup, and the tag behind it that may go on."""
    spoken: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        spoken.append(text[at:start])
        tag = _TAG.match(text, start)
        if not (tag or complete) and _TAG_BEGUN.match(text, start):
            return "".join(spoken), text[start:]
        tag = tag or _BROKEN.match(text, start)
        spoken.append(" " if tag else "<")
        at = tag.end() if tag else start + 1
    return "".join([*spoken, text[at:]]), ""


def _without_entities(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)
