"""What the adapters make of a server that fails: which error, how soon, and that nothing is left of it.

The vendors' real clients talk to servers on loopback.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from support.anthropic_server import AnthropicServer
from support.leaks import nothing_is_left
from support.model_server import Answer, Break, ModelServer, Refusal, closed_address, deaf_address, stuck_address
from support.openai_server import OpenAIServer

from callagent.errors import (
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.llm.anthropic import AnthropicModel
from callagent.llm.model import Conversation, LanguageModel, Message
from callagent.llm.openai import OpenAIModel

KEY = "sk-canary-0123456789"
ASKED = Conversation("Be brief.", (Message("caller", "What is the fan? My pin is canary-4711."),))
LIMIT_S = 1.5
"""Of the adapters under test: long for what is to react, short for who waits for what hangs."""
LIMITS: dict[str, Any] = {"api_key": KEY, "connect_s": LIMIT_S, "silence_s": LIMIT_S}
USUAL = "The fan is in stock. It costs two thousand."


@dataclass(frozen=True)
class Vendor:
    """A service, as it is on loopback."""

    serve: Callable[..., ModelServer]
    make: Callable[[str], LanguageModel]
    """From the server's address."""
    wrong_events: tuple[dict[str, Any], ...]
    error_event: dict[str, Any]


VENDORS = {
    "openai": Vendor(
        OpenAIServer,
        lambda url: OpenAIModel(OpenAIModel.Options(base_url=f"{url}/v1", **LIMITS)),
        (
            {"choices": 7},
            {"choices": [7]},
            {"choices": [{"index": 0, "delta": {"content": 7}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": "x"}]}}]},
            {"hello": "world"},
        ),
        {"error": {"message": "canary-4711", "type": "server_error", "code": "overloaded"}},
    ),
    "anthropic": Vendor(
        AnthropicServer,
        lambda url: AnthropicModel(AnthropicModel.Options(base_url=url, **LIMITS)),
        (
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 7}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": 7, "name": None}},
            {"type": "message_delta", "delta": 7},
            {"type": "unheard_of"},
        ),
        {"type": "error", "error": {"type": "overloaded_error", "message": "canary-4711"}},
    ),
}


@pytest.fixture(scope="module", params=sorted(VENDORS))
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each of them, its package loaded: the seconds that it takes, and what that leaves behind, are no fault's."""
    import_module(request.param)
    return VENDORS[request.param]


@asynccontextmanager
async def opened(vendor: Vendor, url: str) -> AsyncIterator[LanguageModel]:
    """A model at that address."""
    model = vendor.make(url)
    try:
        yield model
    finally:
        await model.aclose()


async def text_of(model: LanguageModel) -> str:
    """An answer."""
    return "".join([piece async for piece in model.reply(ASKED) if isinstance(piece, str)])


async def failure_of(model: LanguageModel, within_s: float = 3 * LIMIT_S) -> ProviderError:
    """The error of an answer; it must not hang, and must not tell what was said, or the key."""
    async with asyncio.timeout(within_s):
        with pytest.raises(ProviderError) as caught:
            await text_of(model)
    told = f"{caught.value} {caught.value.__cause__}"

    assert "canary" not in told
    return caught.value


@pytest.mark.parametrize(
    ("address", "error"),
    [(deaf_address, ProviderTimeoutError), (stuck_address, ProviderTimeoutError)],
    ids=["connecting hangs", "nothing is read"],
)
async def test_a_server_that_does_not_react(
    vendor: Vendor, address: Callable[[], AbstractAsyncContextManager[str]], error: type[ProviderError]
) -> None:
    """The adapter's own limits end it."""
    async with nothing_is_left(), address() as url, opened(vendor, url) as model:
        assert type(await failure_of(model)) is error


async def test_a_server_that_is_not_there(vendor: Vendor) -> None:
    """A refused connection is no timeout."""
    async with nothing_is_left(), opened(vendor, closed_address()) as model:
        assert type(await failure_of(model)) is ProviderUnavailableError


async def test_a_name_that_is_unknown(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """No address for the server's name."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with nothing_is_left(), opened(vendor, "http://model.invalid") as model:
        assert type(await failure_of(model)) is ProviderUnavailableError


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((60.0,), ProviderTimeoutError),
        (("The fan ", 60.0), ProviderTimeoutError),
        (("The fan ", Break.DROPPED), ProviderUnavailableError),
        (("The fan ", Break.CLOSED), ProviderUnavailableError),
        ((Break.CLOSED,), ProviderUnavailableError),
        ((b"<html>Bad gateway</html>", Break.CLOSED), ProviderUnavailableError),
        ((b"event: message_start\ndata: {nonsense\n\n",), ProviderUnavailableError),
        ((b"event: message_start\ndata: \xff\xfe\n\n",), ProviderUnavailableError),
        ((b"event: message_start\ndata: " + b"[" * 100_000 + b"\n\n",), ProviderUnavailableError),
    ],
    ids=[
        "hangs before the first word",
        "hangs in the middle",
        "is reset",
        "breaks off",
        "is empty",
        "is a web page",
        "is no JSON",
        "is no text",
        "nests",
    ],
)
async def test_an_answer_that_is_none(vendor: Vendor, answer: Answer, error: type[ProviderError]) -> None:
    """The server is told that nobody reads on, nothing is left behind, and the next request works."""
    async with nothing_is_left(), vendor.serve(answer) as server, opened(vendor, server.url) as model:
        assert type(await failure_of(model)) is error
        async with asyncio.timeout(60):
            await server.idle.wait()
        assert await text_of(model) == USUAL


async def test_a_line_without_an_end(vendor: Vendor) -> None:
    """It is not read to the end, nor kept: what the sockets hold may be sent, and no more."""
    endless: Answer = (b"data: ", *[b"x" * 1_000_000] * 100)
    async with nothing_is_left(), vendor.serve(endless) as server, opened(vendor, server.url) as model:
        assert type(await failure_of(model)) is ProviderUnavailableError
        async with asyncio.timeout(60):
            await server.idle.wait()
        assert server.sent_bytes < 30_000_000
        assert await text_of(model) == USUAL


async def test_events_that_make_no_sense(vendor: Vendor) -> None:
    """Well-formed, and not what the interface says."""
    async with nothing_is_left(), vendor.serve() as server, opened(vendor, server.url) as model:
        for event in vendor.wrong_events:
            server.answers = [(event, Break.CLOSED)]
            assert type(await failure_of(model)) is ProviderUnavailableError
        assert await text_of(model) == USUAL


async def test_an_error_in_the_middle_of_an_answer(vendor: Vendor) -> None:
    """Overloaded, after the status said that all was well."""
    async with (
        vendor.serve(("The fan ", vendor.error_event, Break.CLOSED)) as server,
        opened(vendor, server.url) as model,
    ):
        assert type(await failure_of(model)) is ProviderUnavailableError
        assert await text_of(model) == USUAL


@pytest.mark.parametrize(
    ("refusal", "error", "rest_s"),
    [
        (Refusal(429, headers={"Retry-After": "7"}), ProviderUnavailableError, 7.0),
        (Refusal(429, headers={"Retry-After-Ms": "1500"}), ProviderUnavailableError, 1.5),
        (Refusal(429, headers={"Retry-After": "soon"}), ProviderUnavailableError, None),
        (
            Refusal(
                503,
                headers={
                    "Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT",
                    "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
                },
            ),
            ProviderUnavailableError,
            30.0,
        ),
        (Refusal(500), ProviderUnavailableError, None),
        (Refusal(529), ProviderUnavailableError, None),
        (Refusal(504), ProviderTimeoutError, None),
        (Refusal(401), ProviderDeniedError, None),
        (Refusal(402), ProviderDeniedError, None),
        (Refusal(403, {"message": f"{KEY} may not"}), ProviderDeniedError, None),
        (Refusal(404), ProviderRejectedError, None),
        (Refusal(400, {"message": "canary-4711 is no word"}), ProviderRejectedError, None),
        (Refusal(413), ProviderRejectedError, None),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Refusal) else "",
)
async def test_a_refusal(vendor: Vendor, refusal: Refusal, error: type[ProviderError], rest_s: float | None) -> None:
    """Asked once, not again; whose fault it is decides the error, and how long to wait is kept."""
    async with nothing_is_left(), vendor.serve(refusal) as server, opened(vendor, server.url) as model:
        failed = await failure_of(model)

        assert type(failed) is error
        assert failed.retry_after_s == rest_s
        assert len(server.asked) == 1
        assert await text_of(model) == USUAL


async def test_an_interruption_ends_the_request(vendor: Vendor) -> None:
    """Cancelled or closed in the middle: the server hears of it, and nothing is left."""
    slow: Answer = ("The fan ", 60.0)
    async with nothing_is_left(), vendor.serve(slow, slow) as server, opened(vendor, server.url) as model:
        task = asyncio.create_task(text_of(model))
        await server.busy.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.idle.wait()
        async with aclosing(model.reply(ASKED)) as pieces:
            assert await anext(pieces) == "The fan "
        await server.idle.wait()

        assert task.cancelled()
        assert await text_of(model) == USUAL


async def test_a_connection_serves_one_turn_after_the_other(vendor: Vendor) -> None:
    """Ten answers and a refusal over one connection."""
    async with vendor.serve() as server, opened(vendor, server.url) as model:
        for _ in range(5):
            await text_of(model)
        server.answers = [Refusal(429)]
        await failure_of(model)
        for _ in range(5):
            await text_of(model)

        assert len(server.asked) == 11
        assert len(server.peers) == 1


async def test_a_connection_that_the_server_has_closed_is_not_taken_again(vendor: Vendor) -> None:
    """The first caller after a quiet hour does not pay for it."""
    async with nothing_is_left(), vendor.serve() as server, opened(vendor, server.url) as model:
        await text_of(model)
        await server.drop_idle()

        assert await text_of(model) == USUAL
        assert len(server.peers) == 2


async def test_the_clients_log_no_words(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    """Even if somebody has set them to tell everything."""
    for package in VENDORS:
        caplog.set_level("DEBUG", logger=package)
    async with vendor.serve(Refusal(400, {"message": "canary-4711"})) as server, opened(vendor, server.url) as model:
        await failure_of(model)
        await text_of(model)

    assert "canary" not in caplog.text


def test_a_key_is_never_shown() -> None:
    """However the options or the model are printed."""
    for vendor in VENDORS.values():
        model: Any = vendor.make("http://127.0.0.1:1")

        assert "canary" not in f"{model!r} {model._options!r} {model.info!r}"
