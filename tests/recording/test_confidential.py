"""What is written down of a call holds nobody's number, and no private answer."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import pytest

from callagent.events import AgentSaid, AgentStarted, CallerStarted, CallerStopped, DigitPressed, Event
from callagent.evidence import (
    DialogueAdvanced,
    Interim,
    ModelPiece,
    ModelReplied,
    SpeechMade,
    SpeechPiece,
    UtteranceTranscribed,
)
from callagent.recording.confidential import Confidential, Hush
from callagent.recording.redaction import PART, Redactor, restore

CALLER = "+919876501234"


def heard(text: str, at_s: float = 1.0, interims: tuple[str, ...] = ()) -> UtteranceTranscribed:
    """A transcript."""
    return UtteranceTranscribed(
        at_s=at_s,
        began_s=at_s - 1,
        audio_s=0.5,
        ended_s=at_s - 0.1,
        interims=tuple(Interim(0.1, interim, 0.5) for interim in interims),
        text=text,
        confidence=0.9,
        provider="scripted",
        version="1",
        outcome="heard",
    )


def advanced(
    given: dict[str, Any], *, at_s: float = 1.1, secrets: tuple[str, ...] = (), **how: Any
) -> DialogueAdvanced:
    """A decision after which something is asked, privately or not."""
    listen = {"kind": "Listen", "private": how.pop("asks_private", False), "digits": how.pop("digits", None)}
    return DialogueAdvanced(
        at_s=at_s, turn=1, given=given, now="2026-11-20T11:00:00+05:30", actions=(listen,), secrets=secrets, **how
    )


def said(text: str) -> dict[str, Any]:
    """What the dialogue is given when the caller said something."""
    return {"kind": "CallerSaid", "text": text, "confidence": 0.9, "language": ""}


def written(events: Iterable[Event], confidential: Confidential | None = None) -> list[dict[str, Any]]:
    """What is written of some events, to the end of the call."""
    confidential = confidential or Confidential(Redactor(CALLER))
    return [record for event in events for record in confidential.take(event)] + list(confidential.rest())


def test_a_number_is_a_token_wherever_it_stands() -> None:
    """In the transcript, in what the dialogue was given, and in what the agent said back."""
    number = "nine eight double one two three four five six seven"
    records = written(
        [
            heard(number, interims=("nine eight double one",)),
            advanced(said(number)),
            AgentSaid(at_s=3.0, turn=1, text="Did you say 98112 34567?", heard="Did you say 98112", line="did_you_say"),
        ]
    )

    assert records[0]["text"] == "⟦phone 1⟧"
    assert [one["text"] for one in records[0]["interims"]] == ["⟦phone 1⟧↦4"]
    assert restore(records[0]["interims"][0]["text"]) == "9000"
    assert records[1]["given"]["text"] == "⟦phone 1⟧"
    assert records[2]["text"] == "Did you say ⟦phone 1⟧?"


def test_the_callers_own_number_is_known() -> None:
    """In whichever way it is said."""
    [record] = written([AgentSaid(at_s=1.0, turn=1, text="on 98765 01234?", heard="", line="x")])

    assert record["text"] == "on ⟦caller⟧?"


def test_a_private_answer_is_hidden_in_all_that_follows() -> None:
    """The words that gave it, what was understood of them, and what the agent repeats."""
    confidential = Confidential(Redactor(CALLER))
    records = written(
        [
            heard("four five one two seven", interims=("four five",)),
            advanced(
                said("four five one two seven"),
                private=True,
                secrets=("45127",),
                understood={"language": "en", "entities": [{"value": "45127"}]},
            ),
            AgentSaid(
                at_s=4.0, turn=1, text="Order four five one two seven is here.", heard="Order four five", line="x"
            ),
        ],
        confidential,
    )

    token = "⟦private 1: digits 5⟧"
    assert (records[0]["text"], records[0]["interims"][0]["text"]) == (token, f"{token}↦2")
    assert (records[1]["given"]["text"], records[1]["understood"]) == (token, None)
    assert records[1]["secrets"] == [token]
    assert records[2]["text"] == f"Order {token} is here."
    assert "45127" not in str(records)
    assert "five one" not in str(records)


def test_of_several_private_answers_only_the_one_stands_that_was_given() -> None:
    """A replay says it again: the others would be too many there, or answer another question."""
    asked: dict[str, Any] = {"private": True, "asks_private": True, "digits": [4, 5]}
    records = written(
        [
            advanced(said("45127"), secrets=("45127",), **asked),
            advanced(said("what do you mean"), at_s=2.0, secrets=("45127",), **asked),
            advanced({"kind": "CallerKeyed", "keys": "7788"}, at_s=3.0, secrets=("45127", "7788"), **asked),
            advanced(said("I said four five one two seven"), at_s=4.0, secrets=("45127", "7788"), **asked),
        ]
    )

    assert [record["given"].get("text", "") or record["given"]["keys"] for record in records] == [
        "⟦private 1: digits 5⟧",
        "⟦private 2: text 4 words⟧",
        "⟦private 3: digits 4⟧",
        "⟦private 1: digits 5⟧",
    ]
    assert records[3]["secrets"] == ["⟦private 1: digits 5⟧", "⟦private 3: digits 4⟧"]


def test_the_words_beside_a_private_number_that_was_told_unasked_are_told() -> None:
    """They say what the number is, and were no answer; nothing is told of them where another number stands there."""
    interims = ("order", "order status", "order status four five")
    unasked = written(
        [
            heard("order status four five one two seven", interims=interims),
            advanced(said("order status four five one two seven"), private=True, secrets=("45127",)),
        ]
    )
    other = "order status four five one two seven for two fans"
    doubtful = written([heard(other), advanced(said(other), private=True, secrets=("45127",))])

    token = "⟦private 1: digits 5⟧"
    assert [unasked[0]["text"], unasked[1]["given"]["text"]] == [f"order status {token}"] * 2
    assert [one["text"] for one in unasked[0]["interims"]] == ["order", "order status", f"order status {token}↦2"]
    assert [doubtful[0]["text"], doubtful[1]["given"]["text"]] == [token] * 2


def test_a_yes_to_a_private_question_is_a_yes() -> None:
    """Words that anybody may say tell nothing."""
    records = written([heard("yes"), advanced(said("yes"), private=True, plain=True, secrets=("45127",))])

    assert [records[0]["text"], records[1]["given"]["text"]] == ["yes", "yes"]


ASKED = advanced(said("where is my order"), at_s=0.5, asks_private=True, digits=[5, 5])
"""A number is asked that is private."""


@pytest.mark.parametrize("given", [None, advanced({"kind": "CallerUnheard"}, private=True, asks_private=True)])
@pytest.mark.parametrize(("outcome", "text"), [("stopped", ""), ("failed", ""), ("heard", "four five one two seven")])
def test_a_private_answer_is_hidden_that_nobody_took(
    given: Event | None, outcome: Literal["stopped", "failed", "heard"], text: str
) -> None:
    """The caller hung up in the middle of it, or after it, or the transcriber failed."""
    answer = replace(heard(text, interims=("four five", "four five one")), outcome=outcome)
    records = written([ASKED, answer, *([given] if given else [])])

    assert "five" not in str(records)


def test_of_what_was_heard_of_a_private_answer_before_it_was_whole_only_its_length_is_told() -> None:
    """The caller paused in it and was heard anew, keyed the rest of it, or was heard once more and wrongly."""
    answer = advanced(said("45127"), at_s=2.5, private=True, secrets=("45127",))
    late = replace(heard("4 5 9 2 7", 3.0), began_s=1.5)
    half, _, misheard = [
        one["text"]
        for one in written([ASKED, heard("4 5"), heard("45127", 2.4), answer, late, advanced(said("yes"), at_s=4.0)])
        if one["event"] == "UtteranceTranscribed"
    ]
    keyed = advanced({"kind": "CallerKeyed", "keys": "45127"}, private=True, secrets=("45127",))
    spoken = written([ASKED, heard("", interims=("four five one",)), keyed])[1]

    assert (half, misheard) == ("⟦private 1: digits 5⟧↦2", "")
    assert spoken["interims"][0]["text"] == "⟦private 1: digits 5⟧↦3"


def test_of_a_number_that_is_hidden_no_part_is_told() -> None:
    """Neither as it was heard before a pause in it, nor while it was being said, whatever stands before it."""
    number = "nine eight double one two three four five six seven"
    whole = heard(f"one thousand fans to {number}", interims=("one thousand fans to nine eight double one two three",))
    records = written([heard("nine eight double one two"), whole, advanced(said(whole.text))])

    assert [one["text"] for one in records[:2]] == ["⟦phone 1⟧↦5", "one thousand fans to ⟦phone 1⟧"]
    assert "double" not in str(records)


@pytest.mark.parametrize(
    ("secret", "token", "parts"),
    [
        ("ravi dot kumar at gmail dot com", "⟦e-mail 1⟧", ("ravi", "ravi dot kumar at", "ravi dot kumar at gmail dot")),
        ("ravi nineteen at okaxis", "⟦upi 1⟧", ("ravi", "ravi nineteen at")),
        ("a b c p k one two three four f", "⟦pan 1⟧", ("a b", "a b c p", "a b c p k one two")),
    ],
)
def test_of_an_address_or_a_pan_no_word_is_told_before_it_was_whole(
    secret: str, token: str, parts: tuple[str, ...]
) -> None:
    """Its first words and letters are as private as its figures, in interims as in what was heard before a pause."""
    whole = heard(f"Mine is {secret}", interims=("mine", *(f"mine is {part}" for part in parts), f"Mine is {secret}"))
    alone = heard(secret, interims=parts)
    halves = [heard(f"mine is {parts[1]}"), heard(secret.removeprefix(parts[1]))]
    [one, _] = written([whole, advanced(said(whole.text))])
    [other, _] = written([alone, advanced(said(secret))])
    records = written([*halves, advanced(said(f"mine is {secret}"))])

    told = [interim["text"] for interim in one["interims"]]
    assert (told[0], told[1], told[-1]) == ("mine", "mine is", f"Mine is {token}")
    told += [interim["text"] for interim in other["interims"]] + [record["text"] for record in records[:2]]
    assert {word for text in told for word in text.split()} <= {"mine", "Mine", "is", *token.split()} | {
        f"{token.split()[1]}{PART}{digits}" for digits in range(1, 5)
    }


def test_what_was_understood_of_a_part_of_something_hidden_is_not_told() -> None:
    """Such as a number in the middle of a PAN; what else was understood is."""
    number = {"kind": "order number", "value": "1234", "text": "one two three four"}
    fan = {"kind": "item", "value": "fan", "text": "fan"}
    text = "Fan, on pan a b c p k one two, three four f"
    [record] = written([advanced(said(text), understood={"language": "en", "entities": [number, fan]})])

    assert record["understood"]["entities"] == [fan]


def test_what_was_given_in_two_sentences_is_told_in_both() -> None:
    """The dialogue gets them as one where the caller has gone on."""
    second = "my number is 98112 34567"
    records = written([heard("fan price"), advanced(said("fan price")), heard(second), advanced(said(f"fan {second}"))])

    assert records[2]["text"] == "my number is ⟦phone 1⟧"


def test_of_a_long_sentence_only_what_is_new_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes in hundreds of interims, and all calls wait while they are cleaned."""
    words = ["fan"] * 100
    looked_at: list[str] = []
    clean = Redactor.clean

    def counting(redactor: Redactor, text: str) -> str:
        looked_at.append(text)
        return clean(redactor, text)

    monkeypatch.setattr(Redactor, "clean", counting)
    interims = tuple(" ".join(words[:count]) for count in range(1, 100))
    [record, _] = written([heard(" ".join(words), interims=interims), advanced(said(" ".join(words)))])

    assert [one["text"] for one in record["interims"]] == list(interims)
    assert sum(len(text) > 50 for text in looked_at) < 10


def test_words_beside_a_private_number_are_told() -> None:
    """A word over the agent, as replays need it; but none of an answer that is words itself."""
    answer = advanced(said("45127"), private=True, secrets=("45127",))
    of_number = written([ASKED, heard("hmm"), heard("45127"), answer])
    of_words = written([advanced(said("order"), asks_private=True), heard("hmm"), heard("45127"), answer])

    assert (of_number[1]["text"], of_words[1]["text"]) == ("hmm", "")


def test_what_was_heard_while_something_was_looked_up_waits_for_the_dialogue() -> None:
    """Nobody knows before whether it is private."""
    looked_up = advanced({"kind": "LookedUp", "status": "found", "values": {}, "candidates": []})
    taken = advanced(said("it is 45127"), at_s=3.0, private=True, secrets=("45127",))
    records = written([heard("it is 45127"), looked_up, taken])

    assert "45127" not in str(records)


def test_private_words_that_were_not_understood_are_hidden_as_well() -> None:
    """Nobody knows what they were."""
    records = written([heard("it is forty something"), advanced(said("it is forty something"), private=True)])

    assert "forty" not in str(records)


def test_keys_are_not_written() -> None:
    """Which they were stands, redacted, in what the dialogue was given."""
    keys = advanced({"kind": "CallerKeyed", "keys": "9811234567"})
    records = written([*(DigitPressed(at_s=1.0, digit=digit) for digit in "9811234567"), keys])

    assert {record["digit"] for record in records[:-1]} == {"x"}
    assert records[-1]["given"]["keys"] == "⟦phone 1⟧"


def test_a_number_that_a_model_wrote_in_two_pieces_is_found() -> None:
    """And the voice that said it tells no single words."""
    model = ModelReplied(
        at_s=1.0,
        purpose="talk",
        asked="",
        round=0,
        instructions="",
        began_s=0.5,
        pieces=(ModelPiece(0.1, "Call 98112 "), ModelPiece(0.2, "34567 now.")),
        provider="m",
        version="1",
        outcome="written",
    )
    speech = SpeechMade(
        at_s=2.0,
        text="Call 98112 34567 now.",
        language="en",
        voice="",
        rate=1.0,
        by="made",
        ready=False,
        began_s=1.0,
        pieces=(SpeechPiece(0.1, 800, (("Call", 0.0), ("98112", 0.2), ("34567", 0.5))),),
        provider="v",
        version="1",
        outcome="spoken",
    )
    records = written([model, speech])

    assert "98112" not in str(records)
    assert records[0]["pieces"][0]["text"] == "Call ⟦phone 1⟧ now."
    assert records[1]["pieces"][0]["samples"] == 800


def test_what_the_dialogue_never_heard_is_written_at_the_end() -> None:
    """A word over the agent that was let pass."""
    assert [record["text"] for record in written([heard("hmm")])] == ["hmm"]


def hushed_by(confidential: Confidential, event: Event) -> list[Hush]:
    """What is to be silent once that has happened."""
    list(confidential.take(event))
    return list(confidential.hushed(event))


def test_the_callers_side_is_silent_from_a_private_question_to_its_answer() -> None:
    """And where an answer turned out to be private that nobody had asked for."""
    confidential = Confidential(Redactor(CALLER))
    hushed = partial(hushed_by, confidential)
    hushed(advanced(said("order"), asks_private=True))
    assert confidential.asked_private
    hushed(CallerStarted(at_s=10.2, position=80_000))
    hushed(CallerStopped(at_s=12.2, position=96_000))
    [hush] = hushed(advanced(said("45127"), at_s=12.5, private=True, secrets=("45127",)))
    assert not confidential.asked_private
    assert hush.side == 0
    assert hush.begins <= 80_000
    assert hush.ends >= 96_000
    hushed(AgentStarted(at_s=13.0, turn=1))
    [readback] = hushed(AgentSaid(at_s=15.0, turn=1, text="Order 45127.", heard="Order 45127.", line="x"))
    assert (readback.side, readback.begins) == (1, 104_000)
    assert readback.ends >= 120_000
    assert hushed(AgentSaid(at_s=16.0, turn=1, text="Bye.", heard="Bye.", line="bye")) == []


def test_who_speaks_on_after_a_private_answer_is_not_heard_either() -> None:
    """A turn that has gone on for too long is taken before it is over: the rest of the number comes after that."""
    hushed = partial(hushed_by, Confidential(Redactor(CALLER)))
    hushed(CallerStarted(at_s=10.2, position=80_000))
    hushed(advanced(said("45127"), at_s=12.5, private=True, secrets=("45127",)))
    [rest] = hushed(CallerStopped(at_s=15.2, position=120_000))
    hushed(CallerStarted(at_s=16.2, position=128_000))

    assert rest.side == 0
    assert rest.begins <= 80_000
    assert rest.ends >= 120_000
    assert hushed(CallerStopped(at_s=17.2, position=136_000)) == []
    hushed(DigitPressed(at_s=18.0, digit="4"))
    hushed(advanced({"kind": "CallerKeyed", "keys": "4"}, at_s=18.1, private=True, secrets=("45127", "4")))
    hushed(CallerStarted(at_s=19.2, position=152_000))
    assert hushed(CallerStopped(at_s=20.2, position=160_000)) == []
