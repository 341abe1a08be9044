"""What of a call may be written down: events as records, with all that is nobody's business taken out before.

Numbers and addresses that tell who somebody is become tokens (redaction/), private answers do in every text of the
call, and keys are written as 'x': which they were stands, redacted, in what the dialogue was given. What a transcriber
heard waits for the dialogue to say whether it was private. Of the sound, the caller's side is silent from the moment
that something private is asked until it is answered, and wherever it turned out to have been private; so is the
agent's where a private answer was read back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from callagent.dialogue.spoken import LANGUAGES, read_digits
from callagent.events import AgentSaid, AgentStarted, CallerStarted, CallerStopped, CallStarted, DigitPressed, Event
from callagent.evidence import DialogueAdvanced, ModelReplied, SpeechMade, UtteranceTranscribed
from callagent.media.audio import samples
from callagent.recording.events_file import NUMBER, EventLines, Fields
from callagent.recording.redaction import PART, TOKEN, Redactor
from callagent.recording.redaction.promise import glance

MASK: Final = "x"
BEFORE: Final = samples(0.4)
AFTER: Final = samples(0.3)
"""How much more is silenced before and after what the voice detector took for speech."""
MOST_WAITING: Final = 50
"""Transcripts that wait to be judged; in a call in which the dialogue says nothing any more, the oldest go on."""
MOST_DIGITS: Final = 40
MOST_STRETCHES: Final = 100
"""Of speech, and keys, in one turn."""
LOOKED_UP: Final = "LookedUp"
LETTERED: Final = ("pan", "upi", "e-mail")
"""Kinds of personal data with words in them that tell no digit."""
SIGNS: Final = ".,;:!?।"
Answer: TypeAlias = Literal["", "digits", "words"]
"""What is private in something that was heard: nothing, a number, or all of it."""
WORDS: Final = frozenset(
    {
        *("text", "heard", "value", "values", "arguments", "asked", "given", "actions", "understood", "state"),
        *("interims", "pieces", "commands", "candidates"),
    }
)
"""Fields of events that may hold somebody's words."""


@dataclass(frozen=True, slots=True)
class Hush:
    """A stretch of the recording that is to be silent."""

    side: int
    """0 for the caller, 1 for the agent."""
    begins: int
    ends: int
    """Samples."""


class _Heard(NamedTuple):
    """A transcript that waits to be judged."""

    event: UtteranceTranscribed
    record: Fields
    answer: Answer
    """What it is a part of, as far as is known by now; words of a number's that are none tell nothing of it."""


class Confidential:
    """Of one call."""

    def __init__(self, redacts: Redactor) -> None:
        self._redacts = redacts
        self._lines = EventLines()
        self._waiting: list[_Heard] = []
        self._speech: list[tuple[int, int]] = []
        """The caller's stretches of speech and keys since the dialogue was given something last, in samples."""
        self._goes_on = False
        """Whether the caller speaks on who has told something private."""
        self._count = 0
        self._agent_from = 0
        """Sample at which the agent began its sentence."""
        self.asked_private = False
        """Whether what the caller does now is not to be heard in the recording."""
        self._asked: Answer = ""
        """What was last asked privately."""
        self._answered_s = 0.0
        """When something private was last asked no more."""
        self._secrets: list[str] = []
        """Tokens of the private answers that the dialogue knew last."""

    def take(self, event: Event) -> Iterator[Fields]:
        """What is to be written now: the event, if it need not wait, and what has waited for it."""
        match event:
            case UtteranceTranscribed():
                is_private = self.asked_private or event.began_s < self._answered_s
                self._waiting.append(_Heard(event, self._numbered(event), self._asked if is_private else ""))
                if len(self._waiting) > MOST_WAITING:
                    yield self._told(self._waiting.pop(0))
                return
            case DialogueAdvanced():
                yield from self._advanced(event)
                return
            case CallerStarted(position=position):
                self._goes_on = False
                self._speech = [*self._speech[-MOST_STRETCHES:], (position, position)]
            case CallerStopped(position=position) if self._speech:
                self._speech[-1] = (self._speech[-1][0], position)
            case DigitPressed(at_s=at_s):
                key = samples(at_s)
                self._speech = [*self._speech[-MOST_STRETCHES:], (key, key)]
            case AgentStarted(at_s=at_s):
                self._agent_from = samples(at_s)
            case _:
                pass
        yield self._record(event)

    def rest(self) -> Iterator[Fields]:
        """What still waits; the call is over."""
        yield from map(self._told, self._waiting)
        self._waiting = []

    def hushed(self, event: Event) -> Iterator[Hush]:
        """What is to be silenced of what was recorded; ask after `take`."""
        if isinstance(event, DialogueAdvanced):
            if event.private and not event.plain:
                for begins, ends in self._speech:
                    yield Hush(0, max(0, begins - BEFORE), max(ends, samples(event.at_s)) + AFTER)
                self._goes_on = self._is_open()
            if event.given["kind"] != LOOKED_UP:
                self._speech = self._speech[-1:] if self._is_open() else []
        elif isinstance(event, CallerStopped) and self._goes_on and self._speech:
            begins, ends = self._speech[-1]
            yield Hush(0, max(0, begins - BEFORE), ends + AFTER)
            self._goes_on = False
        elif isinstance(event, AgentSaid):
            ends = samples(event.at_s)
            if "⟦private" in self._redacts.clean(event.text):
                yield Hush(1, self._agent_from, ends + AFTER)
            self._agent_from = ends

    def know(self, event: DialogueAdvanced) -> None:
        """Hide the private answers of a decision from now on, without writing it down."""
        for value in event.secrets:
            self._redacts.secret(value)

    def _is_open(self) -> bool:
        """Whether the caller speaks."""
        return bool(self._speech) and self._speech[-1][0] == self._speech[-1][1]

    def _advanced(self, event: DialogueAdvanced) -> Iterator[Fields]:
        hidden = ""
        given = dict(event.given)
        known, self._secrets = self._secrets, [self._redacts.secret(value) for value in event.secrets]
        is_private = event.private and not event.plain
        if is_private:
            hidden = self._hiding(given, known)
            given = _hidden(given, hidden)
        if event.given["kind"] != LOOKED_UP:  # of that the caller said nothing: what was heard is still to be given
            yield from self._judged(_said_in(event.given), "" if _beside(hidden) else hidden)
        record = self._numbered(event)
        record["given"] = given
        if is_private:
            record["understood"] = None
        elif record["understood"] is not None:
            record["understood"] = self._open_part(record["understood"], _said_in(event.given))
        record["secrets"] = self._secrets
        last = event.actions[-1] if event.actions else {}
        if self.asked_private:
            self._answered_s = event.at_s
        self.asked_private = bool(last.get("private"))
        if self.asked_private:
            self._asked = "words" if last.get("digits") is None else "digits"
        yield self._cleaned(record)

    def _hiding(self, given: Mapping[str, Any], known: list[str]) -> str:
        """What is written for words or keys in which something private was told: the answers that it gave.

        These are new, or were said before; in what gave none, everything is private. Beside a number that nobody had
        asked for stand the words that said what it is: they are told as at any other question.
        """
        told = _said_in(given) or str(given.get("keys", ""))
        clean = self._redacts.clean(told)
        gave = [token for token in self._secrets if token not in known or token in clean]
        is_number = all(": digits " in token and token in clean for token in gave)
        if gave and is_number and not self.asked_private and "text" in given and _tells_no_digit(_beside(clean)):
            return clean
        return " ".join(gave) or (self._redacts.secret(told) if told else "")

    def _open_part(self, understood: Fields, said: str) -> Fields:
        """What was understood of a sentence, without what stands in something hidden, such as the figures of a PAN."""
        clean = self._redacts.clean(said)
        if clean == said:
            return understood
        beside = _plain(_beside(clean))
        told = [(one, self._redacts.clean(one["text"])) for one in understood["entities"]]
        kept = [one for one, text in told if TOKEN.search(text) or _plain(text) in beside]
        return {**understood, "entities": kept}

    def _judged(self, said: str, hidden: str) -> Iterator[Fields]:
        """What has waited, now that it is known what of it was given to the dialogue, and how that is hidden."""
        found = TOKEN.search(self._redacts.clean(said))
        token = found[0] if found else ""
        for heard in self._waiting:
            text = heard.event.text
            is_given = bool(text and said) and (said in text or text in said)
            if is_given and (hidden or token in self._redacts.clean(text)):
                yield self._told(heard._replace(answer=""), hidden)
            elif hidden or token:
                # Another hearing of the same, such as of its first half.
                yield self._told(heard._replace(answer=heard.answer or "digits"), hidden or token)
            else:
                yield self._told(heard)
        self._waiting = []

    def _told(self, heard: _Heard, hidden: str = "") -> Fields:
        """A transcript; of the parts of a number, as interims have them, only how long they are is told."""
        event, record, answer = heard
        if answer:
            record["text"] = self._part(event.text, hidden, answer)
            told = [self._part(one.text, hidden, answer) for one in event.interims]
        else:
            record["text"] = hidden or self._redacts.clean(event.text)
            told = self._interims(event, record["text"], hidden)
        record["interims"] = [{**one, "text": text} for one, text in zip(record["interims"], told, strict=True)]
        return record

    def _part(self, text: str, hidden: str, answer: Answer) -> str:
        """What may be told of what was not given to the dialogue as the answer, or not so."""
        if answer == "digits" and _tells_no_digit(text) and not _has_letters(hidden):
            return self._redacts.clean(text)
        digits = _digits_in(text)
        return f"{hidden}{PART}{digits}" if hidden and digits else ""

    def _interims(self, event: UtteranceTranscribed, final: str, hidden: str) -> list[str]:
        """What was heard before the `final` words, which may have been told as they are."""
        texts = [one.text for one in event.interims]
        if final == event.text:
            return self._grown(texts, final)
        found = TOKEN.search(final)
        token = found[0] if found else ""
        if hidden or not (_beside(final) or _has_letters(token)):
            return [self._part(text, token, "words" if hidden else "digits") for text in texts]
        return [final if text == event.text else self._so_far(text, token, final) for text in texts]

    def _so_far(self, text: str, token: str, final: str) -> str:
        """Of a sentence with a number in it: the words before that, and how much of it was said by then.

        Where letters are hidden as well, nobody knows which words are some of them but by the `final` words.
        """
        if _has_letters(token):
            words = _alike(text, final[: final.index(token)])
            part = self._part(" ".join(text.split()[len(words) :]), token, "digits")
        else:
            part = self._part(text, token, "digits")
            words = list(takewhile(_tells_no_digit, text.split())) if PART in part else []
        return " ".join((*self._redacts.clean(" ".join(words)).split(), part)).rstrip()

    def _grown(self, texts: list[str], told: str) -> list[str]:
        """The same, cleaned; what is in another that is `told` as it is, tells no more and is not looked at again.

        Of a long sentence there are hundreds, each a word longer than the one before, and calls wait meanwhile.
        """
        cleaned = []
        for text in reversed(texts):
            clean = text if text in told else self._redacts.clean(text)
            told = text if clean == text and len(text) > len(told) else told
            cleaned.append(clean)
        return cleaned[::-1]

    def _numbered(self, event: Event) -> Fields:
        self._count += 1
        return {**self._lines.record(event), NUMBER: self._count}

    def _record(self, event: Event) -> Fields:
        record = self._numbered(event)
        match event:
            case CallStarted():
                return record
            case DigitPressed():
                record["digit"] = MASK
            case ModelReplied():
                written = "".join(piece.text for piece in event.pieces)
                if self._redacts.clean(written) != written:
                    record["pieces"] = _in_one(record["pieces"], written)
            case SpeechMade() if self._redacts.clean(event.text) != event.text:
                record["pieces"] = [{**piece, "words": []} for piece in record["pieces"]]
            case _:
                pass
        return self._cleaned(record)

    def _cleaned(self, record: Fields) -> Fields:
        for name in WORDS & record.keys():
            record[name] = self._redacts.clean_value(record[name])
        return record


def _digits_in(text: str) -> int:
    """How many digits are said in it, in whichever language that is."""
    readings = (read_digits(text, language, 1, MOST_DIGITS) for language in LANGUAGES)
    return max((len(reading.value) for reading in readings if reading is not None), default=0)


def _beside(told: str) -> str:
    """What stands beside the tokens."""
    return TOKEN.sub("", told).strip()


def _has_letters(token: str) -> bool:
    """Whether it stands for something in which there is more than digits."""
    match = TOKEN.fullmatch(token)
    return match is not None and (match["kind"] in LETTERED or match["shape"] == "text")


def _alike(text: str, head: str) -> list[str]:
    """The words that a text begins with as `head` does."""
    pairs = zip(text.split(), head.split(), strict=False)
    return [word for word, _ in takewhile(lambda pair: _plain(pair[0]) == _plain(pair[1]), pairs)]


def _plain(text: str) -> str:
    """In the same way whoever wrote it, where recognisers put signs behind words in the end."""
    return " ".join(word.strip(SIGNS).casefold() for word in text.split())


def _tells_no_digit(text: str) -> bool:
    glanced = glance(text)
    return not (glanced.digits or glanced.multiplied)


def _hidden(given: Mapping[str, Any], hidden: str) -> Fields:
    """An input without its words."""
    names = {"text", "keys"} & given.keys()
    told = {**given, **dict.fromkeys(names, hidden)}
    if "said" in told:
        told["said"] = {**told["said"], "text": hidden}
        told["commands"] = [[kind, name, hidden if value else ""] for kind, name, value in told["commands"]]
    return told


def _said_in(given: Mapping[str, Any]) -> str:
    """The words that the dialogue was given; empty where it was given something else."""
    said: str = given.get("text", given.get("said", {}).get("text", ""))
    return said


def _in_one(pieces: list[Fields], written: str) -> list[Fields]:
    """A model's words as one piece: a number may stand in two."""
    tools = [piece for piece in pieces if piece["tool"]]
    return [{"after_s": pieces[0]["after_s"], "text": written, "tool": "", "arguments": ""}, *tools]
