"""A sentence as the words that are heard: whatever it was written with, nothing hides in it."""

import re
import unicodedata
from typing import Final

_FIGURE: Final = re.compile(r"\d")
_APOSTROPHES: Final = re.compile("[\u2018\u2019`\u02bc]")
_ALWAYS: Final = (
    (re.compile(r"\bcan'?t\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"%"), " percent "),
)
_SHORT: Final = (
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'(?:s|d)\b"), ""),
)
_WITH_FIGURES: Final = (
    (re.compile(r"(?<=\d),(?=\d)"), ""),
    (re.compile(r"(?<=\d)(?:st|nd|rd|th)\b"), ""),
    (re.compile(r"(?<=\d)a\b"), " amp "),
    (re.compile(r"(?<=\d)w\b"), " watt "),
    (re.compile(r"(?<=\d)v\b"), " volt "),
    (re.compile(r"(?<=\d)k\b"), " thousand "),
    (re.compile(r"(?<=\d)(?:l|lac)\b"), " lakh "),
    (re.compile(r"(?<=\d)cr\b"), " crore "),
    (re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)"), " "),
)
_KEPT: Final = "'\u2018\u2019`\u02bc%.,"
_POINT: Final = re.compile(r"(?<!\d)\.|\.(?!\d)|[,'%]")
_TOKEN: Final = re.compile(r"\d+(?:\.\d+)?|[^\d\s]+")


def wording_of(text: str) -> list[str] | None:
    """The words of a sentence, figures as plain decimals; None when it holds what nobody here can read.

    Such are letters of scripts that the agent does not speak, and look-alikes of letters and digits.
    """
    joined = text.translate(_ASCII) if text.isascii() else _heard_text(text)
    if joined is None:
        return None
    joined = _APOSTROPHES.sub("'", joined)
    # Most texts have neither, and whole catalogues are read.
    short = _SHORT if "'" in joined else ()
    with_figures = _WITH_FIGURES if _FIGURE.search(joined) else ()
    for pattern, better in (*_ALWAYS, *short, *with_figures):
        joined = pattern.sub(better, joined)
    return _spelled_out(_TOKEN.findall(_POINT.sub(" ", joined)))


def _heard_text(text: str) -> str | None:
    """The text with every character as it counts; None when one cannot be read."""
    if any(unicodedata.category(char) == "Nl" for char in text):  # such as a Roman number
        return None
    heard = [_heard(char) for char in unicodedata.normalize("NFKC", "".join(map(_spelled, text))).casefold()]
    if None in heard:
        return None
    return "".join(char or "" for char in heard).replace("\u093c", "").replace("\u0901", "\u0902")


def _heard(char: str) -> str | None:
    """A character as it counts: plain letter, digit, mark of Hindi, or a space; None when it cannot be read."""
    category = unicodedata.category(char)
    hindi = "\u0900" <= char <= "\u097f"
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category[0] == "L":
        base = unicodedata.normalize("NFKD", char)[0]
        return base if "a" <= base <= "z" else char if hindi else None
    if category[0] == "M" or category == "Cf":  # what is not Hindi's own is invisible, and would only hide a word
        return char if hindi and category[0] == "M" else ""
    if category[0] == "N" and char != "\u2044":
        return None
    return char if char in _KEPT else " "


def _spelled(char: str) -> str:
    """Signs that stand for words."""
    if unicodedata.category(char) == "Sc":
        return " rupees "
    if unicodedata.category(char) == "No" and unicodedata.numeric(char, 1.0) % 1:
        return " half "  # as good as any other fraction: none is ever a fact
    return char


def _spelled_out(words: list[str]) -> list[str]:
    """Letters said one by one are a word as well: "r s", "f r e e"."""
    result: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        result += run
        if len(run) > 1:
            result.append("".join(run))
        run = []
        if word:
            result.append(word)
    return result


_ASCII: Final = {code: _heard_text(chr(code)) for code in range(128)}
"""How each plain character counts: most texts need no more than this."""
