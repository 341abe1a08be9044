"""What the events of a call say of the providers that served it."""

from callagent.events import (
    AgentStopped,
    AnswerTaken,
    BargedIn,
    CallerStarted,
    CallerStopped,
    Event,
    NoMatch,
    ProviderAnswered,
    ProviderFailed,
    SpeechReady,
    TranscriptReceived,
    TurnEnded,
)
from callagent.monitor.call_watch import CallWatch

EAR, VOICE = "stt ear", "tts voice"


def watched(*events: Event) -> list[tuple[str, str, float]]:
    """The values that a call's events give."""
    found: list[tuple[str, str, float]] = []
    watch = CallWatch(lambda key, measure, value, _at_s: found.append((" ".join(key), measure, value)))
    for event in events:
        watch.on_event(event)
    return found


def turn(text: str, *, spoken_s: float = 1.0, confidence: float = 0.8) -> list[Event]:
    """The caller speaks for so long, and this is what was heard."""
    return [
        CallerStarted(at_s=1.0, position=8000),
        CallerStopped(at_s=2.0, position=8000 + round(spoken_s * 8000)),
        TurnEnded(at_s=2.6, turn=1, stopped_at_s=2.0, by="voice"),
        TranscriptReceived(at_s=2.8, turn=1, text=text, confidence=confidence, provider="ear"),
    ]


def test_an_answer_tells_how_soon_it_came() -> None:
    """Seconds, no error, and for a voice whether it could be listened to."""
    ear = ProviderAnswered(at_s=3.0, stage="stt", provider="ear", first_s=0.4, flaw="")
    voice = ProviderAnswered(at_s=3.0, stage="tts", provider="voice", first_s=0.2, flaw="gap")

    assert watched(ear) == [(EAR, "first_s", 0.4), (EAR, "errors", 0.0)]
    assert watched(voice) == [(VOICE, "first_s", 0.2), (VOICE, "errors", 0.0), (VOICE, "flawed", 1.0)]


def test_a_failure_counts() -> None:
    """Whatever it was."""
    failed = ProviderFailed(at_s=3.0, stage="stt", provider="ear", error="ProviderTimeoutError")

    assert watched(failed) == [(EAR, "errors", 1.0)]


def test_nothing_heard_where_somebody_spoke() -> None:
    """Speech without words counts against the recogniser; a cough does not."""
    assert watched(*turn("")) == [(EAR, "empty", 1.0)]
    assert watched(*turn("", spoken_s=0.3)) == []
    assert watched(*turn("", spoken_s=0.3), *turn("", spoken_s=0.3)) == []


def test_words_that_fit_nothing() -> None:
    """The dialogue's judgement is the recogniser's, once for a turn."""
    heard = [(EAR, "empty", 0.0), (EAR, "confidence", 0.8)]
    no_match = NoMatch(at_s=3.0, step="menu", count=1)
    taken = AnswerTaken(at_s=3.0, slot="menu", value="price", by="voice")

    assert watched(*turn("brice"), no_match, no_match) == [*heard, (EAR, "no_match", 1.0)]
    assert watched(*turn("price"), taken) == [*heard, (EAR, "no_match", 0.0)]


def test_keys_are_nobodys_hearing() -> None:
    """A turn of keys says nothing of the recogniser."""
    keyed = TurnEnded(at_s=5.0, turn=2, stopped_at_s=5.0, by="keys")
    no_match = NoMatch(at_s=5.1, step="menu", count=1)

    assert watched(*turn("price"), keyed, no_match) == watched(*turn("price"))


def test_only_repeated_barge_ins_are_bad() -> None:
    """Once is a hurry; twice running is a voice that nobody can bear, until one answer was heard out."""
    ready = SpeechReady(at_s=1.0, turn=1, provider="voice", cached=True)
    cut = BargedIn(at_s=2.0, by="voice", latency_s=0.1)
    heard_out = AgentStopped(at_s=4.0, turn=1, interrupted=False)
    values = [value for _, _, value in watched(ready, cut, cut, heard_out, cut)]

    assert values == [0.0, 1.0, 0.0, 0.0]


def test_keys_that_cut_are_no_complaint() -> None:
    """Who knows the menu keys ahead."""
    ready = SpeechReady(at_s=1.0, turn=1, provider="voice", cached=True)

    assert watched(ready, BargedIn(at_s=2.0, by="keys", latency_s=0.0)) == []
