"""How the server gets ready and how it stops, with a simulated Twilio over real sockets."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.server import OPTIONS, Server, listen_for, server

from callagent.errors import ConfigurationError
from callagent.media.audio import SILENCE
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_call import TwilioCall
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.synthesizer import Speech


class LateCaller:
    """A call whose TwiML has been answered and whose stream waits to be let go."""

    def __init__(self, shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.promised = asyncio.Event()
        self.go = asyncio.Event()
        open_stream = shop.carrier._open

        async def late(*arguments: object) -> object:
            self.promised.set()
            await self.go.wait()
            return await open_stream(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(shop.carrier, "_open", late)
        self.calling = asyncio.create_task(shop.call())

    async def connect(self) -> TwilioCall:
        """Open the stream."""
        self.go.set()
        return await self.calling


async def test_a_draining_server_waits_for_a_promised_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who was answered before the server began to stop, and connects after it, has a whole call."""
    async with server(tmp_path) as shop:
        caller = LateCaller(shop, monkeypatch)
        await caller.promised.wait()
        stopping = asyncio.create_task(shop.app.stop(60))
        await asyncio.sleep(0)
        began = shop.app.health.not_ready
        call = await caller.connect()
        await listen_for(call, 10)
        call.press("9")
        while await call.exchange(SILENCE) is not None:
            pass
        await stopping
        summary = await shop.ended()

    assert began == "stopping"
    assert (summary.disposition, summary.ended_by) == ("goodbye", "agent")


async def test_a_server_in_a_hurry_waits_for_no_promised_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second signal ends the wait for callers who have not connected yet."""
    async with server(tmp_path) as shop:
        caller = LateCaller(shop, monkeypatch)
        await caller.promised.wait()
        stopping = asyncio.create_task(shop.app.stop(100))
        await asyncio.sleep(0)
        waiting = not stopping.done()
        shop.app.calls.end()
        async with asyncio.timeout(90):
            await stopping
        caller.calling.cancel()

    assert waiting
    assert shop.app.calls.total == 0


class Rendering:
    """What the server has had prepared; everything after the first batch is held up, or breaks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.batches: list[list[str]] = []
        self.second = asyncio.Event()
        prepare = CachedSynthesizer.prepare

        async def prepared(voice: CachedSynthesizer, speeches: Iterable[Speech]) -> int:
            batch = list(speeches)
            self.batches.append([speech.text for speech in batch])
            if len(self.batches) == 1:
                return await prepare(voice, batch)
            self.second.set()
            if error:
                raise error
            await asyncio.Event().wait()
            return len(batch)

        monkeypatch.setattr(CachedSynthesizer, "prepare", prepared)


async def test_the_server_is_ready_when_the_greeting_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First comes what is heard first, by callers and who is rung; calls are taken, and end, while the rest is made."""
    rendering = Rendering(monkeypatch)
    async with server(tmp_path) as shop:
        ready = shop.app.health.not_ready
        await rendering.second.wait()
        call = await shop.call()
        await listen_for(call, 20)
        heard = list(call.record.heard_s)
        await call.hang_up()
        await shop.ended()
    opening, rest, *_ = rendering.batches  # after those, what the caller may hear next

    assert ready is None
    assert heard != []
    assert "welcome to Sharma Electricals" in opening[0]
    assert set(opening) < set(rest)
    assert len(opening) <= 4


async def test_prompts_that_cannot_be_made_do_not_stop_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What breaks in the background is logged, without words, and calls are taken all the same."""
    rendering = Rendering(monkeypatch, RuntimeError("planted words"))
    async with server(tmp_path) as shop:
        await rendering.second.wait()
        call = await shop.call()
        await listen_for(call, 20)
        await call.hang_up()
        summary = await shop.ended()
    log = capsys.readouterr().out

    assert summary.disposition == "caller hung up"
    assert "prompts not prepared" in log
    assert "planted" not in log


async def test_reading_health_changes_nothing(tmp_path: Path) -> None:
    """Two monitors see the same peak."""
    async with server(tmp_path) as shop:
        heartbeat = shop.app.heartbeat
        await heartbeat.stop()
        heartbeat.lag_s = 0.25
        heartbeat._note_lag(shop.app.clock.now_s())
        peaks = [shop.app._figures()["loop_lag_peak_ms"] for _ in range(2)]

    assert peaks == [250.0, 250.0]


async def test_a_voice_that_there_is_not_does_not_get_ready(tmp_path: Path) -> None:
    """The error names the setting and the voice."""
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_VOICE.*'nobody'"):
        async with server(tmp_path, tts="espeak", voice="nobody"):
            pass


async def test_a_voice_that_only_the_next_one_could_replace_does_not_get_ready(tmp_path: Path) -> None:
    """Else another than the one that was chosen would speak for ever, and nobody would know why."""
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_VOICE.*'nobody' \(edge does not have it\)"):
        async with server(tmp_path, tts="edge", voice="nobody"):
            pass


async def test_a_voice_for_a_mood_is_looked_at_too(tmp_path: Path) -> None:
    """Before the first caller is in need of comfort."""
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_VOICES.*'nobody'"):
        async with server(tmp_path, tts="espeak", voices={"en": {"calm": "nobody"}}):
            pass


async def test_recordings_that_cannot_be_kept_do_not_start(tmp_path: Path) -> None:
    """The error names place, problem and remedy."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_RECORDINGS: .*file.*\(.*Set CALLAGENT_RECORDINGS"):
        async with server(tmp_path, recordings=tmp_path / "file" / "recordings"):
            pass


@pytest.mark.parametrize("options", [{"tts.espeek": {}}, {"tts.espeak": {"word_per_minute": 140}}])
async def test_options_without_effect_do_not_start(tmp_path: Path, options: dict[str, dict[str, int]]) -> None:
    """A mistyped provider or option is told with the nearest right one."""
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_OPTIONS: .*did you mean"):
        async with server(tmp_path, tts="espeak", options=OPTIONS | options):
            pass


async def test_a_server_whose_disk_fails_while_it_gets_ready_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is told as what it is, and stopping leaves no task and no thread of the server's."""

    async def full(_voice: CachedSynthesizer) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CachedSynthesizer, "warm_up", full)
    async with TwilioCarrier() as carrier:
        shop = Server(carrier, tmp_path)
        await shop.app.start(shop.url)
        with pytest.raises(ConfigurationError, match="No space left"):
            await shop.app.ready()
        await shop.app.stop()
        left = {task.get_name() for task in asyncio.all_tasks()} & {"heartbeat", "warm-up", "prompts"}

    assert left == set()
    assert not shop.app._disk._thread.is_alive()
