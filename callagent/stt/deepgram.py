"""Deepgram: free speech in many languages, streamed to its live WebSocket through its own client, `deepgram-sdk`.

Connections are pooled for all calls and used for one turn after another: the end of a turn is asked for with
`Finalize`, which leaves the connection open. Keyterms change with `Configure`. The end of a turn is ours to tell, so
its own endpointing is off.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

from callagent.errors import ConfigurationError, ProviderDeniedError, ProviderUnavailableError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.stt.deepgram_streams import Streams
from callagent.stt.deepgram_turn import Turn
from callagent.stt.deepgram_wire import Wire
from callagent.stt.deepgram_words import Setting, Words, setting_for
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript

NAME: Final = "deepgram"
ENCODINGS: Final = {"linear16": BYTES_PER_SAMPLE, "mulaw": 1}
"""Bytes of a sample."""


@dataclass(frozen=True, slots=True)
class DeepgramOptions:
    """Which model listens, and how many connections are kept."""

    api_key: str = field(default="", repr=False)
    """From its console; DEEPGRAM_API_KEY in the environment."""
    url: str = "wss://api.deepgram.com"
    """Or a regional endpoint; those cannot `configure` yet."""
    model: str = "nova-3"
    encoding: str = "linear16"
    """Or "mulaw": half the traffic, and nothing lost of what came from a telephone as µ-law."""
    keyterms: bool = True
    """Whether it is told the phrases that the step expects (models of the nova-3 family only)."""
    configure: bool = True
    """Whether an open connection can be told others; if not, each set of phrases has connections of its own."""
    language: str = "en"
    """Language of the connections that are ready before the first call."""
    spares: int = 1
    """Connections of each language held ready beside those in use."""
    most_idle: int = 32
    """Connections kept after a busy time."""
    reuse_s: float = 600.0
    """How old a connection may get; 0 means a new one for each turn."""
    connect_s: float = 1.5
    """How long a connection may take."""
    timeout_s: float = 5.0
    """From the end of a turn's audio to its transcript, at the longest."""
    share_audio: bool = True
    """Whether Deepgram may learn from what callers say; false opts out of that, which may change its price."""


class DeepgramTranscriber:
    """Recognizes free speech over the network; see the options."""

    Options = DeepgramOptions

    def __init__(self, options: DeepgramOptions) -> None:
        if options.encoding not in ENCODINGS:
            raise ConfigurationError(f"{NAME}: encoding is '{options.encoding}'; it must be linear16 or mulaw")
        least, least_s = (
            min(options.spares, options.most_idle, options.reuse_s),
            min(options.connect_s, options.timeout_s),
        )
        if least < 0 or least_s <= 0:
            raise ConfigurationError(
                f"{NAME}: spares, most_idle and reuse_s must be 0 or more, connect_s and timeout_s more than 0"
            )
        self._options = options
        self._info = TranscriberInfo(
            name=NAME,
            version=f"{options.model}, sdk {version('deepgram-sdk')}",
            languages=("en", "hi", "hinglish"),
            interims=True,
            free_speech=True,
            needs_network=True,
        )
        self._client: Any = None
        self._importing = asyncio.Lock()
        self.streams = Streams(
            NAME,
            self._connection,
            SAMPLE_RATE * ENCODINGS[options.encoding],
            connect_s=options.connect_s,
            spares=options.spares if options.reuse_s else 0,
            most_idle=max(options.spares, options.most_idle),
            reuse_s=options.reuse_s,
        )

    @property
    def info(self) -> TranscriberInfo:
        """Free speech, with interims; "multi" hears Hindi and English mixed."""
        return self._info

    @property
    def _changes(self) -> bool:
        """Whether an open connection can be told to listen for something else."""
        return self._options.configure and self._options.model.startswith("nova-3")

    async def warm_up(self) -> None:
        """Load the client and connect. Raises ProviderError: the network is down, or the key is refused."""
        await self._ready()
        await self.streams.fill_now(setting_for(Hints(language=self._options.language), keyterms=False))

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Connect for each language of `expected`; whatever fails is tried again when a turn comes."""
        if not self._changes or not self._options.api_key:
            return
        await self._ready()
        for language in dict.fromkeys(setting_for(hints, keyterms=False).language for hints in expected):
            await self.streams.fill_now(Setting(language), quiet=True)

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Interims as they come, then one final, empty when nothing was said. Raises ProviderError."""
        options = self._options
        await self._ready()
        setting = setting_for(hints, keyterms=options.keyterms and options.model.startswith("nova-3"))
        turn = Turn(
            NAME, await self.streams.take(setting, configure=self._changes), options.encoding, options.timeout_s
        )
        words = Words()
        try:
            turn.start(audio)
            while True:
                try:
                    done = await turn.hear(words)
                except ProviderUnavailableError:
                    # One that was idle may have been closed just as it was taken, which is nobody's failure.
                    if turn.heard or not turn.stream.idled:
                        raise
                    await self._start_over(turn, setting)
                    continue
                yield Transcript(words.text, words.confidence, final=done, provider=NAME)
                if done:
                    return
        finally:
            self.streams.give_back(turn.stream)
            await turn.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.streams.aclose()

    async def _start_over(self, turn: Turn, setting: Setting) -> None:
        fresh = await self.streams.open(setting)
        self.streams.give_back(turn.stream)
        await turn.move_to(fresh)

    async def _ready(self) -> None:
        if not self._options.api_key:
            raise ProviderDeniedError(NAME, "there is no key; set DEEPGRAM_API_KEY to one from console.deepgram.com")
        async with self._importing:
            if self._client is None:
                self._client = await asyncio.to_thread(self._load)

    def _load(self) -> Any:
        # Two seconds of imports.
        from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment

        url = self._options.url
        return AsyncDeepgramClient(
            api_key=self._options.api_key,
            environment=DeepgramClientEnvironment(base=url, production=url, agent=url, agent_rest=url),
            transport_factory=Wire,
        )

    def _connection(self, setting: Setting) -> AbstractAsyncContextManager[Any]:
        options = self._options
        connection: AbstractAsyncContextManager[Any] = self._client.listen.v1.connect(
            model=options.model,
            language=setting.language,
            encoding=options.encoding,
            sample_rate=SAMPLE_RATE,
            channels=1,
            interim_results=True,
            endpointing=False,
            punctuate=False,
            keyterm=list(setting.keyterms) or None,
            numerals=setting.numerals or None,
            mip_opt_out=None if options.share_audio else True,
        )
        return connection
