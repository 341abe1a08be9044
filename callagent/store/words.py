"""Words as they are searched for: without regard to case, accents and the ways in which Hindi is written.

A call is found by all the words that are given, in any order; of three letters and more by their beginning: "fan" finds
"fans" and "पंख" finds "पंखे". SQLite looks in a table of its full text search, PostgreSQL in an index of its own; both
know whole words as they are cut here, for neither cuts Devanagari rightly by itself.
"""

import re
import unicodedata
from typing import Any, Final

from sqlalchemy import ColumnElement, Dialect, Integer, Select, String, cast, column, func, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from callagent.store.tables import CALL_TEXTS, CALLS

LONGEST_WORD: Final = 100
SHORTEST_BEGINNING: Final = 3
"""Letters from which on a word finds those that begin with it; shorter ones find themselves only."""
MOST_SEARCHED: Final = 20
"""Words of a search that count."""
SPEAKER: Final = re.compile(r"^(?:caller|agent): ", re.MULTILINE)
"""What stands before each line of a record's words, and was not said."""
DROPPED: Final = re.compile("[\u0300-\u036f\u093c\u200c\u200d]")
"""Accents, the dot below of borrowed letters in Devanagari, and joiners."""
NASAL: Final = str.maketrans({"\u0901": "\u0902"})
"""चाँद is mostly written चांद."""


def folded(said: str) -> list[str]:
    """The words of a text as they are compared, in their order."""
    # What case folding gives may have to be taken apart once more.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", said).casefold())
    plain = DROPPED.sub("", apart).translate(NASAL)
    spaced = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in plain)
    return [word[:LONGEST_WORD] for word in spaced.split()]


def searchable(words: str) -> str:
    """The words of a record, each once."""
    return " ".join(sorted(set(folded(SPEAKER.sub("", words)))))


def says(searched: str, dialect: Dialect, *, often: bool = False) -> ColumnElement[bool]:
    """The condition for rows of `calls` in which all the words were said. Raises ValueError where there is no word.

    `often` is what `hits` tells of words that are in many calls: then rows are looked at one by one, for the first ones
    that are wanted soon turn up.
    """
    words = _searched(searched)
    texts = select(CALL_TEXTS.c.number)
    if dialect.name != "sqlite":
        lexemes = func.array_to_tsvector(func.string_to_array(CALL_TEXTS.c.folded, " "))
        parts = (f"'{word}'" + ":*" * _is_beginning(word) for word in words)
        wanted = cast(cast(" & ".join(parts), String), TSQUERY)
        return CALLS.c.number.in_(texts.where(lexemes.op("@@", is_comparison=True)(wanted)))
    if not often:
        return CALLS.c.number.in_(_rows(words))
    said = literal(" ") + CALL_TEXTS.c.folded + " "
    found = (said.contains(f" {word}" if _is_beginning(word) else f" {word} ", autoescape=True) for word in words)
    return texts.where(CALL_TEXTS.c.number == CALLS.c.number, *found).exists()


def hits(searched: str, most: int) -> Select[Any]:
    """For SQLite: in how many calls the words are, counted up to `most`. Raises ValueError where there is no word."""
    return select(func.count()).select_from(_rows(_searched(searched)).limit(most).subquery())


def _searched(searched: str) -> list[str]:
    words = folded(searched)[:MOST_SEARCHED]
    if not words:
        raise ValueError("there is no word in it")
    return words


def _is_beginning(word: str) -> bool:
    """Whether it finds longer words as well."""
    return len(word) >= SHORTEST_BEGINNING


def _rows(words: list[str]) -> Select[Any]:
    """Of SQLite's index."""
    matched = " AND ".join(f'"{word}"' + "*" * _is_beginning(word) for word in words)
    matches = column("call_words").op("MATCH", is_comparison=True)(matched)
    return select(column("rowid", Integer)).select_from(table("call_words")).where(matches)
