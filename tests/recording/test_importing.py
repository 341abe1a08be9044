"""Recordings from elsewhere become calls."""

import asyncio
import errno
import json
import os
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from callagent.clock import IST
from callagent.errors import CallagentError, MediaError, ProviderTimeoutError, ProviderUnavailableError, RecordingError
from callagent.events import (
    AgentStarted,
    AgentStopped,
    CallEnded,
    CallerStarted,
    CallerStopped,
    CallStarted,
    Event,
    ProviderFailed,
    TranscriptReceived,
    TurnEnded,
)
from callagent.evidence import UtteranceTranscribed
from callagent.media.audio import SAMPLE_RATE
from callagent.media.g711 import ulaw_encode
from callagent.media.vad import WINDOW, load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.recording.folder import CallFolder
from callagent.recording.import_sound import Source, open_sides
from callagent.recording.import_turns import LONGEST_S, PAUSE_S, Turns
from callagent.recording.importing import About, Imported, Importer
from callagent.stt.scripted import ScriptedOptions, ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcriber, Transcript
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

Side = npt.NDArray[np.int16]

ABOUT = About("electrical", "en", datetime(2026, 11, 20, 11, 0, tzinfo=IST), "+919812345678")
WHERE = (("agent", 0.5, "welcome to our shop"), ("caller", 3.0, "price please"), ("agent", 5.5, "of which product"))
CALL = (*WHERE, ("caller", 8.0, "a ceiling fan"), ("agent", 11.0, "thank you and goodbye"))
"""Who says what, and from which second on."""
SECONDS = 14.0


@pytest.fixture(scope="module")
def sides() -> tuple[Side, Side]:
    """The caller's side of a call, and the agent's."""
    return asyncio.run(spoken())


async def spoken() -> tuple[Side, Side]:
    """All that is said, by a synthesizer."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    found = {"caller": np.zeros(round(SECONDS * 8000), "<i2"), "agent": np.zeros(round(SECONDS * 8000), "<i2")}
    for who, at_s, text in CALL:
        speech = Speech(text, voice="en-us+f3" if who == "caller" else "")
        pcm = np.frombuffer(b"".join([chunk.pcm async for chunk in voice.synthesize(speech)]), "<i2")
        at = round(at_s * 8000)
        found[who][at : at + len(pcm)] = pcm
    await voice.aclose()
    return found["caller"], found["agent"]


def write(path: Path, *sides: Side, rate: int = 8000, tag: int = 1, bits: int = 16) -> Path:
    """A WAV file with these channels; other rates by repeating samples."""
    rows = np.repeat(np.stack(sides, axis=1), rate // 8000, axis=0)
    data = ulaw_encode(rows.astype("<i2").tobytes()) if tag == 7 else rows.astype("<i2").tobytes()
    if tag == 3:
        data = (rows / np.float32(32768)).astype("<f4").tobytes()
    block = len(sides) * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, len(sides), rate, rate * block, block, bits)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def hears(*lines: str) -> ScriptedTranscriber:
    """Who hears these turns."""
    return ScriptedTranscriber(ScriptedOptions(lines=lines, delay_ms=0, confidence=0.9))


async def imported(source: Source, into: Path, transcriber: Transcriber | None = None) -> Imported:
    """A call that was imported, as fast as can be."""
    transcriber = transcriber or hears("price please", "a ceiling fan")
    return await Importer(into, transcriber, VoicePool(load_voice_model()), faster=1e9).take(source, ABOUT, Hints())


def told(events: tuple[Event, ...]) -> list[str]:
    """The names of the events."""
    return [type(event).__name__ for event in events]


async def test_a_stereo_recording_becomes_a_call(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """Who spoke when, what the caller said, and the sound as it was; nothing that nobody can know."""
    done = await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings")

    folder = CallFolder(done.folder)
    events = folder.events()
    first, last = events[0], events[-1]
    assert isinstance(first, CallStarted)
    assert (first.carrier, first.caller, first.flow, first.flow_version) == (
        "import",
        "xxxxxxxxxxx78",
        "electrical",
        "",
    )
    assert last == CallEnded(at_s=SECONDS, disposition="imported", ended_by="line")
    assert [one.text for one in events if isinstance(one, TranscriptReceived)] == ["price please", "a ceiling fan"]
    starts = [one.position / SAMPLE_RATE for one in events if isinstance(one, CallerStarted)]
    assert starts == pytest.approx([3.0, 8.0], abs=0.25)
    agent = [one.at_s for one in events if isinstance(one, AgentStarted)]
    assert agent == pytest.approx([0.5, 5.5, 11.0], abs=0.25)
    assert [one.turn for one in events if isinstance(one, AgentStarted)] == [0, 1, 2]
    assert [one.turn for one in events if isinstance(one, AgentStopped)] == [0, 1, 2]
    assert [one.at_s for one in events] == sorted(one.at_s for one in events)
    assert set(told(events)) == {
        *("CallStarted", "CallerStarted", "CallerStopped", "TurnEnded", "UtteranceTranscribed", "ProviderUsed"),
        *("TranscriptReceived", "AgentStarted", "AgentStopped", "CallEnded"),
    }
    with folder.sound() as sound:
        assert np.array_equal(sound.read(0, sound.samples), np.stack(sides, axis=1))
    summary = folder.summary()
    assert summary is not None
    assert (summary["disposition"], summary["duration_s"]) == ("imported", SECONDS)
    assert len(summary["turns"]) == 2
    assert (done.apart, done.turns, done.understood, done.failed) == (True, 2, 2, 0)
    assert done.folder.name.startswith("20261120T053000Z-")


async def test_a_transcript_has_the_sound_that_it_is_of(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """From a little before the caller spoke to the end of the turn: a replay finds it there."""
    done = await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings")

    events = CallFolder(done.folder).events()
    ends = [one.at_s for one in events if isinstance(one, TurnEnded)]
    for one, end in zip([one for one in events if isinstance(one, UtteranceTranscribed)], ends, strict=True):
        assert one.ended_s == end
        assert one.audio_s == pytest.approx(end - one.began_s + 0.4, abs=0.01)


@pytest.mark.parametrize("form", ["right", "pair", "44 kHz floats", "16 kHz", "µ-law"])
async def test_every_form_of_recording_is_the_same_call(tmp_path: Path, sides: tuple[Side, Side], form: str) -> None:
    """Twilio's and Asterisk's, and those of programs."""
    caller, agent = sides
    source = {
        "right": lambda: Source(write(tmp_path / "a.wav", agent, caller), caller_channel="right"),
        "pair": lambda: Source(write(tmp_path / "a-r.wav", caller), write(tmp_path / "a-t.wav", agent[:-8000])),
        "44 kHz floats": lambda: Source(write(tmp_path / "a.wav", caller, agent, rate=48_000, tag=3, bits=32)),
        "16 kHz": lambda: Source(write(tmp_path / "a.wav", caller, agent, rate=16_000)),
        "µ-law": lambda: Source(write(tmp_path / "a.wav", caller, agent, tag=7, bits=8)),
    }[form]()

    done = await imported(source, tmp_path / "recordings")

    events = CallFolder(done.folder).events()
    assert [one.text for one in events if isinstance(one, TranscriptReceived)] == ["price please", "a ceiling fan"]
    assert len([one for one in events if isinstance(one, AgentStarted)]) == 3
    assert done.duration_s == SECONDS


async def test_one_channel_is_all_the_callers(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """And that is told."""
    done = await imported(Source(write(tmp_path / "a.wav", sides[0] + sides[1])), tmp_path / "recordings")

    assert not done.apart
    assert done.turns == 5
    assert "AgentStarted" not in told(CallFolder(done.folder).events())


async def test_the_agents_turns_are_known_by_their_words(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """In one channel: they go to the agent's side, and the caller's turns are counted as if they had never been."""
    source = Source(write(tmp_path / "a.wav", sides[0] + sides[1]))
    words = ("Welcome to our shop!", "Of which product?", "Thank you, and goodbye.")
    heard = hears("welcome to our shop", "price please", "of which product", "a ceiling fan", "thank you and bye")
    importer = Importer(tmp_path / "recordings", heard, VoicePool(load_voice_model()), faster=1e9)

    done = await importer.take(source, replace(ABOUT, agent_words=words), Hints())

    events = CallFolder(done.folder).events()
    assert (done.turns, done.agents) == (2, 3)
    said = [(one.turn, one.text) for one in events if isinstance(one, TranscriptReceived)]
    assert said == [(1, "price please"), (2, "a ceiling fan")]
    assert [one.turn for one in events if isinstance(one, TurnEnded)] == [1, 2]
    assert [one.turn for one in events if isinstance(one, AgentStarted)] == [0, 1, 2]
    assert sum(isinstance(one, CallerStarted) for one in events) == 2
    with CallFolder(done.folder).sound() as sound:
        rows = sound.read(0, sound.samples)
    assert np.array_equal(rows.sum(axis=1), sides[0] + sides[1])
    assert np.array_equal(rows[24_000:44_000, 0], sides[0][24_000:44_000])
    assert not rows[4000:20_000, 0].any()


async def test_a_recording_is_imported_once(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """Under whatever name it comes again, and whenever it is said to have begun."""
    await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings")

    with pytest.raises(RecordingError, match="imported before"):
        await imported(Source(write(tmp_path / "b.wav", *sides)), tmp_path / "recordings")

    assert len(list((tmp_path / "recordings").iterdir())) == 1


async def test_nobody_reads_the_callers_number_or_the_files_name(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """Exchanges write the number into the name; the folder is its owner's alone."""
    done = await imported(Source(write(tmp_path / "in-9812345678.wav", *sides)), tmp_path / "recordings")

    assert "98123456" not in str(done.folder)
    assert "98123456" not in (done.folder / "events.jsonl").read_text()
    assert "98123456" not in (done.folder / "summary.json").read_text()
    assert done.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("wrong", ["three channels", "a pair with stereo", "text", "missing", "cut"])
async def test_what_cannot_be_imported_leaves_nothing(tmp_path: Path, sides: tuple[Side, Side], wrong: str) -> None:
    """The reason names the file."""
    path = write(tmp_path / "a.wav", *sides)
    if wrong == "three channels":
        source = Source(write(path, *sides, sides[0]))
    elif wrong == "a pair with stereo":
        source = Source(write(tmp_path / "b.wav", sides[0]), path)
    else:
        source = Source(path)
        if wrong == "missing":
            path.unlink()
        else:
            path.write_bytes(b"hello" if wrong == "text" else path.read_bytes()[:-1000])

    with pytest.raises(MediaError, match=r"a\.wav: "):
        await imported(source, tmp_path / "recordings")

    assert not list((tmp_path / "recordings").glob("**/*"))


async def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a call is none."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = write(tmp_path / "a.wav", *sides)
    monkeypatch.setattr("callagent.recording.at_rest.disk.os.pwrite", full)

    with pytest.raises(RecordingError, match="the disk is full"):
        await imported(Source(path), tmp_path / "recordings")

    assert not list((tmp_path / "recordings").iterdir())


async def test_recordings_that_nobody_may_write_are_told(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """A file stands where the folder should."""
    (tmp_path / "recordings").write_text("no folder")

    with pytest.raises(CallagentError, match="Name another folder"):
        await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings")


async def test_a_transcriber_that_fails_leaves_a_turn_without_words(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """The call is imported all the same, and says which failed."""

    class Broken(ScriptedTranscriber):
        async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
            async for _ in audio:
                pass
            if hints is not None:
                raise ProviderUnavailableError("scripted", "gone")
            yield Transcript("", 0.0, final=True, provider="scripted")

    done = await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings", Broken(ScriptedOptions()))

    events = CallFolder(done.folder).events()
    assert (done.turns, done.understood, done.failed) == (2, 0, 2)
    assert [one.outcome for one in events if isinstance(one, UtteranceTranscribed)] == ["failed", "failed"]
    assert len([one for one in events if isinstance(one, ProviderFailed)]) == 2


async def test_a_transcriber_that_is_too_slow_is_asked_again(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """At the pace of a call it keeps up."""
    asked: list[int] = []

    class Slow(ScriptedTranscriber):
        async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
            asked.append(len([pcm async for pcm in audio]))
            if len(asked) == 1:
                raise ProviderTimeoutError("scripted", "late")
            yield Transcript("price", 0.9, final=bool(hints), provider="scripted")

    short = Source(write(tmp_path / "a.wav", sides[0][: 5 * 8000], sides[1][: 5 * 8000]))

    done = await imported(short, tmp_path / "recordings", Slow(ScriptedOptions()))

    assert (done.understood, done.failed) == (1, 0)
    assert asked[0] == asked[1]


async def test_the_events_file_is_of_the_format_of_live_calls(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    """With the time of day and the sample in each line."""
    done = await imported(Source(write(tmp_path / "a.wav", *sides)), tmp_path / "recordings")

    first, second, *_ = map(json.loads, (done.folder / "events.jsonl").read_text().splitlines())

    assert first["recording"] == 2
    assert second["wall"] == "2026-11-20T11:00:00.000+05:30"


def test_the_longer_of_two_sides_is_kept_to_its_end(tmp_path: Path) -> None:
    """The other one goes on in silence."""
    long, short = np.full(40_000, 5, "<i2"), np.full(9000, 7, "<i2")
    source = Source(write(tmp_path / "r.wav", short), write(tmp_path / "t.wav", long))

    with open_sides(source) as both:
        rows = np.concatenate(list(both.blocks()))

    assert rows[:, 0].tolist() == [7] * 9000 + [0] * 31_000
    assert rows[:, 1].tolist() == [5] * 40_000


# --- turns ------------------------------------------------------------------------------------------------------------


def heard(turns: Turns, caller: list[tuple[float, float]], agent: list[tuple[float, float]], seconds: float) -> None:
    """Both sides, each speaking from and to such seconds."""
    for begins in range(0, round(seconds * SAMPLE_RATE), WINDOW):
        at_s = begins / SAMPLE_RATE
        turns.caller(float(any(a <= at_s < b for a, b in caller)), begins, begins + WINDOW)
        turns.agent(float(any(a <= at_s < b for a, b in agent)), begins, begins + WINDOW)
    turns.end(round(seconds * SAMPLE_RATE))


def spans(turns: Turns) -> list[tuple[float, float]]:
    """From where the caller spoke to the end of each turn, in seconds."""
    return [(one.spoke / SAMPLE_RATE, one.ends / SAMPLE_RATE) for one in turns.over]


def test_a_pause_within_a_number_ends_no_turn() -> None:
    """A longer one does."""
    turns = Turns()
    heard(turns, [(1, 2), (2.8, 4), (6, 7)], [], 9)

    assert spans(turns) == [pytest.approx((1, 4 + PAUSE_S), abs=0.05), pytest.approx((6, 7 + PAUSE_S), abs=0.05)]
    assert sum(isinstance(one, CallerStopped) for one in turns.events) == 3


def test_the_agents_answer_ends_a_turn() -> None:
    """However soon it comes; over the caller's words it does not."""
    turns = Turns()
    heard(turns, [(1, 2), (6, 8)], [(2.4, 4), (7, 9)], 10)

    assert spans(turns) == [pytest.approx((1, 2.4), abs=0.05), pytest.approx((6, 8.2), abs=0.25)]


def test_a_turn_without_end_is_cut() -> None:
    """A television never stops talking; its sound must not fill the memory."""
    turns = Turns()
    heard(turns, [(1, 2 * LONGEST_S + 10)], [], 2 * LONGEST_S + 12)

    lengths = [one.ends - one.begins for one in turns.over]
    assert len(lengths) == 3
    assert max(lengths) <= (LONGEST_S + 1) * SAMPLE_RATE


def test_who_speaks_at_the_end_is_heard_to_the_end() -> None:
    """The recording breaks off in the middle of a word."""
    turns = Turns()
    heard(turns, [(1, 9)], [(0, 9)], 3)

    assert spans(turns) == [pytest.approx((1, 3), abs=0.05)]
    assert isinstance(turns.events[-1], AgentStopped)


def test_nothing_is_needed_of_a_long_silence() -> None:
    """What may still be the beginning of a word is some seconds."""
    turns = Turns()
    for begins in range(0, 600 * SAMPLE_RATE, WINDOW):
        turns.caller(0.0, begins, begins + WINDOW)

    assert 600 * SAMPLE_RATE - turns.needed <= 2 * SAMPLE_RATE
