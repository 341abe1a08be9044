"""What may be spoken before the end of its sentence is known."""

import pytest

from callagent.dialogue.evidence import Subjects
from callagent.dialogue.lead_in import is_lead_in

SHOP = Subjects.of(
    [("ceiling fan", ["fan", "पंखा", "pankha"]), ("LED bulb 9 watt", ["bulb"])], brands=[("Havells", ["हैवल्स"])]
)

LEAD_INS = [
    "Let me explain that,",
    "I am glad that you ask,",
    "For a small room,",
    "For a high ceiling,",
    "If you want something quiet,",
    "Thank you for telling me,",
    "I can help you with that,",
    "That depends on the room,",
    "छोटे कमरे के लिए,",
    "मैं आपको बताती हूँ,",
    "आपके सवाल के लिए धन्यवाद,",
    "Chhote kamre ke liye,",
    "Main aapko batati hoon,",
    "Aapne achha sawaal poochha,",
]

CLAIMS = [
    "Yes, we do have that,",
    "No, I am afraid,",
    "Sure, you can take that,",
    "You can have that,",
    "It is a good one,",
    "That one is quiet,",
    "There are many of those,",
    "The price of that,",
    "For two thousand rupees,",
    "For one small room,",
    "It comes with a warranty,",
    "We deliver to you,",
    "The shop is open,",
    "On Monday or later,",
    "If you come tomorrow,",
    "For a ceiling fan,",
    "Something like a ceiling",
    "If you prefer Havells,",
    "The white type would be,",
    "I have booked that,",
    "I promise you that,",
    "This is safe for children,",
    "Let me *explain that,",
    "Let me <break",
    "हाँ जी बिल्कुल,",
    "आपको मिल जाएगा,",
    "पंखे के लिए पंखा,",
    "दाम के बारे में,",
    "Haan ji bilkul,",
    "Aap le sakte hain,",
    "Stock mein dekhiye,",
    "Kal subah tak,",
    "Do pankhe ke liye,",
    "Hamari dukaan mein,",
    "",
]


@pytest.mark.parametrize("beginning", LEAD_INS)
def test_what_claims_nothing_may_go_ahead(beginning: str) -> None:
    """However the sentence ends, it was not wrong to begin it so."""
    assert is_lead_in(beginning, SHOP)


@pytest.mark.parametrize("beginning", CLAIMS)
def test_what_may_be_taken_back_waits(beginning: str) -> None:
    """An assent, a figure, an item, a day, and every word of price, stock, delivery and warranty."""
    assert not is_lead_in(beginning, SHOP)
