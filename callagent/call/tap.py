"""Who listens in on both sides of a call, such as the recorder."""

from typing import Protocol

from callagent.events import Event
from callagent.media.audio import Chunk


class Tap(Protocol):
    """Gets the sound of a call. Positions are the caller's samples, for both sides. Must not block."""

    @property
    def incomplete(self) -> bool:
        """Whether some of what should have been kept was not, as far as is known by now."""
        ...

    def caller_heard(self, chunk: Chunk) -> None:
        """20 ms from the caller."""
        ...

    def agent_played(self, chunk: Chunk) -> None:
        """Audio that will be heard from `chunk.position` on, unless `agent_cut` says otherwise."""
        ...

    def agent_cut(self, position: int) -> None:
        """Nothing of the agent's was heard from here on."""
        ...

    def advance(self, position: int) -> None:
        """The line's time is here, whether the caller's audio is or not."""
        ...

    def on_evidence(self, event: Event) -> None:
        """Keep what the call was given, its words redacted."""
        ...

    def message_left(self, pcm: bytes) -> str:
        """Keep a message of the caller's, whatever becomes of the call's other sound; the name of its file."""
        ...

    def decline(self) -> None:
        """The caller does not want to be recorded: forget the sound so far, and take no more."""
        ...


class NoTap:
    """Nobody listens in."""

    incomplete = False

    def caller_heard(self, chunk: Chunk) -> None:
        """Not kept."""

    def agent_played(self, chunk: Chunk) -> None:
        """Not kept."""

    def agent_cut(self, position: int) -> None:
        """Not kept."""

    def advance(self, position: int) -> None:
        """Not kept."""

    def on_evidence(self, event: Event) -> None:
        """Not kept."""

    def message_left(self, pcm: bytes) -> str:  # noqa: ARG002
        """Not kept."""
        return ""

    def decline(self) -> None:
        """Nothing is kept anyway."""
