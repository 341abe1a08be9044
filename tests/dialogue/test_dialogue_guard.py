"""What a model may say, and what it may not, after one call's look-ups."""

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words  # type: ignore[import-untyped]  # it ships no types

from callagent.dialogue.evidence import Fact, Subjects, facts_in_instructions, facts_of
from callagent.dialogue.guard import LONGEST, Guard, objection

TODAY: Final = date(2026, 11, 21)
ITEMS: Final = Subjects.of([("ceiling fan", ("pankha", "पंखा")), ("tube light", ()), ("sixteen amp socket", ())])
FOUND: Final = (
    facts_of({"product": "ceiling fan"}, {"price": "1249.50", "unit": "piece", "stock": "12"}, ITEMS)
    | facts_of({"product": "ceiling fan"}, {"warranty months": "24", "covered": "yes"}, ITEMS)
    | facts_of({"order number": "45127"}, {"status": "packed", "expected": "2026-11-24"})
    | facts_of({"product": "sixteen amp socket"}, {"rating": "16 amp"}, ITEMS)
)

SMALL_TALK: Final = """
Namaste, how can I help you today?
One of our fans may suit you.
A ceiling fan cools a whole room. A table fan cools one person.
Which one do you like?
Which one do you want for the bedroom?
Just a minute, please.
Good evening, and thank you for calling.
Feel free to ask me anything.
Please say price, and I will look it up.
Shall I check whether it is in stock?
I do not know the price.
I cannot promise a delivery date.
May I know the size of your room?
Have a nice day.
A copper wire is a good choice for a kitchen.
A copper wire carries more current than a thin one.
Please turn it off and do not touch it.
I am sorry, I did not understand that.
Ji haan, zaroor bataiye.
Kya aap rate jaanna chahte hain?
क्या आप दाम जानना चाहते हैं?
Namaste, main aapki kya madad kar sakti hoon?
Ek minute, main dekhti hoon.
Kaunsa pankha chahiye aapko?
Rate jaanne ke liye price boliye.
Mujhe order number bata do.
Chhote kamre ke liye table fan theek hai.
Aapke saath kaun hai?
नमस्ते, मैं आपकी क्या मदद कर सकती हूँ?
एक मिनट रुकिए, मैं देखती हूँ।
कौन सा पंखा चाहिए आपको?
"""

LOOKED_UP: Final = """
The ceiling fan costs 1249.50 rupees.
It is ₹1,249.50 per piece.
It is one thousand two hundred and forty-nine rupees and fifty paise.
We have twelve in stock.
We have 12 pieces in stock.
It is in stock.
It has a warranty of two years.
It has 24 months of warranty.
It is under warranty.
Your order 45127 is packed.
Order four five one two seven is packed.
It will arrive on Tuesday, 24 November.
We expect it on Tuesday the twenty-fourth of November.
It is a sixteen amp socket.
Barah piece stock mein hain.
Do saal ki warranty hai.
Yeh barah sau unchaas rupaye pachaas paise ka hai.
बारह पीस स्टॉक में हैं।
दो साल की वारंटी है।
यह 24 नवंबर को पहुँचेगा।
"""

REPLACED: Final = """
price: It costs 999 rupees.
price: It is two thousand rupees.
price: It is one rupee only.
figure: For you, one thousand.
price: You can have it at half price.
price: It is the cheapest one.
price: The cost is next to nothing.
price: It costs approx 1249.50 rupees.
price: It is about ₹1249.50.
price: It costs 12 rupees.
price: The price is twelve.
price: It costs between 1,000 and 1,500 rupees.
price: It is a thousand-rupee fan, just Rs. 1000/-.
price: It costs 2k.
price: It is \uff12\uff10\uff10\uff10 rupees.
price: It is २००० rupees.
price: It costs t w o  t h o u s a n d.
price: It is twothousand rupees.
price: It is ② thousand rupees.
price: Pay 1,249 now, GST extra.
price: That will be \u0662\u0660\u0660 rupees.
figure: It is one\u200brup\u00adee.
price: Yours for a rupee.
price: It costs less than 1249.50 rupees.
price: It is the cheapest fan.
price: It is double the price.
price: It costs twelve fifty.
price: Rs five double zero.
price: The tube light costs 1249.50 rupees.
price: Do hazaar rupaye ka hai.
price: Yeh dedh sau rupaye ka hai.
price: Sirf ek rupaya.
price: Aadhe daam mein le jaiye.
price: Bahut sasta hai.
price: Lagbhag barah sau unchaas rupaye.
price: Paanchsau rupaye.
price: Dhai so rupaye.
price: Daam do hazaar teen sau hai.
price: यह दो हज़ार रुपये का है।
price: सिर्फ़ एक रुपया।
price: आधे दाम में।
price: क़ीमत डेढ़ सौ है।
price: यह बहुत सस्ता है।
stock: We have thirteen in stock.
stock: We have 1249 pieces left.
stock: It is out of stock.
stock: Only three pieces are left.
stock: It is not available.
stock: Stock mein nahi hai.
stock: स्टॉक में नहीं है।
stock: तेरह पीस बचे हैं।
specification: It has three years of warranty.
specification: It has a lifetime warranty.
specification: It is a 20 amp socket.
specification: It is a 16A tube light.
specification: A twelve hundred mm fan.
specification: It is five star rated.
specification: It is ISI certified.
specification: It is waterproof.
specification: It is not under warranty.
specification: It has an extended warranty.
specification: Paanch saal ki warranty.
specification: Solah watt ka hai.
specification: पाँच साल की वारंटी।
specification: Delivery takes two days.
figure: Half of them are blue.
figure: Order 45128 is packed.
figure: The answer is seven.
figure: It is one.
date: It was packed on Monday.
date: We expect it on 25 November.
date: We expect it on Wednesday, 24 November.
date: Come back tomorrow.
date: It is due in December.
date: It was sent yesterday.
date: Parson aaiye.
date: कल आइए।
date: Expect it by evening.
date: It takes a few days.
date: It is due within a week.
date: The shop is open today.
promise: We will deliver it.
promise: We will deliver it right away, I promise.
promise: It is guaranteed.
promise: Guaranteed to arrive on 24 November.
promise: I can give it for free.
promise: I will give you a discount.
promise: Would you like a free sample?
promise: The technician will come and install it.
promise: I have booked it for you.
promise: You will get a refund.
promise: F R E E delivery.
promise: Yeh pakka mil jaayega.
promise: Discount mil jaayega.
promise: Hum ghar pe bhej denge.
promise: Muft mein le jaiye.
promise: हम पहुँचा देंगे।
promise: आपको छूट मिलेगी।
promise: यह मुफ़्त है।
promise: Ho jayega sir.
promise: I have cancelled your order.
promise: I'm sending you a text now.
promise: I'll transfer you to the owner.
promise: Order 45127 is delivered.
promise: Your payment is received.
promise: Main abhi bhej deta hoon.
promise: मैं अभी भेज देता हूँ।
promise: Buy one and get another.
price: It is on the house.
price: It won't cost you a thing.
price: It costs 1249.50 rupees including delivery.
price: It costs 1249.50 dollars and 60 paise.
specification: It lasts forever.
date: You get it ASAP.
date: It comes before Diwali.
figure: Say ninety-nine.
figure: Do.
price: Daam hai do.
promise: Free discount guaranteed!
figure: One 1OOO.
figure: f1fty
unreadable: It is \u043ene rupee.
unreadable: It costs \u4e8c\u5343.
unreadable: It costs \u216b rupees.
date: Kal tak pahunch jaayega.
date: We will deliver tomorrow.
date: यह कल तक पहुँच जाएगा।
"""


@pytest.mark.parametrize("sentence", SMALL_TALK.strip().splitlines())
def test_small_talk_is_said(sentence: str) -> None:
    """What claims nothing passes, whatever was looked up."""
    assert objection(sentence, FOUND, TODAY, ITEMS) is None
    assert objection(sentence, frozenset(), TODAY, ITEMS) is None


@pytest.mark.parametrize("sentence", LOOKED_UP.strip().splitlines())
def test_only_what_was_looked_up_is_said(sentence: str) -> None:
    """A claim passes in the call that looked it up, and in no other."""
    assert objection(sentence, FOUND, TODAY, ITEMS) is None
    assert objection(sentence, frozenset(), TODAY, ITEMS) is not None


@pytest.mark.parametrize("row", REPLACED.strip().splitlines())
def test_what_was_not_looked_up_is_not_said(row: str) -> None:
    """Whatever else a sentence claims, in whatever disguise, is told apart by what it claims."""
    reason, _, sentence = row.partition(": ")

    assert objection(sentence, FOUND, TODAY, ITEMS) == reason


def test_tomorrow_is_the_day_after_today() -> None:
    """A near day passes when the date that was looked up is that day, and not without knowing what day it is."""
    sentence = "We expect it tomorrow."

    assert objection(sentence, FOUND, date(2026, 11, 23)) is None
    assert objection(sentence, FOUND, TODAY) == "date"
    assert objection(sentence, FOUND) == "date"


def test_out_of_stock_is_a_fact_too() -> None:
    """Nothing left may be said, and "in stock" may not."""
    facts = {Fact("stock", "0")}

    assert objection("I am sorry, it is out of stock.", facts) is None
    assert objection("It is in stock.", facts) == "stock"


def test_the_number_in_the_instructions_may_be_told() -> None:
    """Staff wrote the counter's number down for callers; no other number of the text is a fact."""
    facts = facts_in_instructions("Answer in 2 sentences. The counter is on 98000 00001.")

    assert objection("Please call the counter on 98000 00001.", facts) is None
    assert objection("Please call nine eight zero zero zero, zero zero zero zero one.", facts) is None
    assert objection("Please call 98000 00002.", facts) == "figure"
    assert objection("I have 2 of them.", facts) == "figure"


def test_a_promise_in_the_shops_own_data_may_be_said() -> None:
    """But only that one: what stands beside it in the sentence is not proved by it."""
    facts = facts_of({"pin code": "110001"}, {"charge": "free"})

    assert objection("It is free.", facts) is None
    assert objection("It is free, and you get a discount.", facts) == "promise"


def test_it_is_what_was_named_last() -> None:
    """In the caller's question, or in the sentence before: the price of one item is not said of another."""
    guard = Guard(FOUND, TODAY, ITEMS, asked="tube light kitne ka hai")

    assert guard.objection("It costs 1249.50 rupees.") == "price"
    assert guard.objection("Shall we look at the ceiling fan?") is None
    assert guard.objection("It costs 1249.50 rupees.") is None


def test_two_items_in_one_sentence_prove_nothing() -> None:
    """Whose price it is cannot be told, so neither is said."""
    assert objection("The ceiling fan and the tube light cost 1249.50 rupees.", FOUND, TODAY, ITEMS) == "price"


@pytest.mark.parametrize("sentence", ["", "   ", "!?", "😀", "\x00\x01", "a" * LONGEST, "'; DROP TABLE items;--"])
def test_nonsense_is_no_claim(sentence: str) -> None:
    """What says nothing is let through, and nothing raises."""
    assert objection(sentence, FOUND, TODAY, ITEMS) is None


@given(st.text() | st.text(alphabet="0123456789 .,₹-do hazaar rupees"))
def test_nothing_raises(sentence: str) -> None:
    """Whatever a model writes."""
    objection(sentence, FOUND, TODAY, ITEMS)


@given(st.integers(2, 10**7).filter(lambda amount: amount != 12))
def test_no_other_price_passes(amount: int) -> None:
    """In figures, in Indian grouping, and in words."""
    words = str(num2words(amount, lang="en_IN")).replace(",", "")

    for sentence in (f"It costs {amount} rupees.", f"₹{amount:,}", f"It costs {words} rupees.", f"Say {words}."):
        assert objection(sentence, FOUND, TODAY) is not None


@given(st.integers(2, 10**7))
def test_the_price_that_was_looked_up_passes(amount: int) -> None:
    """However it is written."""
    facts = facts_of({}, {"price": str(amount)})
    words = str(num2words(amount, lang="en_IN")).replace(",", "")

    for sentence in (f"It costs {amount} rupees.", f"₹{amount:,}", f"It costs {words} rupees."):
        assert objection(sentence, facts, TODAY) is None


def test_a_sentence_without_end_is_not_said() -> None:
    """Nobody can check, or follow, so much at once."""
    assert objection("fan " * LONGEST, FOUND) == "unreadable"


def test_a_question_proves_nothing() -> None:
    """What was asked for in words is no answer, whoever asked; nor are figures that a model put into a look-up."""
    asked = facts_of({"question": "is delivery free"}, {"answer": "We deliver in the whole city."})
    by_model = facts_of({"quantity": "500"}, {"unit": "piece"}, by_model=True)

    assert objection("Delivery is free.", asked) is not None
    assert objection("There are 500 of them.", by_model) is not None


@pytest.mark.parametrize("text", ["A 1.5 point five wire.", "1e999999999", "12E4000", "9" * 700, "NaN", "-Infinity"])
def test_no_number_is_too_odd(text: str) -> None:
    """What nobody could say is no number, and raises nothing, in a sentence or in a shop's data."""
    facts = facts_of({"quantity": text}, {"price": text})

    assert not [fact for fact in facts if fact.kind == "price"]
    assert Guard(facts).objection(f"It costs {text} rupees.") is not None


def test_a_callers_words_are_no_facts() -> None:
    """Only a bare number that was asked for is known, and only as a number."""
    asked = {"question": "can i return it within one year", "price": "5", "day": "2026-11-24", "order number": "45127"}

    assert {(fact.kind, fact.value) for fact in facts_of(asked, {})} == {("figure", "5"), ("figure", "45127")}


def test_the_guard_learns_what_is_looked_up_meanwhile() -> None:
    """A figure may be said from the moment on that it is known."""
    guard = Guard(())
    before = guard.objection("It costs 1249 rupees.")
    guard.learn(facts_of({}, {"price": "1249"}))

    assert (before, guard.objection("It costs 1249 rupees.")) == ("price", None)
