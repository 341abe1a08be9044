"""Where a deeper understanding than word lists helps the engine; and calls that are taken up again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest
from dialogue.worked_example.shop_on_the_phone import FOLDER, FRIDAY, Goods, Phone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callagent.dialogue.actions import (
    AskModel,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    HangUp,
    Input,
    Listen,
    LookedUp,
    LookUp,
    ModelUnderstood,
    Record,
    Recorded,
    Say,
    Transfer,
    Transferred,
    Understood,
)
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow
from callagent.dialogue.loader import load_flow


@dataclass(frozen=True)
class Ranked:
    """An intent."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Entity:
    """A value."""

    kind: str
    value: str
    confidence: float = 0.9
    text: str = ""
    candidates: Sequence[str] = ()


@dataclass(frozen=True)
class Interpretation:
    """What a sentence says."""

    language: str = ""
    intents: Sequence[Ranked] = ()
    entities: Sequence[Entity] = ()
    switched: bool = False
    asks_advice: bool = False


class ByHeart:
    """Knows a few sentences."""

    SENTENCES: ClassVar[Mapping[str, Interpretation]] = {
        "how many notes would leave my purse": Interpretation(
            "en", [Ranked("price", 0.8)], [Entity("product", "table fan")]
        ),
        "perhaps the money": Interpretation("en", [Ranked("price", 0.3)]),
        "the one on the desk": Interpretation("en", [], [Entity("product", "table fan")]),
        "this one or that": Interpretation(
            "en", [], [Entity("product", "table fan"), Entity("product", "ceiling fan")]
        ),
        "something unheard of": Interpretation("en", [Ranked("none", 0.9)], [Entity("product", "moon rocket")]),
        "are you there on sundays": Interpretation("en", [Ranked("timings", 0.7)]),
        "something about sundays": Interpretation("en", [Ranked("timings", 0.5)]),
        "would you take the quiet one": Interpretation("en", [Ranked("price", 0.9)], asks_advice=True),
    }

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What was learnt."""
        return self.SENTENCES.get(text, Interpretation())


@pytest.fixture(scope="module")
def flow() -> Flow:
    """The worked example."""
    return load_flow(FOLDER / "shop", FOLDER / "prompts", Goods())


@pytest.fixture
def engine(flow: Flow) -> Engine:
    """Its engine, without a model."""
    return Engine(flow, has_model=False, interpreter=ByHeart())


@pytest.fixture
def phone(engine: Engine) -> Phone:
    """A caller at the main menu."""
    phone = Phone(engine)
    phone(CallerSilent())
    return phone


@pytest.mark.parametrize(
    ("sentences", "heard"),
    [
        (["how many notes would leave my purse"], ["price_in_stock", "more help"]),
        (["perhaps the money"], ["main_menu"]),
        (["price", "the one on the desk"], ["price_in_stock", "more help"]),
        (["price", "this one or that"], ["product"]),
        (["price", "something unheard of"], ["product"]),
        (["price", "are you there on sundays"], ["our_hours", "product"]),
    ],
)
def test_sentences(phone: Phone, sentences: list[str], heard: list[str]) -> None:
    """An intent chooses or opens a side question, a product answers; unlikely or unknown ones do nothing."""
    assert phone(*[CallerSaid(sentence) for sentence in sentences]) == heard


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (CallerSaid("yes"), ["our_hours", "product"]),
        (CallerKeyed("1"), ["our_hours", "product"]),
        (CallerSaid("no"), ["product"]),
        (CallerKeyed("2"), ["product"]),
        (CallerSaid("table fan"), ["price_in_stock", "more help"]),
    ],
)
def test_a_doubtful_side_question_is_asked_back(phone: Phone, answer: Input, heard: list[str]) -> None:
    """It is answered when the caller says so; else the open question goes on."""
    phone(CallerSaid("price"))

    assert phone(CallerSaid("something about sundays")) == ["did_you_say"]
    assert phone.texts == ["Aapne kaha timings, sahi hai?"]
    assert phone(answer) == heard


def test_silence_after_a_doubtful_side_question(phone: Phone) -> None:
    """It is asked back once more."""
    phone(CallerSaid("price"), CallerSaid("something about sundays"))

    assert phone(CallerSilent()) == ["did_you_say"]
    assert phone(CallerSaid("yes")) == ["our_hours", "product"]


def test_an_opinion_is_for_talk(flow: Flow) -> None:
    """Where a menu leads to talk, a question for an opinion goes there; without a model it is taken as before."""
    said = CallerSaid("would you take the quiet one")
    talking = Phone(Engine(flow, has_model=True, interpreter=ByHeart()))
    plain = Phone(Engine(flow, has_model=False, interpreter=ByHeart()))

    for phone in (talking, plain):
        phone(CallerSilent(), said)

    assert [note.value for note in talking.notes if isinstance(note, Understood)][-1:] == ["anything else"]
    assert [note.value for note in plain.notes if isinstance(note, Understood)][-1:] == ["price"]


def test_language_of_a_sentence(phone: Phone) -> None:
    """The language is followed by what the interpreter hears, too."""
    phone(CallerSaid("perhaps the money"), CallerSaid("perhaps the money"))

    assert phone.slots["language"] == "en"


def test_a_call_is_taken_up(phone: Phone) -> None:
    """A call that was lost at a question goes on with it; one lost at a menu does not."""
    menu = phone.state
    phone(CallerSaid("bulk order"), CallerSaid("ceiling fan"), CallerSaid("das"))

    taken_up = phone.engine.resume(phone.state, CallBegan(FRIDAY))

    assert phone.engine.resume(menu, CallBegan(FRIDAY)) is None
    assert taken_up is not None
    assert [action.line for action in taken_up.actions if isinstance(action, Say)] == ["quantity"]
    assert dict(taken_up.state.slots)["product"] == "ceiling fan"


def test_a_known_caller_is_spoken_to_in_their_language(engine: Engine) -> None:
    """A remembered language is spoken at once; one that the shop has no longer is not."""
    known = Phone(engine, known={"caller": "known", "language": "en"})
    unknown = Phone(engine, known={"caller": "known", "language": "ta"})

    assert (known.slots["language"], unknown.slots["language"]) == ("en", "hinglish")


WAITS = Listen | LookUp | AskModel | Transfer | Record | HangUp
INPUTS = st.one_of(
    st.builds(CallerSaid, st.text(max_size=40), st.floats(allow_nan=True), st.sampled_from(["", "en", "hi", "xx"])),
    st.builds(
        CallerSaid,
        st.sampled_from(
            [
                "fan ka rate",
                "bulk order",
                "nahi das nahi barah",
                "haan",
                "nahi",
                "das",
                "peeche",
                "dheere",
                "warranty",
                "operator",
                "rehne do",
                "timings",
                "kal",
                "order status 45127",
                "table fan",
                "मत करो",
                "bhasha badlo",
            ]
        ),
        st.sampled_from([1.0, 0.5, 0.1]),
    ),
    st.builds(CallerKeyed, st.text("0123456789*#", max_size=10)),
    st.just(CallerSilent()),
    st.builds(
        LookedUp,
        st.sampled_from(["found", "not found", "down", "several"]),
        st.just({"price": "5", "stock": "1", "covered": "yes", "covered until": "2027-01-01", "total": "5"}),
        st.just(("ceiling fan", "table fan")),
    ),
    st.builds(Transferred, st.sampled_from(["answered", "nobody"])),
    st.builds(Recorded, st.floats(0, 60)),
    st.builds(
        ModelUnderstood,
        st.lists(
            st.builds(
                ModelCommand,
                st.sampled_from(["choose", "fill", "correct", "cancel", "open flow", "repeat", "cannot tell"]),
                st.sampled_from(["price", "product", "quantity", "human", "nonsense"]),
                st.text(max_size=10),
            ),
            max_size=3,
        ).map(tuple),
    ),
)


@pytest.mark.parametrize("model", [False, True])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(INPUTS, max_size=20))
def test_whatever_comes(flow: Flow, model: bool, inputs: list[Input]) -> None:
    """Nothing that comes, in whatever order, makes the engine raise or leaves a call without a wait."""
    engine = Engine(flow, has_model=model, model_reads=model, interpreter=ByHeart())
    state = engine.begin(CallBegan(FRIDAY, "+919812345678")).state
    for one in inputs:
        decision = engine.advance(state, one, FRIDAY)
        state = decision.state

        assert isinstance(decision.actions[-1], WAITS)
        assert not any(isinstance(action, WAITS) for action in decision.actions[:-1])
        assert len(state.stack) <= 33
        assert len(state.answered) <= 12
