"""Free talk in a live call: grounded, guarded, and not paid for twice."""

from collections.abc import AsyncGenerator
from pathlib import Path

from support.phone_call import PhoneCall, Setting, place_call

from callagent.dialogue.answers import Answers
from callagent.events import AgentSaid, ModelAnswered, ProviderUsed, SentenceReplaced
from callagent.llm.model import Conversation
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

QUESTION = "- hear\n- say: can you help me choose something\n- hear\n- hang up"
AFTER_A_PRICE = (
    "- hear\n- say: price\n- hear\n- say: ceiling fan\n- hear\n- say: what do you think of it\n- hear\n- hang up"
)


class Listening(ScriptedModel):
    """Keeps what it was told."""

    told: Conversation | None = None

    def reply(self, conversation: Conversation) -> AsyncGenerator[str, None]:
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
    right = talk(Setting(tmp_path, model=model("The price is 1849 rupees.")), AFTER_A_PRICE)
    wrong = talk(Setting(tmp_path, model=model("The price is 1848 rupees.")), AFTER_A_PRICE)

    assert right.of(SentenceReplaced) == []
    assert [one.reason for one in wrong.of(SentenceReplaced)] == ["price"]


def test_the_model_is_told_what_was_looked_up(tmp_path: Path) -> None:
    """As data behind staff's words."""
    listening = model("It is a good one.")
    talk(Setting(tmp_path, model=listening), AFTER_A_PRICE)

    assert listening.told is not None
    assert 'Looked up in this call: {"ceiling fan": {' in listening.told.instructions


def test_the_same_question_is_not_asked_twice(tmp_path: Path) -> None:
    """The second caller who says just the same hears just the same, and the model is not asked; the guard is."""
    answers: Answers[tuple[str, ...]] = Answers()
    calls = [
        talk(Setting(tmp_path, model=model("A fan. It costs five rupees."), answers=answers), QUESTION)
        for _ in range(2)
    ]

    assert [[one.provider for one in call.of(ModelAnswered)] for call in calls] == [["scripted"], ["cache"]]
    assert [len([one for one in call.of(ProviderUsed) if one.stage == "llm"]) for call in calls] == [1, 0]
    assert [one.text for one in calls[0].of(AgentSaid)] == [one.text for one in calls[1].of(AgentSaid)]
    assert [len(call.of(SentenceReplaced)) for call in calls] == [1, 1]
