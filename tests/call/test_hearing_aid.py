"""What the transcriber gets to hear, and what it does not change."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from support.caller_voice import chunks as voice_chunks
from support.phone_call import CALLER, Setting, make_services

from callagent.call.ear import Ear
from callagent.call.feed import AudioFeed
from callagent.call.hearing_aid import HearingAid, Treatment
from callagent.call.heartbeat import Heartbeat
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.sound import Sound
from callagent.clock import ManualClock
from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, SILENCE, Chunk
from callagent.media.level import amplified
from callagent.media.noise import NoiseMode
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import loopback
from callagent.turn.voice import VoiceChange

TEXT = "I would like to know the price of a ceiling fan"


def hiss(seconds: float, amplitude: float = 330.0) -> bytes:
    """A noisy line: with this amplitude 40 dB under full scale."""
    return (np.random.default_rng(6).standard_normal(round(8000 * seconds)) * amplitude).astype("<i2").tobytes()


def in_place(pcm: bytes, position: int = 0) -> list[Chunk]:
    """As a call brings it."""
    pcm += bytes(-len(pcm) % CHUNK_BYTES)
    return [Chunk(pcm[at : at + CHUNK_BYTES], position + at // 2) for at in range(0, len(pcm), CHUNK_BYTES)]


async def line(gain_db: float = 0.0, noise: float = 0.0) -> list[Chunk]:
    """A second of quiet line, a sentence so much louder, and half a second more, with noise on all of it."""
    voice = b"".join(await voice_chunks(TEXT))
    pcm = SILENCE * 50 + amplified(voice, gain_db) + SILENCE * 25
    if noise:
        both = np.frombuffer(pcm, "<i2").astype(int) + np.frombuffer(hiss(len(pcm) / 16000, noise), "<i2")
        pcm = both.clip(-32768, 32767).astype("<i2").tobytes()
    return in_place(pcm)


class Listener:
    """An ear of a call that has begun, and what it has told."""

    def __init__(self, noise: NoiseMode = "off") -> None:
        self.told: list[VoiceChange] = []
        self.ear = Ear(VoicePool(load_voice_model()), self.told.append, noise)
        self.ear.begin(0.0)


def turn(listener: Listener, chunks: list[Chunk]) -> AudioFeed:
    """The feed of a turn that opens with the caller's voice and closes with the line."""
    feed: AudioFeed | None = None
    ear = listener.ear
    for chunk in chunks:
        before = len(listener.told)
        ear.hear(chunk)
        if VoiceChange.STARTED in listener.told[before:] and feed is None:
            feed = ear.open_feed()
    ear.close_feed()
    assert feed is not None
    return feed


def level(pcm: bytes) -> float:
    """RMS, dB under full scale."""
    return float(20 * np.log10(max(np.sqrt((np.frombuffer(pcm, "<i2").astype(float) ** 2).mean()) / 32768, 1e-9)))


def sound(feed: AudioFeed) -> bytes:
    """All of it."""
    return b"".join(chunk.pcm for chunk in feed.chunks)


async def test_an_ordinary_caller_is_heard_as_they_are() -> None:
    """Untouched, from the 400 ms before the voice to the end."""
    chunks = await line()
    feed = turn(Listener(), chunks)

    assert feed.chunks == chunks[-len(feed.chunks) :]


async def test_a_quiet_caller_is_louder_in_the_first_turn() -> None:
    """As much louder in its first sample as in its last."""
    chunks = await line(gain_db=-20.0)
    listener = Listener()
    feed = turn(listener, chunks)
    before = b"".join(chunk.pcm for chunk in chunks[-len(feed.chunks) :])

    assert level(sound(feed)) > level(before) + 8
    assert sound(feed) == amplified(before, listener.ear._treatment.gain_db)
    assert [chunk.position for chunk in feed.chunks] == [chunk.position for chunk in chunks[-len(feed.chunks) :]]


async def test_a_quiet_line_is_not_amplified() -> None:
    """Minutes of hiss say nothing about the caller."""
    ear = Listener().ear
    for chunk in in_place(hiss(5.0, amplitude=20.0)):
        ear.hear(chunk)

    assert ear.open_feed().chunks == in_place(hiss(5.0, amplitude=20.0))[-20:]


@pytest.mark.parametrize(
    ("mode", "noise", "softer"), [("off", 300.0, False), ("auto", 300.0, True), ("auto", 20.0, False)]
)
async def test_noise_is_taken_out_where_it_is_wanted(mode: NoiseMode, noise: float, *, softer: bool) -> None:
    """By itself only on a noisy line; what follows the voice shows it."""
    chunks = await line(noise=noise)
    feed = turn(Listener(mode), chunks)
    end = sound(feed)[-8 * CHUNK_BYTES :]
    was = b"".join(chunk.pcm for chunk in chunks)[-8 * CHUNK_BYTES :]

    assert (level(end) < level(was) - 10) is softer


async def test_a_treated_turn_is_complete() -> None:
    """Without a gap and as long as what was heard, to its last sample."""
    chunks = await line(noise=300.0)
    feed = turn(Listener("on"), chunks)
    places = [(chunk.position, chunk.end) for chunk in feed.chunks]

    assert all(end == begin for (_, end), (begin, _) in pairwise(places))
    assert feed.chunks[-1].end == chunks[-1].end
    assert chunks[-1].end - feed.chunks[0].position == len(sound(feed)) // 2


async def test_a_turn_that_goes_on_is_one_piece() -> None:
    """What was treated already is not treated again, and nothing is doubled or lost where the parts meet."""
    chunks = await line(noise=300.0)
    listener = Listener("on")
    ear, first = listener.ear, turn(listener, chunks)
    more = in_place(hiss(0.1, 300.0), chunks[-1].end)
    for chunk in more[:2]:
        ear.hear(chunk)
    second = ear.open_feed(before=first)
    for chunk in more[2:]:
        ear.hear(chunk)
    ear.close_feed()
    treated = first.chunks

    assert second.chunks[: len(treated)] == treated
    assert len(sound(second)) == len(sound(first)) + len(more) * CHUNK_BYTES


def test_lost_audio_leaves_its_gap() -> None:
    """What comes after it lies where it was said."""
    aid = HearingAid("on")
    for chunk in in_place(hiss(1.0)):
        aid.hear_line(chunk)
    treatment = aid.treatment()
    treated = [
        piece for chunk in [*in_place(hiss(0.2)), *in_place(hiss(0.2), 80_000)] for piece in treatment.apply(chunk)
    ] + treatment.rest()
    heard = {sample for piece in treated for sample in range(piece.position, piece.end)}

    assert heard == {*range(1600), *range(80_000, 81_600)}


def test_nothing_is_taken_out_before_the_noise_is_known() -> None:
    """A caller who speaks at once is heard as they are, also where noise is always to go."""
    assert HearingAid("on").treatment().noise is None


async def test_the_end_of_a_turn_is_not_waited_for() -> None:
    """The transcriber's last audio is there as soon as the turn is closed."""
    feed = turn(Listener("on"), await line(noise=300.0))
    pieces = await asyncio.wait_for(_all(feed), 1.0)

    assert b"".join(pieces) == sound(feed)


async def _all(feed: AudioFeed) -> list[bytes]:
    return [pcm async for pcm in feed]


async def test_the_recording_stays_as_it_was_on_the_line(tmp_path: Path) -> None:
    """With the noise taken out for the transcriber, whoever listens in still hears it."""
    clock = ManualClock()
    settings = Setting(tmp_path)
    made = make_services(settings, ScriptedTranscriber(ScriptedTranscriber.Options()), clock, Heartbeat(clock))
    kept: list[Chunk] = []
    tap = Mock(caller_heard=kept.append)
    sound_of_call = Sound(
        loopback(CALLER)[0], replace(made, noise="on"), Journal(clock), tap, History(), list[VoiceChange]().append
    )
    sound_of_call.ear.begin(clock.now_s())
    chunks = in_place(hiss(1.0))
    for chunk in chunks:
        clock.advance(0.02)
        sound_of_call.hear(chunk, clock.now_s())
    feed = sound_of_call.ear.open_feed()
    sound_of_call.stop(clock.now_s())

    assert kept == chunks
    assert level(sound(feed)) < level(hiss(1.0)) - 10


def test_a_treatment_without_anything_to_do_costs_nothing() -> None:
    """The chunk itself is passed on."""
    chunk = Chunk(SILENCE, CHUNK_SAMPLES)

    assert Treatment().apply(chunk)[0] is chunk
