"""Every cloud provider with its real client, pointed at a server on loopback that has one fault until it is mended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import edge_tts.communicate
import pytest
from support import deepgram_server, vendors
from support.anthropic_server import AnthropicServer
from support.deepgram_server import DeepgramServer
from support.edge_server import EdgeServer
from support.elevenlabs_server import KEY, ElevenLabsServer
from support.fault_call import ANSWER, SPOKEN
from support.gate import Gate, Names, Shut
from support.model_server import Answer, Break, ModelServer, Refusal
from support.openai_server import OpenAIServer

from callagent.content.sentences import sentences
from callagent.events import StageName
from callagent.llm.anthropic import AnthropicModel
from callagent.llm.openai import OpenAIModel
from callagent.llm.presets import OllamaModel
from callagent.stt.deepgram import DeepgramTranscriber
from callagent.tts.edge import EdgeSynthesizer
from callagent.tts.elevenlabs import ElevenLabsSynthesizer

Mend = Callable[[], Awaitable[None]]


class Patience(TypedDict):
    """How long a provider waits itself."""

    connect_s: float
    stall_s: float


USUAL: Final = Patience(connect_s=1.5, stall_s=5.0)
"""As the voices have it unless told otherwise."""

REFUSED = "connection refused"
NO_NAME = "host name unknown"
NO_CONNECTION = "connecting hangs"
NOTHING = "hangs before the first output"
TRICKLE = "trickles"
GARBAGE = "garbage"
WRONG_RATE = "wrong sampling rate"
HUGE = "10 MB at once"
DROPS = "drops in mid-utterance"
BUSY = "429, Retry-After 7 s"
BROKEN = "503"
DENIED = "401"
DEAF = "stops reading"

FAULTS: Final = (
    REFUSED, NO_NAME, NO_CONNECTION, NOTHING, TRICKLE, GARBAGE, WRONG_RATE, HUGE, DROPS, BUSY, BROKEN, DENIED, DEAF
)  # fmt: skip
SHUT: Final[Mapping[str, Shut]] = {REFUSED: "refuses", NO_CONNECTION: "hangs"}
"""Faults that no server is needed for."""
OFTEN: Final = 8
"""A fault befalls so many requests, unless it is mended before: more than a call makes."""


@dataclass(frozen=True)
class Opened:
    """A provider, and what ends its fault."""

    provider: Any
    mend: Mend


@dataclass(frozen=True)
class Vendor:
    """One provider."""

    name: str
    stage: StageName
    open: Callable[[str, Names, AsyncExitStack], Awaitable[Opened]]
    """With a fault, or "" for none."""
    senseless: Mapping[str, str]
    """Faults that it cannot have, and why."""


async def _address(fault: str, port: int, names: Names, stack: AsyncExitStack, shut: Shut | None) -> tuple[str, Mend]:
    """Host and port through which the fault is met, and what ends it."""
    if fault == NO_NAME:
        name = f"vendor-{port}.invalid"
        names.lost.add(name)

        async def find() -> None:
            names.lost.discard(name)

        return f"{name}:{port}", find
    if shut is not None:
        gate = await stack.enter_async_context(Gate(port, shut))
        return f"127.0.0.1:{gate.port}", gate.mend
    return f"127.0.0.1:{port}", _nothing


async def _nothing() -> None:
    """There is nothing at the address to be mended."""


# --- speech recognition ----------------------------------------------------------------------------------------------

DEEPGRAM: Final[Mapping[str, deepgram_server.Fault]] = {
    NOTHING: deepgram_server.Fault(mute=True),
    TRICKLE: deepgram_server.Fault(babbles=True),
    GARBAGE: deepgram_server.Fault(instead="not json at all"),
    HUGE: deepgram_server.Fault(instead="x" * 10_000_000),
    DROPS: deepgram_server.Fault(drops_after_s=0.6),
    BUSY: deepgram_server.Fault(status=429, retry_after="7"),
    BROKEN: deepgram_server.Fault(status=503),
    DENIED: deepgram_server.Fault(status=401),
    DEAF: deepgram_server.Fault(deaf=True),
}


async def _deepgram(fault: str, names: Names, stack: AsyncExitStack) -> Opened:
    server: DeepgramServer = await stack.enter_async_context(deepgram_server.deepgram_server(*[SPOKEN] * OFTEN))
    if fault in DEEPGRAM:
        server.faults.extend([DEEPGRAM[fault]] * OFTEN)
    address, mend_address = await _address(fault, server.port, names, stack, SHUT.get(fault))

    async def mend() -> None:
        server.faults.clear()
        await mend_address()

    # Without spares: a connection that was made in better times would hide the fault.
    options = DeepgramTranscriber.Options(api_key=deepgram_server.KEY, url=f"ws://{address}", spares=0)
    return Opened(DeepgramTranscriber(options), mend)


# --- language models -------------------------------------------------------------------------------------------------


def _slowly(text: str, each_s: float) -> list[str | float]:
    return [part for word in text.split() for part in (f"{word} ", each_s)]


FIRST, SECOND = sentences(ANSWER)
MODELS: Final[Mapping[str, Answer]] = {
    NOTHING: (60.0,),
    TRICKLE: _slowly(ANSWER, 1.2),
    GARBAGE: (b"event: message_start\ndata: {nonsense\n\n",),
    HUGE: ("x" * 10_000_000,),
    DROPS: (f"{FIRST} ", SECOND[: len(SECOND) // 2], Break.DROPPED),
    BUSY: Refusal(429, headers={"Retry-After": "7"}),
    BROKEN: Refusal(503),
    DENIED: Refusal(401),
}


def _model(serve: type[ModelServer], make: Callable[[str], Any]) -> Callable[..., Awaitable[Opened]]:
    async def open_one(fault: str, names: Names, stack: AsyncExitStack) -> Opened:
        server = serve(usual=_words(ANSWER))
        await stack.enter_async_context(server)
        if fault in MODELS:
            server.answers.extend([MODELS[fault]] * OFTEN)
        shut = "never reads" if fault == DEAF else SHUT.get(fault)
        address, mend_address = await _address(fault, int(server.url.rpartition(":")[2]), names, stack, shut)

        async def mend() -> None:
            server.answers.clear()
            await mend_address()

        model = make(f"http://{address}")
        await model._connected()  # the client is there before the first caller, as after a warm-up
        return Opened(model, mend)

    return open_one


def _words(text: str) -> Sequence[str]:
    return [f"{word} " for word in text.split()]


# --- voices ----------------------------------------------------------------------------------------------------------

VOICES: Final[Mapping[str, vendors.Fault]] = {
    NOTHING: vendors.Fault("hang"),
    TRICKLE: vendors.Fault("trickle"),
    GARBAGE: vendors.Fault("garbage"),
    WRONG_RATE: vendors.Fault("wrong rate"),
    HUGE: vendors.Fault("huge"),
    DROPS: vendors.Fault("drop"),
    BUSY: vendors.Fault("status", 429, {"Retry-After": "7"}),
    BROKEN: vendors.Fault("status", 503),
    DENIED: vendors.Fault("status", 401),
    DEAF: vendors.Fault("stop reading"),
}


async def _voice(server: Any, fault: str, names: Names, stack: AsyncExitStack) -> tuple[str, Mend]:
    await stack.enter_async_context(server.running())
    if fault in VOICES:
        server.script.extend([VOICES[fault]] * OFTEN)
    address, mend_address = await _address(fault, server.port, names, stack, SHUT.get(fault))

    async def mend() -> None:
        server.script.clear()
        server.release()
        await mend_address()

    return address, mend


async def open_elevenlabs(fault: str, names: Names, stack: AsyncExitStack, patience: Patience = USUAL) -> Opened:
    """As `Vendor.open`, with another patience than the provider's own."""
    address, mend = await _voice(ElevenLabsServer(), fault, names, stack)
    voice = ElevenLabsSynthesizer(ElevenLabsSynthesizer.Options(api_key=KEY, base_url=f"http://{address}", **patience))
    await voice._open()  # as above
    return Opened(voice, mend)


async def open_edge(fault: str, names: Names, stack: AsyncExitStack, patience: Patience = USUAL) -> Opened:
    """Likewise."""
    server = EdgeServer()
    address, mend = await _voice(server, fault, names, stack)
    _edge_address.set(f"ws://{address}{server.path}?TrustedClientToken=none")
    return Opened(EdgeSynthesizer(EdgeSynthesizer.Options(**patience)), mend)


_edge_address: ContextVar[str] = ContextVar("edge address")


class _Address(str):
    """The library knows one address in a process; this one is another for each task that opened a server."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return _edge_address.get()


@contextmanager
def edge_redirected() -> Iterator[None]:
    """Edge is where the task at hand has opened it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge_tts.communicate, "WSS_URL", _Address())
        yield


NO_AUDIO: Final = {WRONG_RATE: "it sends text, no audio"}
VENDORS: Final = (
    Vendor("deepgram", "stt", _deepgram, NO_AUDIO),
    Vendor(
        "openai",
        "llm",
        _model(OpenAIServer, lambda url: OpenAIModel(OpenAIModel.Options(api_key="sk-1", base_url=f"{url}/v1"))),
        NO_AUDIO,
    ),
    Vendor(
        "ollama",
        "llm",
        _model(OpenAIServer, lambda url: OllamaModel(OllamaModel.Options(base_url=f"{url}/v1"))),
        NO_AUDIO | {DENIED: "it asks for no key", BUSY: "it has no quota: it lets requests wait"},
    ),
    Vendor(
        "anthropic",
        "llm",
        _model(AnthropicServer, lambda url: AnthropicModel(AnthropicModel.Options(api_key="sk-1", base_url=url))),
        NO_AUDIO,
    ),
    Vendor("elevenlabs", "tts", open_elevenlabs, {}),
    Vendor("edge", "tts", open_edge, {WRONG_RATE: "its MP3 names its rate, and is converted from whatever that is"}),
)


@asynccontextmanager
async def opened(vendor: Vendor, fault: str, names: Names) -> AsyncIterator[Opened]:
    """The provider with that fault. Whoever closes it does so before this ends."""
    async with AsyncExitStack() as stack:
        yield await vendor.open(fault, names, stack)


async def load_all() -> None:
    """Have all client libraries imported: the seconds that it takes are no fault's."""
    with edge_redirected():
        for vendor in VENDORS:
            async with opened(vendor, "", Names()) as made:
                await made.provider.warm_up()
                await made.provider.aclose()
    await asyncio.sleep(0)
