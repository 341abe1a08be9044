"""How long whoever fails is left alone: twice as long each time, up to a limit."""

from typing import Final

MOST_DOUBLINGS: Final = 60
"""Beyond any limit; a number of rests without one would not fit a float in the end."""


def next_rest_s(first_s: float, rests: int, longest_s: float) -> float:
    """Seconds of the next rest, after so many."""
    return min(longest_s, first_s * 2.0 ** min(rests, MOST_DOUBLINGS))
