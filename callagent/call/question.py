"""What the caller was last asked, and the keys of the answer."""

from typing import Final

from callagent.dialogue.actions import Kind, Listen
from callagent.dialogue.spoken import LANGUAGES, read_digits
from callagent.dialogue.understanding import without
from callagent.stt.transcriber import Hints
from callagent.turn.keypad import Keypad
from callagent.turn.patience import Patience, patience_for

MOST_DIGITS: Final = 40


class Question:
    """One per call; before the first question anything may be said, in the language of the call."""

    def __init__(self, language: str) -> None:
        self._first_language = language
        self.listen: Listen | None = None
        """None before the first question."""
        self._phrases: frozenset[str] = frozenset()
        self.keypad = Keypad()
        self.deciding = True
        """Whether the dialogue has been given something and has not said yet what it expects next."""

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        self.listen = listen
        self._phrases = frozenset(listen.phrases)
        self.deciding = False
        self.keypad.expect(listen.digits[1] if listen.digits else None)

    @property
    def language(self) -> str:
        """The language that is spoken."""
        return self.listen.language if self.listen else self._first_language

    def is_answer(self, text: str) -> bool:
        """Whether the words are one of the answers that can be given now, or of the commands, and nothing else."""
        if self.listen is None:
            return False
        return " ".join(without(text, self.listen.fillers)) in self._phrases or bool(self.digits_said(text))

    def digits_said(self, text: str) -> int | None:
        """How many digits of the number that is asked for are in the words; None where none is asked for."""
        if self.listen is None or self.listen.digits is None:
            return None
        language = next((one for one in LANGUAGES if one == self.listen.language), LANGUAGES[0])
        reading = read_digits(text, language, 1, MOST_DIGITS)
        return 0 if reading is None else len(reading.value)

    @property
    def private(self) -> bool:
        """Whether the answer must be hidden."""
        return self.listen is not None and self.listen.private

    @property
    def keys_complete(self) -> bool:
        """Whether the keys make an answer; while it is not known what will be asked, they are only gathered."""
        return not self.deciding and self.keypad.complete

    @property
    def patience(self) -> Patience:
        """How long to wait for the caller to go on."""
        return patience_for(str(self.listen.kind if self.listen else Kind.FREE))

    @property
    def hints(self) -> Hints:
        """What a transcriber is told of the answer."""
        if self.listen is None:
            return Hints(self._first_language)
        return Hints(self.listen.language, self.listen.phrases, self.listen.fillers, self.listen.digits)
