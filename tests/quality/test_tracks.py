"""Both sides of a call in time, and its turns."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
from support.told_call import good_call, goodbye, greeting, said, spoken, started, tone, took, write

from callagent.events import (
    AgentPaused,
    AgentResumed,
    AgentSaid,
    AgentStarted,
    AgentStopped,
    BargedIn,
    BreakerChanged,
    CallerStarted,
    DigitPressed,
    FactsLookedUp,
    StepEntered,
    TurnEnded,
)
from callagent.media.wav import wav_bytes
from callagent.quality.tracks import Mark, Stretch, loudness, tracks_of
from callagent.quality.turns import turns_of
from callagent.recording.folder import RecordedSound


def test_who_spoke_when() -> None:
    """The caller by the samples of their channel, the agent by the times of its events."""
    tracks = tracks_of(good_call())

    assert tracks.length_s == 20.0
    assert tracks.caller == (Stretch(5.0, 6.0), Stretch(11.0, 12.0))
    assert tracks.agent == (Stretch(0.1, 3.0), Stretch(6.5, 8.5), Stretch(12.5, 14.5))


def test_a_pause_parts_what_the_agent_says() -> None:
    """And is a mark of its own."""
    events = (
        started(),
        AgentStarted(at_s=1.0, turn=0),
        AgentPaused(at_s=2.0, turn=0),
        AgentResumed(at_s=2.5, turn=0),
        AgentStopped(at_s=4.0, turn=0, interrupted=False),
        goodbye(5.0),
    )
    tracks = tracks_of(events)

    assert tracks.agent == (Stretch(1.0, 2.0), Stretch(2.5, 4.0))
    assert [(mark.at_s, mark.sort) for mark in tracks.marks] == [(2.0, "pause")]


def test_who_spoke_to_the_end_spoke_to_the_end() -> None:
    """Whatever was never told as over, as in a call that was broken off."""
    events = (started(), AgentStarted(at_s=1.0, turn=0), CallerStarted(at_s=3.0, position=24_000), goodbye(5.0))

    assert tracks_of(events).caller == (Stretch(3.0, 5.0),)
    assert tracks_of(events).agent == (Stretch(1.0, 5.0),)


def test_the_keys_of_one_number_are_one_mark() -> None:
    """Those that come much later are another."""
    keys = [DigitPressed(at_s=at_s, digit=digit) for at_s, digit in ((1.0, "4"), (1.2, "5"), (1.4, "#"), (9.0, "1"))]

    assert [(mark.at_s, mark.sign) for mark in tracks_of((started(), *keys)).marks] == [(1.0, "45#"), (9.0, "1")]


def test_what_happened_is_marked_in_order() -> None:
    """With the notes of people in their places."""
    events = (
        started(),
        FactsLookedUp(at_s=2.0, source="catalogue", status="found", took_s=0.05),
        BreakerChanged(at_s=4.0, stage="stt", provider="deepgram", before="closed", after="open"),
        BargedIn(at_s=5.0, by="voice", latency_s=0.1),
        goodbye(9.0),
    )

    assert tracks_of(events, [(3.0, "listen")]).marks == (
        Mark(2.0, "look-up", "catalogue: found, 50 ms"),
        Mark(3.0, "note", "listen"),
        Mark(4.0, "breaker", "deepgram: closed → open"),
        Mark(5.0, "barge-in", "interrupted, silent after 100 ms"),
    )


def test_each_side_is_as_loud_as_it_is(tmp_path: Path) -> None:
    """In parts of the call's length, which the sound need not fill."""
    folder = write(tmp_path / "a", good_call(), tone(10.0))
    with folder.sound() as sound:
        caller, agent = loudness(sound, 4, 20.0)

    assert [round(one, 3) for one in caller] == [round(8000 / 32_768, 3), 0, 0, 0]
    assert [round(one, 3) for one in agent] == [0, round(16_000 / 32_768, 3), 0, 0]


def test_loudness_finds_a_click_wherever_it_is() -> None:
    """Against the same computed at once, over the borders of the blocks that are read."""
    rng = np.random.default_rng(7)
    rows = rng.integers(-32_768, 32_767, (250_000, 2)).astype("<i2")
    rows[::3] //= 100
    sound = RecordedSound(io.BytesIO(wav_bytes(rows.tobytes(), channels=2)), "here")

    caller, agent = loudness(sound, 977, len(rows) / 8000)

    at = np.arange(len(rows)) * 977 // len(rows)
    for side, found in enumerate((caller, agent)):
        expected = [np.abs(rows[at == part, side].astype(int)).max() / 32_768 for part in range(977)]
        np.testing.assert_allclose(found, np.minimum(expected, 1.0))


class _Silence(io.RawIOBase):
    """A file that is as long as it says, and takes no memory."""

    def __init__(self, header: bytes, length: int) -> None:
        super().__init__()
        self._header, self._length, self._at = header, length, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset if whence == 0 else self._length + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        data = (self._header[self._at : self._at + size]).ljust(max(0, min(size, self._length - self._at)), b"\0")
        self._at += len(data)
        return data


def test_memory_does_not_grow_with_the_call() -> None:
    """Twenty minutes take as much as two."""
    peaks = []
    for seconds in (120, 1200):
        size = seconds * 8000 * 4
        header = bytearray(wav_bytes(b"", channels=2))
        header[40:44] = size.to_bytes(4, "little")
        sound = RecordedSound(_Silence(bytes(header), len(header) + size), "here")  # type: ignore[arg-type]
        tracemalloc.start()
        loudness(sound, 500, seconds)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert sound.samples == 1200 * 8000
    assert peaks[1] < peaks[0] * 1.2


def test_a_turn_tells_what_was_said_decided_and_heard() -> None:
    """With the time that the answer took, and whether the caller interrupted with it."""
    cut = spoken(1, 6.5, "It costs one thousand rupees.", heard="It costs one")
    interrupting = BargedIn(at_s=11.5, by="voice", latency_s=0.1)
    events = (
        started(),
        *greeting(),
        *said(1, 6.0, "price", took(6.3), StepEntered(at_s=6.3, flow="price", step=1, action="ask"), answer=""),
        *cut,
        interrupting,
        *said(2, 12.0, "stock?", took(12.3, "more", "stock")),
        goodbye(20.0),
    )
    begun, first, second = turns_of(events)

    assert [one.heard for one in begun.agent] == ["Namaste."]
    assert (first.caller, first.decided, first.interrupts) == ("price", ["main_menu: price", "→ price"], False)
    assert (first.agent[0].text, first.agent[0].heard) == ("It costs one thousand rupees.", "It costs one")
    assert first.latency is not None
    assert first.latency.response_ms == 500.0
    assert second.interrupts


def test_keys_are_told_with_the_turn_that_they_end() -> None:
    """All of them, and in order."""
    keys = [DigitPressed(at_s=5.0 + number / 10, digit=digit) for number, digit in enumerate("451#")]
    ended = TurnEnded(at_s=5.4, turn=1, stopped_at_s=5.3, by="keys")
    answer = AgentSaid(at_s=8.0, turn=1, text="Yes.", heard="Yes.", line="yes")

    [_, turn] = turns_of((started(), *greeting(), *keys, ended, answer, goodbye(9.0)))

    assert (turn.by, turn.keys) == ("keys", "451#")
