"""A dialogue for calls that are about something else."""

from callagent.dialogue.actions import CallBegan, CallerSaid, Decision, HangUp, Input, Kind, Listen, Person, Say, SoFar
from callagent.dialogue.so_far import so_far

ASK = Listen(Kind.CHOICE, "en", phrases=("price",))


class Echo:
    """A dialogue that repeats what it was given, and keeps it."""

    name, version, language = "echo", "1", "en"

    def __init__(self, listen: Listen = ASK) -> None:
        self.listen = listen
        self.people: dict[str, Person] = {}
        self.given: list[object] = []

    def begin(self, began: CallBegan) -> Decision[int]:
        """Greet."""
        return Decision(0, (Say("hello", "Hello, what can I do for you today?", fixed=True), self.listen))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Keep it, and say so."""
        self.given.append(given)
        if isinstance(given, CallerSaid) and given.text == "bye":
            return Decision(state, (Say("bye", "Goodbye.", fixed=True), HangUp("goodbye")))
        return Decision(state + 1, (Say("echo", f"This is answer {state + 1}.", fixed=False), self.listen))

    def phrases(self, name: str) -> tuple[str, ...]:
        """A few words for who speaks."""
        return {"backchannels": ("hmm", "okay"), "interruptions": ("no no", "stop"), "unfinished": ("and",)}[name]

    def so_far(self, text: str, listen: Listen | None) -> SoFar:
        """As every dialogue reads it."""
        return so_far(text, listen)

    def unfinished(self, state: int) -> None:
        """There is nothing to come back to."""

    def snapshot(self, state: int) -> dict[str, int]:
        """The count of answers."""
        return {"answers": state}

    def resume(self, state: object, began: CallBegan) -> None:
        """As above."""
