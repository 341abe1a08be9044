"""Hardly any request of a call waits for a connection, over real client libraries; measured over whole calls."""

import asyncio

import pytest
from support.reuse import CALLS, Requests, measure

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured, pytest.mark.timeout(180)]

AT_LEAST = 0.95


@pytest.fixture(scope="module")
def measured() -> dict[str, Requests]:
    """All calls."""
    return asyncio.run(measure())


@pytest.mark.parametrize("provider", ["deepgram", "openai", "elevenlabs", "edge"])
def test_nearly_all_requests_find_a_connection(measured: dict[str, Requests], provider: str) -> None:
    """As the summaries of the calls say, and each call made its requests."""
    requests = measured[provider]

    # Half of the calls have each voice, and say two sentences.
    assert requests.made >= CALLS
    assert requests.errors <= 1  # where the machine has no time for it, one comes late
    assert requests.reuse >= AT_LEAST, requests
