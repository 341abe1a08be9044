"""The caller's turn that is open, or is being answered."""

from dataclasses import dataclass

from callagent.call.feed import AudioFeed


@dataclass(slots=True)
class CallerTurn:
    """One object for all turns of a call; times are monotonic."""

    number: int = 0
    """Counted from 1; 0 for the greeting."""
    until_s: float = 0.0
    """When it is closed, whatever goes on."""
    stopped_at_s: float = 0.0
    """The caller's last sound or key."""
    audio: AudioFeed | None = None
    """What was said, as long as its words are not known yet."""

    def begin(self) -> None:
        """Another turn begins: whatever is still made for the old one must find it over."""
        self.number += 1

    def forget_audio(self) -> None:
        """What was said is understood, or is not worth it any more."""
        self.audio = None
