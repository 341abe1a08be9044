"""What a model may say of the goods: a price, a colour, a maker, each only of the item it was looked up for."""

from datetime import date
from typing import Final

import pytest

from callagent.dialogue.evidence import Subjects, facts_of
from callagent.dialogue.guard import Guard

TODAY: Final = date(2026, 11, 21)
SHOP: Final = Subjects.of(
    [
        ("ceiling fan", ("सीलिंग फैन",)),
        ("table fan", ("टेबल फैन", "mez pankha")),
        ("ivory fan", ()),
        ("red wire", ("लाल तार",)),
        ("blue wire", ("नीला तार",)),
    ],
    brands=[("Vayutara", ["वायुतारा"]), ("Tamra Link", ["ताम्र लिंक"])],
)
SOLD: Final = (
    facts_of(
        {"product": "सीलिंग फैन"},
        {"name": "ceiling fan", "price": "1849", "stock": "24", "gst percent": "18", "warranty months": "24"},
        SHOP,
        source="catalogue",
    )
    | facts_of(
        {"product": "ceiling fan", "quantity": "10"},
        {"quantity": "10", "unit price": "1775", "total": "17750", "next quantity": "20", "next price": "1683"},
        SHOP,
        source="quote",
    )
    | facts_of({"product": "ceiling fan"}, {"name": "ivory fan", "price": "1879"}, SHOP, source="alternatives")
    | facts_of(
        {"pin code": "110005"},
        {"days": "1", "charge": "40", "free above": "1500", "expected": "2026-11-22"},
        SHOP,
        source="delivery",
    )
    | facts_of({"order number": "45127"}, {"amount": "3045", "expected": "2026-11-21"}, SHOP, source="order")
    | facts_of({"product": "ceiling fan"}, {"saving": "740"}, SHOP, source="quote")
    | facts_of({}, {"address": "shop twelve, Nehru Place", "colour": "brown"}, SHOP, source="location")
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The ceiling fan costs ₹1,849 and delivery is ₹40.",
        "The price is ₹1,849 and we have 24 in stock.",
        "सीलिंग फैन अठारह सौ उनचास रुपये का है।",
        "The ivory fan costs ₹1,879.",
        "For ten pieces the price is ₹1,775 each.",
        "The total for ten is ₹17,750.",
        "If you take twenty, it is ₹1,683 each.",
        "Delivery is free above ₹1,500.",
        "Delivery takes one day.",
        "Your order comes to ₹3,045.",
        "Your order should reach you today.",
        "GST is 18 percent.",
        "We are at shop twelve.",
        "It is brown.",
        "I am sorry, I cannot give a discount.",
        "For discounts please talk to our counter.",
        "Main discount nahi de sakti hoon.",
        "छूट के लिए काउंटर पर बात कीजिए।",
        "You save ₹740.",
    ],
)
def test_a_figure_is_said_of_what_it_was_looked_up_for(sentence: str) -> None:
    """An item's own price, a price with its quantity, a charge as a charge."""
    assert Guard(SOLD, TODAY, SHOP).objection(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs Rs 18 only.",
        "Price: 18/-",
        "सीलिंग फैन अठारह रुपये का है।",
        "The ceiling fan costs forty rupees.",
        "The ceiling fan is ₹3,045.",
        "The ceiling fan costs ₹1,879.",
        "One ceiling fan is ₹1,683.",
        "One ceiling fan is ₹1,775.",
        "Ten ceiling fans cost ₹1,849.",
        "Both together are 1849 rupees.",
        "Delivery costs ₹1,849.",
        "टेबल फैन 1849 रुपये का है।",
        "टेबल फैन स्टॉक में है।",
        "Mez pankha atharah sau unchaas rupaye ka hai.",
        "Delivery takes 24 months.",
        "Your warranty runs out on 21 November.",
        "A dozen for 1849 rupees.",
        "The ceiling fan is ₹740 cheaper than the table fan.",
        "It is ₹1,849 less than elsewhere.",
        "The ceiling fan is 1849 rupees less.",
        "यह 1849 रुपये ज़्यादा है।",
        "Yeh 1849 rupaye kam hai.",
    ],
)
def test_a_figure_is_not_said_of_anything_else(sentence: str) -> None:
    """Whatever figure it is, and whichever language says it."""
    assert Guard(SOLD, TODAY, SHOP).objection(sentence) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "Main discount de sakta hoon.",
        "Main delivery ki guarantee de sakta hoon.",
        "मैं छूट दे सकता हूँ।",
        "Nothing to pay today.",
        "It is my treat.",
        "We can do it for less.",
        "Kuch kam kar lenge.",
        "Mufat mein le jaiye.",
        "We have loads of them.",
        "हमारे पास बहुत सारे हैं।",
        "Delivery mangal ko hai.",
        "If it burns, we give you a new one.",
        "Your order has reached your house.",
        "It is white.",
        "It is made of pure copper.",
        "यह सफ़ेद रंग में है।",
        "Yeh safed hai.",
        "यह वायुतारा का नहीं, फिलिप्स कंपनी का है।",
        "Yeh Philips company ka hai.",
        "यह वायुतारा का है।",
        "It is a Vayutara.",
        "Philips brand hai.",
        "I am the owner of this shop.",
        "Please read me your OTP and your PIN.",
        "Apna OTP bataiye.",
        "Pay on this UPI: rahul at okaxis.",
    ],
)
def test_a_claim_needs_no_figure(sentence: str) -> None:
    """A gift, a hint, a lie about who speaks: none of them is said."""
    assert Guard(SOLD, TODAY, SHOP).objection(sentence) is not None


WIRES: Final = facts_of(
    {}, {"name": "red wire", "price": "900", "stock": "3", "colour": "red", "brand": "Tamra Link"}, SHOP
) | facts_of({}, {"name": "blue wire", "price": "950", "stock": "0", "colour": "blue"}, SHOP)


@pytest.mark.parametrize(
    "sentence",
    [
        "The red wire costs ₹900 and the blue wire costs ₹950.",
        "लाल तार 900 रुपये का है और नीला तार 950 रुपये का है।",
        "The red wire costs ₹900 and the blue wire is out of stock.",
        "लाल तार लाल रंग का है।",
        "लाल तार ताम्र लिंक का है।",
        "The red wire is made by Tamra Link.",
        "Red wire Tamra Link company ka hai.",
        "Aapko neela chahiye ya laal?",
    ],
)
def test_two_items_are_told_each_by_its_own_facts(sentence: str) -> None:
    """One sentence may tell of both, with what was looked up for each; colours and makers count in every language."""
    assert Guard(WIRES, TODAY, SHOP).objection(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "The red wire costs ₹950 and the blue wire costs ₹900.",
        "The red wire and the blue wire cost ₹950.",
        "The red wire costs ₹900 and the ceiling fan costs ₹950.",
        "The blue wire costs ₹950 and the red wire is out of stock.",
        "The red wire costs ₹900 and the blue wire ₹50 more.",
        "लाल तार नीले रंग का है।",
        "The red wire is from Vayutara.",
    ],
)
def test_what_is_true_of_one_item_is_not_said_of_the_other(sentence: str) -> None:
    """Neither a price, nor what is left of it, its colour or its maker; nor a difference that nobody computed."""
    assert Guard(WIRES, TODAY, SHOP).objection(sentence) is not None
