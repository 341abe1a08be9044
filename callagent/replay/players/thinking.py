"""A dialogue that is today's, and keeps its process as busy as the recorded one did."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from callagent.call.services import Dialogue
from callagent.dialogue.actions import CallBegan, Decision, Input, Listen, Person, SoFar
from callagent.dialogue.records import input_record
from callagent.evidence import DialogueAdvanced
from callagent.recording.redaction import restore


class Spends(Protocol):
    """A clock that work can be told to have taken time of."""

    def spend(self, seconds: float) -> None:
        """Let time go by."""
        ...


class PacedDialogue:
    """A `call.services.Dialogue`: `inner`, with the time that each decision took in the recording."""

    def __init__(self, inner: Dialogue, recorded: Iterable[DialogueAdvanced], loop: Spends) -> None:
        self._inner = inner
        self._recorded = deque((one.given.get("kind"), _text(one), one.took_s) for one in recorded)
        self._loop = loop

    @property
    def name(self) -> str:
        """As `inner`."""
        return self._inner.name

    @property
    def version(self) -> str:
        """As `inner`."""
        return self._inner.version

    @property
    def language(self) -> str:
        """As `inner`."""
        return self._inner.language

    @property
    def people(self) -> Mapping[str, Person]:
        """As `inner`."""
        return self._inner.people

    def phrases(self, name: str) -> Sequence[str]:
        """As `inner`."""
        return self._inner.phrases(name)

    def so_far(self, text: str, listen: Listen | None) -> SoFar:
        """As `inner`."""
        return self._inner.so_far(text, listen)

    def begin(self, began: CallBegan) -> Decision[Any]:
        """As `inner`, and as long as then."""
        decision = self._inner.begin(began)
        self._spend("CallBegan", None)
        return decision

    def advance(self, state: Any, given: Input, now: Any) -> Decision[Any]:
        """As `inner`, and as long as then."""
        decision = self._inner.advance(state, given, now)
        record = input_record(given)
        self._spend(record["kind"], record.get("text"))
        return decision

    def unfinished(self, state: Any) -> Mapping[str, Any] | None:
        """As `inner`."""
        return self._inner.unfinished(state)

    def snapshot(self, state: Any) -> Mapping[str, Any]:
        """As `inner`."""
        return self._inner.snapshot(state)

    def resume(self, state: Mapping[str, Any], began: CallBegan) -> Decision[Any] | None:
        """As `inner`, and as long as then."""
        decision = self._inner.resume(state, began)
        self._spend("CallBegan", None)
        return decision

    def _spend(self, kind: str, text: str | None) -> None:
        """As much time as the next decision about such an input took."""
        for index, (recorded_kind, recorded_text, took_s) in enumerate(self._recorded):
            if (recorded_kind, recorded_text) == (kind, text):
                for _ in range(index + 1):
                    self._recorded.popleft()
                self._loop.spend(took_s)
                return


def _text(advanced: DialogueAdvanced) -> str | None:
    text = advanced.given.get("text")
    return None if text is None else restore(text)
