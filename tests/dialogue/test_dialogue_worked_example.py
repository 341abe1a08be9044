"""The worked example of the flow language: every action, command and repair, in whole calls."""

import json

import pytest
from dialogue.worked_example.shop_on_the_phone import FOLDER, SUNDAY, Goods, Phone

from callagent.dialogue.actions import (
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Consent,
    Converse,
    Kind,
    LookedUp,
    ModelUnderstood,
    Person,
    Record,
    Remember,
    Say,
    SendText,
    Transfer,
    Transferred,
    Understood,
)
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.engine import Engine
from callagent.dialogue.loader import check_flow
from callagent.dialogue.state import State


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The worked example, as it stands."""
    flow, problems = check_flow(FOLDER / "shop", FOLDER / "prompts", Goods())
    assert problems == ()
    assert flow is not None
    return Engine(flow)


@pytest.fixture
def phone(engine: Engine) -> Phone:
    """A known caller who has let the recording notice pass and hears the main menu."""
    phone = Phone(engine)
    phone(CallerSilent())
    assert phone.heard == ["main_menu"]
    return phone


def said(text: str, confidence: float = 1.0, language: str = "") -> CallerSaid:
    """The caller says something."""
    return CallerSaid(text, confidence, language)


# --- greeting: experiments, consent, language -----------------------------------------------------------------------


def test_the_same_caller_hears_the_same_greeting(engine: Engine) -> None:
    """A caller's half of an experiment never changes; callers together hear both."""
    callers = [f"+9198{number:08}" for number in range(60)]
    first = [Phone(engine, caller=caller).heard[0] for caller in callers]
    second = [Phone(engine, caller=caller, seed=7).heard[0] for caller in callers]

    assert first == second
    assert 15 < first.count("welcome_short") < 45
    assert first.count("welcome_short") + first.count("welcome_long") == 60


def test_a_withheld_number_is_placed_by_the_seed(engine: Engine) -> None:
    """Without a number the call's seed decides, so that a replay is the same call."""
    halves = [Phone(engine, caller="", seed=seed).heard[0] for seed in range(60)]

    assert set(halves) == {"welcome_short", "welcome_long"}
    assert halves == [Phone(engine, caller="", seed=seed).heard[0] for seed in range(60)]


@pytest.mark.parametrize("given", [said("mat karo"), said("nahi"), CallerKeyed("9")])
def test_recording_is_refused(engine: Engine, given: CallerSaid | CallerKeyed) -> None:
    """The caller refuses by words or key, and the call goes on."""
    phone = Phone(engine)

    assert phone(given) == ["main_menu"]
    assert Consent("recording", allowed=False) in phone.actions
    assert phone.slots["recording"] == "no"


def test_recording_is_allowed_by_silence(engine: Engine) -> None:
    """Who says nothing has allowed it, and has not stumbled."""
    phone = Phone(engine)

    assert phone.listen.silence_s == 2.0
    phone(CallerSilent())
    assert Consent("recording", allowed=True) in phone.actions
    assert phone.state.stumbles == 0


@pytest.mark.parametrize(("given", "heard"), [(said("timings"), "our_hours"), (CallerKeyed("5"), "our_hours")])
def test_a_caller_who_does_not_wait(engine: Engine, given: CallerSaid | CallerKeyed, heard: str) -> None:
    """Words or a key for the menu that come over the notice are answered without the menu."""
    phone = Phone(engine)

    assert phone(given) == [heard, "more help"]
    assert phone.slots["recording"] == "yes"


def test_a_new_caller_chooses_a_language(engine: Engine) -> None:
    """A new caller is asked for the language; it is spoken at once, and remembered."""
    phone = Phone(engine, known={})
    phone(CallerSilent())
    assert phone.heard == ["which_language"]

    phone(CallerKeyed("3"))

    assert phone.texts == ["Price, warranty, bulk order, order status, or timings. What would you like?"]
    assert Remember("language", "en") in phone.actions


def test_language_changes_by_command(phone: Phone) -> None:
    """The language may be changed at any question, which is then asked again in it."""
    phone(CallerKeyed("#"), said("english"))

    assert phone.texts == ["Price, warranty, bulk order, order status, or timings. What would you like?"]


def test_language_follows_the_caller(phone: Phone) -> None:
    """Two turns in another language change the call's; one alone does not."""
    phone(said("rate", language="en"))
    assert phone.texts == ["Kaun sa saamaan?"]

    phone(said("milk", language="en"))

    assert phone.texts == ["Please say the product once more."]
    assert phone.slots["language"] == "en"


def test_words_of_another_language_are_understood(phone: Phone) -> None:
    """A caller may answer in any of the shop's languages."""
    assert phone(said("वारंटी")) == ["product"]
    assert phone(said("ceiling fan")) == ["bought on"]


# --- commands -------------------------------------------------------------------------------------------------------


def test_slower_and_louder(phone: Phone) -> None:
    """The last words are said again, slower or louder, and all that follow too."""
    assert phone(said("dheere")) == ["main_menu"]
    first = phone.actions[0]
    phone(said("zor se"), said("dheere"), said("dheere"), said("price"))
    later = phone.actions[0]

    assert isinstance(first, Say)
    assert isinstance(later, Say)
    assert (first.pace, first.gain_db) == (0.85, 0.0)
    assert (later.pace, later.gain_db) == (0.7, 3.0)


def test_going_back(phone: Phone) -> None:
    """The previous question is asked again, over flows; at the first the last words are repeated."""
    phone(said("bulk order"), said("ceiling fan"))
    assert phone.heard == ["quantity"]

    assert phone(said("peeche")) == ["product"]
    assert phone(said("table fan")) == ["quantity"]
    assert phone(said("peeche"), said("peeche")) == ["main_menu"]
    assert phone(said("peeche")) == ["main_menu"]


def test_cancel(phone: Phone) -> None:
    """Cancel leads to the main menu, and what was said ahead is forgotten."""
    phone(said("bulk order"), said("ten fan"))

    assert phone(said("rehne do")) == ["main_menu"]
    assert phone.state.ahead == ()


def test_zero_while_keying(phone: Phone) -> None:
    """While a number is keyed in, 0 is a digit; at a menu it is the operator."""
    assert phone(said("order status"), CallerKeyed("40127")) == ["order_is", "more help"]
    phone.transfers = Transferred("answered")
    assert phone(CallerKeyed("0")) == ["connecting", "(transferred)"]


# --- answers --------------------------------------------------------------------------------------------------------


def test_one_sentence_fills_several_slots(phone: Phone) -> None:
    """Naming the product with the wish is enough."""
    assert phone(said("fan ka rate")) == ["price_in_stock", "more help"]
    assert phone.looked_up[0].arguments == {"product": "ceiling fan"}


def test_one_sentence_fills_a_number_too(phone: Phone) -> None:
    """A number beside the product is the quantity; one in the product's name is not."""
    phone(said("bulk order of sixteen amp socket"))
    assert phone.heard == ["quantity"]

    phone(said("rehne do"), said("bulk order, ten ceiling fan"))

    assert phone.texts == ["Aapne kaha das, sahi hai?"]


def test_answers_are_confirmed_always(phone: Phone) -> None:
    """`confirm: always` reads back; yes goes on, no asks again."""
    phone(said("bulk order"), said("ceiling fan"), CallerKeyed("50"))
    assert phone.texts == ["Aapne kaha pachaas, sahi hai?"]
    assert phone.listen.kind is Kind.YES_NO

    assert phone(said("nahi")) == ["quantity"]
    assert phone(said("fifty"), said("haan")) == ["quote_total", "wants owner"]
    assert phone.looked_up[-1].arguments == {"product": "ceiling fan", "quantity": "50"}


@pytest.mark.parametrize(
    ("words", "value"), [("nahi barah", "12"), ("nahi, das nahi barah", "12"), ("barah", "12"), ("haan das", "10")]
)
def test_another_answer_while_confirming(phone: Phone, words: str, value: str) -> None:
    """Another value instead of yes or no replaces the first, and is read back itself."""
    phone(said("bulk order"), said("ceiling fan"), said("das"), said(words))
    if value != "10":
        assert phone.heard == ["did_you_say"]
        phone(said("haan"))

    assert phone.heard == ["quote_total", "wants owner"]
    assert phone.slots["quantity"] == value


def test_correction_at_a_later_question(phone: Phone) -> None:
    """An earlier answer is replaced and confirmed; what depends on it is looked up again, and the place is kept."""
    phone(said("bulk order"), said("ceiling fan"), said("das"), said("haan"))
    assert phone.heard == ["quote_total", "wants owner"]

    assert phone(said("nahi, das nahi barah")) == ["did_you_say"]
    assert phone(said("haan")) == ["quote_total", "wants owner"]

    assert phone.looked_up[-1].arguments == {"product": "ceiling fan", "quantity": "12"}


@pytest.mark.parametrize("words", ["nahi ji do minute rukiye", "nahi", "nahi das", "nahi woh do baar aaya tha"])
def test_a_no_that_corrects_nothing(phone: Phone, words: str) -> None:
    """A figure in passing is no other answer, nor is the same one again."""
    phone(said("bulk order"), said("ceiling fan"), said("das"), said("haan"))

    assert phone(said(words)) == ["more help"]


def test_correction_of_an_answer_before_the_last(phone: Phone) -> None:
    """What was answered after the corrected question is not asked again."""
    phone(said("bulk order"), said("ceiling fan"), said("das"), said("haan"))

    assert phone(said("nahi ceiling fan nahi table fan")) == ["did_you_say"]
    assert phone(said("haan"), said("haan")) == ["quote_total", "wants owner"]
    assert phone.looked_up[-1].arguments == {"product": "table fan", "quantity": "10"}


def test_unsure_words_are_confirmed(phone: Phone) -> None:
    """Hardly understood words are read back, at menus too; with still less confidence they are not understood."""
    assert phone(said("price", 0.5)) == ["did_you_say"]
    assert phone(said("haan")) == ["product"]
    assert phone(said("ceiling fan", 0.5)) == ["did_you_say"]
    assert phone(CallerKeyed("1")) == ["price_in_stock", "more help"]
    assert phone(said("haan", 0.1)) == ["more help"]


def test_silence_while_confirming(phone: Phone) -> None:
    """Silence to "did you say" asks it again, and leads to a person at last."""
    phone(said("price", 0.5))

    assert phone(CallerSilent()) == ["did_you_say"]
    assert phone(CallerSilent()) == ["did_you_say"]
    assert phone(CallerSilent())[0] == "connecting"


def test_private_answer(phone: Phone) -> None:
    """A private answer is hidden and never read back, even when it is hardly understood."""
    phone(said("order status"))
    assert phone.listen.private

    phone(said("four five one two seven", 0.4))

    assert phone.private
    assert phone.looked_up[0].arguments == {"order number": "45127", "caller number": "+919812345678"}
    assert Understood("order number", "", "voice") in phone.notes


def test_new_topic(phone: Phone) -> None:
    """A side question is answered, the open one asked again, and its earlier answers are as they were."""
    phone(said("bulk order"), said("ceiling fan"))

    assert phone(said("table fan ka rate")) == ["price_in_stock", "quantity"]
    assert phone.slots["product"] == "ceiling fan"
    assert phone(said("das"), said("haan")) == ["quote_total", "wants owner"]
    assert phone.looked_up[-1].arguments == {"product": "ceiling fan", "quantity": "10"}


def test_new_topic_while_confirming(phone: Phone) -> None:
    """A side question may come instead of yes or no; what was to be confirmed is read back after it."""
    phone(said("bulk order"), said("ceiling fan"), said("das"))

    assert phone(said("timings")) == ["our_hours", "did_you_say"]
    assert phone(said("haan")) == ["quote_total", "wants owner"]
    assert phone.slots["quantity"] == "10"


def test_new_topic_within_itself(phone: Phone) -> None:
    """The words of the flow that is running already open it no second time."""
    phone(said("price"))

    assert phone(said("rate")) == ["product"]
    assert phone.state.misses == 1


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        (said("kal"), "warranty_ok"),
        (said("ten november"), "warranty_ok"),
        (CallerKeyed("10112026"), "warranty_ok"),
        (CallerKeyed("10112027"), "bought on"),
        (said("tomorrow"), "bought on"),
        (CallerKeyed("31022026"), "bought on"),
    ],
)
def test_dates(phone: Phone, given: CallerSaid | CallerKeyed, heard: str) -> None:
    """A date is spoken or keyed; one in the future is not understood."""
    phone(said("warranty"), said("ceiling fan"))

    assert phone(given)[0] == heard


def test_ask_which(phone: Phone) -> None:
    """What several products are called is looked up as it is; those that fit are offered, and the chosen one is it."""
    phone(said("price"))
    phone.answers["catalogue"] = LookedUp("several", candidates=("wall fan", "table fan"))
    phone(said("a small fan"))
    assert phone.looked_up[-1].arguments == {"product": "small fan"}
    assert phone.texts == ["Kaun sa, wall fan, table fan?"]
    phone.answers["catalogue"] = LookedUp("found", {"price": "1299", "stock": "0"})

    assert phone(CallerSaid("milk")) == ["which_one"]
    assert phone(CallerKeyed("2")) == ["price_no_stock", "more help"]
    assert phone.looked_up[-1].arguments == {"product": "table fan"}


def test_which_one_by_voice(phone: Phone) -> None:
    """One of several is chosen by name; commands work, and silence climbs the ladder."""
    phone(said("price"))
    phone.answers["catalogue"] = LookedUp("several", candidates=("wall fan", "table fan"))
    phone(said("a small fan"))

    assert phone(said("dheere")) == ["which_one"]
    assert phone(CallerSilent()) == ["which_one"]
    phone.answers["catalogue"] = LookedUp("found", {"price": "1299", "stock": "3"})
    assert phone(said("wall fan")) == ["price_in_stock", "more help"]
    assert phone.looked_up[-1].arguments == {"product": "wall fan"}


def test_none_of_several(phone: Phone) -> None:
    """A caller who never says which ends with a person."""
    phone(said("price"))
    phone.answers["catalogue"] = LookedUp("several", candidates=("wall fan", "table fan"))
    phone(said("a small fan"), said("milk"), said("milk"))

    assert phone(said("milk"))[0] == "connecting"


# --- handing over ---------------------------------------------------------------------------------------------------


def test_transfer(phone: Phone) -> None:
    """A person is rung, with a whisper of what it is about; an answered transfer ends the call."""
    phone.transfers = Transferred("answered")

    assert phone(said("bulk order"), said("ceiling fan"), said("manager")) == ["connecting", "(transferred)"]
    assert phone.actions[1] == Transfer(
        (Person("counter", "+919800000001", 25.0), Person("owner", "+919800000002", 20.0)),
        "Ek caller ceiling fan ke baare mein.",
    )


def test_nobody_picks_up(phone: Phone) -> None:
    """Nobody there: a message, to be called back on the caller's own number, with a text and a goodbye."""
    assert phone(said("operator")) == ["connecting", "your_number"]
    assert phone.listen.digits is None

    phone(said("haan"))

    assert phone.heard == ["message", "we_will_call", "(we_will_call)"]
    assert Record("message", 60.0, (Person("owner", "+919800000002", 20.0),)) in phone.actions
    assert SendText("message_received", "Sharma Electricals: aapka message mil gaya.", "caller") in phone.actions


def test_another_number(phone: Phone) -> None:
    """The offered number may be declined, or another said at once; that is read back."""
    phone(said("operator"))
    assert phone(said("nahi")) == ["callback number"]
    assert phone(CallerKeyed("9876543210")) == ["did_you_say"]
    assert phone.slots.get("callback number") is None
    phone(said("haan"))

    assert phone.slots["callback number"] == "+919876543210"


def test_withheld_number_is_not_offered(engine: Engine) -> None:
    """Without a number there is nothing to offer, and no text to send."""
    phone = Phone(engine, caller="")
    phone(CallerSilent())
    assert phone(said("operator")) == ["connecting", "callback number"]
    phone(CallerKeyed("9876543210"), said("haan"))

    assert not [action for action in phone.actions if isinstance(action, SendText)]


def test_after_hours(engine: Engine) -> None:
    """On a Sunday a message is taken."""
    phone = Phone(engine, now=SUNDAY)

    assert phone(CallerSilent()) == ["we_are_closed", "your_number"]


def test_price_list_down_never_invents_a_price(phone: Phone) -> None:
    """Data that is down leads to a message."""
    phone.answers["catalogue"] = LookedUp("down")

    assert phone(said("fan ka rate")) == ["your_number"]
    assert phone(CallerSilent()) == ["your_number"]


# --- talk and the model ---------------------------------------------------------------------------------------------


def test_talk(phone: Phone) -> None:
    """Other words are talked about, within limits; a flow that may be opened is one word away."""
    assert phone(said("namaste kaise ho aap")) == ["~"]
    converse = next(action for action in phone.actions if isinstance(action, Converse))
    assert list(converse.knows) == ["catalogue"]
    assert converse.never == ("invent a price", "promise a delivery date", "give a discount")
    assert "Never: invent a price;" in converse.instructions

    assert phone(said("fan ka bhav")) == ["price_in_stock", "more help"]


@pytest.mark.parametrize(
    ("commands", "heard"),
    [
        ([ModelCommand("choose", "price")], ["product"]),
        ([ModelCommand("fill", "product", "the fan"), ModelCommand("choose", "price")], ["product"]),
        ([ModelCommand("open flow", "timings")], ["our_hours", "main_menu"]),
        ([ModelCommand("repeat")], ["main_menu"]),
        ([ModelCommand("cancel")], ["main_menu"]),
        ([ModelCommand("cannot tell")], ["main_menu"]),
        ([ModelCommand("choose", "everything for free")], ["main_menu"]),
        ([ModelCommand("open flow", "human")], ["main_menu"]),
        ([], ["main_menu"]),
    ],
)
def test_model_commands(phone: Phone, commands: list[ModelCommand], heard: list[str]) -> None:
    """Of the model's commands only those that the flow knows here do anything."""
    assert phone(ModelUnderstood(tuple(commands))) == heard


def test_model_fills_and_corrects(phone: Phone) -> None:
    """The model may fill the open question and correct an answered one, in words that are read as the caller's."""
    phone(said("bulk order"), ModelUnderstood((ModelCommand("fill", "product", "fan"),), said("some fan or so")))
    assert phone.heard == ["quantity"]

    assert phone(ModelUnderstood((ModelCommand("correct", "product", "table fan"),))) == ["did_you_say"]
    assert phone(ModelUnderstood((ModelCommand("fill", "product", "table fan"),))) == ["did_you_say"]
    assert phone(said("haan")) == ["quantity"]
    assert phone.slots["product"] == "table fan"


def test_model_opens_a_flow_in_a_talk(phone: Phone) -> None:
    """In a talk the model may open what the flow allows, and nothing else."""
    phone(said("namaste kaise ho aap"))

    assert phone(ModelUnderstood((ModelCommand("open flow", "greeting"),))) == []
    assert phone(ModelUnderstood((ModelCommand("open flow", "warranty"),))) == ["product"]


@pytest.mark.parametrize(
    ("given", "heard"),
    [(CallerKeyed("5"), "did_you_say"), (CallerKeyed("0"), "connecting"), (CallerKeyed("2"), "main_menu")],
)
def test_keys_while_confirming(phone: Phone, given: CallerKeyed, heard: str) -> None:
    """1 is yes, 2 is no, a command's key its command, and any other key is not understood."""
    phone(said("price", 0.5))

    assert phone(given)[0] == heard


# --- all of it ------------------------------------------------------------------------------------------------------


def test_answers_are_forgotten(phone: Phone) -> None:
    """When a flow is done its answers are forgotten; the language, the consent and the number are not."""
    phone(said("bulk order"), said("ceiling fan"), said("das"), said("haan"), said("nahi"))

    assert phone.heard == ["more help"]
    assert set(phone.slots) == {"caller number", "language", "recording"}


def test_moods(phone: Phone) -> None:
    """A price is business, asking again is calm, goodbye is casual."""
    phone(said("price"))
    question = phone.actions[-2]
    phone(said("milk"))
    again = phone.actions[-2]
    phone(said("fan"), said("nahi"))
    goodbye = phone.actions[-2]

    moods = [action.mood for action in (question, again, goodbye) if isinstance(action, Say)]
    assert moods == ["business", "calm", "casual"]


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\x1b[31m", "😀" * 500, "word " * 10_000, "\ud800", "9" * 10_000, "{price}", "'; DROP TABLE x;--"],
)
@pytest.mark.parametrize("path", [[], ["price"], ["bulk order", "fan"], ["bulk order", "fan", "das"], ["operator"]])
def test_absurd_words_end_in_the_ladder(phone: Phone, path: list[str], text: str) -> None:
    """Whatever is said, wherever: no exception, and a person or a message in the end."""
    phone.engine = Engine(phone.engine.flow, has_model=False)
    for word in path:
        phone(said(word))
    for _ in range(40):
        phone(said(text))
        if phone.heard[-1].startswith("("):
            break

    assert phone.heard[-1].startswith("(")


def test_state_survives_json(phone: Phone) -> None:
    """A state in the middle of a side question can be written down and taken up again."""
    phone(said("bulk order"), said("ten fan"), said("haan", 0.1), said("timings"))
    phone(said("nahi ceiling fan nahi table fan"))

    assert State.from_record(json.loads(json.dumps(phone.state.as_record()))) == phone.state
