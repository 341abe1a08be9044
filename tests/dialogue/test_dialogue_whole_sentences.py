"""Whole sentences in a call: the shop's own interpreter behind the engine, in three languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from dialogue.worked_example.shop_on_the_phone import FOLDER, Goods, Phone, Product

from callagent.dialogue.actions import CallerSaid, CallerSilent, Kind, Missed, Understood
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow
from callagent.dialogue.hearing import hearing_at
from callagent.dialogue.loader import load_flow
from callagent.dialogue.shop_words import ShopInterpreter, item_names, own_words


@dataclass(frozen=True)
class NamedGoods(Goods):
    """The worked example's goods, with names in each language."""

    names: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=lambda: {
            "ceiling fan": {"hi": ("छत का पंखा", "पंखा"), "hinglish": ("chhat ka pankha", "pankha")},
            "sixteen amp socket": {"hi": ("सोलह एम्पियर सॉकेट",), "hinglish": ("solah ampere ka socket",)},
        }
    )

    def items(self) -> tuple[Product, ...]:
        """All products."""
        more = {"sixteen amp socket": {"rating": "16 amp", "brand": "Sparshika"}}
        return tuple(
            replace(one, aliases_in=self.names.get(one.name, {}), more=more.get(one.name, {}))
            for one in super().items()
        )


@pytest.fixture(scope="module")
def flow() -> Flow:
    """The worked example with those goods."""
    return load_flow(FOLDER / "shop", FOLDER / "prompts", NamedGoods())


@pytest.fixture(scope="module")
def engine(flow: Flow) -> Engine:
    """Its engine, as a server makes it without a model."""
    return Engine(flow, has_model=False, interpreter=ShopInterpreter(flow))


def call(engine: Engine, language: str = "en") -> Phone:
    """A caller at the main menu."""
    phone = Phone(engine, known={"caller": "known", "language": language})
    phone(CallerSilent())
    return phone


@pytest.mark.parametrize(
    ("sentence", "slots"),
    [
        ("could you tell me what a ceiling fan would cost me", {"product": "ceiling fan"}),
        ("I would like to order fifty ceiling fans for my new house", {"product": "ceiling fan"}),
        ("is the wall fan that I have from you still under guarantee", {"product": "wall fan"}),
        ("bhaiya ek solah ampere ka socket kitne ka padega", {"product": "sixteen amp socket"}),
        ("मुझे छत का पंखा कितने का पड़ेगा", {"product": "ceiling fan"}),
    ],
)
def test_a_sentence_opens_a_flow_and_fills_what_it_names(
    engine: Engine, sentence: str, slots: Mapping[str, str]
) -> None:
    """Nothing that was named is asked for again."""
    phone = call(engine)
    phone(CallerSaid(sentence))

    understood = {note.slot: note.value for note in phone.notes if isinstance(note, Understood)}

    assert phone.state.stack[0].flow != "main menu"
    assert {name: understood.get(name) for name in slots} == slots
    assert "product" not in phone.heard


def test_a_quantity_is_taken_and_read_back(engine: Engine) -> None:
    """How many, though the question had not come; "sixteen amp" counts nothing."""
    phone = call(engine)
    phone(CallerSaid("give me your bulk rate for fifty sixteen amp sockets"))

    assert (phone.state.waiting, phone.state.pending) == ("confirm", "50")
    assert phone.slots["product"] == "sixteen amp socket"


def test_the_rating_of_a_thing_is_no_quantity(engine: Engine) -> None:
    """Asked how many after "sixteen amp socket"."""
    phone = call(engine)

    assert phone(CallerSaid("I need a wholesale quotation for the sixteen amp socket")) == ["quantity"]


def test_the_whole_sentence_counts_for_more_than_a_word_in_it(engine: Engine) -> None:
    """The word "order" alone is the order's status; ordering eighty fans is not."""
    phone = call(engine)
    phone(CallerSaid("I want to order eighty wall fans"))

    assert phone.state.stack[0].flow == "bulk quote"


@pytest.mark.parametrize(
    ("begun", "sentence", "spoken"),
    [
        ("en", "bhaiya ceiling fan ka rate kya hai", "hinglish"),
        ("en", "मुझे पंखे का दाम बताइए", "hi"),
        ("hinglish", "what is the price of the ceiling fan please", "en"),
        ("en", "ceiling fan", "en"),
        ("hi", "ceiling fan", "hi"),
    ],
)
def test_a_clear_sentence_changes_the_language_at_once(engine: Engine, begun: str, sentence: str, spoken: str) -> None:
    """The answer to it is in the caller's language already; a name of something tells nothing."""
    phone = call(engine, begun)
    phone(CallerSaid(sentence))

    assert phone.state.language == spoken


@pytest.mark.parametrize(
    ("language", "name"), [("en", "ceiling fan"), ("hinglish", "chhat ka pankha"), ("hi", "छत का पंखा")]
)
def test_things_are_called_as_the_caller_calls_them(engine: Engine, language: str, name: str) -> None:
    """The catalogue's first name in the language that is spoken, in answers and when it is read back."""
    phone = call(engine, language)
    phone(CallerSaid("price"), CallerSaid("ceiling fan", 0.5))
    read_back = phone.texts
    phone(CallerSaid("yes"))

    assert name in " ".join(read_back)
    assert name in phone.texts[0]


@pytest.mark.parametrize(("language", "wanted"), [("hi", "पंखा"), ("hinglish", "pankha")])
def test_each_language_listens_for_its_own_names(flow: Flow, language: str, wanted: str) -> None:
    """Hints for the recogniser: the names of that language and no other."""
    [ask, *_] = [step.action for step in flow.flows["find product"] if getattr(step.action, "kind", None) is Kind.ITEM]
    phrases = {one: hearing_at(flow, ask, one).listen.phrases for one in flow.languages}  # type: ignore[arg-type]

    assert [one for one in flow.languages if wanted in phrases[one]] == [language]


@pytest.mark.parametrize(("accept", "confirm", "waiting"), [(0.1, 0.1, ""), (1.0, 0.1, "confirm"), (1.0, 1.0, "")])
def test_how_sure_a_sentence_must_be(flow: Flow, accept: float, confirm: float, waiting: str) -> None:
    """By the thresholds a sentence is acted on, asked back, or asked for again."""
    engine = Engine(flow, has_model=False, interpreter=ShopInterpreter(flow), accept_from=accept, confirm_from=confirm)
    phone = call(engine)
    phone(CallerSaid("how expensive would the small one be"))
    missed = any(isinstance(note, Missed) for note in phone.notes)

    assert (phone.state.waiting == "confirm") is (waiting == "confirm")
    assert missed is (confirm == 1.0)


def test_what_was_asked_back_is_done_when_it_was_meant(flow: Flow) -> None:
    """Did you say price? Yes."""
    engine = Engine(flow, has_model=False, interpreter=ShopInterpreter(flow), accept_from=1.0, confirm_from=0.1)
    phone = call(engine)
    phone(CallerSaid("how expensive would the small one be"), CallerSaid("yes"))

    assert phone.state.stack[-1].flow == "find product"


def test_the_interpreter_learns_the_shop_s_own_words(flow: Flow) -> None:
    """Lists of words that are called as an intent, in all languages; goods with brand and rating."""
    words = own_words(flow)

    assert set(words) <= {"price", "warranty", "bulk order", "order status", "timings", "human"}
    assert words["price"]
    [socket] = [one for one in item_names(flow.items) if one.name == "sixteen amp socket"]
    assert (socket.brand, socket.attributes) == ("Sparshika", {"rating": "16 amp"})
    assert "सोलह एम्पियर सॉकेट" in socket.aliases


def test_versions_with_the_same_goods_share_what_was_learnt(flow: Flow) -> None:
    """A change of what is said is taken up without learning the catalogue again."""
    first, second = ShopInterpreter(flow), ShopInterpreter(replace(flow, version="another"))
    first.prepare()
    second.prepare()

    assert first._learnt is second._learnt
