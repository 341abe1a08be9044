"""What the engine makes of an interpretation: wishes and values for the flow."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from callagent.dialogue.flow import Flow
from callagent.dialogue.interpretation import Interpretation

Guess: TypeAlias = tuple[str, float]
"""What was said, and how sure that is."""

_FLOWS_OF: Mapping[str, tuple[str, ...]] = {
    **{
        intent: (intent,)
        for intent in (
            *("price", "specification", "warranty", "order status", "location", "delivery", "installation"),
            *("complaint", "return"),
        )
    },
    "stock": ("stock", "price"),
    "bulk order": ("bulk order", "bulk quote"),
    "timings": ("timings", "opening hours"),
    "human": ("human", "operator"),
}
"""By intent: what the flow that answers it may be called."""

GENERAL = frozenset({"price", "stock", "bulk order", "specification"})
"""Intents that a sentence is soon like which asks for something else."""

_KIND_OF: Mapping[str, str] = {
    "catalogue item": "product",
    "number": "quantity",
    "quantity": "quantity",
    "digits": "order number",
    "phone number": "phone number",
    "pin code": "pin code",
}
"""By type of answer: the entity that is one."""

_NOT_COUNTED = ("rating", "size")
"""Entities whose figures are no answer by themselves: "sixteen amp" is no quantity."""

_DESCRIBED = ("rating", "size", "colour", "brand")
"""Entities that tell a thing from its like."""

_COURTESY = frozenset({"thanks", "greeting", "affirm"})
"""Intents that want nothing."""
_SURE = 0.8
"""Words in a longer sentence speak for courtesy, too, but less."""

MOST_LATIN = 3
"""So few words in Latin letters do not tell Hindi from Hinglish: names of goods are the same."""
CLEAR_WORDS = 4
"""A sentence of so many words tells its language for certain."""


def flows_of_intents(flow: Flow) -> Mapping[str, str]:
    """The flow that answers each intent: as its `topics` say, else the one of the intent's name."""
    usual = {intent: next((name for name in names if name in flow.flows), "") for intent, names in _FLOWS_OF.items()}
    return {**{intent: name for intent, name in usual.items() if name}, **flow.topics}


def intent_in(found: Interpretation | None) -> Guess:
    """The likeliest intent; an empty one when there is none."""
    best = found.intents[0] if found and found.intents else None
    return (best.name, best.confidence) if best else ("", 0.0)


def asks_advice(found: Interpretation | None) -> bool:
    """Whether the sentence asks for an opinion, which no look-up has."""
    return found is not None and found.asks_advice


def value_in(found: Interpretation | None, word: str) -> Guess:
    """The only value for a type of answer, by the type's word; an empty one for none, or several."""
    kind = _KIND_OF.get(word, "")
    named = {entity.value: entity for entity in (found.entities if found else ()) if entity.kind == kind}
    if len(named) != 1:
        return "", 0.0
    [entity] = named.values()
    return entity.value, entity.confidence


def several_in(found: Interpretation | None) -> tuple[str, Sequence[str]]:
    """What the only thing of a sentence is called, and all items that it may be; empty for one alone, and for none."""
    entities = found.entities if found else ()
    named = [entity for entity in entities if entity.kind == "product"]
    if len(named) != 1 or not named[0].candidates:
        return "", ()
    told = [entity.text for entity in entities if entity in named or entity.kind in _DESCRIBED]
    return " ".join(text for text in told if text == named[0].text or text not in named[0].text), named[0].candidates


def speaks_against(found: Interpretation | None, item: str) -> str:
    """The likeliest of several items that the sentence may name, when `item` is none of them; else nothing."""
    named = [entity for entity in (found.entities if found else ()) if entity.kind == "product"]
    several = named[0].candidates if len(named) == 1 else ()
    return several[0] if several and item not in several else ""


def yes_or_no_in(found: Interpretation | None, accept_from: float) -> str:
    """Either "yes" or "no", when the sentence says that and nothing of the other; else nothing."""
    said = {one.name: one.confidence for one in (found.intents if found else ())}
    answer = {"affirm": "yes", "deny": "no"}.get(intent_in(found)[0], "")
    other = {"yes": "deny", "no": "affirm"}.get(answer, "")
    return answer if answer and other not in said and max(said.values()) >= accept_from else ""


def is_courtesy(found: Interpretation | None) -> bool:
    """Whether the sentence is polite words, and nothing that a shop could do is in it."""
    if found is None or not found.intents or found.entities:
        return False
    return found.intents[0].confidence >= _SURE and all(one.name in _COURTESY for one in found.intents)


def counts(found: Interpretation | None) -> bool:
    """Whether the sentence says how many."""
    return any(entity.kind == "quantity" for entity in (found.entities if found else ()))


def names_something(found: Interpretation | None) -> bool:
    """Whether the sentence names a thing, a number or a day."""
    return found is not None and bool(found.entities)


def named_in(found: Interpretation | None) -> Sequence[str]:
    """The words of the sentence that name things of the shop, or count them."""
    kinds = ("product", "quantity")
    return [entity.text for entity in (found.entities if found else ()) if entity.kind in kinds and entity.text]


def not_counted(found: Interpretation | None) -> Sequence[str]:
    """Parts of the sentence whose figures answer no question."""
    return [entity.text for entity in (found.entities if found else ()) if entity.kind in _NOT_COUNTED and entity.text]


def tells_its_language(found: Interpretation | None, words: int) -> bool:
    """Whether one sentence of so many words is enough to go on in its language."""
    return found is not None and words >= CLEAR_WORDS and (found.language != "en" or not found.switched)
