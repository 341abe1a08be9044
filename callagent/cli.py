"""Runs a command: what it is told is read, and what goes wrong is printed."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from callagent.commands.arguments import make_parser
from callagent.commands.exit_status import FAILED, MISUSED
from callagent.errors import CallagentError, ConfigurationError, ContentError
from callagent.quality.plain import plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the process's exit status."""
    options = make_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        status = command(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along, `head` for one, has read enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except ContentError as error:
        print(f"Mistakes in the files: {len(error.problems)}\n{_plain(error)}", file=sys.stderr)
        return MISUSED
    except ConfigurationError as error:
        print(_plain(error), file=sys.stderr)
        return MISUSED
    except CallagentError as error:
        print(_plain(error), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return status


def _plain(error: CallagentError) -> str:
    """Harmless for a terminal: it may name a file, or cite one, that a stranger made."""
    return "\n".join(map(plain, str(error).splitlines()))
