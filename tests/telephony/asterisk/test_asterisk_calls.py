"""Whole shop calls over each of Asterisk's protocols, from greeting to hang-up; the flow cannot tell them apart."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.asterisk_call import Connect, audiosocket, place_call_over, websocket
from support.phone_call import Setting

from callagent.events import AnswerTaken, CallStarted
from callagent.simulator.script import Script, parse_script
from callagent.simulator.websocket_line import Channel

LINES: dict[str, Callable[[], Connect]] = {
    "AudioSocket": audiosocket,
    "AudioSocket at 16 kHz": lambda: audiosocket(rate=16_000),
    "AudioSocket in pieces": lambda: audiosocket(pieces=7),
    "WebSocket in text": lambda: websocket(Channel()),
    "WebSocket in JSON": lambda: websocket(Channel(is_json=True, format="slin16")),
    "WebSocket that knows no marks": lambda: websocket(Channel(format="slin", knows_marks=False)),
}


@pytest.fixture(params=LINES)
def connect(request: pytest.FixtureRequest) -> Connect:
    """One way to be called."""
    return LINES[request.param]()


def script(*steps: str) -> Script:
    """What the caller does."""
    return parse_script("about: a call over Asterisk\nsteps:\n" + "".join(f"  - {step}\n" for step in steps), "here")


def test_a_whole_call_with_voice_keys_and_a_barge_in(connect: Connect, tmp_path: Path) -> None:
    """The caller is answered, interrupts, keys a number, and the agent hangs up; its voice never broke off."""
    whole = script(
        "hear", "say: price", "hear", "say: ceiling fan", "interrupt: {after: 1.5 seconds, say: order status}",
        "hear", 'press: "45127#"', "hear", "say: goodbye", "wait for hang up",
    )  # fmt: skip
    call = place_call_over(connect, Setting(tmp_path), whole)

    assert call.report is not None
    assert (call.report.problem, call.report.gaps) == ("", 0)
    assert (call.summary.disposition, call.summary.ended_by) == ("goodbye", "agent")
    assert call.summary.failures == ()
    assert (call.summary.lost_chunks, call.summary.malformed) == (0, 0)
    assert [one.by for one in call.summary.barge_ins] == ["voice"]
    assert [event.value for event in call.of(AnswerTaken)][:4] == ["price", "ceiling fan", "order status", "45127"]
    # The sound really stops: what the caller heard after the interruption is what the agent was told.
    assert max(call.report.barge_in_ms) <= 300


def test_the_caller_hangs_up(connect: Connect, tmp_path: Path) -> None:
    """In the middle of a sentence, by closing the connection."""
    call = place_call_over(
        connect, Setting(tmp_path), script("hear", "say: opening hours", "silent: 2 seconds", "hang up")
    )

    assert (call.summary.disposition, call.summary.ended_by) == ("caller hung up", "caller")
    assert call.said[-1].endswith("…")


def test_the_numbers_come_with_the_call(connect: Connect, tmp_path: Path) -> None:
    """Told beforehand or in the address; masked where they are written down."""
    call = place_call_over(connect, Setting(tmp_path), script("hear", "hang up"))
    (started,) = call.of(CallStarted)

    assert started.caller.endswith("01")
    assert started.called == "+911140000000"
    assert started.carrier in {"audiosocket", "asterisk"}
