"""A model that is asked what the caller meant, in a live call: in time, or not at all."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.phone_call import PhoneCall, Setting, place_call

from callagent.call.services import KeptAnswer, Limits
from callagent.dialogue.answers import Answers
from callagent.errors import ProviderUnavailableError
from callagent.events import AnswerTaken, BargedIn, CommandsChosen, ProviderFailed, TurnEnded
from callagent.llm.model import Conversation, LanguageModel, ToolCall
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

ROUND_THING = "- hear\n- say: price\n- hear\n- say: the round thing\n- hear\n- hang up"
FAN = json.dumps({"commands": [{"do": "fill", "slot": "product", "value": "ceiling fan"}]})


def model(answer: str = FAN, first_token_ms: float = 200.0) -> ScriptedModel:
    """A model with one answer to whatever is said about a thing."""
    return ScriptedModel(ScriptedModel.Options(first_token_ms=first_token_ms, understands={"thing": answer}))


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


class Broken(ScriptedModel):
    """Breaks off in the middle."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """A beginning."""
        yield '{"commands": ['
        raise ProviderUnavailableError("broken", "gone")


def test_what_the_model_chose_is_in_the_events(tmp_path: Path) -> None:
    """By whom, how long it took, and the words of the flow; its time is the model's in the latency."""
    call = talk(Setting(tmp_path, model=model()), ROUND_THING)
    [chosen] = call.of(CommandsChosen)

    assert (chosen.provider, chosen.commands) == ("scripted", ("fill product = ceiling fan",))
    # Some of it went by while the end of the turn was waited for.
    assert 0 < call.summary.turns[-1].model_ms <= chosen.took_s * 1000 + 1
    assert call.said[-1].rstrip("…") == "did_you_say"


@pytest.mark.parametrize(
    ("answering", "error"),
    [(model(first_token_ms=5000.0), "ProviderTimeoutError"), (Broken(Broken.Options()), "ProviderUnavailableError")],
)
def test_a_late_or_broken_model_leaves_the_ladder(tmp_path: Path, answering: LanguageModel, error: str) -> None:
    """The caller is asked again within the deadline, and the provider's trouble is told."""
    call = talk(Setting(tmp_path, model=answering, limits=Limits(understand_s=1.0)), ROUND_THING)
    [chosen] = call.of(CommandsChosen)

    assert (chosen.commands, chosen.took_s <= 1.0) == (("cannot tell",), True)
    assert [one.error for one in call.of(ProviderFailed)] == [error]
    assert call.said[-2:] == ["product", "product"]
    assert call.summary.no_matches == 1


@pytest.mark.parametrize("answer", ['{"commands": [{"do": "choose", "choice": "everything"}]}', "Sure!", "x" * 100_000])
def test_what_is_not_on_the_list_is_not_done(tmp_path: Path, answer: str) -> None:
    """It is as good as no answer."""
    call = talk(Setting(tmp_path, model=model(answer)), ROUND_THING)

    assert [one.commands for one in call.of(CommandsChosen)] == [("cannot tell",)]
    assert call.said[-2:] == ["product", "product"]


def test_a_caller_who_goes_on_is_heard_as_one(tmp_path: Path) -> None:
    """The model is dropped; what it was asked about and what came then are read together, by the rules first."""
    patient = Setting(tmp_path, model=model(first_token_ms=5000.0), limits=Limits(understand_s=8.0))
    call = talk(
        patient,
        "- hear\n- say: price\n- hear\n- say: the table\n- silent: 1.5 seconds\n- say: fan please\n- hear\n- hang up",
    )

    assert [f"{one.slot}: {one.value}" for one in call.of(AnswerTaken)] == ["main_menu: price", "product: table fan"]
    assert call.of(CommandsChosen) == []
    assert call.of(ProviderFailed) == []
    assert call.summary.no_matches == 0


def test_keys_do_not_wait_for_the_model(tmp_path: Path) -> None:
    """The question is as it was: a key answers it at once, and the model is dropped."""
    patient = Setting(tmp_path, model=model(first_token_ms=5000.0), limits=Limits(understand_s=8.0))
    call = talk(
        patient, '- hear\n- say: price\n- hear\n- say: the round thing\n- silent: 1 second\n- press: "0"\n- hear'
    )
    keyed = [one for one in call.of(TurnEnded) if one.by == "keys"]

    assert len(keyed) == 1
    assert keyed[0].at_s - keyed[0].stopped_at_s < 0.1
    assert "connecting" in call.said
    assert call.of(CommandsChosen) == []
    assert call.of(BargedIn) == []


def test_a_caller_who_hangs_up_leaves_no_model_behind(tmp_path: Path) -> None:
    """The call ends at once and in order."""
    patient = Setting(tmp_path, model=model(first_token_ms=60_000.0), limits=Limits(understand_s=90.0))
    call = talk(patient, "- hear\n- say: price\n- hear\n- say: the round thing\n- silent: 2 seconds\n- hang up")

    assert call.summary.failures == ()
    assert call.summary.ended_by == "caller"
    assert call.of(CommandsChosen) == []


def test_the_same_words_at_the_same_place_are_not_asked_twice(tmp_path: Path) -> None:
    """Another caller's, too."""
    answers: Answers[KeptAnswer] = Answers()
    calls = [talk(Setting(tmp_path, model=model(), answers=answers), ROUND_THING) for _ in range(2)]

    assert [[one.provider for one in call.of(CommandsChosen)] for call in calls] == [["scripted"], ["cache"]]
    assert calls[0].said == calls[1].said


def test_no_failure_of_our_own_leaves_the_caller_in_silence(tmp_path: Path) -> None:
    """A model that breaks the contract is a fault that is told, and the ladder goes on."""

    class Wrong(ScriptedModel):
        """Raises what no provider may."""

        async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
            """Nothing."""
            raise ValueError
            yield ""

    call = talk(Setting(tmp_path, model=Wrong(Wrong.Options())), ROUND_THING)

    assert call.summary.failures == ("dialogue: ValueError",)
    assert call.said[-2:] == ["product", "product"]
