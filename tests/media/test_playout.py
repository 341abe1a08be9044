"""The agent's mouth: pacing, marks, what was heard and cutting; all at made-up times."""

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.audio import CHUNK_BYTES
from callagent.media.playout import Heard, Playout, Send
from callagent.tts.synthesizer import SpokenWord


def sound(milliseconds: int, level: int = 5000) -> bytes:
    """Something audible of this length."""
    return np.full(milliseconds * 8, level, "<i2").tobytes()


def speaking(milliseconds: int, name: str = "a", text: str = "one two", playout: Playout | None = None) -> Playout:
    """A playout with one whole utterance in its queue."""
    playout = playout or Playout()
    playout.begin(name, text)
    playout.append(name, sound(milliseconds))
    playout.finish(name)
    return playout


def run(playout: Playout, until_s: float, from_s: float = 0.0) -> list[Send]:
    """All that is sent when `due` is asked every 20 ms."""
    ticks = range(round(from_s * 50), round(until_s * 50) + 1)
    return [send for tick in ticks for send in playout.due(tick / 50)]


def chunks(sends: list[Send]) -> list[int]:
    """How many chunks of 20 ms each holds."""
    return [len(send.pcm) // CHUNK_BYTES for send in sends]


def marks(sends: list[Send]) -> list[str]:
    """The names of the marks among them."""
    return [send.mark for send in sends if send.mark]


def test_no_more_than_100_ms_are_sent_ahead() -> None:
    """Five chunks at once, and then two for each 40 ms that were played."""
    playout = speaking(1000)

    assert chunks(playout.due(0.0)) == [1, 2, 2]
    assert playout.due(0.039) == []
    assert chunks(playout.due(0.04)) == [2]
    assert chunks(playout.due(0.12)) == [2, 2]


def test_a_single_chunk_goes_when_the_line_has_little() -> None:
    """A pair is waited for only while half of what may be ahead still is."""
    playout = Playout()
    playout.begin("a", "one")
    playout.append("a", sound(20))
    assert chunks(playout.due(0.0)) == [1]

    playout.append("a", sound(20))
    assert chunks(playout.due(0.01)) == [1]
    playout.append("a", sound(1000))
    assert chunks(playout.due(0.01)) == [2]
    assert chunks(playout.due(0.02)) == [2]
    assert playout.due(0.04) == []


def test_the_amount_ahead_can_be_chosen() -> None:
    """With 40 ms, two chunks, and then one when one was played; less than one chunk makes no sense."""
    playout = speaking(1000, playout=Playout(ahead_ms=40))
    assert sum(chunks(playout.due(0.0))) == 1
    assert chunks(playout.due(0.01)) == [1]
    with pytest.raises(ValueError, match="ahead_ms is 10"):
        Playout(ahead_ms=10)


def test_every_chunk_is_20_ms_and_the_last_is_filled_up() -> None:
    """30 ms become two chunks, the second ending in silence; 50 ms three, the last two together."""
    first, second = speaking(30).due(0.0)

    assert first.pcm == sound(20)
    assert second.pcm == sound(10) + bytes(160)
    assert [send.pcm for send in speaking(50).due(0.0)] == [sound(20), sound(30) + bytes(160)]


def test_chunks_know_when_they_are_heard() -> None:
    """Positions are monotonic time in samples."""
    playout = speaking(200)

    assert [send.position for send in playout.due(0.5)] == [4000, 4160, 4480]
    assert [send.position for send in playout.due(0.54)] == [4800]


def test_what_is_ahead_is_told() -> None:
    """It falls as time passes and never below nothing."""
    playout = speaking(60)
    playout.due(0.0)

    assert [playout.ahead_s(at) for at in (0.0, 0.02, 0.06, 1.0)] == [0.06, 0.04, 0.0, 0.0]


def test_audio_may_come_in_any_pieces() -> None:
    """A piece that fills no chunk waits for more, or for the end."""
    playout = Playout()
    playout.begin("a", "one")
    playout.append("a", sound(15))
    before = playout.due(0.0)
    playout.append("a", sound(10))
    between = playout.due(0.0)
    playout.finish("a")
    after = playout.due(0.0)

    assert (before, len(between), len(after)) == ([], 1, 1)
    assert between[0].pcm + after[0].pcm == sound(25) + bytes(2 * CHUNK_BYTES - 400)


def test_utterances_follow_each_other_without_a_gap() -> None:
    """The second begins in the chunk after the first one's last."""
    playout = speaking(40)
    speaking(40, "b", playout=playout)

    assert [(send.utterance, send.position) for send in playout.due(0.0)] == [
        ("a", 0),
        ("a", 160),
        ("b", 320),
    ]


def test_an_utterance_waits_for_the_one_before_it() -> None:
    """Even when that one's audio is late."""
    playout = Playout()
    playout.begin("a", "one")
    speaking(40, "b", playout=playout)
    before = playout.due(0.0)
    playout.append("a", sound(20))
    playout.finish("a")

    assert before == []
    assert [send.utterance for send in playout.due(0.1)] == ["a", "b"]


def test_marks_come_after_the_first_chunk_every_200_ms_and_at_the_end() -> None:
    """The first tells the line's delay, the last that all was heard."""
    sends = run(speaking(500), until_s=1.0)

    assert [send.position + len(send.pcm) // 2 for send in sends if send.mark] == [160, 1760, 3360, 4000]
    assert marks(sends) == ["m1", "m2", "m3", "end4"]


def test_an_end_that_is_told_late_gets_a_mark_of_its_own() -> None:
    """All audio is out when the end comes: the mark goes without audio."""
    playout = Playout()
    playout.begin("a", "one")
    playout.append("a", sound(40))
    playout.due(0.0)
    playout.finish("a")

    assert playout.due(0.01) == [Send("a", b"", 320, "end2")]
    assert playout.due(0.02) == []


def test_an_utterance_is_complete_when_its_end_was_heard() -> None:
    """Not when it was sent; and it is told once."""
    playout = speaking(50)
    playout.due(0.0)

    assert playout.take_completed(0.049) == []
    assert not playout.idle
    assert playout.take_completed(0.05) == [Heard("a", "one two", 400)]
    assert playout.idle
    assert playout.take_completed(0.06) == []


def test_an_utterance_without_audio_is_complete_at_once() -> None:
    """As a text without words is; but not before those ahead of it."""
    playout = speaking(20)
    playout.begin("b", "...")
    playout.finish("b")
    playout.due(0.0)

    assert playout.take_completed(0.01) == []
    assert playout.take_completed(0.02) == [Heard("a", "one two", 160), Heard("b", "...", 0)]


def test_the_estimate_waits_while_the_carrier_is_dry() -> None:
    """Synthesis was late by 100 ms: what is heard goes on from where it stopped."""

    def late() -> tuple[Playout, list[Send]]:
        playout = Playout()
        playout.begin("a", "one two three")
        playout.append("a", sound(40))
        playout.due(0.0)
        playout.append("a", sound(100))
        return playout, playout.due(0.14)

    _, sends = late()

    assert [send.position for send in sends] == [1120, 1280, 1600]
    assert sends[0].mark
    assert [late()[0].clear(at)[0].position for at in (0.14, 0.15, 0.24, 9.0)] == [320, 400, 1120, 1120]


def test_marks_tell_the_delay_of_the_line() -> None:
    """A mark that comes 60 ms late means that everything is heard 60 ms late; the pacing does not slow down."""
    playout = speaking(1000)
    first = playout.due(0.0)
    known = playout.mark_played(first[0].mark, 0.08)

    assert known
    assert chunks(playout.due(0.08)) == [2, 2]
    assert playout.clear(0.10)[0].position == 320


def test_the_end_is_heard_late_on_a_slow_line() -> None:
    """Also after everything was sent: the delay holds for the last sample."""
    playout = speaking(60)
    sends = playout.due(0.0)
    playout.mark_played(sends[0].mark, 0.05)

    assert playout.take_completed(0.08) == []
    assert [heard.utterance for heard in playout.take_completed(0.09)] == ["a"]


def test_marks_are_believed_over_the_clock() -> None:
    """A carrier that is ahead of the clock has been heard as far as it says, and may be sent a little more."""
    playout = speaking(1000)
    sends = run(playout, until_s=0.12)
    playout.mark_played(marks(sends)[0], 0.02)
    playout.mark_played(marks(sends)[1], 0.14)

    assert playout.ahead_s(0.14) == 0.04  # it was 80 ms ahead: marks hurry the sending by 40 ms at most
    assert playout.clear(0.14)[0].position == 11 * 160


def test_a_mark_that_was_held_up_says_nothing_of_the_delay() -> None:
    """Three seconds are no line: what was confirmed counts, the delay does not."""
    playout = speaking(60)
    sends = playout.due(0.0)
    playout.mark_played(sends[-1].mark, 3.06)
    first = playout.take_completed(3.06)
    speaking(60, "b", playout=playout)
    playout.due(4.0)

    assert [heard.utterance for heard in first] == ["a"]
    assert [heard.utterance for heard in playout.take_completed(4.06)] == ["b"]


def test_a_lost_mark_is_not_waited_for() -> None:
    """A later one confirms what an earlier one would have."""
    playout = speaking(500)
    first, second, *_, last = marks(run(playout, until_s=1.0))
    playout.mark_played(second, 0.3)
    late = playout.mark_played(first, 0.31)
    playout.mark_played(last, 0.5)

    assert not late
    assert not playout.awaits_marks


def test_marks_that_nobody_sent_are_not_ours() -> None:
    """They change nothing."""
    playout = speaking(40)
    playout.due(0.0)

    assert not playout.mark_played("m99", 0.01)
    assert playout.awaits_marks


def test_a_cut_tells_how_far_each_utterance_was_heard() -> None:
    """One heard whole but not yet reported, one cut in the middle, one never begun."""
    playout = speaking(100)
    speaking(400, "b", "four five six", playout)
    speaking(100, "c", "seven", playout)
    run(playout, until_s=0.28)
    playout.due(0.3)

    assert playout.take_completed(0.3) == [Heard("a", "one two", 800)]
    assert playout.clear(0.3) == (Heard("b", "four", 1600), Heard("c", "", 0))
    assert playout.idle
    assert playout.due(0.32) == []
    assert playout.ahead_s(0.32) == 0.0


def test_word_times_make_the_cut_exact() -> None:
    """The words arrive with the audio, which need not be all there."""
    playout = Playout()
    playout.begin("a", "one two three")
    playout.append("a", sound(100), [SpokenWord("one", 0.0)])
    playout.append("a", sound(100), [SpokenWord("two", 0.1)])
    run(playout, until_s=0.14)

    assert playout.clear(0.15) == (Heard("a", "one two", 1200),)


def test_the_cut_counts_the_delay_of_the_line() -> None:
    """On a line of 100 ms the caller has heard 100 ms less."""
    playout = speaking(1000, text="one two three four")
    sends = run(playout, until_s=0.12)
    playout.mark_played(sends[0].mark, 0.12)
    run(playout, from_s=0.14, until_s=0.4)

    assert playout.clear(0.4)[0].position == 2400


def test_an_utterance_heard_to_its_end_is_cut_whole() -> None:
    """When the barge-in comes in the same moment."""
    playout = speaking(40)
    playout.due(0.0)

    assert playout.clear(0.04) == (Heard("a", "one two", 320),)


@pytest.mark.parametrize("cut", [False, True])
def test_of_an_utterance_that_broke_only_what_was_audio_is_heard(cut: bool) -> None:
    """At its end as well as at a cut: a third of a second holds one word of three."""
    playout = Playout()
    playout.begin("a", "fourteen fifteen sixteen")
    playout.append("a", sound(340))
    playout.finish("a", broken=True)
    run(playout, until_s=0.3)
    (heard,) = playout.clear(0.33) if cut else playout.take_completed(0.5)

    assert heard.words == "fourteen"


def test_after_a_cut_everything_starts_afresh() -> None:
    """Old marks mean nothing, late audio of the cut utterance is ignored, the next one plays at once."""
    playout = speaking(1000)
    sends = playout.due(0.0)
    playout.clear(0.05)
    playout.append("a", sound(40))
    playout.finish("a")
    known = playout.mark_played(sends[0].mark, 0.06)
    speaking(100, "b", playout=playout)

    assert not known
    assert [(send.utterance, send.position) for send in playout.due(0.1)] == [("b", at) for at in (800, 960, 1280)]


def test_names_are_used_once() -> None:
    """A second utterance of the same name is a mistake."""
    playout = speaking(20)

    with pytest.raises(ValueError, match="'a' is already queued"):
        playout.begin("a", "again")


def test_half_a_sample_cannot_be_played() -> None:
    """An odd number of bytes is an error."""
    playout = Playout()
    playout.begin("a", "one")

    with pytest.raises(MediaError, match="half a sample"):
        playout.append("a", b"\0")


def test_a_long_call_leaves_nothing_behind() -> None:
    """After two hundred utterances the line's memory is as small as after one."""
    playout = Playout()
    for number in range(200):
        at_s = number * 1.0
        speaking(100, f"u{number}", playout=playout)
        for send in run(playout, from_s=at_s, until_s=at_s + 0.1):
            if send.mark:
                playout.mark_played(send.mark, at_s + 0.3)

    assert len(playout._line._runs) <= 2
    assert len(playout.take_completed(300.0)) == 200
    assert not playout.awaits_marks


def test_a_pause_takes_back_what_was_not_played() -> None:
    """After a pause the voice goes on from the very sample, fading out and in again."""
    whole = sound(1000)
    playout = speaking(1000)
    run(playout, 0.2)

    fade = playout.pause(0.21)
    assert run(playout, 0.9, from_s=0.3) == []

    playout.resume()
    after = b"".join(send.pcm for send in run(playout, 3.0, from_s=1.0))
    position = round(0.21 * 8000) * 2
    assert fade[:2] != b"\0\0"
    assert fade[160:] == bytes(160)
    # The first milliseconds come out of silence; the rest is the very same sound.
    assert after[:2] != whole[:2]
    rest = whole[position + 200 :]
    assert after[200 : 200 + len(rest)] == rest
    assert after[200 + len(rest) :] == bytes(160)
    assert playout.take_completed(5.0)[0].position == 8000


def test_a_pause_before_anything_is_heard_holds_it_back() -> None:
    """What is added in a pause waits for its end."""
    playout = Playout()
    assert playout.pause(0.0) == b""
    speaking(100, playout=playout)
    assert playout.due(0.1) == []

    playout.resume()
    assert sum(chunks(playout.due(0.2))) == 5


def test_what_is_cleared_in_a_pause_was_heard_up_to_the_pause() -> None:
    """Time that passes in a pause is not heard."""
    playout = speaking(1000)
    run(playout, 0.2)
    playout.pause(0.2)

    (cut,) = playout.clear(0.9)
    assert cut.position == round(0.2 * 8000)
    assert not playout.paused
