"""Whether a person or a machine has answered, from the times of the greeting and from its sound."""

import numpy as np
import pytest

from callagent.media.audio import CHUNK_BYTES, SAMPLE_RATE
from callagent.media.tone import beep
from callagent.turn.answering_machine import BEEP_S, LONGEST_TAPE_S, TABLE, Beeps, Greeting, Sign, State


def heard(
    *stretches: tuple[float, float], until_s: float = 60.0, beeps: tuple[float, ...] = ()
) -> tuple[Greeting, float]:
    """A greeting whose voice is there in these stretches, looked at every 20 ms; and when it was over."""
    greeting = Greeting(100.0)
    for tick in range(round(until_s / 0.02)):
        now_s = tick * 0.02
        for begins_s, ends_s in stretches:
            if abs(begins_s - now_s) < 0.01:
                greeting.speaks(100 + begins_s)
            if abs(ends_s - now_s) < 0.01:
                greeting.stops(100 + ends_s)
        if any(abs(one - now_s) < 0.01 for one in beeps):
            greeting.beep(100 + now_s)
        greeting.look(100 + now_s)
        if greeting.is_over:
            return greeting, now_s
    return greeting, until_s


@pytest.mark.parametrize(
    ("stretches", "over_s"),
    [
        ([], 2.5),  # waits for us
        ([(0.5, 1.0)], 1.8),  # "hello?"
        ([(0.5, 1.0), (1.4, 2.0)], 2.8),  # "hello? ... hello?"
        ([(0.3, 2.1)], 2.9),  # "Sharma Electricals, good morning, who is calling?"
        ([(0.3, 3.0)], 4.5),  # as long as some machines, and then it waits
        ([(2.4, 2.8)], 3.6),  # picks up, and speaks late
    ],
)
def test_a_person_greets_and_waits(stretches: list[tuple[float, float]], over_s: float) -> None:
    """And is spoken to soon after."""
    greeting, at_s = heard(*stretches)

    assert greeting.state is State.PERSON
    assert not greeting.is_machine
    assert at_s == pytest.approx(over_s, abs=0.03)


@pytest.mark.parametrize(
    ("stretches", "beeps", "over_s"),
    [
        ([(0.4, 8.0)], (), 9.5),  # a long greeting, and no beep
        ([(0.4, 8.0)], (8.8,), 8.8),
        ([(0.4, 2.0), (2.5, 5.0), (5.4, 7.0)], (7.9,), 7.9),  # one with pauses
        ([(0.4, 1.4)], (1.9,), 1.9),  # "leave a message": short, and a beep
        ([], (1.0,), 1.0),  # a beep alone
        ([(0.4, 50.0)], (), LONGEST_TAPE_S),  # one that never ends
    ],
)
def test_a_machine_talks_on_or_beeps(
    stretches: list[tuple[float, float]], beeps: tuple[float, ...], over_s: float
) -> None:
    """It is spoken to after its beep, or when it has been silent for a while."""
    greeting, at_s = heard(*stretches, beeps=beeps)

    assert greeting.state is State.RECORDS
    assert greeting.is_machine
    assert greeting.beeped == bool(beeps)
    assert at_s == pytest.approx(over_s, abs=0.03)


def test_a_machine_is_known_while_it_talks() -> None:
    """At three and a half seconds of speech, pauses not counted."""
    assert not heard((0.4, 2.0), (2.5, 8.0), until_s=4.3)[0].is_machine
    assert heard((0.4, 2.0), (2.5, 8.0), until_s=4.5)[0].is_machine


def test_the_table_leads_to_an_end() -> None:
    """Whatever state: a person or a machine. What was decided stays so."""
    ends = {State.PERSON, State.RECORDS}

    assert {state for state, _ in TABLE} == set(State) - ends
    assert {sign for _, sign in TABLE} == set(Sign)
    reached = set(ends)
    while more := {state for (state, _), then in TABLE.items() if then in reached} - reached:
        reached |= more
    assert reached == set(State)


def test_late_word_of_a_voice_changes_nothing() -> None:
    """Once it is decided."""
    greeting, _ = heard((0.5, 1.0))
    greeting.speaks(110.0)
    greeting.stops(111.0)
    greeting.beep(112.0)
    greeting.look(200.0)

    assert greeting.state is State.PERSON


# --- beeps --------------------------------------------------------------------------------------------------------


def chunks(pcm: bytes) -> list[bytes]:
    """20 ms each."""
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm) - CHUNK_BYTES + 1, CHUNK_BYTES)]


def tone(hz: float, seconds: float, level: float = 6000.0, *also: float) -> bytes:
    """One frequency, or several, with a little noise of the line."""
    time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = sum(level * np.sin(2 * np.pi * one * time_s) for one in (hz, *also))
    noise = np.random.default_rng(7).normal(0, 60, len(time_s))
    return bytes(np.clip(sound + noise, -32768, 32767).astype("<i2").tobytes())


def ends(pcm: bytes) -> list[int]:
    """At which chunks a beep has ended."""
    beeps = Beeps()
    return [number for number, chunk in enumerate(chunks(pcm + bytes(20 * CHUNK_BYTES))) if beeps.hear(chunk)]


@pytest.mark.parametrize("hz", [425.0, 440.0, 1000.0, 1400.0, 1850.0])
@pytest.mark.parametrize("seconds", [0.4, 1.2])
def test_a_steady_tone_is_a_beep(hz: float, seconds: float) -> None:
    """Told once, when it has ended."""
    (at,) = ends(bytes(10 * CHUNK_BYTES) + tone(hz, seconds))

    assert at == pytest.approx(10 + seconds / 0.02, abs=2)


@pytest.mark.parametrize(
    "sound",
    [
        tone(1000.0, BEEP_S - 0.1),  # too short
        tone(300.0, 1.0),  # too deep
        tone(2600.0, 1.0),  # too high
        tone(1000.0, 1.0, 100.0),  # too quiet
        tone(770.0, 1.0, 4000.0, 1336.0),  # a key: two frequencies
        tone(120.0, 1.0, 4000.0, 240.0, 480.0, 720.0),  # a vowel
        b"".join(tone(hz, 0.06) for hz in range(500, 1500, 60)),  # a siren
        bytes(np.random.default_rng(3).normal(0, 4000, SAMPLE_RATE).astype("<i2").tobytes()),
        bytes(SAMPLE_RATE),
    ],
    ids=["short", "deep", "high", "quiet", "key", "vowel", "siren", "noise", "silence"],
)
def test_other_sounds_are_no_beep(sound: bytes) -> None:
    """Whatever is on a line besides."""
    assert ends(sound) == []


def test_our_own_tone_is_too_short_for_one() -> None:
    """The one after which callers speak into a message: of two agents who ring each other, none is a machine."""
    assert ends(beep()) == []


def test_a_broken_chunk_is_passed_over() -> None:
    """A peer may send less than 20 ms."""
    assert not Beeps().hear(b"\0\0")
