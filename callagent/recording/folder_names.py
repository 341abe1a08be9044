"""How the folders below the recordings are called.

That of a call: when the call began, the end of the carrier's name for it, and a number.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

NAMED: Final = re.compile(r"(\d{8}T\d{6}Z)-([A-Za-z0-9]+)-\d+")
MOMENT: Final = "%Y%m%dT%H%M%SZ"
LONGEST_ID: Final = 12
"""Characters of a call's name in its folder's."""
MOST_BYTES: Final = 255
"""Of the name of a file."""
UNDELIVERED: Final = ".undelivered"
"""In which summaries wait that are on their way to the shop, by the calls' names,"""
UNSTORED: Final = ".unstored"
"""and records that are on their way into the database."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a folder's name tells."""

    began: datetime
    """To the second, in UTC."""
    call_id: str
    """As much of it as was kept."""


def folder_name(began: datetime, call_id: str, number: int) -> str:
    """For a call that began then; of what a peer sent, harmless characters are kept. `number` makes it the only one."""
    kept = re.sub(r"[^A-Za-z0-9]", "", call_id)[-LONGEST_ID:] or "call"
    return f"{began.astimezone(UTC):{MOMENT}}-{kept}-{number}"


def may_be_name(text: str) -> bool:
    """Whether a call's folder may be called so: what is no name might lead out of the recordings."""
    too_long = len(text.encode(errors="replace")) > MOST_BYTES
    return bool(text) and not (too_long or "/" in text or "\\" in text or text.startswith("."))


def read_name(name: str) -> Named | None:
    """None for folders that somebody else named."""
    found = NAMED.fullmatch(name)
    if not found:
        return None
    try:
        return Named(datetime.strptime(found[1], MOMENT).replace(tzinfo=UTC), found[2])
    except ValueError:
        return None  # digits that are no moment
