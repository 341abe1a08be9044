"""What a service says no with over HTTP, as an error of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from callagent.errors import ProviderDeniedError, ProviderError, ProviderRejectedError, ProviderUnavailableError

DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})
TEMPORARY: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def refusal(provider: str, status: int, headers: Mapping[str, str], remedy: str) -> ProviderError:
    """The error for a status of 300 or more; `remedy` is for when our key or account is refused."""
    if status in DENIED:
        return ProviderDeniedError(provider, f"refused us (HTTP {status}): {remedy}")
    if status in TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait_s = _retry_after_s({name.lower(): value for name, value in headers.items()}.get("retry-after", ""))
        return ProviderUnavailableError(provider, f"is overloaded or broken (HTTP {status})", retry_after_s=wait_s)
    return ProviderRejectedError(provider, f"did not take the request (HTTP {status}): check voice and model")


def _retry_after_s(value: str) -> float | None:
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None
