"""The `Line`: what a telephone gives its user."""

from typing import Protocol


class Line(Protocol):
    """One call as the caller has it at the ear; the carrier's and the in-process one are alike to its user.

    Time goes by in ticks of 20 ms: whoever wants to know how long something took counts the exchanges.
    """

    @property
    def gaps(self) -> int:
        """Times the far end's voice broke off inside a sentence because its audio came too late."""
        ...

    async def exchange(self, spoken: bytes) -> bytes | None:
        """Say 20 ms of PCM and hear 20 ms (320 bytes each, see media.audio).

        Waits for the next tick. A user who comes too late was silent meanwhile and has missed what was to be
        heard. None means that the far end has hung up.
        """
        ...

    def press(self, digit: str) -> None:
        """Press one key: 0-9 * # A-D."""
        ...

    async def hang_up(self) -> None:
        """End the call; does nothing when it has ended."""
        ...
