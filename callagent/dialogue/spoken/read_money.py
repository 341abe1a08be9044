"""Amounts of money and percentages as callers say them."""

from decimal import Decimal
from typing import Final

from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import AND, folded, folds
from callagent.dialogue.spoken.read_numbers import chosen, spans, tidy
from callagent.dialogue.spoken.tokens import Reading, Stretch, Utterance, Words, utterance

RUPEES: Final = folds(
    "rupees rupee rupaye rupaya rupay rupe rupiya rupiye rupya rs r ₹ inr bucks रुपये रुपया रुपए रुपयों रुपे रूपये रूपए रू"
)
"""The currency after an amount, folded."""
_BEFORE: Final = folds("rs ₹ inr rupees rupaye")
_PAISE: Final = folds("paise paisa paisas पैसे पैसा")
_PERCENT: Final = folds("percent percentage pratishat % fisadi feesadi parsent प्रतिशत परसेंट पर्सेंट फ़ीसदी फीसद")


def read_money(words: Words, language: Language) -> Reading[Decimal] | None:
    """An amount in rupees: "dhaai hazaar", "₹1,25,000", "das rupaye pachaas paise".

    Numbers beside "rupees" or "paise" come before others; without any, it is the number that was said.
    """
    said = utterance(words)
    numbers = spans(said, language)
    amounts: list[Stretch[Decimal]] = []
    for span in numbers:
        in_rupees = folded(said.text(span.end)) in RUPEES
        if folded(said.text(span.end)) in _PAISE:
            _paise(said, span, amounts)
        elif in_rupees or folded(said.text(span.begin - 1)) in _BEFORE:
            begin = span.begin if in_rupees else span.begin - 1
            amounts.append(Stretch(span.value, begin, span.end + in_rupees, span.ambiguous))
    span_meant = chosen(said, amounts or numbers)
    if span_meant is None:
        return None
    return said.reading(span_meant.value, span_meant.begin, span_meant.end, ambiguous=span_meant.ambiguous)


def _paise(said: Utterance, span: Stretch[Decimal], amounts: list[Stretch[Decimal]]) -> None:
    paise = span.value / 100
    if amounts and all(said.text(at) in AND for at in range(amounts[-1].end, span.begin)) and abs(paise) < 1:
        whole = amounts.pop()
        total = whole.value - paise if whole.value < 0 else whole.value + paise
        amounts.append(Stretch(tidy(total), whole.begin, span.end + 1, whole.ambiguous or span.ambiguous))
    else:
        amounts.append(Stretch(tidy(paise), span.begin, span.end + 1, span.ambiguous))


def read_percent(words: Words, language: Language) -> Reading[Decimal] | None:
    """A share of a hundred: "18%", "athaarah percent"."""
    said = utterance(words)
    found = [span for span in spans(said, language) if folded(said.text(span.end)) in _PERCENT]
    span = chosen(said, found)
    return None if span is None else said.reading(span.value, span.begin, span.end + 1, ambiguous=span.ambiguous)
