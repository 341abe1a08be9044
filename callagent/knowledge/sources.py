"""What can be looked up, and what comes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be looked up."""

    name: str
    needs: tuple[str, ...]
    """Arguments without which there is no answer."""
    gives: tuple[str, ...]
    """All that it can tell."""
    takes: tuple[str, ...] = ()
    """Arguments that make the answer more exact, and may be missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up came to."""

    status: Literal["found", "not found", "several", "down"]
    values: Mapping[str, str] = field(default_factory=dict)
    """By name, as text: numbers as plain decimals, dates as 2026-11-24, yes and no; empty where there is nothing."""
    candidates: tuple[str, ...] = ()
    """When several are meant: the names to choose from, likeliest first. Each is found when looked up itself."""


NOT_FOUND = Answer("not found")

Find: TypeAlias = Callable[[Mapping[str, str], datetime], "Answer | Awaitable[Answer]"]
"""Answers a question: the arguments, and the wall time at which it is asked."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A source, and who answers for it."""

    source: Source
    find: Find


def yes_or_no(value: bool) -> str:
    """As flows compare it."""
    return "yes" if value else "no"
