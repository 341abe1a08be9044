"""When a caller's turn is over in a call: what is asked, what was said, and how this caller pauses."""

import pytest
from support.echo import Echo

from callagent.call.caller_turn import CallerTurn
from callagent.call.question import Question
from callagent.call.turn_end import TurnEnd
from callagent.dialogue.actions import Kind, Listen
from callagent.stt.transcriber import Transcript
from callagent.turn.barge_in import Manners


def silence_s(listen: Listen, words: str, pauses_s: tuple[float, ...] = ()) -> float:
    """Seconds of silence after these words that end the turn of a caller who paused for so long before."""
    question = Question(Echo(listen))
    question.expect(listen)
    turn_end = TurnEnd(question, Manners.of(unfinished=("and", "matlab")))
    for pause_s in pauses_s:
        turn_end.went_on(pause_s)
    turn = CallerTurn(1)
    turn.hears(Transcript(words, 1.0, final=False, provider="test"), question.so_far(words))
    return turn_end.due_s(turn, 100.0) - 100.0


YES_NO = Listen(Kind.YES_NO, "en", phrases=("yes", "no"))
CHOICE = Listen(Kind.CHOICE, "en", phrases=("price", "opening hours"))
FREE = Listen(Kind.FREE, "en")
PHONE = Listen(Kind.PHONE, "en", digits=(10, 10))


@pytest.mark.parametrize(
    ("listen", "words", "seconds"),
    [
        (YES_NO, "yes", 0.2),
        (CHOICE, "opening hours", 0.2),
        (PHONE, "nine eight seven six five", 2.2),
        (PHONE, "nine eight seven six five four three two one zero", 0.2),
        (FREE, "i want a fan and", 1.6),
    ],
)
def test_what_was_asked_and_said_decides(listen: Listen, words: str, seconds: float) -> None:
    """A whole answer is over at once; a number that is not complete, and a sentence that is not, are waited for."""
    assert silence_s(listen, words) == pytest.approx(seconds)


def test_a_caller_who_pauses_long_is_waited_for_longer() -> None:
    """Learned within the call: not after one pause, which is no habit, and not where nothing can follow."""
    words = "i want a fan"

    assert silence_s(FREE, words, (0.8,)) == silence_s(FREE, words)
    assert silence_s(FREE, words, (0.8, 0.7)) == pytest.approx(0.85)
    assert silence_s(YES_NO, "yes", (0.8, 0.7)) == pytest.approx(0.2)
