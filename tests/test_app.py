"""The whole server with a simulated Twilio, over real sockets, in real time: short calls, and every way they end."""

import asyncio
import json
import shutil
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from support.phone_call import ROOT
from support.server import OPTIONS, listen_for, server, settings
from support.summary_server import summary_server

from callagent.app import App
from callagent.call.summary import summarize
from callagent.errors import CarrierRefusedError, ConfigurationError, ContentError
from callagent.events import AgentSaid, CallerRecalled, CallStarted, DigitPressed
from callagent.evidence import Evidence
from callagent.media.audio import SILENCE
from callagent.recording.folder import CallFolder
from callagent.simulator.call_end import CallEnd
from callagent.simulator.call_resource import Destination
from callagent.simulator.twilio import TwilioCarrier
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech
from callagent.workshop.shops import shop_folder

Samples = npt.NDArray[np.float64]


async def test_a_call_leaves_its_folder(tmp_path: Path) -> None:
    """Recording, events and summary; the summary is the fold of the events."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 30)
        call.press("9")
        while await call.exchange(SILENCE) is not None:
            pass
        summary = await shop.ended()
    folder = shop.summaries[0][1]

    assert call.end is CallEnd.API_HUNG_UP
    assert (summary.disposition, summary.ended_by) == ("goodbye", "agent")
    assert sorted(path.name for path in folder.iterdir()) == ["call.wav", "events.jsonl", "summary.json"]
    assert json.loads((folder / "summary.json").read_text()) == json.loads(json.dumps(summary.as_dict()))
    assert summarize(shop.events) == summary
    kept = CallFolder(folder).events()
    happened = [replace(event, digit="x") if isinstance(event, DigitPressed) else event for event in shop.events]
    assert [event for event in kept if not isinstance(event, Evidence)] == happened
    assert CallFolder(folder).started() == shop.events[0]
    assert isinstance(kept[0], CallStarted)
    assert len(kept[0].caller_key) == 64


async def test_the_summary_is_posted_to_the_shop(tmp_path: Path) -> None:
    """After the call, though the shop's computer is out of order at first; nothing is left to deliver."""
    async with summary_server() as mine:
        mine.statuses.append(503)
        async with server(tmp_path, summary_webhook=mine.url) as shop:
            call = await shop.call()
            await call.hang_up()
            summary = await shop.ended()
        folder = shop.summaries[0][1]

    assert mine.got == [(folder.name, json.loads(json.dumps(summary.as_dict())))] * 2
    assert list((folder.parent / ".undelivered").iterdir()) == []


async def test_the_greeting_is_audible_at_once(tmp_path: Path) -> None:
    """The first sound of the agent is at the carrier within 300 ms of the stream's start."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 20)
        heard_s, sent_s = call.record.heard_s, call.record.sent_s
        await call.hang_up()
        await shop.ended()

    assert heard_s[0] - sent_s[0] <= 0.3


@pytest.mark.parametrize(
    ("how", "disposition", "ended_by"),
    [("hang_up", "caller hung up", "caller"), ("vanish", "line lost", "line")],
)
async def test_however_a_call_ends_there_is_one_summary(
    tmp_path: Path, how: str, disposition: str, ended_by: str
) -> None:
    """Hung up or vanished: exactly one summary, and nothing is left behind."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 20)
        await getattr(call, how)()
        summary = await shop.ended()
        tasks = {task.get_name() for task in asyncio.all_tasks()}

    assert (summary.disposition, summary.ended_by) == (disposition, ended_by)
    assert summary.failures == ()
    assert "pipeline" not in tasks
    assert len(shop.app.calls) == 0


async def test_stopping_the_server_ends_its_calls_with_summaries(tmp_path: Path) -> None:
    """A server that is stopped hangs up, and says in the summary that it did."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 20)
        await shop.app.stop()
        summary = await shop.ended()

    assert (summary.disposition, summary.ended_by) == ("server stopped", "server")
    assert call.end in {CallEnd.API_HUNG_UP, CallEnd.SERVER_CLOSED}


async def test_a_draining_server_lets_its_calls_end(tmp_path: Path) -> None:
    """While it drains it is not ready, takes no call, and leaves the live one alone."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 10)
        stopping = asyncio.create_task(shop.app.stop(10))
        await listen_for(call, 5)
        with pytest.raises(CarrierRefusedError):
            await shop.call()
        call.press("9")
        while await call.exchange(SILENCE) is not None:
            pass
        await stopping
        summary = await shop.ended()

    assert summary.disposition == "goodbye"


@pytest.mark.parametrize("faults", [{"wrong_signature": True}, {"unsigned": True}])
async def test_a_call_that_is_not_twilios_is_not_taken(tmp_path: Path, faults: dict[str, Any]) -> None:
    """A forged webhook is refused, and nothing is started for it."""
    async with server(tmp_path) as shop:
        with pytest.raises(CarrierRefusedError, match="403"):
            await shop.call(**faults)

    assert (shop.events, shop.app.calls.total) == ([], 0)


async def test_a_stream_with_a_false_token_starts_nothing(tmp_path: Path) -> None:
    """The socket is closed before there is a call."""
    async with server(tmp_path) as shop:
        call = await shop.call(parameters=(("token", "guessed"),))
        while await call.exchange(SILENCE) is not None:
            pass

    assert call.end is CallEnd.SERVER_CLOSED
    assert (shop.events, shop.app.calls.total) == ([], 0)


async def test_lost_chunks_are_counted(tmp_path: Path) -> None:
    """The summary tells how much of the caller's audio never came."""
    async with server(tmp_path) as shop:
        call = await shop.call(lose_every=10)
        await listen_for(call, 50)
        await call.hang_up()
        summary = await shop.ended()

    assert summary.lost_chunks in {3, 4, 5}


async def test_a_broken_dialogue_does_not_hang_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our own code breaks, the call ends, is summarized, and the next one works."""
    async with server(tmp_path) as shop:

        def broken(*_: object) -> None:
            raise KeyError("bug")

        monkeypatch.setattr(shop.app.dialogue, "begin", broken)
        call = await shop.call()
        while await call.exchange(SILENCE) is not None:
            pass
        monkeypatch.undo()
        again = await shop.call()
        await listen_for(again, 30)
        heard = list(again.record.heard_s)
        await again.hang_up()

    assert shop.summaries[0][0].failures == ("dialogue: KeyError",)
    assert heard != []


async def test_health_tells_of_calls_and_lag(tmp_path: Path) -> None:
    """Counts and times, and nothing of any caller."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 5)
        health = shop.app._figures()
        await call.hang_up()
        await shop.ended()

    assert (health["calls"], health["calls_total"], health["calls_failed"]) == (1, 1, 0)
    assert set(health) == {
        "calls",
        "calls_total",
        "calls_failed",
        "loop_lag_ms",
        "loop_lag_peak_ms",
        "flow",
        "change_refused",
        "models",
        "given_up",
    }


async def test_no_log_holds_a_number_or_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what was said nor who called is in a log, at any level."""
    caplog.set_level("DEBUG")
    async with server(tmp_path, options=OPTIONS | {"stt.scripted": {"lines": ["a planted sentence"]}}) as shop:
        call = await shop.call()
        await listen_for(call, 10)
        await call.hang_up()
        await shop.ended()

    assert "9800000000" not in caplog.text
    assert "planted" not in caplog.text


async def test_a_caller_who_was_cut_off_comes_back(tmp_path: Path) -> None:
    """Over a real database: the line is lost at a question, and the next call begins there."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'callers.db'}"
    async with server(tmp_path, database_url=url, callers_secret="a secret of the shop's own") as shop:
        for _ in range(2):
            call = await shop.call()
            await listen_for(call, 20)
            call.press("2")
            await listen_for(call, 30)
            await call.vanish()
            assert await shop.app.calls.wait(5) == 0

    recalled = [event.taken_up for event in shop.events if isinstance(event, CallerRecalled)]
    said = [event.line for event in shop.events if isinstance(event, AgentSaid)]

    assert recalled == [False, True]
    assert said.count("taken_up") == 1
    assert said.index("taken_up") > said.index("welcome")


async def test_a_database_that_is_down_costs_no_call(tmp_path: Path) -> None:
    """It cannot be opened; the server starts, and the caller is greeted."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'no such folder' / 'callers.db'}"
    async with server(tmp_path, database_url=url, callers_secret="a secret of the shop's own") as shop:
        call = await shop.call()
        await listen_for(call, 20)
        await call.hang_up()
        summary = await shop.ended()

    assert summary.failures == ()
    assert "welcome" in [event.line for event in shop.events if isinstance(event, AgentSaid)]


async def test_the_recording_can_be_switched_off(tmp_path: Path) -> None:
    """Without it there is no sound on disk."""
    async with server(tmp_path, record=False) as shop:
        call = await shop.call()
        await listen_for(call, 10)
        await call.hang_up()
        await shop.ended()

    assert not (shop.summaries[0][1] / "call.wav").exists()


async def test_wrong_settings_do_not_start(tmp_path: Path) -> None:
    """An unknown provider, option or shop is named, with what would be right."""
    async with TwilioCarrier() as carrier:
        for given, message in (
            ({"stt": "pocketsfinx"}, "did you mean 'pocketsphinx'"),
            ({"options": {"tts.scripted": {"sped": 3}}}, "tts.scripted.*sped"),
            ({"shop": "electricals"}, "known are: .*electrical"),
        ):
            with pytest.raises(ConfigurationError, match=message):
                App(settings(carrier, tmp_path, **given))


async def test_a_mistake_in_a_flow_does_not_start(tmp_path: Path) -> None:
    """The error says file and line."""
    flow = tmp_path / "flows" / "electrical"
    flow.mkdir(parents=True)
    for path in (ROOT / "flows" / "electrical").glob("*.*"):
        text = path.read_text(encoding="utf-8").replace("go to: main menu", "go to: mane menu", 1)
        (flow / path.name).write_text(text, encoding="utf-8")
    async with TwilioCarrier() as carrier:
        with pytest.raises(ContentError) as caught:
            App(settings(carrier, tmp_path, flows=tmp_path / "flows"))

    assert "flow.yaml" in str(caught.value)
    assert "'main menu'" in str(caught.value)
    assert all(problem.line > 0 for problem in caught.value.problems)


def test_a_port_that_is_taken_is_named() -> None:
    """Two servers on one port: the second says so."""
    from callagent.telephony.server import listen

    with listen("127.0.0.1", 0) as taken, pytest.raises(ConfigurationError, match="CALLAGENT_PORT"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_the_shops_folder_is_found(tmp_path: Path) -> None:
    """A shop of one's own is taken before the one that ships."""
    (tmp_path / "mine").mkdir()

    assert shop_folder(tmp_path, "mine") == tmp_path / "mine"


def lag_ms(ours: Samples, theirs: Samples) -> float:
    """By how much one sound comes later than the other, from where they fit best."""
    size = 2 * max(len(ours), len(theirs))
    fit = np.fft.irfft(np.fft.rfft(ours, size) * np.conj(np.fft.rfft(theirs, size)))
    best = int(np.argmax(fit))
    return (best - size if best > size // 2 else best) / 8


async def test_the_recording_is_what_the_carrier_heard(tmp_path: Path) -> None:
    """Both channels lie within 60 ms of the carrier's own recording, and what a barge-in cut is not in it."""
    async with server(tmp_path, tts="espeak") as shop:
        destination = Destination(f"{shop.url}/twilio/voice")
        call = await shop.carrier.call(destination, recorded=True)
        voice = EspeakSynthesizer(EspeakSynthesizer.Options())
        spoken = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech("opening hours please"))])
        await voice.aclose()
        await listen_for(call, 70)
        for at in range(0, len(spoken) - 320, 320):
            await call.exchange(spoken[at : at + 320])
        await listen_for(call, 150)
        await call.hang_up()
        summary = await shop.ended()
        with wave.open(str(shop.summaries[0][1] / "call.wav")) as file:
            ours = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(float)
    assert call.record.audio is not None
    theirs = np.stack([np.frombuffer(b"".join(pair[side] for pair in call.record.audio), "<i2") for side in (0, 1)])

    assert [one.by for one in summary.barge_ins] == ["voice"]
    for side in (0, 1):
        assert abs(lag_ms(ours[:, side], theirs[side].astype(float))) <= 60
        assert np.sum(ours[:, side] ** 2) == pytest.approx(np.sum(theirs[side].astype(float) ** 2), rel=0.1)


async def test_a_change_is_for_calls_that_begin_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call in progress ends on the version it began with; a change with a mistake is refused and told."""
    monkeypatch.setattr("callagent.app.LOOK_S", 3600.0)
    for root in ("flows", "prompts"):
        shutil.copytree(ROOT / root, tmp_path / root)
    flow = tmp_path / "flows" / "electrical" / "flow.yaml"
    text = flow.read_text(encoding="utf-8")

    async with server(tmp_path, flows=tmp_path / "flows", prompts=tmp_path / "prompts") as shop:

        async def changed(flow_text: str, at_s: float) -> dict[str, Any]:
            flow.write_text(flow_text, encoding="utf-8")
            await shop.app.look_for_change(at_s)
            await shop.app.look_for_change(at_s + 1.0)
            return shop.app._figures()

        before = shop.app._figures()
        first = await shop.call()
        await listen_for(first, 5)
        after = await changed(text.replace("end: goodbye", "end: no_answer"), 1.0)
        refused = await changed(text.replace("start: greeting", "start: greting"), 3.0)
        for call in (await shop.call(), first):
            await listen_for(call, 5)
            call.press("9")
            while await call.exchange(SILENCE) is not None:
                pass
        mended = await changed(text, 5.0)
    begun = [event.flow_version for event in shop.events if isinstance(event, CallStarted)]

    assert begun == [before["flow"], after["flow"]]
    assert before["flow"] != after["flow"]
    assert [summary.disposition for summary, _ in shop.summaries] == ["no_answer", "goodbye"]
    assert [told["change_refused"] for told in (before, after, mended)] == [[], [], []]
    assert refused["flow"] == after["flow"]
    assert "'greting' is not a flow. Did you mean 'greeting'?" in refused["change_refused"][0]
    assert mended["flow"] == before["flow"]
