"""A fault of our own, told without anybody's words.

An exception's message can hold what a caller said (``invalid literal for int(): 'four five'``), so a log gets the
exception's class and the places in the code, and nothing else.
"""

from traceback import extract_tb
from typing import Final

FRAMES: Final = 6


def fault(error: BaseException) -> dict[str, str]:
    """What to log of an exception: `error`, its class, and `at`, the innermost places, the last one first."""
    frames = list(reversed(extract_tb(error.__traceback__)))[:FRAMES]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "at": " < ".join(places)}
