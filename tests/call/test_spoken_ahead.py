"""A model's answer that is heard while the rest of it is written: how soon, and what never goes ahead; virtual time."""

from pathlib import Path

import pytest
from support.faulty import FaultyModel
from support.phone_call import PhoneCall, Setting, place_call

from callagent.call.services import KeptAnswer
from callagent.call.stages.pieces import Piece, Pieces
from callagent.dialogue.answers import Answers
from callagent.errors import ProviderUnavailableError
from callagent.events import AgentSaid, AgentStarted, SentenceReplaced, TurnEnded
from callagent.llm.model import LanguageModel
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

QUESTION = "- hear\n- say: can you help me choose something\n- hear\n- hang up"
LEAD_IN, REST = "For a small room,", "I would think of the light before anything else."
DOWN = ProviderUnavailableError("nobody", "is down")


def call(folder: Path, model: LanguageModel, answers: Answers[KeptAnswer] | None = None) -> PhoneCall:
    """A caller asks the model something."""
    return place_call(
        Setting(folder, model=model, answers=Answers() if answers is None else answers),
        parse_script("steps:\n" + QUESTION),
    )


def slowly(reply: str) -> ScriptedModel:
    """A model that writes ten words a second."""
    return ScriptedModel(ScriptedModel.Options(first_token_ms=100.0, tokens_per_s=10.0, replies=(reply,)))


def first_sound_s(call: PhoneCall) -> float:
    """From the end of the caller's turn until the agent is heard."""
    ended_s = max(event.at_s for event in call.of(TurnEnded) if event.by == "voice")
    return float(min(event.at_s for event in call.of(AgentStarted) if event.at_s > ended_s) - ended_s)


def answer(call: PhoneCall) -> list[str]:
    """What the agent said after the menu."""
    return [event.text for event in call.of(AgentSaid)][2:]


def test_the_first_clause_is_heard_while_the_rest_is_written(tmp_path: Path) -> None:
    """Four words are waited for and no more than the next one, instead of thirteen."""
    ahead = call(tmp_path, slowly(f"{LEAD_IN} {REST}"))
    whole = call(tmp_path, slowly(f"{LEAD_IN.rstrip(',')} {REST}"))

    assert answer(ahead) == [LEAD_IN, REST]
    assert answer(whole) == [f"For a small room {REST}"]
    assert first_sound_s(whole) - first_sound_s(ahead) == pytest.approx(0.8, abs=0.15)


@pytest.mark.parametrize(
    "sentence", ["Yes that is so, it costs ninety rupees.", "It costs ninety rupees, but you can bargain."]
)
def test_a_claim_waits_for_the_whole_sentence(tmp_path: Path, sentence: str) -> None:
    """Nothing of it is heard where the guard refuses it."""
    refused = call(tmp_path, slowly(sentence))

    assert not any("ninety" in text or "Yes" in text for text in answer(refused))
    assert [one.reason for one in refused.of(SentenceReplaced)] == ["price"]


def test_where_the_rest_is_refused_the_line_goes_on(tmp_path: Path) -> None:
    """The beginning claimed nothing; what follows it is the shop's own line, once."""
    refused = call(tmp_path, slowly(f"{LEAD_IN} it costs ninety rupees. For a large room, it costs ten."))

    assert [event.line for event in refused.of(AgentSaid)][2:] == ["", "cannot_say"]
    assert answer(refused)[0] == LEAD_IN
    assert [one.line for one in refused.of(SentenceReplaced)] == ["cannot_say", ""]


def test_a_model_that_dies_after_a_clause_is_spoken_for(tmp_path: Path) -> None:
    """Half a sentence is no answer."""
    broken = call(tmp_path, FaultyModel("one", lambda _: [f"{LEAD_IN} ", "I wou", DOWN]))

    assert [event.line for event in broken.of(AgentSaid)][2:4] == ["", "cannot_say"]


def test_a_kept_answer_is_said_by_sentences(tmp_path: Path) -> None:
    """All of it is there: nobody waits for its end, and the second caller hears the same words."""
    answers: Answers[KeptAnswer] = Answers()
    first, second = (call(tmp_path, slowly(f"{LEAD_IN} {REST} And there."), answers) for _ in range(2))

    assert answer(first) == [LEAD_IN, REST, "And there."]
    assert answer(second) == [f"{LEAD_IN} {REST}", "And there."]


def pieces_of(text: str, *, may_lead: bool) -> list[Piece]:
    """A text that comes letter by letter."""
    pieces = Pieces(lambda _: may_lead)
    found = [piece for letter in text for piece in pieces.add(letter)]
    return [*found, *pieces.end()]


def test_each_piece_knows_its_sentence() -> None:
    """The guard reads a sentence from its beginning, whatever of it was said ahead."""
    text = "If you like, and I do hope so, we look. As for the lamp in the big room over there, well."

    assert [(piece.text, piece.sentence, piece.whole) for piece in pieces_of(text, may_lead=True)] == [
        ("If you like,", "If you like,", False),
        ("and I do hope so, we look.", "If you like, and I do hope so, we look.", True),
        ("As for the lamp in the big room over there,", "As for the lamp in the big room over there,", False),
        ("well.", "As for the lamp in the big room over there, well.", True),
    ]


def test_what_may_not_lead_comes_whole() -> None:
    """However many clauses it has."""
    assert pieces_of("Well then, as you like, so be it. Good", may_lead=False) == [
        Piece("Well then, as you like, so be it."),
        Piece("Good"),
    ]


def test_a_tag_with_full_stops_in_it_is_no_end() -> None:
    """What a model writes for a voice is gone before sentences are looked for."""
    text = (
        'Go to <sub alias="St. George, near St. Mary. Ask there.">it</sub>. <break time="0.5s"/> A lamp is < 500. Yes.'
    )

    assert [piece.text for piece in pieces_of(text, may_lead=False)] == ["Go to  it .", "A lamp is < 500.", "Yes."]
