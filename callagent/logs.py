"""Logging: one JSON object a line for machines, or aligned colours for people."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog

from callagent.recording.redaction import mask

KEPT: Final = frozenset(
    (
        "timestamp",
        "level",
        "logger",
        "call",
        "call_id",
        "sip_call",
        "version",
        "flow_version",
        "digest",
        "folder",
        "path",
    )
)
"""What names things, and must be found again as it is."""


def mask_logs(
    logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take personal data out of a line, except from `KEPT`: a fence behind those who log none in the first place."""
    del logger, name
    return {key: value if key in KEPT else _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: inner if key in KEPT else _masked(inner) for key, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list | tuple) else value


def configure_logs(level: str = "INFO", *, people: bool = False) -> None:
    """Send logs to standard error; `people` says whether a person reads along.

    Neither our own events nor a library's messages below WARNING hold words of callers: libraries are kept at WARNING
    whatever `level` is, because some of them log what they send at lower levels. What gets through nevertheless is
    looked through for telephone and card numbers and the like; in JSON exceptions as well.
    """
    renderer = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    if not people:
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_logs, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("callagent").setLevel(level.upper())
