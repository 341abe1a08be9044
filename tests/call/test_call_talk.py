"""Free talk in a live call: grounded, guarded, and not paid for twice."""

import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.phone_call import ROOT, PhoneCall, Setting, place_call

from callagent.call.services import KeptAnswer
from callagent.dialogue.answers import Answers
from callagent.events import (
    AgentSaid,
    AnswerTaken,
    FactsLookedUp,
    ModelAnswered,
    ProviderFailed,
    ProviderUsed,
    SentenceReplaced,
)
from callagent.knowledge.shop import open_shop
from callagent.llm.model import Conversation, LanguageModel, ToolCall, ToolRound
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

FAN = next(item for item in open_shop(ROOT / "flows" / "electrical").items() if item.name == "ceiling fan")
QUESTION = "- hear\n- say: can you help me choose something\n- hear\n- hang up"
AFTER_A_PRICE = (
    "- hear\n- say: price\n- hear\n- say: ceiling fan\n- hear\n- say: what do you think of it\n- hear\n- hang up"
)


class Listening(ScriptedModel):
    """Keeps what it was told."""

    told: Conversation | None = None

    def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Keep it, and answer."""
        self.told = conversation
        return super().reply(conversation)


def model(*replies: str) -> Listening:
    """A model with these answers."""
    return Listening(ScriptedModel.Options(replies=replies))


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


def test_the_event_says_what_was_claimed_and_not_the_words(tmp_path: Path) -> None:
    """Each sentence that was not said is told, and the line once; a log gets no word of it."""
    call = talk(Setting(tmp_path, model=model("It costs ninety rupees. It is free. Say price.")), QUESTION)

    assert [(one.reason, one.line) for one in call.of(SentenceReplaced)] == [("price", "cannot_say"), ("promise", "")]
    assert "ninety" not in repr(call.events)


def test_what_this_call_looked_up_may_be_said(tmp_path: Path) -> None:
    """The price that the flow found a moment ago, and no other."""
    right = talk(Setting(tmp_path, model=model(f"The price is {FAN.price} rupees.")), AFTER_A_PRICE)
    wrong = talk(Setting(tmp_path, model=model(f"The price is {FAN.price - 1} rupees.")), AFTER_A_PRICE)

    assert right.of(SentenceReplaced) == []
    assert [one.reason for one in wrong.of(SentenceReplaced)] == ["price"]


def test_the_model_is_told_what_was_looked_up(tmp_path: Path) -> None:
    """As data behind staff's words."""
    listening = model("It is a good one.")
    talk(Setting(tmp_path, model=listening), AFTER_A_PRICE)

    assert listening.told is not None
    assert 'Looked up in this call: {"ceiling fan": {' in listening.told.instructions


def test_markup_of_a_model_is_neither_spoken_nor_remembered(tmp_path: Path) -> None:
    """What counts as said are the words."""
    call = talk(Setting(tmp_path, model=model("**Tell** me <break/> what you _need_ 😀.")), QUESTION)

    assert "Tell me what you need." in [one.text for one in call.of(AgentSaid)]
    assert "Tell me what you need." in [one.heard for one in call.of(AgentSaid)]


def test_the_same_question_is_not_asked_twice(tmp_path: Path) -> None:
    """The second caller who says just the same hears just the same, and the model is not asked; the guard is."""
    answers: Answers[KeptAnswer] = Answers()
    calls = [
        talk(Setting(tmp_path, model=model("A fan. It costs five rupees."), answers=answers), QUESTION)
        for _ in range(2)
    ]

    assert [[one.provider for one in call.of(ModelAnswered)] for call in calls] == [["scripted"], ["cache"]]
    assert [len([one for one in call.of(ProviderUsed) if one.stage == "llm"]) for call in calls] == [1, 0]
    assert [one.text for one in calls[0].of(AgentSaid)] == [one.text for one in calls[1].of(AgentSaid)]
    assert [len(call.of(SentenceReplaced)) for call in calls] == [1, 1]


def test_an_answer_has_an_end(tmp_path: Path) -> None:
    """However long a model goes on, the caller gets a word in."""
    many = talk(Setting(tmp_path, model=model("Fans are nice. " * 50)), QUESTION)
    endless = talk(Setting(tmp_path, model=model("fans and " * 500)), QUESTION)

    assert sum(one.text.count("Fans are nice.") for one in many.of(AgentSaid)) == 6
    assert [one.reason for one in endless.of(SentenceReplaced)] == ["unreadable"]


# --- look-ups and ways out, as tools --------------------------------------------------------------------------------


class Asking(Listening):
    """Keeps all that it was told in one answer."""

    rounds: tuple[ToolRound, ...] = ()

    def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Keep it, and answer."""
        self.rounds = conversation.rounds
        return super().reply(conversation)


def asking(*replies: str) -> Asking:
    """A model with these answers, tool calls in them."""
    return Asking(ScriptedModel.Options(replies=replies))


def by_model(call: PhoneCall) -> list[FactsLookedUp]:
    """What the model looked up; the flow asks its FAQ before the model is let talk."""
    return [one for one in call.of(FactsLookedUp) if one.by == "model"]


def knowing(folder: Path, model: LanguageModel, *sources: str) -> Setting:
    """The shop, with a talk that may look these things up."""
    flow = folder / "electrical"
    shutil.copytree(ROOT / "flows" / "electrical", flow)
    text = (flow / "flow.yaml").read_text(encoding="utf-8")
    knows = "      knows: [catalogue, shop facts]\n"
    assert knows in text
    (flow / "flow.yaml").write_text(text.replace(knows, f"      knows: [{', '.join(sources)}]\n"), encoding="utf-8")
    return Setting(folder, flow=flow, model=model)


def test_the_larger_model_is_asked_only_where_the_flow_says_so(tmp_path: Path) -> None:
    """For that talk, and nothing else."""
    fast, larger = model("Gladly."), model("Gladly.")
    talk(knowing(tmp_path / "fast", fast, "catalogue"), QUESTION)
    setting = knowing(tmp_path / "larger", larger, "catalogue")
    flow = setting.flow / "flow.yaml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(
        text.replace("      at most: 6 turns\n", "      at most: 6 turns\n      model: larger\n"), encoding="utf-8"
    )
    talk(setting, QUESTION)

    assert [one.told.larger for one in (fast, larger) if one.told] == [False, True]


def test_a_look_up_comes_back_to_the_model(tmp_path: Path) -> None:
    """What it asked for, what it had said before, and the facts as data."""
    model = asking('One moment. <catalogue {"product": "ceiling fan"}> It is a good one.')
    call = talk(knowing(tmp_path, model, "catalogue"), QUESTION)
    [done] = model.rounds
    result = json.loads(done.results[0])

    assert (done.said, [one.name for one in done.calls]) == ("One moment.", ["catalogue"])
    assert (result["status"], result["facts"]["price"], result["facts"]["stock"]) == (
        "found",
        f"{FAN.price}",
        f"{FAN.stock}",
    )
    assert [(one.source, one.by) for one in by_model(call)] == [("catalogue", "model")]
    assert [one.text for one in call.of(AgentSaid)][-2:] == ["One moment.", "It is a good one."]


@pytest.mark.parametrize(
    "call",
    [
        '<orders {"order number": "1"}>',
        '<catalogue {"product": "ceiling fan", "discount": "all"}>',
        "<catalogue {product}>",
        '<send_text {"to": "+919800000009"}>',
        '<open_flow {"flow": "greeting"}>',
    ],
)
def test_a_tool_that_was_not_offered_does_nothing(tmp_path: Path, call: str) -> None:
    """The model is told so, and talks on."""
    model = asking(f"{call} Never mind.")
    done = talk(knowing(tmp_path, model, "catalogue"), QUESTION)

    assert [json.loads(result) for result in model.rounds[0].results] == [{"status": "not allowed"}]
    assert by_model(done) == []
    assert (done.texts, done.rung) == ([], [])
    assert done.of(AgentSaid)[-1].text == "Never mind."


def test_asking_for_a_thing_does_not_prove_it(tmp_path: Path) -> None:
    """The words of the request are the model's own: what it puts into them may not be said."""
    model = asking('<catalogue {"product": "ceiling fan 16 amp"}> It is rated sixteen amp.')
    call = talk(knowing(tmp_path, model, "catalogue"), QUESTION)

    assert [one.reason for one in call.of(SentenceReplaced)] == ["specification"]


def test_whose_orders_they_are_is_not_the_models_to_say(tmp_path: Path) -> None:
    """It tells the order's number; the number that calls is put in by the call, and is no argument."""
    model = asking('<order {"order_number": "45127"}> It is on its way.')
    stranger = asking('<order {"order_number": "45127", "caller_number": "+919800000009"}> Good.')
    call = talk(knowing(tmp_path / "own", model, "order"), QUESTION)
    other = talk(knowing(tmp_path / "other", stranger, "order"), QUESTION)

    assert model.told is not None
    assert [list(tool.parameters["properties"]) for tool in model.told.tools if tool.name == "order"] == [
        ["order_number"]
    ]
    assert [one.source for one in by_model(call)] == ["order"]
    assert by_model(other) == []


def test_a_model_that_only_looks_things_up_is_stopped(tmp_path: Path) -> None:
    """After three times the shop's own line is said: no dead air, and no endless bill."""
    model = asking('<catalogue {"product": "ceiling fan"}> ' * 9)
    call = talk(knowing(tmp_path, model, "catalogue"), QUESTION)

    assert len(by_model(call)) == 3
    assert [one.error for one in call.of(ProviderFailed)] == ["ProviderUnavailableError"]
    assert call.said[-2:] == ["cannot_say", "more_help"]


def test_the_model_opens_a_flow(tmp_path: Path) -> None:
    """The talk ends, and what the caller said answers the flow's first question."""
    call = talk(
        Setting(tmp_path, model=asking('<open_flow {"flow": "price"}>')),
        "- hear\n- say: can you help me choose something\n- hear\n- say: no\n- hear\n- hang up",
    )

    assert call.said[2] == "product"
    assert "helper: price" in [f"{one.slot}: {one.value}" for one in call.of(AnswerTaken)]
    assert call.summary.failures == ()


@pytest.mark.parametrize(
    ("reply", "errors", "said"),
    [("Too late.", ["ProviderTimeoutError"], ["cannot_say", "more_help"]), (" ", [], ["cannot_say"])],
)
def test_a_model_without_a_word_is_spoken_for(tmp_path: Path, reply: str, errors: list[str], said: list[str]) -> None:
    """The shop's line comes within seconds; after one that hangs the flow goes on without it."""
    mute = ScriptedModel(ScriptedModel.Options(first_token_ms=60_000.0, replies=(reply,)))
    call = talk(Setting(tmp_path, model=mute), QUESTION)

    assert call.said[2:] == said
    assert [one.error for one in call.of(ProviderFailed)] == errors
    assert call.summary.failures == ()


def test_an_answer_that_rests_on_look_ups_is_kept_with_them(tmp_path: Path) -> None:
    """They are made again for the next caller; as they come to the same, the model is not asked."""
    model = asking(f'<catalogue {{"product": "ceiling fan"}}> The price is {FAN.price} rupees.')
    setting = knowing(tmp_path, model, "catalogue")
    calls = [talk(setting, QUESTION) for _ in range(2)]

    assert [[one.provider for one in call.of(ModelAnswered)] for call in calls] == [["scripted"], ["cache"]]
    assert [len(by_model(call)) for call in calls] == [1, 1]
    assert [call.of(SentenceReplaced) for call in calls] == [[], []]


def test_a_kept_answer_ends_with_its_facts(tmp_path: Path) -> None:
    """A price that changed since asks the model again."""
    model = asking(f'<catalogue {{"product": "ceiling fan"}}> The price is {FAN.price} rupees.')
    setting = knowing(tmp_path, model, "catalogue")
    talk(setting, QUESTION)
    catalogue = setting.flow / "catalogue.csv"
    catalogue.write_text(
        catalogue.read_text(encoding="utf-8").replace(f"{FAN.price}", f"{FAN.price + 51}"), encoding="utf-8"
    )
    call = talk(setting, QUESTION)

    assert [one.provider for one in call.of(ModelAnswered)] == ["scripted"]
    assert [one.reason for one in call.of(SentenceReplaced)] == ["price"]
