"""Digits in INFO requests: `application/dtmf-relay` and `application/dtmf`, as telephones and PBXs write them.

Nothing but custom describes these bodies; RFC 6086 calls them legacy use of INFO.
"""

import re
from typing import Final

from sipmessage import Request

RELAY: Final = "application/dtmf-relay"
BARE: Final = "application/dtmf"
KEYS: Final = frozenset("0123456789*#ABCD")
NUMBERED: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"""Some write the event number of RFC 4733 for keys that are no figures."""

SIGNAL = re.compile(r"^\s*Signal\s*=\s*(?P<key>\S+)\s*$", re.IGNORECASE | re.MULTILINE)


def read_info(info: Request) -> str | None:
    """The key; empty for a body that holds none, None for a body of another type."""
    kind = (info.headers.get("Content-Type") or "").split(";")[0].strip().lower()
    text = info.body[:256].decode("ascii", "replace")
    if kind == RELAY:
        found = SIGNAL.search(text)
        key = found["key"] if found else ""
    elif kind == BARE:
        key = text.strip()
    else:
        return None
    key = NUMBERED.get(key, key.upper())
    return key if key in KEYS else ""


def write_info(key: str, duration_ms: int) -> tuple[bytes, str]:
    """Body and type for one key."""
    return f"Signal={key}\r\nDuration={duration_ms}\r\n".encode(), RELAY
