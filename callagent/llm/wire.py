"""What the clients of all services over HTTP share: pooled connections, bounded waits and answers, refusals as errors.

This is imported together with a vendor's package, on first use.
"""

import logging
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

import httpx2

from callagent.errors import (
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.resilience.connections import Request

NO_KEY: Final = "none"
"""What a server is sent where there is no key: the clients insist on one, and would look for another elsewhere."""
SEND_S: Final = 5.0
"""A server that takes nothing for so long has stopped reading."""
IDLE_S: Final = 60.0
"""A caller's turns are seconds apart: a connection is kept from one to the next. A dead one is not taken again."""
CONNECTIONS: Final = 64
LARGEST_BYTES: Final = 1_000_000
"""Of one answer; the longest on a telephone takes a twentieth."""
OUT_OF_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_error"})
"""Codes of a 429 that no waiting mends."""
CODE: Final = re.compile(r"[a-z0-9_.-]{1,60}")
"""Looks of an error's code; anything else might quote the caller or a key."""


def http_client(provider: str, connect_s: float, silence_s: float) -> httpx2.AsyncClient:
    """A pool of connections that are kept for IDLE_S. Nothing that is sent or received with it waits without end."""

    async def watch(request: httpx2.Request) -> None:
        request.extensions["watched"] = watched = Request("llm", provider)
        request.extensions["trace"] = watched.trace

    return httpx2.AsyncClient(
        verify=_certificates(),
        timeout=timeouts(connect_s, silence_s),
        limits=httpx2.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE_S
        ),
        # A compressed answer comes later, and its size says nothing.
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [watch], "response": [_answered, _bound]},
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust: a tenth of a second to read, the same for all."""
    return httpx2.create_ssl_context()


def keep_quiet(logger: str) -> None:
    """Have a vendor's package log no more than warnings, whatever its own environment says: below, it logs requests."""
    logging.getLogger(logger).setLevel(logging.WARNING)


def timeouts(connect_s: float, silence_s: float) -> httpx2.Timeout:
    """Limits for connecting, for a free connection, for sending, and for the next bytes of an answer."""
    return httpx2.Timeout(connect=connect_s, pool=connect_s, write=min(SEND_S, silence_s), read=silence_s)


def refusal(provider: str, status: int, headers: Mapping[str, str], code: object = "") -> ProviderError:
    """An HTTP status above 399 as an error of ours; `code` is the service's own word for it."""
    word = code if isinstance(code, str) and CODE.fullmatch(code) else ""
    what = f"refused ({status}{', ' + word if word else ''})"
    if status in (401, 402, 403) or (status == 429 and word in OUT_OF_CREDIT):
        return ProviderDeniedError(provider, f"{what}; check the key and the account")
    if status in (408, 504):
        return ProviderTimeoutError(provider, what)
    if status in (409, 425, 429) or status >= 500:
        return ProviderUnavailableError(provider, what, retry_after_s=_retry_after_s(headers))
    return ProviderRejectedError(provider, what)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long to leave the service alone, in whichever way it says so."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
            return float(value) * unit_s
    try:
        # Its own clock on both sides: ours may be another.
        wait = parsedate_to_datetime(headers.get("retry-after", "")) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())


async def _answered(response: httpx2.Response) -> None:
    watched: Request = response.request.extensions["watched"]
    watched.answered()


async def _bound(response: httpx2.Response) -> None:
    stream = response.stream
    if isinstance(stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(stream)


class _Bounded(httpx2.AsyncByteStream):
    """An answer's bytes, and an end to them: what has no end of line would otherwise be kept whole in memory."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._stream:
            taken += len(part)
            if taken > LARGEST_BYTES:
                raise httpx2.ReadError("more than an answer can be")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
