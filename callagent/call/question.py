"""What the caller was last asked, and the keys of the answer."""

from callagent.call.services import Dialogue
from callagent.dialogue.actions import Kind, Listen, SoFar
from callagent.stt.transcriber import Hints
from callagent.turn.keypad import Keypad
from callagent.turn.patience import Patience, patience_for


class Question:
    """One per call; before the first question anything may be said, in the language of the call."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.listen: Listen | None = None
        """None before the first question."""
        self.keypad = Keypad()
        self.deciding = True
        """Whether the dialogue has been given something and has not said yet what it expects next."""

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        self.listen = listen
        self.deciding = False
        self.keypad.expect(listen.digits[1] if listen.digits else None)

    @property
    def language(self) -> str:
        """The language that is spoken."""
        return self.listen.language if self.listen else self._dialogue.language

    def so_far(self, text: str) -> SoFar:
        """What was recognized of a turn that may not be over."""
        return self._dialogue.so_far(text, self.listen)

    def words_of(self, text: str) -> tuple[str, ...]:
        """The words of a text, whatever they may answer."""
        return self._dialogue.so_far(text, None).words

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
            return Hints(self._dialogue.language)
        return Hints(self.listen.language, self.listen.phrases, self.listen.fillers, self.listen.digits)
