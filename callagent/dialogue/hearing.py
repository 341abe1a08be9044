"""What may be said and pressed at one place of the conversation, and what it means there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from callagent.dialogue.actions import CallerKeyed, CallerSaid, Kind, Listen
from callagent.dialogue.flow import AskStep, Flow, MenuStep, TalkStep
from callagent.dialogue.numerals import spoken_digits
from callagent.dialogue.understanding import Meaning, Vocabulary, without, words_of

SILENCE_S: Mapping[Kind, float] = {Kind.DIGITS: 8.0}
"""How long a caller may say nothing: finding a number takes longer than choosing."""
USUAL_SILENCE_S = 6.0

_YES_NO_KEYS = {"1": Meaning("answer", "yes"), "2": Meaning("answer", "no")}


@dataclass(frozen=True, slots=True)
class Hearing:
    """A question, or a talk, in one language."""

    listen: Listen
    vocabulary: Vocabulary
    keys: Mapping[str, Meaning]
    lost_keys: tuple[tuple[str, Meaning, Meaning], ...] = ()
    """Keys with a second meaning that cannot be reached: key, what it means, what it should mean too."""

    def heard(self, said: CallerSaid, lowest_confidence: float) -> Meaning | None:
        """What the caller's words mean here; None when they fit nothing."""
        if not said.confidence >= lowest_confidence:  # "not" so that NaN is no confidence
            return None
        if self.listen.digits is not None:
            number = spoken_digits(words_of(said.text), *self.listen.digits)
            if number is not None:
                return Meaning("answer", number)
        if self.listen.kind is Kind.YES_NO and self.vocabulary.contradicts(said.text, *_YES_NO_KEYS.values()):
            return None
        return self.vocabulary.find(said.text)

    def says_more(self, said: CallerSaid, lowest_confidence: float) -> bool:
        """Whether the caller's words are more than politeness, though they fit nothing here."""
        return said.confidence >= lowest_confidence and bool(without(said.text, self.listen.fillers))

    def keyed(self, keyed: CallerKeyed) -> Meaning | None:
        """What the keys mean here. While a number is keyed in, 0 and * are no commands."""
        if self.listen.digits is not None:
            fewest, most = self.listen.digits
            fits = keyed.keys.isascii() and keyed.keys.isdecimal() and fewest <= len(keyed.keys) <= most
            return Meaning("answer", keyed.keys) if fits else None
        return self.keys.get(keyed.keys)


def hearing_at(flow: Flow, action: MenuStep | AskStep | TalkStep, language: str) -> Hearing:
    """What may be said and pressed at a step."""
    prompts = flow.prompts[language]
    vocabulary = Vocabulary()
    for meaning, phrases in _answers(flow, action, language):
        vocabulary.learn(meaning, phrases)
    for command in flow.commands:
        vocabulary.learn(Meaning("command", command.name), prompts.ways_to_say(command.name))
    keys, lost = _keys(flow, action)
    kind = _kind(action)
    listen = Listen(
        kind=kind,
        language=language,
        phrases=vocabulary.phrases,
        fillers=tuple(" ".join(words_of(filler)) for filler in prompts.words.get("fillers", ())),
        digits=action.digits if isinstance(action, AskStep) else None,
        silence_s=SILENCE_S.get(kind, USUAL_SILENCE_S),
        private=isinstance(action, AskStep) and action.private,
    )
    return Hearing(listen, vocabulary, keys, lost)


def _kind(action: MenuStep | AskStep | TalkStep) -> Kind:
    if isinstance(action, AskStep):
        return action.kind
    return Kind.CHOICE if isinstance(action, MenuStep) else Kind.FREE


def _answers(
    flow: Flow, action: MenuStep | AskStep | TalkStep, language: str
) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
    prompts = flow.prompts[language]
    if isinstance(action, TalkStep):
        for name in action.may_open:
            yield Meaning("flow", name), prompts.ways_to_say(name)
        return
    for choice in action.choices:
        yield Meaning("answer", choice.name), prompts.ways_to_say(choice.name)
    kind = _kind(action)
    if kind is Kind.YES_NO:
        for name in ("yes", "no"):
            yield Meaning("answer", name), prompts.words.get(name, ())
    if kind is Kind.ITEM:
        for item in flow.items:
            yield Meaning("answer", item.name), (item.name, *item.aliases)


def _keys(
    flow: Flow, action: MenuStep | AskStep | TalkStep
) -> tuple[Mapping[str, Meaning], tuple[tuple[str, Meaning, Meaning], ...]]:
    keys: dict[str, Meaning] = {}
    lost: list[tuple[str, Meaning, Meaning]] = []
    if not isinstance(action, TalkStep):
        keys.update({choice.press: Meaning("answer", choice.name) for choice in action.choices if choice.press})
    if _kind(action) is Kind.YES_NO:
        keys.update(_YES_NO_KEYS)
    for command in flow.commands:
        if not command.press:
            continue
        meaning = Meaning("command", command.name)
        known = keys.setdefault(command.press, meaning)
        if known != meaning:
            lost.append((command.press, known, meaning))
    return keys, tuple(lost)
