"""Whole sentences about a shop."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.labelled import items_of

from callagent.dialogue.understanding import Interpretation, Interpreter, ItemNames, judge

ELECTRICAL = Interpreter(items_of("electrical"))
SOUP = ("do", "ek", "sau", "dhaai", "fan", "ki", "nahi", "order", "number", "double", "16", "a", "₹", "के", "मीटर")


def entities(read: Interpretation) -> list[tuple[str, str]]:
    """Kinds and values."""
    return [(each.kind, each.value) for each in read.entities]


@pytest.mark.parametrize(
    "text",
    [
        *("ceiling fan ka rate", "selling fan ka rate", "seling fen ka ret", "feeling fan price", "ceilingfan price"),
        *("सीलिंग फैन का रेट", "CEILING FANS!!! price?", "pankhe ka daam", "ceiling ka fan kitne ka hai"),
    ],
)
def test_an_item_is_known_however_it_is_heard(text: str) -> None:
    """Slips, spellings, scripts and plurals lead to the same item and wish."""
    read = ELECTRICAL.interpret(text)

    assert (read.intent, entities(read)) == ("price", [("product", "ceiling fan")])


@pytest.mark.parametrize("text", ["em see bee", "m.c.b.", "MCB", "एमसीबी", "एम सी बी", "em si bi"])
def test_letters_said_one_by_one_are_a_word(text: str) -> None:
    """A name of letters is known spelt out as well."""
    first = ELECTRICAL.interpret(f"{text} price").first("product")

    assert first is not None
    assert first.value == "sixteen amp m c b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16A switch", [("rating", "16 A"), ("product", "sixteen amp switch")]),
        ("solah ampere ka switch", [("rating", "16 A"), ("product", "sixteen amp switch")]),
        ("सोलह एम्पियर स्विच", [("rating", "16 A"), ("product", "sixteen amp switch")]),
        ("dhaai number wire", [("size", "2.5 sq mm"), ("product", "Kaveri wire 2.5 sq mm")]),
        ("wire two and a half sq mm", [("product", "Kaveri wire 2.5 sq mm"), ("size", "2.5 sq mm")]),
        (
            "do coil chaar number wire",
            [("quantity", "2 coil"), ("size", "4 sq mm"), ("product", "Kaveri wire 4 sq mm")],
        ),
        ("safed tape", [("colour", "white"), ("product", "insulation tape")]),
        ("dhai sau bulb chahiye", [("quantity", "250"), ("product", "nine watt bulb")]),
        ("deliver to 560034", [("pin code", "560034")]),
        ("call me on +91 98765 43210", [("phone number", "9876543210")]),
        ("order number double four five one two", [("order number", "44512")]),
        ("under ₹1,25,000", [("amount", "125000")]),
        ("dhaai number ka taar", [("size", "2.5 sq mm"), ("product", "Kaveri wire 2.5 sq mm")]),
        ("Kaveri 4 sq mm coil", [("brand", "Kaveri"), ("size", "4 sq mm"), ("product", "Kaveri wire 4 sq mm")]),
        ("pankhon ka rate", [("product", "ceiling fan")]),
        ("इस पंखों का दाम", [("product", "ceiling fan")]),
        ("blue switch", [("colour", "blue"), ("product", "one way switch")]),
        ("emcb 32 amps", [("product", "thirty two amp m c b"), ("rating", "32 A")]),
        ("मिक्सर ग्राइंडर की कीमत", [("product", "mixer grinder")]),
        ("bulb baar baar fuse ho raha hai", [("product", "nine watt bulb")]),
        ("a dozen battens", [("quantity", "1 dozen"), ("product", "Prakash led batten")]),
        ("stabliser", [("product", "voltage stabilizer")]),
        ("bought on 10 november", [("date", "10 november")]),
        ("10/11/2024 ko liya tha", [("date", "10/11/2024")]),
        ("do saal pehle liya tha", [("date", "2 year ago")]),
        ("bata do bhaiya", []),
    ],
)
def test_things_numbers_and_days(text: str, expected: list[tuple[str, str]]) -> None:
    """Entities come in one form, from left to right."""
    assert entities(ELECTRICAL.interpret(text)) == expected


def test_an_entity_says_where_it_stands() -> None:
    """Its text is cut from the caller's own words."""
    text = "भैया, सोलह एम्पियर का स्विच!"
    read = ELECTRICAL.interpret(text)

    assert [text[each.begin : each.end] for each in read.entities] == [each.text for each in read.entities]
    assert read.entities[0].text == "सोलह एम्पियर"


def test_what_is_refused_is_no_wish() -> None:
    """The item that is not wanted is set apart; so is the question that is not asked."""
    item = ELECTRICAL.interpret("table fan nahi chahiye, ceiling fan chahiye")
    wish = ELECTRICAL.interpret("I don't want a refund, just tell me the price of the toaster")

    assert entities(item) == [("product", "ceiling fan")]
    assert [each.value for each in item.refused] == ["table fan"]
    assert wish.intent == "price"
    assert "return" not in {each.name for each in wish.intents}


def test_several_wishes_are_ranked() -> None:
    """All that was asked is there, the likeliest first."""
    read = ELECTRICAL.interpret("ceiling fan ka rate batao aur delivery bhi karte ho kya")
    sure = [each.confidence for each in read.intents]

    assert {"price", "delivery"} <= {each.name for each in read.intents}
    assert sure == sorted(sure, reverse=True)


def test_a_name_that_many_items_share_is_unsure_and_lists_them() -> None:
    """Whoever asks back needs the choice."""
    wire = ELECTRICAL.interpret("wire chahiye").first("product")

    assert wire is not None
    assert wire.candidates[:2] == ("Kaveri wire 1 sq mm", "Kaveri wire 1.5 sq mm")
    assert judge(wire.confidence) == "confirm"


def test_confidence_leads_to_one_of_three() -> None:
    """Two thresholds, which may be set."""
    assert [judge(sure) for sure in (0.9, 0.5, 0.1)] == ["accept", "confirm", "ask again"]
    assert judge(0.9, accept_from=0.95) == "confirm"


@pytest.mark.parametrize(
    ("text", "hint", "language", "switched"),
    [
        ("what is the price", "", "en", False),
        ("fan ka rate kya hai", "", "hinglish", True),
        ("नमस्ते", "", "hi", False),
        ("मुझे ceiling fan चाहिए", "", "hi", True),
        ("ceiling fan", "hinglish", "hinglish", False),
        ("ceiling fan", "hi", "hinglish", False),
        ("ceiling fan", "", "en", False),
        ("", "hi", "hi", False),
    ],
)
def test_the_language_of_a_turn(text: str, hint: str, language: str, switched: bool) -> None:
    """Script and small words decide; the hint only where they say nothing."""
    read = ELECTRICAL.interpret(text, language_hint=hint)

    assert (read.language, read.switched) == (language, switched)


def test_a_shop_brings_its_own_words_and_brands() -> None:
    """What the package cannot know comes in as data."""
    shop = Interpreter([ItemNames("garden chair")], brands=["Zorba"], words={"price": ["kitta lagega bhau"]})
    read = shop.interpret("zorba garden chair kitta lagega bhau")

    assert read.intent == "price"
    assert entities(read) == [("brand", "Zorba"), ("product", "garden chair")]


def test_an_intent_that_does_not_exist_is_refused() -> None:
    """A slip of whoever configures is told at once."""
    with pytest.raises(ValueError, match="No such intent: prise"):
        Interpreter([], words={"prise": ["x"]})


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a " * 10_000, "fan " * 3_000, "9" * 5_000, "😀" * 500, "\x00\x01\x02", "\u200d\u0300\u094d", "½⅓²"),
        *(
            "'; DROP TABLE orders; --",
            "1/2/3/4",
            "..",
            "<item>",
            "do " * 400,
            "double " * 50,
            "एक " * 900,
            "\U0001d7d9\U0001d7da",
            "٣٤٥",
        ),
        *("point five", "saadhe", "sau sau sau", "lakh crore", "m " * 300, "16a" * 400, "order", "-5", "e" * 3_000),
    ],
)
def test_absurd_input_means_something_or_nothing(text: str) -> None:
    """Whatever comes, there is an answer."""
    assert ELECTRICAL.interpret(text).language in {"en", "hi", "hinglish"}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(SOUP)).map(" ".join))
def test_no_text_breaks_it(text: str) -> None:
    """Any text at all; and what is found lies inside it."""
    read = ELECTRICAL.interpret(text)

    assert all(0 <= each.begin < each.end <= len(text) and 0 <= each.confidence <= 1 for each in read.entities)
    assert all(0 <= each.confidence < 1 for each in read.intents)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "which fan is quiet",
            "should I buy copper or aluminium",
            "kaunsa pankha accha hai",
            "copper lu ya aluminium",
        ),
        *("which is better, led or tube light", "कौन सा पंखा अच्छा रहेगा", "AC ke liye kaunsa wire lagega"),
    ],
)
def test_an_opinion_is_asked_for(text: str) -> None:
    """No look-up has an opinion, so that it is told apart from what a thing is."""
    assert ELECTRICAL.interpret(text).asks_advice


@pytest.mark.parametrize(
    "text",
    [
        *("how many watts is the fan", "is it copper", "which colours does it come in", "kaunsi company ka hai"),
        *("what's your best price on a fan", "do you have good fans", "where is the best place to park", "hello"),
    ],
)
def test_a_fact_is_asked_for(text: str) -> None:
    """What the shop knows of its goods, or of itself, is no matter of opinion."""
    assert not ELECTRICAL.interpret(text).asks_advice
