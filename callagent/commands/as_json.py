"""JSON for programs, on standard output: all that there is, and nothing that would steer a terminal."""

import json
import re
from typing import Any, Final

STEERING: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters that JSON leaves as they are, those that turn the reading round, and what no output can show."""


def print_json(data: Any, *, indent: int | None = 2) -> None:
    """Readable, but for what would steer a terminal, which is escaped: callers' words may be in it."""
    print(STEERING.sub(lambda char: f"\\u{ord(char[0]):04x}", json.dumps(data, indent=indent, ensure_ascii=False)))
