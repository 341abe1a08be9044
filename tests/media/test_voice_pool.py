"""Callers judged together: positions, state and the resets, company and waiting, on speech that espeak-ng makes."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.audio import CHUNK_BYTES, Chunk, silence
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.vad import CONTEXT, STATE_SIZE, WINDOW, Floats, VoiceModel, load_voice_model
from callagent.media.voice_pool import FAINT, FEW, GATHER_S, GATHER_SILENCE_S, MOST, VoiceActivity, VoicePool
from callagent.simulator.virtual_time import run
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech
from callagent.turn.voice import VoiceChange, VoiceGate


@dataclass(frozen=True)
class Window:
    """What is told of one."""

    probability: float
    begins: int
    ends: int


class CountingModel(VoiceModel):
    """The real one; keeps how many windows were in each run."""

    def __init__(self) -> None:
        self.runs: list[int] = []

    def probabilities(self, audio: Floats, states: Floats) -> tuple[Floats, Floats]:
        """As it is."""
        self.runs.append(len(audio))
        return load_voice_model().probabilities(audio, states)


class Caller:
    """One of a pool, with all that was told of them."""

    def __init__(self, pool: VoicePool) -> None:
        self.windows: list[Window] = []
        self.activity = pool.join(lambda *window: self.windows.append(Window(*window)))

    def says(self, pcm: bytes, position: int = 0) -> list[Window]:
        """Feed it in chunks of 20 ms; what was told since."""
        told = len(self.windows)
        for chunk in chunks(pcm, position):
            self.activity.feed(chunk)
        return self.windows[told:]


@cache
def spoken(text: str) -> bytes:
    """Speech as it comes through a telephone."""

    async def speak() -> bytes:
        synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options())
        return b"".join([chunk.pcm async for chunk in synthesizer.synthesize(Speech(text))])

    return ulaw_decode(ulaw_encode(asyncio.run(speak())))


def chunks(pcm: bytes, position: int = 0) -> list[Chunk]:
    """20 ms each; what fills no chunk is left out."""
    ends = len(pcm) // CHUNK_BYTES * CHUNK_BYTES
    return [Chunk(pcm[at : at + CHUNK_BYTES], position + at // 2) for at in range(0, ends, CHUNK_BYTES)]


def alone() -> Caller:
    """A caller with nobody else on the line."""
    return Caller(VoicePool(load_voice_model()))


def judged(pcm: bytes) -> list[Window]:
    """All windows of `pcm` for a caller alone."""
    return alone().says(pcm)


def hiss(seconds: float, level: float = 30) -> bytes:
    """A line's noise, some 60 dB under full scale unless said."""
    noise = np.random.default_rng(7).standard_normal(round(8000 * seconds)) * level
    return noise.astype("<i2").tobytes()


async def converse(callers: Sequence[Caller], sounds: Sequence[bytes]) -> None:
    """All of them speak at the same time, each 20 ms in time."""
    for together in zip(*map(chunks, sounds), strict=False):
        for caller, chunk in zip(callers, together, strict=True):
            caller.activity.feed(chunk)
        await asyncio.sleep(0.02)


def test_speech_is_told_from_silence() -> None:
    """A sentence between two silences: likely inside, unlikely outside."""
    speech = spoken("Hello, I would like to know the price of a ceiling fan.")
    windows = judged(silence(1.0) + speech + silence(1.5))
    ends = 8000 + len(speech) // 2
    inside = [window.probability for window in windows if 9600 <= window.begins < ends - 1600]
    outside = [window.probability for window in windows if window.ends <= 7000 or window.begins > ends + 4800]

    assert np.mean(np.array(inside) > 0.5) > 0.8
    assert max(outside) < 0.35


def test_windows_have_their_places() -> None:
    """Each begins where the one before ended, on the caller's own count of samples."""
    windows = alone().says(hiss(0.2), position=1600)

    assert [(window.begins, window.ends) for window in windows] == [
        (1600 + WINDOW * number, 1600 + WINDOW * (number + 1)) for number in range(6)
    ]
    assert all(0.0 <= window.probability <= 1.0 for window in windows)


def test_a_gap_drops_the_unfinished_window() -> None:
    """After lost packets, windows begin where the audio goes on."""
    caller = alone()
    before = caller.says(hiss(0.02))
    after = caller.says(hiss(0.04), position=4000)

    assert before == []
    assert [window.begins for window in after] == [4000]


def test_a_large_chunk_gives_several_windows() -> None:
    """What is fed at once is judged as if it came piece by piece."""
    pcm = spoken("one two three")
    whole = len(pcm) // CHUNK_BYTES * CHUNK_BYTES
    caller = alone()
    caller.activity.feed(Chunk(pcm[:whole], 0))

    assert caller.windows == judged(pcm)


def test_speech_after_a_long_silence_is_heard_at_once() -> None:
    """A minute on hold does not make the model deaf: within 200 ms of the first word it is sure."""
    windows = judged(silence(60.0) + spoken("Yes, hello?"))
    sure = next(window.ends for window in windows if window.probability >= 0.5)

    assert sure - 60 * 8000 <= 1600


def test_the_state_is_cleared_only_in_clear_silence() -> None:
    """While someone speaks, however long, it stays; after two seconds without, it goes."""
    caller = alone()
    speech = spoken("This sentence has no pause that is longer than a breath and it goes on for quite a while")
    caller.says(speech[: 8000 * 2 * 3])
    while_speaking = caller.activity._since_reset
    caller.says(silence(1.0), position=100_000)
    after = caller.activity._since_reset

    assert while_speaking >= 90
    assert after < 40


def test_half_a_sample_is_no_audio() -> None:
    """An odd number of bytes is an error."""
    with pytest.raises(MediaError, match="half a sample"):
        alone().activity.feed(Chunk(b"\0", 0))


def test_company_changes_no_result() -> None:
    """Many callers, speaking and silent and some of them gone, get what each would get alone."""
    pool = VoicePool(load_voice_model())
    sounds = [spoken("good morning"), hiss(1.2), silence(3.0), *[hiss(0.3 * n) + spoken("sockets") for n in range(6)]]
    callers = [Caller(pool) for _ in sounds]

    async def conversations() -> None:
        await asyncio.gather(*(converse([caller], [pcm]) for caller, pcm in zip(callers, sounds, strict=True)))

    run(conversations())

    for caller, pcm in zip(callers, sounds, strict=True):
        expected = judged(pcm)
        assert [(window.begins, window.ends) for window in caller.windows] == [
            (window.begins, window.ends) for window in expected
        ]
        assert [window.probability for window in caller.windows] == pytest.approx(
            [window.probability for window in expected], abs=1e-4
        )


SENTENCES = ("Yes, hello?", "sockets", "five hundred", "no", "haan ji", "two ceiling fans and a switch", "okay")


@pytest.mark.parametrize("line", [silence(4.0), hiss(4.0, level=FAINT / 6)], ids=["silent", "faint"])
def test_speech_is_found_where_it_is_with_all_of_the_silence(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loud or quiet, one word or many: its beginning hardly ever two windows later, and as often earlier as later."""
    later: list[int] = []
    for text, level_db in product(SENTENCES, (0, -20, -30)):
        quieter = np.frombuffer(spoken(text), "<i2") * 10 ** (level_db / 20)
        speech = ulaw_decode(ulaw_encode(quieter.astype("<i2").tobytes()))
        pcm = line + speech + line + speech + line
        sparing = changes(judged(pcm))
        with monkeypatch.context() as hearing_all:
            hearing_all.setattr("callagent.media.voice_pool.FAINT_PROBABILITY", -1.0)
            expected = changes(judged(pcm))
        assert [change for change, _ in sparing] == [change for change, _ in expected]
        later += [
            (found - wanted) // WINDOW
            for (change, found), (_, wanted) in zip(sparing, expected, strict=True)
            if change is VoiceChange.STARTED
        ]

    assert len(later) >= 2 * 3 * len(SENTENCES)
    assert max(later) <= 2
    assert np.mean(np.array(later) > 1) < 0.05
    assert np.mean(later) < 0.1


def changes(windows: Sequence[Window]) -> list[tuple[VoiceChange, int]]:
    """When speech was found to have begun and to be over, in samples."""
    gate = VoiceGate()
    told = [(gate.window(window.probability, window.begins, window.ends), window.ends) for window in windows]
    return [(change, ends) for change, ends in told if change is not None]


def test_a_silent_line_costs_no_run() -> None:
    """Once the model has settled, it is asked again with the first window that is louder, and the one before that."""
    model = CountingModel()
    caller = Caller(VoicePool(model))
    caller.says(silence(5.0))
    settling = len(model.runs)
    caller.says(silence(60.0), position=40_000)
    after_a_minute = len(model.runs)
    caller.says(hiss(0.032 * 5, level=1000), position=40_000 + 480_000)

    assert settling < 80
    assert after_a_minute == settling
    assert len(model.runs) == settling + 1 + 5
    assert len(caller.windows) == (40_000 + 480_000) // WINDOW + 5


def test_callers_share_runs() -> None:
    """Windows that come within some milliseconds are judged in one go."""
    model = CountingModel()
    pool = VoicePool(model)
    callers = [Caller(pool) for _ in range(10)]
    run(converse(callers, [spoken("one two three")] * 10))

    assert set(model.runs) == {10}


def test_few_callers_wait_for_nobody() -> None:
    """What a chunk completes is told before `feed` returns."""
    pool = VoicePool(load_voice_model())
    callers = [Caller(pool) for _ in range(FEW)]

    assert [len(caller.says(hiss(0.04))) for caller in callers] == [1] * FEW


def test_a_full_run_waits_for_nobody() -> None:
    """A wait that would bring nothing is over."""
    model = CountingModel()
    callers = [Caller(pool) for pool in [VoicePool(model)] for _ in range(MOST)]

    async def all_speak() -> None:
        for caller in callers:
            caller.says(hiss(0.04))

    run(all_speak())

    assert model.runs == [MOST]


def test_what_may_be_speech_waits_less_than_silence() -> None:
    """A barge-in is not held up; a caller who has long been silent, and is, waits for more company."""

    async def wait_s(pcm: bytes) -> float:
        pool = VoicePool(load_voice_model())
        _others = [Caller(pool) for _ in range(FEW)]
        now = asyncio.get_running_loop().time
        told_s: list[float] = []
        activity = pool.join(lambda *_: told_s.append(now()))
        for chunk in chunks(silence(2.0)):
            activity.feed(chunk)
        await asyncio.sleep(1)
        began_s, before = now(), len(told_s)
        for chunk in chunks(pcm, position=16_000):
            activity.feed(chunk)
        await asyncio.sleep(1)
        return told_s[before] - began_s

    assert run(wait_s(hiss(0.04, level=1000))) == pytest.approx(GATHER_S, abs=1e-6)
    assert run(wait_s(hiss(0.04))) == pytest.approx(GATHER_SILENCE_S, abs=1e-6)
    assert run(wait_s(silence(0.04))) == 0


def test_a_burst_after_a_stall_is_judged_in_order() -> None:
    """Several windows of one caller, waiting together, follow each other as they were said."""
    pool = VoicePool(load_voice_model())
    callers = [Caller(pool) for _ in range(FEW + 2)]
    pcm = spoken("one two three")

    async def burst() -> None:
        for caller in callers:
            caller.says(pcm)
        await asyncio.sleep(GATHER_SILENCE_S)

    run(burst())

    for caller in callers:
        assert [window.begins for window in caller.windows] == [window.begins for window in judged(pcm)]
        assert [window.probability for window in caller.windows] == pytest.approx(
            [window.probability for window in judged(pcm)], abs=1e-4
        )


def test_who_has_left_is_told_nothing_and_makes_room() -> None:
    """Nor does the next one on the line begin with their state."""
    pool = VoicePool(load_voice_model())
    callers = [Caller(pool) for _ in range(FEW + 1)]

    async def leave_and_come() -> Caller:
        gone = callers[0]
        gone.says(spoken("good morning"))
        gone.activity.leave()
        gone.activity.leave()
        gone.activity.feed(Chunk(hiss(0.04), 100_000))
        before = len(gone.windows)
        await asyncio.sleep(0.02)
        assert len(gone.windows) == before
        return Caller(pool)

    new = run(leave_and_come())
    for other in callers[1:]:
        other.activity.leave()

    assert new.says(hiss(0.5)) == judged(hiss(0.5))


def test_each_caller_is_told_in_their_own_context() -> None:
    """Whoever's audio, or timer, had all of them judged."""
    call: ContextVar[int] = ContextVar("call")
    pool = VoicePool(load_voice_model())
    told: list[tuple[int, int]] = []

    async def speak(number: int) -> None:
        call.set(number)
        activity = pool.join(lambda *_: told.append((number, call.get())))
        for chunk in chunks(hiss(0.04)):
            activity.feed(chunk)

    async def all_speak() -> None:
        await asyncio.gather(*map(speak, range(MOST + FEW)))
        await asyncio.sleep(GATHER_S)

    run(all_speak())

    assert sorted(told) == [(number, number) for number in range(MOST + FEW)]


class StrangeError(Exception):
    """Something broke."""


def test_one_callers_fault_is_told_to_that_call_alone() -> None:
    """With their next chunk; the others in the same run go on."""
    pool = VoicePool(load_voice_model())
    callers = [Caller(pool) for _ in range(FEW + 1)]

    def fail(*_: object) -> None:
        raise StrangeError

    broken = pool.join(fail)

    async def speak() -> None:
        for chunk in chunks(hiss(0.04)):
            for activity in (broken, *(caller.activity for caller in callers)):
                activity.feed(chunk)
        await asyncio.sleep(GATHER_S)
        with pytest.raises(StrangeError):
            broken.feed(Chunk(hiss(0.02), 320))
        broken.feed(Chunk(hiss(0.02), 480))

    run(speak())

    assert [len(caller.windows) for caller in callers] == [1] * (FEW + 1)


def test_a_fault_of_a_caller_alone_is_told_at_once() -> None:
    """There was nothing to wait for."""

    def fail(*_: object) -> None:
        raise StrangeError

    activity: VoiceActivity = VoicePool(load_voice_model()).join(fail)

    with pytest.raises(StrangeError):
        activity.feed(Chunk(hiss(0.04), 0))


def test_a_model_that_fails_is_told_to_every_call() -> None:
    """Nobody goes on unheard without knowing it."""

    class Broken(VoiceModel):
        def probabilities(self, audio: Floats, states: Floats) -> tuple[Floats, Floats]:
            assert audio.shape == (MOST, CONTEXT + WINDOW)
            assert states.shape == (2, MOST, STATE_SIZE)
            raise StrangeError

    pool = VoicePool(Broken.__new__(Broken))
    callers = [Caller(pool) for _ in range(MOST)]

    async def speak() -> None:
        for caller in callers[:-1]:
            caller.says(hiss(0.04))
        with pytest.raises(StrangeError):
            callers[-1].says(hiss(0.04))
        for caller in callers[:-1]:
            with pytest.raises(StrangeError):
                caller.activity.feed(Chunk(hiss(0.02), 320))

    run(speak())
