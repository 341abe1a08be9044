"""What a process and its workers say to each other."""

import pytest

from callagent.stt.messages import (
    Kind,
    Message,
    MessageReader,
    pack_heard,
    pack_hints,
    unpack_heard,
    unpack_hints,
)
from callagent.stt.transcriber import Hints


def test_messages_survive_any_cut() -> None:
    """A stream cut after every byte gives the same messages."""
    sent = [Message(Kind.OPEN, 1, b"hints"), Message(Kind.AUDIO, 70_000, bytes(5)), Message(Kind.END, 1)]
    stream = b"".join(message.encode() for message in sent)

    reader = MessageReader()
    received = [message for byte in stream for message in reader.feed(bytes([byte]))]

    assert received == sent


@pytest.mark.parametrize(
    "hints",
    [Hints(), Hints("hi", ("कितना",), ("please",), (4, 6))],
)
def test_hints_come_back(hints: Hints) -> None:
    """Hints arrive as they were."""
    assert unpack_hints(pack_hints(hints)) == hints


def test_results_come_back() -> None:
    """A text and its confidence arrive as they were."""
    assert unpack_heard(pack_heard("haan जी", 0.25)) == ("haan जी", 0.25)
