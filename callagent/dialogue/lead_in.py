"""Beginnings of sentences that claim nothing: they may be spoken before anybody knows how the sentence goes on.

One-sided like the guard: what holds a figure, an item, a day, an assent, or a word of price, stock, delivery or
warranty waits for the rest of its sentence, which may take it back ("you can have it, but not today").
"""

import re
from typing import Final

from callagent.dialogue import claim_words, claims, scope_words
from callagent.dialogue.amounts import figures_in
from callagent.dialogue.claim_words import phrases
from callagent.dialogue.evidence import Subjects
from callagent.dialogue.guard import objection
from callagent.dialogue.plain_words import wording_of

_PLAIN: Final = re.compile(r"[^*_`#<>\[\](){}|\\/~]+")
"""A text without beginnings of markup, whose end may yet be to come."""

_CLOSED: Final = (",", ";", ":", "–", "—", "-")
"""Behind these no name goes on."""
_CLAIMS: Final = phrases(r"""
(?:yes|yeah|yep|yup|no|nope|not|never|none|nothing|sure|surely|certainly|definitely|absolutely|correct|right|exactly)
(?:of course|no problem|that is fine|okay|ok)
(?:haan|han|haanji|bilkul|nahi|nahin|nai|mat|na|zaroor|jaroor|sahi|theek hai|thik hai)
(?:हां|हाँ|बिलकुल|बिल्कुल|नहीं|मत|ना|न|जरूर|सही|ठीक है)
(?:we|us|our|ours|shop|store|hum|ham|hamare|hamara|hamari|humare|dukaan|हम|हमारे|हमारा|हमारी|दुकान)
you (?:\S+ )?(?:can|could|may|might|will|would|shall|should|must|need|get|have|are|do)
(?:can|could|may|will|would|shall|should|do|are|have) you
(?:it|this|that|they|these|those|he|she|there|everything|all|both|each) (?:is|are|was|were|has|have|had|can|could|will|
    would|does|do|did|comes?|goes|works?|fits?|lasts?|runs?|costs?|may|might|should|must)
(?:i|main|mai|maine|मैं|मैंने) (?:have|had|did|was|found|booked|sent|checked|kar|ne|कर)
(?:has|have|had|got|get|gets|include|includes|free|new|best|better|cheap|cheaper|same|only|just|always|every)
(?:safe|safely|danger|dangerous|approved|original|genuine|doctor|medicine|dose)
(?:mil|milta|milti|milte|mila|milega|milegi|milenge|sakte|sakta|chahiye|lena|denge|karenge|hoga|hogi|honge)
(?:मिल|मिलता|मिलती|मिलते|मिला|मिलेगा|मिलेगी|सकते|सकता|चाहिए|लेना|होगा|होगी|होंगे)
""")
"""Besides what the guard looks for: assent, denial, and what is said of the shop, of goods, or of what one can do."""
_TOPICS: Final = (scope_words.PRICE_TOPIC, scope_words.STOCK_TOPIC, *scope_words.TOPICS.values())
_WORDS: Final = frozenset(
    {
        *claim_words.MONEY,
        *claim_words.UNITS,
        *claim_words.COLOURS,
        *claim_words.WEEKDAYS,
        *claim_words.MONTHS,
        *claim_words.NEAR,
    }
)


def is_lead_in(beginning: str, subjects: Subjects) -> bool:
    """Whether no way to end this sentence makes its `beginning` wrong to have said."""
    if _PLAIN.fullmatch(beginning) is None or objection(beginning, (), None, subjects) is not None:
        return False
    words = wording_of(beginning) or []
    text = f" {' '.join(words)} "
    if not words or _WORDS.intersection(words) or _CLAIMS.search(text) or claims.NOT_THERE.search(text):
        return False
    if any(topic.search(text) for topic in _TOPICS) or any(figures_in(words)):
        return False
    if subjects.among(words) or any(subjects.brands_in(words)):
        return False
    return beginning.rstrip().endswith(_CLOSED) or not subjects.begun_at_the_end_of(words)
