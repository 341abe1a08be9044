"""The control messages of Asterisk's WebSocket channel, and our account of its marks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.telephony.asterisk.marks import Marks
from callagent.telephony.asterisk.websocket import (
    Keyed,
    Malformed,
    MarkProcessed,
    MediaStarted,
    Message,
    Other,
    QueueDrained,
    QueueFull,
    QueueOpen,
    command,
    parse,
)

START = {
    "event": "MEDIA_START",
    "connection_id": "shop",
    "channel": "WebSocket/shop/0x51",
    "channel_id": "1763.42",
    "format": "slin16",
    "optimal_frame_size": 640,
    "ptime": 20,
    "channel_variables": {"CALLAGENT_FROM": "+919800000001", "N": 1},
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "MEDIA_START connection_id:shop channel:WebSocket/1 channel_id:1763.42 format:ulaw optimal_frame_size:160",
            MediaStarted("shop", "1763.42", "ulaw", 160, is_json=False),
        ),
        (
            json.dumps(START),
            MediaStarted("shop", "1763.42", "slin16", 640, is_json=True, variables={"CALLAGENT_FROM": "+919800000001"}),
        ),
        ("DTMF_END digit:5 channel_id:1763.42", Keyed("5")),
        ("DTMF_END digit:#", Keyed("#")),
        ('{"event":"DTMF_END","channel_id":"1","digit":"*"}', Keyed("*")),
        ("MEDIA_XOFF", QueueFull()),
        ('{"event":"MEDIA_XON","channel_id":"1"}', QueueOpen()),
        ("MEDIA_MARK_PROCESSED m7", MarkProcessed("m7")),
        ('{"event":"MEDIA_MARK_PROCESSED","correlation_id":"m7"}', MarkProcessed("m7")),
        ("QUEUE_DRAINED", QueueDrained()),
        ("STATUS channel_id:1 queue_length:3 queue_full:false", Other("STATUS")),
        ("ERROR channel_id:1 error_text:it went wrong", Other("ERROR")),
        ("MEDIA_START connection_id:shop", Malformed("MEDIA_START without format or frame size")),
        ("MEDIA_START format:ulaw optimal_frame_size:-5", Malformed("MEDIA_START without format or frame size")),
        ("MEDIA_START format:ulaw optimal_frame_size:99999", Malformed("MEDIA_START without format or frame size")),
        ("DTMF_END digit:x", Malformed("no key")),
        ('{"event":"DTMF_END","digit":5}', Malformed("no key")),
        ("", Malformed("unknown event")),
        ("{broken", Malformed("no JSON")),
        ('{"event": ["MEDIA_XON"]}', Malformed("unknown event")),
        ("{" * 5000, Malformed("no JSON")),
        ("x" * 70_000, Malformed("too long")),
    ],
)
def test_what_a_message_says(text: str, told: Message) -> None:
    """In both formats; what is wrong is told as such."""
    assert parse(text) == told


@given(st.text(max_size=300) | st.dictionaries(st.text(max_size=20), st.integers() | st.text()).map(json.dumps))
def test_no_text_raises(text: str) -> None:
    """Whatever a peer sends."""
    parse(text)
    parse("MEDIA_START " + text)


@pytest.mark.parametrize(
    ("is_json", "plain", "marked"),
    [
        (False, "FLUSH_MEDIA", "MARK_MEDIA m1"),
        (True, '{"command":"FLUSH_MEDIA"}', '{"command":"MARK_MEDIA","correlation_id":"m1"}'),
    ],
)
def test_what_a_command_looks_like(is_json: bool, plain: str, marked: str) -> None:
    """As Asterisk reads it in the format of the call."""
    assert command("FLUSH_MEDIA", is_json=is_json) == plain
    assert command("MARK_MEDIA", "m1", is_json=is_json) == marked


def test_a_mark_that_asterisk_tells_brings_those_before_it() -> None:
    """One that is told twice, or is none of ours, brings nothing."""
    marks = Marks()
    for name in ("one", "two", "three"):
        marks.played(0.2, 0.0)
        last = marks.add(name, 0.0)

    assert marks.reached("m2") == ["one", "two"]
    assert marks.reached("m2") == marks.reached("strange") == []
    assert marks.reached(last) == ["three"]


def test_a_flush_gives_all_marks_back() -> None:
    """Asterisk throws them away; when one of them is told all the same, it is too late."""
    marks = Marks()
    marks.played(1.0, 0.0)
    short = marks.add("one", 0.0)

    assert marks.clear() == ["one"]
    assert marks.reached(short) == []


def test_an_asterisk_that_knows_no_marks_is_helped_by_the_clock() -> None:
    """The first is waited for; from then on they are reached when the sound before them has been played."""
    marks = Marks()
    marks.played(0.2, 10.0)
    marks.add("one", 10.0)
    before = marks.overdue(10.6)
    late = marks.overdue(10.8)
    marks.played(0.2, 11.0)
    marks.add("two", 11.0)

    assert (before, late, marks.is_told) == ([], ["one"], False)
    assert (marks.overdue(11.1), marks.overdue(11.21)) == ([], ["two"])


def test_an_asterisk_that_knows_marks_may_lose_one() -> None:
    """It is believed the next time as well."""
    marks = Marks()
    marks.reached(marks.add("one", 0.0))
    marks.add("two", 1.0)

    assert marks.overdue(2.0) == ["two"]
    assert marks.is_told


def test_an_empty_queue_tells_of_marks() -> None:
    """Of those whose sound can have reached it."""
    marks = Marks()
    marks.played(0.2, 0.0)
    marks.add("heard", 0.0)
    marks.played(0.5, 0.0)
    marks.add("on its way", 0.0)

    assert marks.drained(0.2) == ["heard"]
