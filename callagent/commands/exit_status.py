"""What commands exit with."""

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""Something could not be had, was found wanting, or went wrong."""
MISUSED: Final = 2
"""Arguments, settings or the shop's files are wrong."""
