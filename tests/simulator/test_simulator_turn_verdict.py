"""The judge of an exchange, on made-up timelines: who was heard when, and what that means."""

from dataclasses import replace

import numpy as np
import pytest

from callagent.media.audio import SAMPLE_RATE
from callagent.simulator.turns.trace import Audible, Sentence, Stretch
from callagent.simulator.turns.verdict import Exchange, Said, judge


def sentence(text: str, seconds: float) -> Sentence:
    """Loud from end to end, with its words evenly over it."""
    words = text.split()
    pcm = np.full(at(seconds), 8000, "<i2").tobytes()
    return Sentence(text, pcm, tuple((word, number * seconds / len(words)) for number, word in enumerate(words)))


def at(seconds: float) -> int:
    """A position."""
    return round(seconds * SAMPLE_RATE)


FIRST = sentence("one two three four", 2.0)
SECOND = sentence("five six", 1.0)
ANSWER = sentence("of course", 1.0)
TURN = (FIRST, SECOND)


def played(what: Sentence, begins_s: float, ends_s: float, at_s: float) -> Stretch:
    """A part of a sentence on the line."""
    return Stretch(what, at(begins_s), at(ends_s), at(at_s))


def exchange(*stretches: Stretch, taken: tuple[float, float] | None = None, disturbed: bool = False) -> Exchange:
    """An exchange in which this was heard."""
    audible = [
        Audible(place, min(place + 160, one.until)) for one in stretches for place in range(one.at, one.until, 160)
    ]
    groups: list[tuple[int, int]] = []
    for one in stretches:
        if groups and one.at - groups[-1][1] < at(0.3):
            groups[-1] = groups[-1][0], one.until
        else:
            groups.append((one.at, one.until))
    return Exchange(
        rehearsed=TURN,
        stretches=stretches,
        audible=audible,
        groups=groups,
        disturbed=disturbed,
        taken=(at(taken[0]), at(taken[1])) if taken else None,
        meant=taken is not None,
    )


WHOLE = (played(FIRST, 0, 2, 1), played(SECOND, 0, 1, 3.1))


def test_an_agent_that_says_all_of_it_has_not_stopped() -> None:
    """Nobody took the floor, and nothing else is to be judged."""
    verdict = judge(exchange(*WHOLE, disturbed=True))

    assert verdict.false_stop is False
    assert verdict.missed_stop is verdict.cut_in is verdict.unanswered is verdict.response_ms is None
    assert verdict.joined_right is None
    assert not verdict.notes


def test_without_anything_to_be_taken_for_a_voice_nothing_is_false() -> None:
    """On a quiet line an exchange says nothing about false stops."""
    assert judge(exchange(*WHOLE)).false_stop is None


@pytest.mark.parametrize(
    "heard",
    [
        (played(FIRST, 0, 0.8, 1),),
        (played(FIRST, 0, 2, 1),),
        (played(FIRST, 0, 0.8, 1), played(ANSWER, 0, 1, 3)),
        (*WHOLE, played(ANSWER, 0, 1, 6)),
        (played(FIRST, 0, 0.8, 1), played(FIRST, 0, 2, 3), played(SECOND, 0, 1, 5.1)),
    ],
    ids=["cut", "its second sentence is missing", "cut and answered", "answered afterwards", "begun anew"],
)
def test_false_stops(heard: tuple[Stretch, ...]) -> None:
    """The turn was dropped, or a noise was answered."""
    verdict = judge(exchange(*heard, disturbed=True))

    assert verdict.false_stop is True
    assert verdict.notes


def test_a_pause_at_the_exact_sample_is_no_stop() -> None:
    """The sentence goes on where it was left, as if the agent had breathed."""
    heard = (played(FIRST, 0, 0.8, 1), played(FIRST, 0.8, 2, 2.4), played(SECOND, 0, 1, 3.7))
    verdict = judge(exchange(*heard, disturbed=True))

    assert verdict.false_stop is False
    assert verdict.joined_right is True


@pytest.mark.parametrize(
    ("goes_on_s", "right"), [(0.8, True), (0.815, True), (0.785, True), (0.83, False), (0.77, False)]
)
def test_a_resumed_sentence_neither_misses_nor_repeats_anything(goes_on_s: float, right: bool) -> None:
    """20 ms are let go, in both directions."""
    heard = (played(FIRST, 0, 0.8, 1), played(FIRST, goes_on_s, 2, 2.4), played(SECOND, 0, 1, 3.7))
    verdict = judge(exchange(*heard, disturbed=True))

    assert verdict.joined_right is right
    assert bool(verdict.notes) is not right


def test_a_fade_is_no_loss() -> None:
    """20 ms of the sentence that were played softer count as played."""
    heard = (played(FIRST, 0, 0.8, 1), played(FIRST, 0.83, 2, 2.4), played(SECOND, 0, 1, 3.7))
    faded = replace(exchange(*heard, disturbed=True), unknown=[Audible(at(1.8), at(1.82))])

    assert judge(faded).joined_right is True


def test_an_interruption() -> None:
    """The agent stops 150 ms after the caller's first sound, and answers 400 ms after the last."""
    verdict = judge(exchange(played(FIRST, 0, 1.15, 1), played(ANSWER, 0, 1, 3.4), taken=(2.0, 3.0)))

    assert verdict.missed_stop is verdict.cut_in is verdict.unanswered is False
    assert verdict.barge_in_ms == pytest.approx(150)
    assert verdict.response_ms == pytest.approx(400)


def test_an_answer_right_after_the_old_turn_is_still_an_answer() -> None:
    """A key is answered at once, without any silence between."""
    verdict = judge(exchange(played(FIRST, 0, 1.02, 1), played(ANSWER, 0, 1, 2.06), taken=(2.0, 2.0)))

    assert verdict.response_ms == pytest.approx(60)


@pytest.mark.parametrize(
    "heard",
    [WHOLE, (played(FIRST, 0, 1.1, 1), played(FIRST, 1.1, 2, 3.2), played(SECOND, 0, 1, 4.2))],
    ids=["never stops", "goes on after a pause"],
)
def test_missed_stops(heard: tuple[Stretch, ...]) -> None:
    """The old turn is heard long after the caller took the floor."""
    verdict = judge(exchange(*heard, taken=(2.0, 2.6)))

    assert verdict.missed_stop is True
    assert verdict.barge_in_ms is verdict.response_ms is None


def test_the_last_words_are_not_interrupted() -> None:
    """Who begins in the last half second wants to answer, and the agent may finish or not."""
    verdict = judge(exchange(*WHOLE, played(ANSWER, 0, 1, 5), taken=(3.8, 4.4)))

    assert verdict.missed_stop is None
    assert verdict.response_ms == pytest.approx(600)


def test_cutting_in_on_a_caller_who_pauses() -> None:
    """The answer begins before the caller's last group of digits."""
    verdict = judge(exchange(*WHOLE, played(ANSWER, 0, 1, 6), taken=(5.0, 7.0)))

    assert verdict.cut_in is True
    assert verdict.response_ms is verdict.unanswered is None


def test_beginning_at_the_same_time_is_no_cutting_in() -> None:
    """Nobody can know that the other began 200 ms ago."""
    assert judge(exchange(played(FIRST, 0, 2, 1), played(SECOND, 0, 0.2, 3.4), taken=(3.2, 5.0))).cut_in is False


def test_a_turn_that_nobody_answers() -> None:
    """The caller waits in vain, or for the end of a turn that was dropped."""
    never = replace(exchange(played(FIRST, 0, 0.8, 1), disturbed=True), meant=True)

    assert judge(exchange(*WHOLE, taken=(5.0, 6.0))).unanswered is True
    assert judge(never).unanswered is True
    assert judge(never).false_stop is True


@pytest.mark.parametrize(
    ("played_s", "heard", "right"),
    [
        (1.3, "one two three", True),
        (1.3, "one two three four", False),
        (1.3, "one two", False),
        (1.24, "one two", True),
    ],
)
def test_the_history_holds_what_was_played(played_s: float, heard: str, right: bool) -> None:
    """A word counts when half of it was heard; 20 ms next to that either will do."""
    told = replace(exchange(played(FIRST, 0, played_s, 1), taken=(2.2, 3.0)), said=[Said(FIRST.text, heard)])

    assert judge(told).history_right is right


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ((Said(FIRST.text, FIRST.text), Said(SECOND.text, SECOND.text)), True),
        ((Said(FIRST.text, FIRST.text),), False),
        ((Said(FIRST.text, FIRST.text), Said(SECOND.text, SECOND.text), Said(ANSWER.text, "of")), False),
        ((Said(FIRST.text, FIRST.text), Said(SECOND.text, SECOND.text), Said(ANSWER.text, "")), True),
        ((), None),
    ],
)
def test_the_history_leaves_out_nothing_and_makes_nothing_up(said: tuple[Said, ...], right: bool | None) -> None:
    """Each sentence that was played is in it, and no word of another; without a history there is nothing to judge."""
    assert judge(replace(exchange(*WHOLE), said=said)).history_right is right


def test_what_was_understood() -> None:
    """The whole turn must reach the dialogue in one."""
    whole = replace(exchange(*WHOLE, taken=(5.0, 6.0)), understood="one two", transcripts=["one two"])

    assert judge(whole).understood is True
    assert judge(replace(whole, transcripts=["one", "two"])).understood is False
    assert judge(replace(whole, understood=None)).understood is None
