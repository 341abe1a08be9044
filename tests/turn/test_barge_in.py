"""Whether a sound over the agent takes the floor: a table of cases."""

import pytest

from callagent.turn.barge_in import Familiar, Manners, Overlap, Verdict, after_echo, judge

MANNERS = Manners.of(
    backchannels=("haan", "haan ji", "hmm", "achha", "okay", "right", "go on", "that makes sense"),
    interruptions=("ruko", "no no", "one minute"),
    unfinished=("and", "matlab", "i mean"),
)
INTERRUPT, RESUME, WAIT = Verdict.INTERRUPT, Verdict.RESUME, Verdict.WAIT


def words(text: str) -> tuple[str, ...]:
    """As a recogniser tells them."""
    return tuple(text.split())


CASES = [
    # What it is, what is known of it, what to do.
    ("a sound has just begun", Overlap(0.1), WAIT),
    ("a cough is over, its words are waited for", Overlap(0.3, quiet_s=0.4), WAIT),
    ("a cough that was no word", Overlap(0.3, quiet_s=0.4, is_final=True), RESUME),
    ("a cough of which nobody tells", Overlap(0.3, quiet_s=1.3), RESUME),
    ("a long sound without words", Overlap(1.4), INTERRUPT),
    ("a fit of coughing that is no word", Overlap(1.0, quiet_s=0.3, is_final=True), RESUME),
    ("long speech that could not be recognized", Overlap(1.6, quiet_s=0.3, is_final=True), INTERRUPT),
    ("hmm, still going on", Overlap(0.3, words=words("hmm")), WAIT),
    ("hmm, and silence", Overlap(0.3, quiet_s=0.3, words=words("hmm")), RESUME),
    ("haan ji, achha", Overlap(0.9, quiet_s=0.3, words=words("haan ji achha")), RESUME),
    ("haan achha", Overlap(0.9, quiet_s=0.3, words=words("haan achha")), RESUME),
    ("go on, of which the first word is known", Overlap(0.3, words=words("go")), WAIT),
    ("okay, that makes..., and it may be no more than that", Overlap(0.8, words=words("okay that makes")), WAIT),
    ("okay, that makes sense", Overlap(1.2, 0.3, words=words("okay that makes sense")), RESUME),
    ("that makes, and nothing follows", Overlap(0.8, 0.3, words=words("that makes")), INTERRUPT),
    ("the words of a backchannel, in another order", Overlap(0.8, words=words("on that go")), INTERRUPT),
    ("haan, but something follows", Overlap(0.9, words=words("haan lekin kitne ka")), INTERRUPT),
    ("haan before the question", Overlap(0.3, 0.3, words("haan"), is_answer=True), RESUME),
    ("haan to the question", Overlap(0.3, 0.1, words("haan"), is_answer=True, is_asked=True), INTERRUPT),
    ("an answer, though the question is not over", Overlap(0.4, words=words("price"), is_answer=True), INTERRUPT),
    ("ruko", Overlap(0.3, words=words("ruko")), INTERRUPT),
    ("ruko inside a sentence", Overlap(0.6, words=words("arre ruko na")), INTERRUPT),
    ("no no, five", Overlap(0.6, words=words("no no five")), INTERRUPT),
    ("one word that nobody expected", Overlap(0.3, words=words("fan")), WAIT),
    ("one word, for sure", Overlap(0.3, 0.3, words("fan"), confidence=0.9, is_final=True), INTERRUPT),
    ("one word out of a noise", Overlap(0.3, 0.3, words("the"), confidence=0.3, is_final=True), RESUME),
    ("two words", Overlap(0.5, words=words("how much")), INTERRUPT),
    (
        "the agent's own words from the line",
        Overlap(0.3, 0.3, words("ceiling fan"), stopped_s=0.2, spoken=words("a ceiling fan costs")),
        RESUME,
    ),
    (
        "a choice that the agent has just named, brought back by the line",
        Overlap(0.4, 0.3, words("white"), is_answer=True, stopped_s=0.5, spoken=words("in white"), level_dbfs=-33.0),
        RESUME,
    ),
    (
        "the same by the caller, whose voice rose out of noise",
        Overlap(
            0.4,
            words=words("white"),
            is_answer=True,
            stopped_s=0.5,
            spoken=words("in white"),
            level_dbfs=-33.0,
            loudest_dbfs=-20.0,
        ),
        INTERRUPT,
    ),
    ("a television, and no word of it", Overlap(1.4, level_dbfs=-38.0), RESUME),
    ("a voice behind the caller, as before", Overlap(1.4, level_dbfs=-30.0, is_familiar=True), WAIT),
    ("it was nothing again", Overlap(1.4, 0.3, is_final=True, level_dbfs=-30.0, is_familiar=True), RESUME),
    (
        "the echo of what was said before, on a line that is known for it",
        Overlap(3.0, words=words("ceiling fan"), spoken=words("a ceiling fan costs"), is_familiar=True),
        WAIT,
    ),
    (
        "an interruption behind the words of an echo",
        Overlap(
            3.0,
            words=words("a ceiling fan costs ten rupees stop it"),
            spoken=words("a ceiling fan costs ten rupees and"),
            is_familiar=True,
        ),
        INTERRUPT,
    ),
    ("an interruption over an echo", Overlap(3.0, words=words("stop it"), is_familiar=True), INTERRUPT),
    (
        "the same words by the caller, who goes on after the agent's pause",
        Overlap(1.1, words=words("ceiling fan"), stopped_s=1.0, spoken=words("a ceiling fan costs")),
        INTERRUPT,
    ),
]


@pytest.mark.parametrize(("overlap", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_an_overlap_is(overlap: Overlap, verdict: Verdict) -> None:
    """Each case gets the verdict that a polite listener would give it."""
    assert judge(overlap, MANNERS) is verdict


def test_a_sentence_that_goes_on() -> None:
    """What ends with "and" or "I mean" is not over; an empty turn is not unfinished."""
    assert MANNERS.is_unfinished(words("a fan and"))
    assert MANNERS.is_unfinished(words("well i mean"))
    assert not MANNERS.is_unfinished(words("and a fan"))
    assert not MANNERS.is_unfinished(())


def test_what_follows_an_echo() -> None:
    """The caller's own words begin where the agent's last ones end; a single word is no sign of an echo."""
    spoken = words("white or black which would you like")
    assert after_echo(words("would you like black"), spoken) == ("black",)
    assert after_echo(words("would you"), spoken) == ()
    assert after_echo(words("which would black"), spoken) == ()
    assert after_echo(words("like that one"), spoken) == ()
    assert after_echo((), spoken) == ()


def test_what_is_familiar_on_a_line() -> None:
    """A soft sound without words is not heeded again; neither a cough as loud as speech nor words make it deaf."""
    familiar = Familiar()
    familiar.learn(Overlap(0.3, level_dbfs=-20.0))
    familiar.learn(Overlap(0.3, words=words("hmm"), level_dbfs=-35.0))
    assert not familiar.knows(-35.0)

    familiar.learn(Overlap(0.3, level_dbfs=-36.0))
    assert familiar.knows(-33.0)
    assert not familiar.knows(-30.0)
