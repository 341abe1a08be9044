"""What a sentence, or a figure in it, is of: an item, a delivery, an order, a tax; in three languages, as data."""

import re
from collections.abc import Mapping
from typing import Final

from callagent.dialogue.claim_words import phrases

PRICE_TOPIC: Final = phrases(r"""
(?:price|prices|priced|pricing|cost|costs|costing|rate|rates|mrp|amount|total|bill|charge|charges|worth|pay|fee|fees)
(?:daam|dam|keemat|kimat|bhav|bhaav|mol|kharcha|paisa|paise|lagenge|lagega|padega|padegi)
(?:दाम|कीमत|भाव|रेट|मूल्य|खर्चा|खर्च|लगेंगे|लगेगा|पड़ेगा|पडेगा)
""")

STOCK_TOPIC: Final = phrases(r"""
(?:stock|stocks|available|availability|inventory|left|remaining|pieces)
(?:uplabdh|maujood|bache|bacha|bachi)
(?:स्टॉक|स्टाक|उपलब्ध|मौजूद|बचे|बचा)
""")

TOPICS: Final[Mapping[str, re.Pattern[str]]] = {
    "delivery": phrases(r"""
(?:charge|charges|deliver|delivered|delivers|delivery|shipping|ship|ships|shipped|arrive|arrives|reach|reaches|expect|
    expected|dispatched|courier|due|bhejne|pahunchane|pahunchne)
(?:home|door) (?:\S+ )?charges?
\S*(?:pahunch|pohonch|pahuch|पहुंच|पहुच|भेज)\S*
(?:डिलीवरी|डिलिवरी|चार्ज)
"""),
    "order": phrases(r"""
(?:order|orders|ordered|parcel|shipment|invoice|ऑर्डर|आर्डर)
(?:your|aapka|आपका) (?:bill|total|बिल)
"""),
    "warranty": phrases(r"""
(?:warranty|warranties|guarantee|guaranty|covered|cover|वारंटी|गारंटी)
"""),
    "return": phrases(r"""
(?:return|returns|returned|returning|refund|refunds|exchange|exchanged|taken back|take back|take it back|wapas|wapsi|
    vapas|वापस|वापसी)
"""),
    "tax": phrases(r"""
(?:gst|tax|taxes|vat|cess|जीएसटी|टैक्स)
"""),
    "saving": phrases(r"""
(?:save|saves|saving|savings|bachat|bachenge|bachega|बचत|बचेंगे)
"""),
    "above": phrases(r"""
(?:free|muft|फ्री|मुफ्त) (?:\S+ ){0,3}?(?:above|over|from)
(?:से ऊपर|se upar|above)
"""),
}
"""What a figure is of, where it is not of an item itself."""

EACH: Final = phrases(r"""
(?:each|apiece|per|every|prati|ek ek|प्रति)
(?:ek|एक) (?:ka|ki|का|की)
""")
"""Makes a price that of one, however many are spoken of."""

TOGETHER: Final = phrases(r"""
(?:both|together|altogether|the (?:pair|lot|set)|the other|another|dono|donon|saare|sab|doosra|dusra|दोनों|सारे|सब|
    दूसरा)
""")
"""Makes a price that of several, or of something else."""


def topics_in(text: str) -> frozenset[str]:
    """The topics that words, as `wording_of` gives them, speak of."""
    return frozenset(topic for topic, words in TOPICS.items() if words.search(f" {text} "))
