"""Messages between two ends of a channel."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from callagent.workers.channel import Channel


class Ends:
    """A channel with both its ends in this process; the far one answers."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        self.told: list[str] = []
        self.near = Channel(here, self.answer)
        self.far = Channel(there, self.answer)
        self.asked = asyncio.Event()

    async def answer(self, what: str, given: dict[str, Any]) -> Any:
        """What the far end says."""
        match what:
            case "echo":
                return given
            case "break":
                raise RuntimeError("planted words")
            case "wait":
                self.asked.set()
                await asyncio.Event().wait()
            case _:
                self.told.append(what)
        return None


@pytest.fixture(name="ends")
async def _ends() -> AsyncIterator[Ends]:
    ends = Ends()
    await ends.near.open()
    await ends.far.open()
    yield ends
    await ends.near.aclose()
    await ends.far.aclose()


async def test_a_question_is_answered(ends: Ends) -> None:
    """However long it is, and whatever else is under way."""
    text = "हाँ" * 100_000
    answers = await asyncio.gather(*(ends.near.ask("echo", text=text, number=number) for number in range(3)))

    assert answers == [{"text": text, "number": number} for number in range(3)]


async def test_what_is_told_comes_in_order(ends: Ends) -> None:
    """Before the answer to what is asked after it."""
    for number in range(5):
        ends.near.tell(f"note {number}")
    await ends.near.ask("echo")

    assert ends.told == [f"note {number}" for number in range(5)]


async def test_a_question_that_breaks_breaks_nothing_else(ends: Ends, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asked is told, the log gets the class of the error, and the next question is answered."""
    with pytest.raises(ConnectionAbortedError):
        await ends.near.ask("break")
    answer = await ends.near.ask("echo")
    log = capsys.readouterr().out

    assert answer == {}
    assert "RuntimeError" in log
    assert "planted" not in log


async def test_no_answer_is_told_as_such(ends: Ends) -> None:
    """In time."""
    with pytest.raises(TimeoutError):
        await ends.near.ask("wait", within_s=0.01)


async def test_who_waits_for_a_process_that_ends_is_told(ends: Ends) -> None:
    """Likewise whoever asks afterwards; what is told then is lost without a fuss."""
    waiting = asyncio.create_task(ends.near.ask("wait"))
    await ends.asked.wait()
    await ends.far.aclose()
    with pytest.raises(ConnectionResetError):
        await waiting
    ends.near.tell("nothing")
    with pytest.raises(ConnectionResetError):
        await ends.near.ask("echo")

    assert ends.near.closed.is_set()
