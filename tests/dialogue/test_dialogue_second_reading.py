"""Where the rules are unsure: what the engine asks a model, and what becomes of its commands."""

import pytest
from dialogue.worked_example.shop_on_the_phone import FOLDER, Goods, Phone

from callagent.dialogue.actions import (
    AskModel,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    LookedUp,
    ModelUnderstood,
    Understood,
)
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.engine import Engine
from callagent.dialogue.loader import check_flow

FAN = ModelCommand("fill", "product", "ceiling fan")


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The worked example, with a model that is asked."""
    flow, _ = check_flow(FOLDER / "shop", FOLDER / "prompts", Goods())
    assert flow is not None
    return Engine(flow, model_reads=True)


@pytest.fixture
def phone(engine: Engine) -> Phone:
    """A caller who is asked for which product they want a quotation."""
    phone = Phone(engine)
    phone(CallerSilent(), CallerSaid("bulk order"))
    assert phone.heard == ["product"]
    return phone


def asked(phone: Phone) -> AskModel:
    """What the model is asked, which is all that is to be done."""
    [action] = phone.actions
    assert isinstance(action, AskModel)
    return action


def understood(phone: Phone, text: str, *commands: ModelCommand) -> list[str]:
    """The caller says what the rules cannot read, and the model answers; what is heard then."""
    phone(CallerSaid(text))
    return phone(ModelUnderstood(commands, asked(phone).said))


def test_the_model_is_asked_with_what_the_place_allows(phone: Phone) -> None:
    """The question, the open answers and those to come, the side questions; nobody hears a thing meanwhile."""
    assert phone(CallerSaid("the round thing")) == []

    context = asked(phone).context
    assert asked(phone).said == CallerSaid("the round thing")
    assert (context.step, context.choices, context.may_cancel) == ("find product 1", (), True)
    assert context.question
    assert context.open_slots == {"product": (), "quantity": (), "wants owner": ("no", "yes")}
    assert "warranty" in context.flows


def test_what_the_rules_read_is_never_asked(phone: Phone) -> None:
    """A model is for what is left."""
    assert phone(CallerSaid("ceiling fan")) == ["quantity"]


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_nothing_said_is_nothing_asked(phone: Phone, text: str) -> None:
    """Whatever it was, it goes to the ladder."""
    assert phone(CallerSaid(text)) == ["product"]


def test_words_that_were_hardly_heard_are_not_asked(phone: Phone) -> None:
    """They are not what the caller said."""
    assert phone(CallerSaid("the round thing", 0.1)) == ["product"]


def test_a_value_that_nobody_said_is_asked_back(phone: Phone) -> None:
    """The model guessed it: the flow confirms what is unsure."""
    assert understood(phone, "the round thing", FAN) == ["did_you_say"]
    assert phone(CallerSaid("yes")) == ["quantity"]
    assert phone.slots["product"] == "ceiling fan"


def test_a_value_is_read_by_its_slots_own_reader(phone: Phone) -> None:
    """What the reader cannot read is no answer, whoever wrote it."""
    assert understood(phone, "the round thing", ModelCommand("fill", "product", "free gold")) == ["product"]
    assert "product" not in phone.slots


@pytest.mark.parametrize("commands", [(), (ModelCommand("cannot tell"),), (ModelCommand("choose", "everything"),)])
def test_a_model_that_cannot_tell_leaves_the_ladder(phone: Phone, commands: tuple[ModelCommand, ...]) -> None:
    """As if nobody had been asked, and counted once."""
    assert understood(phone, "the round thing", *commands) == ["product"]
    assert phone.state.misses == 1
    assert phone.state.stumbles == 1


def test_the_caller_may_go_on_meanwhile(phone: Phone) -> None:
    """Until the model answers the conversation stands where it was, for voice and keys."""
    phone(CallerSaid("the round thing"))
    assert phone(CallerSaid("ceiling fan")) == ["quantity"]

    phone(CallerSaid("as always you know"))
    assert isinstance(phone.actions[-1], AskModel)
    assert phone(CallerKeyed("12")) == ["did_you_say"]


def test_what_was_said_can_be_repeated_after_the_model(phone: Phone) -> None:
    """The question before is still the last that was heard."""
    assert understood(phone, "come again my friend", ModelCommand("repeat")) == ["product"]


def test_a_side_question_that_the_model_finds_is_answered_first(phone: Phone) -> None:
    """Then the open question comes again; the note says who found it."""
    assert understood(phone, "when can one drop in", ModelCommand("open flow", "timings")) == ["our_hours", "product"]
    assert Understood("new topic", "timings", "model") in phone.notes


def test_an_earlier_answer_is_changed_only_with_the_callers_yes(phone: Phone) -> None:
    """A correction is always read back."""
    phone(CallerSaid("ceiling fan"))

    wanted = ModelCommand("correct", "product", "table fan")
    assert understood(phone, "the desk sort rather", wanted) == ["did_you_say"]
    assert phone(CallerSaid("yes")) == ["quantity"]
    assert phone.slots["product"] == "table fan"


def test_a_later_answer_counts_only_in_the_callers_words(phone: Phone) -> None:
    """It will not be asked: so the model must not have made it up."""
    quantity = ModelCommand("fill", "quantity", "fifty")

    assert understood(phone, "the round thing", FAN, quantity) == ["did_you_say"]
    assert phone(CallerSaid("yes")) == ["quantity"]


def test_a_later_answer_that_was_said_is_kept(phone: Phone) -> None:
    """The caller is not asked for what they have told."""
    understood(phone, "the round thing fifty of it", FAN, ModelCommand("fill", "quantity", "fifty"))

    assert dict(phone.state.ahead) == {"quantity": "50"}


def test_a_private_answer_is_never_shown_to_a_model(engine: Engine) -> None:
    """However badly it was understood, at its own question the ladder asks."""
    phone = Phone(engine)
    phone(CallerSilent(), CallerSaid("order status"))
    assert phone.heard == ["order number"]

    assert phone(CallerSaid("round about four five or so")) == ["order number"]
    assert not any(isinstance(action, AskModel) for action in phone.actions)


def test_what_may_be_private_is_never_shown_to_a_model(phone: Phone) -> None:
    """A number that may be that of an order, said where nobody asked for one."""
    assert phone(CallerSaid("the round thing of four five one two seven")) == ["product"]


def test_a_menu_that_takes_anything_else_is_not_asked_about(engine: Engine) -> None:
    """Its words go to the talk, where the model can open a flow by itself: nobody waits for two answers."""
    phone = Phone(engine)
    phone(CallerSilent())

    assert phone(CallerSaid("the round thing")) == ["~"]
    opened = ModelUnderstood((ModelCommand("open flow", "warranty"),), CallerSaid("the ceiling fan has stopped"))
    assert phone(opened) == ["bought on"]
    assert phone.slots["product"] == "ceiling fan"


# --- where something is read back, or one of several is meant ---------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        (ModelCommand("choose", "yes"), ["quantity"]),
        (ModelCommand("choose", "no"), ["product"]),
        (ModelCommand("fill", "product", "table fan"), ["did_you_say"]),
        (ModelCommand("fill", "product", "ceiling fan"), ["did_you_say"]),
        (ModelCommand("open flow", "timings"), ["our_hours", "product"]),
        (ModelCommand("cannot tell"), ["did_you_say"]),
    ],
)
def test_an_answer_to_did_you_say(phone: Phone, command: ModelCommand, heard: list[str]) -> None:
    """Yes, no, another answer, something else; and asked again when nobody can tell."""
    understood(phone, "the round thing", FAN)
    phone(CallerSaid("bread and butter"))
    context = asked(phone).context

    assert (context.choices, context.open_slots) == (("yes", "no"), {"product": ()})
    assert "ceiling fan" in context.question
    assert phone(ModelUnderstood((command,), asked(phone).said)) == heard


def test_which_of_several(phone: Phone) -> None:
    """The model picks one of the names that were offered, and no other."""
    phone.answers["catalogue"] = LookedUp("several", candidates=("table fan", "wall fan"))
    assert phone(CallerSaid("small fan")) == ["which_one"]

    phone(CallerSaid("bread and butter"))
    assert asked(phone).context.choices == ("table fan", "wall fan")
    said = asked(phone).said
    assert phone(ModelUnderstood((ModelCommand("choose", "ceiling fan"),), said)) == ["which_one"]

    phone.answers["catalogue"] = LookedUp("found", {"price": "5", "stock": "1"})
    assert phone(ModelUnderstood((ModelCommand("choose", "wall fan"),), said)) == ["quantity"]
    assert phone.slots["product"] == "wall fan"
