"""What may be said and pressed at one place of the conversation, and what it means there."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from callagent.dialogue.actions import CallerKeyed, CallerSaid, Kind, Listen
from callagent.dialogue.flow import AskStep, Flow, Heard, Item, MenuStep, TalkStep
from callagent.dialogue.slots import HolidayType, SlotType, YesNoType
from callagent.dialogue.understanding import Meaning, Vocabulary, spoken_form, without, words_of

USUAL_SILENCE_S = 6.0
"""How long a caller may say nothing."""
CONSENT_SILENCE_S = 2.0
"""Time enough to refuse; who says nothing has allowed it."""
REFUSE_KEY = "9"
CORRECTION = "correction"
"""List of words that take an answer back, besides those for "no"."""
HOLIDAYS = "holidays"
"""List of words for days such as festivals, whether or not the flow tells when they are."""

MOST_PART = 3
"""Words of a name that tell it from others."""
PLACES = ("first", "second", "third")
"""Lists of words for the items that are read out to choose from."""

_YES_NO_KEYS = {"1": Meaning("answer", "yes"), "2": Meaning("answer", "no")}


@dataclass(frozen=True, slots=True)
class Hearing:
    """A question, or a talk, in one language."""

    listen: Listen
    vocabulary: Vocabulary
    keys: Mapping[str, Meaning]
    lost_keys: tuple[tuple[str, Meaning, Meaning], ...] = ()
    """Keys with a second meaning that cannot be reached: key, what it means, what it should mean too."""
    type: SlotType | None = None
    """Of the answer, at an `ask`."""
    check: str = ""
    """What a date must not be."""
    spoken: bool = True
    keyed_in: bool = True

    def heard(self, said: CallerSaid, lowest_confidence: float, today: date = date.max) -> Meaning | None:
        """What the caller's words mean here; None when they fit nothing."""
        if not said.confidence >= lowest_confidence:  # "not" so that NaN is no confidence
            return None
        meaning = self._known(said.text)
        if meaning is not None and meaning.sort == "answer" and not self.spoken:
            return None
        if self.type is None or self.type.known_words or self.is_command(said.text):
            return meaning
        value = self.value(words_of(said.text), today)
        if value is not None:
            return Meaning("answer", value)
        return None if self.type.takes_anything else meaning

    def is_command(self, text: str) -> bool:
        """Whether the words are a command and nothing else, whatever value might be read in them."""
        meaning = self._known(text)
        plain = " ".join(without(text, self.listen.fillers))
        return meaning is not None and meaning.sort == "command" and self.vocabulary.is_spoken(plain)

    def is_phrase(self, text: str) -> bool:
        """Whether the words are one known phrase, with polite words around it at most."""
        return words_of(text) in self.vocabulary or without(text, self.listen.fillers) in self.vocabulary

    def _known(self, text: str) -> Meaning | None:
        if self.listen.kind is Kind.YES_NO and self.vocabulary.contradicts(text, *_YES_NO_KEYS.values()):
            return None
        return self.vocabulary.find(text)

    def value(self, words: Sequence[str], today: date) -> str | None:
        """The answer's value in some words; None when there is none, or it is not allowed."""
        if self.type is None or not self.spoken:
            return None
        if self.type.known_words:
            meaning = self._known(" ".join(words))
            return meaning.name if meaning is not None and meaning.sort == "answer" else None
        value = self.type.read(words, self.listen.language, today, past=self.check == "not in the future")
        return value if value is not None and self._allowed(value, today) else None

    def _allowed(self, value: str, today: date) -> bool:
        if not self.check:
            return True
        return value <= today.isoformat() if self.check == "not in the future" else value >= today.isoformat()

    def says_more(self, said: CallerSaid, lowest_confidence: float) -> bool:
        """Whether the caller's words are more than politeness, though they fit nothing here."""
        return said.confidence >= lowest_confidence and bool(without(said.text, self.listen.fillers))

    def keyed(self, keyed: CallerKeyed, today: date = date.max) -> Meaning | None:
        """What the keys mean here. While a number is keyed in, 0 and * are no commands."""
        if self.listen.digits is not None and self.type is not None:
            value = self.type.read_keys(keyed.keys, today) if self.keyed_in else None
            return Meaning("answer", value) if value is not None and self._allowed(value, today) else None
        meaning = self.keys.get(keyed.keys)
        return meaning if meaning is None or meaning.sort != "answer" or self.keyed_in else None


def hearing_at(flow: Flow, action: Heard, language: str) -> Hearing:
    """What may be said and pressed at a step."""
    kind = _kind(action)
    keys: dict[str, Meaning] = {}
    if isinstance(action, MenuStep | AskStep):
        keys.update({choice.press: Meaning("answer", choice.name) for choice in action.choices if choice.press})
    if isinstance(action, AskStep) and kind is Kind.YES_NO:
        keys.update(_YES_NO_KEYS)
    if not isinstance(action, MenuStep | AskStep | TalkStep):
        keys[REFUSE_KEY] = Meaning("answer", "no")
    goods = _goods(flow.items, language, asks_which=flow.asks_which) if kind is Kind.ITEM else None
    heard = _place(flow, language, kind, _answers(flow, action, language), keys, goods)
    if not isinstance(action, AskStep):
        return heard
    answer = action.type
    listen = Listen(
        kind=kind,
        language=language,
        phrases=heard.listen.phrases,
        fillers=heard.listen.fillers,
        digits=answer.digits,
        silence_s=answer.silence_s,
        private=action.private,
    )
    return Hearing(
        listen,
        heard.vocabulary,
        heard.keys,
        heard.lost_keys,
        answer,
        action.check or "",
        spoken=action.by != "keyed",
        keyed_in=action.by != "spoken",
    )


def confirming(flow: Flow, about: Hearing) -> Hearing:
    """Where an answer is read back: yes or no, besides all that may be said at its question."""
    language = about.listen.language
    words = flow.prompts[language].words
    answers = ((Meaning("answer", name), (name, *words.get(name, ()))) for name in ("yes", "no"))
    heard = _place(flow, language, Kind.YES_NO, answers, _YES_NO_KEYS)
    listen = Listen(
        kind=Kind.YES_NO,
        language=language,
        phrases=tuple(dict.fromkeys((*heard.listen.phrases, *about.listen.phrases))),
        fillers=heard.listen.fillers,
        private=about.listen.private,
    )
    return Hearing(listen, heard.vocabulary, heard.keys, type=YesNoType())


def choosing(flow: Flow, names: Sequence[str], language: str) -> Hearing:
    """Where one of several items is meant; the first nine have a key each."""
    known = {item.name: item for item in flow.items}
    ways = {name: known.get(name, Item(name)).ways_to_say(language) for name in names}
    words = flow.prompts[language].words
    answers = (
        (Meaning("answer", name), (*ways[name], *words.get(place, ()), *_parts_of_its_own(name, ways)))
        for name, place in zip(names, (*PLACES, *names), strict=False)
    )
    keys = {str(number): Meaning("answer", name) for number, name in enumerate(names[:9], 1)}
    return _place(flow, language, Kind.ITEM, answers, keys)


def _parts_of_its_own(name: str, ways: Mapping[str, Sequence[str]]) -> list[str]:
    """Words that tell one of several from the others: "the double pole one"."""
    parts = {other: {part for way in said for part in _parts(words_of(way))} for other, said in ways.items()}
    others = set[str]().union(*(known for other, known in parts.items() if other != name))
    return sorted(parts[name] - others)


def _parts(words: Sequence[str]) -> Iterator[str]:
    for length in range(1, MOST_PART + 1):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])


def topics(flow: Flow, language: str, *, leave_out: Collection[str] = ()) -> Vocabulary:
    """The words of side questions, but for those to `leave_out`; each means its flow."""
    vocabulary = Vocabulary()
    for name, target in flow.topics.items() if flow.stuck.topics else ():
        if name in leave_out:
            continue
        vocabulary.learn(Meaning("flow", target), flow.prompts[language].ways_to_say(name))
    return vocabulary


def _place(
    flow: Flow,
    language: str,
    kind: Kind,
    answers: Iterable[tuple[Meaning, tuple[str, ...]]],
    keys: Mapping[str, Meaning],
    goods: Vocabulary | None = None,
) -> Hearing:
    prompts = flow.prompts[language]
    vocabulary = Vocabulary() if goods is None else goods.copy()
    for meaning, phrases in answers:
        vocabulary.learn(meaning, phrases)
    for command in flow.commands:
        vocabulary.learn(Meaning("command", command.name), prompts.ways_to_say(command.name))
    known, lost = dict(keys), []
    for command in flow.commands:
        meaning = Meaning("command", command.name)
        if command.press and known.setdefault(command.press, meaning) != meaning:
            lost.append((command.press, known[command.press], meaning))
    side = topics(flow, language).phrases if kind is not Kind.FREE else ()
    listen = Listen(
        kind=kind,
        language=language,
        phrases=tuple(dict.fromkeys((*vocabulary.phrases, *side))),
        fillers=tuple(" ".join(words_of(filler)) for filler in prompts.words.get("fillers", ())),
        silence_s=CONSENT_SILENCE_S if REFUSE_KEY in keys and kind is Kind.YES_NO else USUAL_SILENCE_S,
    )
    return Hearing(listen, vocabulary, known, tuple(lost))


def _kind(action: Heard) -> Kind:
    if isinstance(action, AskStep):
        return action.kind
    if isinstance(action, MenuStep):
        return Kind.CHOICE
    return Kind.FREE if isinstance(action, TalkStep) else Kind.YES_NO


def _answers(flow: Flow, action: Heard, language: str) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
    prompts = flow.prompts[language]
    if isinstance(action, TalkStep):
        for name in action.may_open:
            yield Meaning("flow", name), prompts.ways_to_say(name)
        return
    if not isinstance(action, MenuStep | AskStep):
        yield Meaning("answer", "no"), (*prompts.words.get("no", ()), *prompts.words.get(action.name, ()))
        return
    for choice in action.choices:
        yield Meaning("answer", choice.name), prompts.ways_to_say(choice.name)
    if isinstance(action, AskStep) and isinstance(action.type, HolidayType):
        yield from _holidays(flow, language)
    kind = _kind(action)
    if kind is Kind.YES_NO:
        for name in ("yes", "no"):
            yield Meaning("answer", name), prompts.ways_to_say(name)


def _holidays(flow: Flow, language: str) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
    """The days that have names, each under its first; and names that callers know, of days that are not announced."""
    announced = {name: names[0] for names, _ in flow.holidays for name in names}
    for name in dict.fromkeys((*announced, *flow.prompts[language].words.get(HOLIDAYS, ()))):
        yield Meaning("answer", announced.get(name, name)), (name,)


@lru_cache(maxsize=8)
def _goods(items: tuple[Item, ...], language: str, *, asks_which: bool) -> Vocabulary:
    """The catalogue's words in a language, learnt once for all places where an item may be named."""
    vocabulary = Vocabulary()
    for meaning, phrases in _items(items, language, asks_which=asks_which):
        vocabulary.learn(meaning, phrases)
    return vocabulary


def _items(items: Sequence[Item], language: str, *, asks_which: bool) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
    """The items by name and alias. Where a look-up asks which is meant, what several items are called means itself."""
    shared: dict[str, None] = {}
    if asks_which:
        names = {spoken_form(item.name) for item in items}
        called = Counter(
            phrase
            for item in items
            for phrase in {spoken_form(alias) for alias in item.ways_to_say(language)} - {spoken_form(item.name)}
        )
        shared = {phrase: None for phrase, count in called.items() if count > 1 and phrase not in names}
        yield from ((Meaning("answer", phrase), (phrase,)) for phrase in shared)
        shared |= dict.fromkeys(names)
    for item in items:
        aliases = (alias for alias in item.ways_to_say(language)[1:] if spoken_form(alias) not in shared)
        yield Meaning("answer", item.name), (item.name, *aliases)
