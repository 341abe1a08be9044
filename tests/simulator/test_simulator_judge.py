"""Voices and the judge."""

import numpy as np

from callagent.media.audio import CHUNK_SAMPLES, SILENCE
from callagent.simulator.judge import Judge
from callagent.simulator.observations import (
    AgentBegan,
    AgentEnded,
    BargedIn,
    KeyPressed,
    Observation,
    Responded,
    TalkedOver,
)
from callagent.simulator.voice import Change, Voice, loud_until

LOUD = b"\x00\x20" * CHUNK_SAMPLES
HISS = b"\x20\x00" * CHUNK_SAMPLES


def half_loud(first: int) -> bytes:
    """20 ms that are silent before sample `first`."""
    samples = np.zeros(CHUNK_SAMPLES, "<i2")
    samples[first:] = 8000
    return samples.tobytes()


def judged(judge: Judge, spoken: str, heard: str) -> list[Observation]:
    """Tick through two drawings of 20 ms a letter: '#' is loud, anything else is silence."""
    pairs = zip(spoken, heard, strict=True)
    sounds = {True: LOUD, False: SILENCE}
    return [seen for mine, its in pairs for seen in judge.tick(sounds[mine == "#"], sounds[its == "#"])]


def test_a_voice_begins_at_its_first_audible_sample() -> None:
    """Not at the start of its chunk."""
    voice = Voice(0.1)

    assert voice.hear(SILENCE) is None
    assert voice.hear(half_loud(40)) is Change.BEGAN
    assert (voice.began, voice.last) == (200, 320)


def test_a_voice_ends_after_its_hangover() -> None:
    """Its end is where the last sound was."""
    voice = Voice(0.06)
    voice.hear(LOUD)
    changes = [voice.hear(SILENCE) for _ in range(3)]

    assert changes == [None, None, Change.ENDED]
    assert voice.last == 160
    assert voice.quiet_s == 0.06


def test_a_quiet_line_is_silence() -> None:
    """Hiss is not speech, and no sound at all is not either."""
    voice = Voice(0.06)

    assert voice.hear(HISS) is None
    assert voice.hear(b"") is None
    assert loud_until(HISS) == 0
    assert loud_until(LOUD + SILENCE) == 320


def test_response_latency_is_from_sound_to_sound() -> None:
    """The caller's last sample to the agent's first: five silent chunks, and the tick on which it set out."""
    seen = judged(Judge(), "##........", ".......###")

    assert seen == [AgentBegan(0.16), Responded(0.16, 120.0, "voice")]


def test_a_greeting_answers_nobody() -> None:
    """No latency without a question."""
    assert judged(Judge(), "....", "..##") == [AgentBegan(0.06)]


def test_response_latency_counts_from_the_last_key() -> None:
    """Keys are questions too."""
    judge = Judge()

    assert judge.press("1") == KeyPressed(0.0, "1")
    assert judged(judge, "...", "..#") == [AgentBegan(0.06), Responded(0.06, 60.0, "keys")]
    assert judge.awaited_s == 0.0


def test_an_answer_that_is_due_is_waited_for() -> None:
    """The time counts from the caller's last sound."""
    judge = Judge()
    judged(judge, "#....", ".....")

    assert round(judge.awaited_s, 3) == 0.08


def test_barge_in_latency_is_until_the_agent_was_last_heard() -> None:
    """The agent is heard for 80 ms after the caller's first sound; silence for 300 ms proves that it gave way."""
    judge = Judge()
    seen = judged(judge, "...###" + "." * 17, "######" + "." * 17)

    assert seen == [AgentBegan(0.02), BargedIn(0.14, 80.0, "voice"), AgentEnded(0.14, 0.12)]
    assert not judge.interrupting


def test_an_agent_that_gave_way_can_answer_at_once() -> None:
    """Its next words are a new turn."""
    seen = judged(Judge(), ".##" + "." * 18, "##." + "." * 16 + "##")

    assert seen[-2:] == [AgentBegan(0.4), Responded(0.4, 340.0, "voice")]


def test_a_key_can_barge_in() -> None:
    """Latency counts from the key."""
    judge = Judge()
    judged(judge, "..", "##")
    judge.press("9")
    seen = judged(judge, "." * 17, "#" + "." * 16)

    assert seen[0] == BargedIn(0.08, 40.0, "keys")


def test_speaking_after_the_agent_is_no_barge_in() -> None:
    """The agent had been silent for long enough."""
    seen = judged(Judge(), "." * 20 + "#" + "." * 20, "#" + "." * 40)

    assert not any(isinstance(each, BargedIn) for each in seen)


def test_an_agent_that_does_not_wait_talks_over_the_caller() -> None:
    """That is no answer."""
    judge = Judge()
    seen = [each for spoken, heard in ((LOUD, SILENCE), (LOUD, LOUD)) for each in judge.tick(spoken, heard, more=True)]

    assert seen == [AgentBegan(0.04), TalkedOver(0.04)]
