"""Where commands print."""

from typing import Final

from rich.console import Console

WIDTH_PIPED: Final = 160
"""Columns when nobody looks at a terminal."""


def console_for(*, quiet: bool = False, piped: int = 0) -> Console:
    """As wide as the terminal; where there is none `piped` columns wide, or as wide as any table."""
    console = Console(highlight=False, quiet=quiet)
    return console if console.is_terminal else Console(highlight=False, quiet=quiet, width=piped or WIDTH_PIPED)
