"""Who keeps what happens in a replay."""

from dataclasses import dataclass, field

from callagent.call.tap import Tap
from callagent.events import Event
from callagent.media.audio import Chunk
from callagent.recording.call_files import message_name


@dataclass(slots=True)
class Keeper:
    """A `Tap` that keeps what happened, and passes the sound on."""

    tap: Tap
    events: list[Event] = field(default_factory=list)
    _messages: int = 0

    @property
    def incomplete(self) -> bool:
        """As the tap behind this."""
        return self.tap.incomplete

    def on_event(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)

    def on_evidence(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)
        self.tap.on_evidence(event)

    def caller_heard(self, chunk: Chunk) -> None:
        """Passed on."""
        self.tap.caller_heard(chunk)

    def agent_played(self, chunk: Chunk) -> None:
        """Passed on."""
        self.tap.agent_played(chunk)

    def agent_cut(self, position: int) -> None:
        """Passed on."""
        self.tap.agent_cut(position)

    def advance(self, position: int) -> None:
        """Passed on."""
        self.tap.advance(position)

    def message_left(self, pcm: bytes) -> str:
        """Kept by the tap, under the name that it would have in a recording."""
        self._messages += 1
        return self.tap.message_left(pcm) or message_name(self._messages)

    def decline(self) -> None:
        """Passed on."""
        self.tap.decline()
