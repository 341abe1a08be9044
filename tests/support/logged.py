"""Logs as an operator has them who wants to know all."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from callagent.logs import configure_logs


@contextmanager
def everything_logged() -> Iterator[None]:
    """On standard error, as an operator has it who wants to know all. Afterwards logging is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("callagent")
    before = root.handlers[:], root.level, ours.level, structlog.get_config()
    configure_logs("DEBUG")
    try:
        yield
    finally:
        root.handlers[:], root.level, ours.level = before[:3]
        structlog.configure(**before[3])
