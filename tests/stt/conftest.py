"""What the tests of Deepgram begin with."""

from collections.abc import AsyncIterator

import pytest
from stt.deepgram_turns import made
from support.deepgram_server import DeepgramServer, deepgram_server
from support.leaks import nothing_is_left

from callagent.stt.deepgram import DeepgramTranscriber


@pytest.fixture
async def tidy() -> AsyncIterator[None]:
    """No test leaves a task or a socket behind."""
    async with nothing_is_left():
        yield


@pytest.fixture
async def server() -> AsyncIterator[DeepgramServer]:
    """Hears three texts."""
    async with deepgram_server("ceiling fan please", "yes", "no thanks") as running:
        yield running


@pytest.fixture
async def ear(server: DeepgramServer) -> AsyncIterator[DeepgramTranscriber]:
    """Listens through that server."""
    transcriber = made(server)
    yield transcriber
    await transcriber.aclose()
