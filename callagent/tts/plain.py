"""Text made safe to be spoken: words only, nothing that an engine could take for a command or read out as signs.

A text may hold what a model wrote or a caller said. Markup (SSML, HTML, Markdown), pictures, addresses of pages,
control characters (espeak's embedded commands begin with one) and phoneme brackets are taken out here, once, for every
voice: `Speech` does it when it is made.
"""

import re
import unicodedata
from typing import Final

from callagent.content.markup import without_markup

JOINERS: Final = "\u200c\u200d"
"""Invisible, but part of how Indic scripts are written."""
_BRACKETS: Final = re.compile(r"\[\[|\]\]")
_LINK: Final = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{1,500}(?:\s[^()\n]{0,100})?\)")
"""A link or picture of Markdown: its text is kept."""
_ADDRESS: Final = re.compile(r"\b(?:https?://|www\.)([^\s/?#<>()\"']+)[^\s<>()\"']*", re.IGNORECASE)
"""An address of a page: its host is what a person would say of it."""
_BULLET: Final = re.compile(r"(?:([.,:;!?।])|(?<=\S))?[ \t]*\n[ \t]*(?:[-*+•‣]|#{1,6}|>)[ \t]+")
_FIRST_BULLET: Final = re.compile(r"\A\s*(?:[-*+•‣]|#{1,6}|>)[ \t]+")
_TIMES: Final = re.compile(r"(?<=\d)\s?\*\s?(?=\d)")
_EMPHASIS: Final = re.compile(r"\*+|`+|~~+|(?<!\w)_+|_+(?!\w)|[•‣|]")
"""Signs of Markdown; what they surround is kept."""
_UNDERSCORES: Final = re.compile(r"(?<=\w)_+(?=\w)")
_PICTURES: Final = re.compile(
    "[\u2190-\u21ff\u231a-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\U0001f000-\U0001fbff]"
    "[\ufe0f\u20e3\u200d\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001fbff\U000e0020-\U000e007f]*"
    "|[\ufe0f\u20e3]"
)
"""Emoji, arrows and dingbats, with what joins them into one; mathematics, degrees and currencies are no pictures."""
_LOOSE: Final = re.compile(r"(?<=[^\s.,;:!?।]) +([.,;:!?।])(?= |$)")
"""Punctuation that was parted from its word by something that is gone."""


def plain_text(text: str) -> str:
    """`text` as it is to be spoken, with its punctuation and single spaces; empty when there is nothing to say."""
    text = _BRACKETS.sub(" ", without_markup(unicodedata.normalize("NFC", text)))
    text = _ADDRESS.sub(_host, _LINK.sub(r"\1", text))
    text = _BULLET.sub(lambda edge: f"{edge[1] or ','} ", _FIRST_BULLET.sub("", text))
    text = _EMPHASIS.sub("", _TIMES.sub(" × ", text))
    text = _PICTURES.sub(" ", _UNDERSCORES.sub(" ", text))
    words = "".join(_harmless(character) for character in text).split()
    return _LOOSE.sub(r"\1", " ".join(words)) if has_words(text) else ""


def has_words(text: str) -> bool:
    """Whether there is anything to say: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def _host(address: re.Match[str]) -> str:
    host = address[1].rpartition("@")[2].partition(":")[0].removeprefix("www.")
    tail = address[0][len(address[0].rstrip(".,;:!?")) :]
    return host.rstrip(".,;:!?") + tail


def _harmless(character: str) -> str:
    if character.isspace():
        return " "
    if character in JOINERS or unicodedata.category(character)[0] != "C":
        return character
    return ""
