"""The messages of a media stream."""

import base64
import json

import pytest

from callagent.errors import WireError
from callagent.simulator.stream_messages import (
    CONNECTED,
    CallIds,
    ClearAsked,
    MarkAsked,
    PlayAsked,
    StreamMessages,
    new_sid,
    read,
)

IDS = CallIds("AC1", "CA1", "MZ1")


def test_connected_names_protocol_and_version() -> None:
    """The first message of a stream."""
    assert json.loads(CONNECTED) == {"event": "connected", "protocol": "Call", "version": "1.0.0"}


def test_start_has_the_shape_that_twilio_documents() -> None:
    """It is message number 1 and carries the parameters of the TwiML."""
    assert json.loads(StreamMessages(IDS).start({"ticket": "t1"})) == {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"ticket": "t1"},
        },
        "streamSid": "MZ1",
    }


def test_media_counts_chunks_and_milliseconds() -> None:
    """Numbers travel as strings; the second chunk begins at 20 ms."""
    messages = StreamMessages(IDS)
    messages.start({})
    messages.media("AA==")

    assert json.loads(messages.media("/w==")) == {
        "event": "media",
        "sequenceNumber": "3",
        "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": "/w=="},
        "streamSid": "MZ1",
    }


def test_a_lost_message_leaves_a_hole_in_the_numbers() -> None:
    """What the network loses was counted all the same."""
    messages = StreamMessages(IDS)
    messages.skip()
    media = json.loads(messages.media("/w=="))

    assert (media["sequenceNumber"], media["media"]["chunk"], media["media"]["timestamp"]) == ("2", "2", "20")


def test_keys_marks_and_the_end() -> None:
    """The rare messages."""
    messages = StreamMessages(IDS)

    assert json.loads(messages.dtmf("#"))["dtmf"] == {"track": "inbound_track", "digit": "#"}
    assert json.loads(messages.mark("m"))["mark"] == {"name": "m"}
    assert json.loads(messages.stop())["stop"] == {"accountSid": "AC1", "callSid": "CA1"}
    assert json.loads(messages.stop())["sequenceNumber"] == "4"


def test_identifiers_look_like_twilios() -> None:
    """Two letters and 32 hexadecimal digits."""
    sid = new_sid("CA")

    assert sid.startswith("CA")
    assert len(sid) == 34


def test_what_a_server_may_ask_for() -> None:
    """Audio, a mark, and silence."""
    payload = base64.b64encode(b"\x01\x02").decode()

    assert read(json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}}), IDS) == PlayAsked(
        b"\x01\x02"
    )
    assert read('{"event":"mark","streamSid":"MZ1","mark":{"name":"m"}}', IDS) == MarkAsked("m")
    assert read('{"event":"clear","streamSid":"MZ1"}', IDS) == ClearAsked()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello", "needs JSON"),
        ("[]", "needs JSON"),
        ('{"event":"clear"}', "needs JSON"),
        ('{"event":"clear","streamSid":"MZ2"}', "another stream"),
        ('{"event":"stop","streamSid":"MZ1"}', "media, mark and clear"),
        ('{"event":"media","streamSid":"MZ1"}', "Base64"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"*"}}', "Base64"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":""}}', "bare µ-law"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"UklGRg=="}}', "bare µ-law"),
        ('{"event":"mark","streamSid":"MZ1"}', "'name'"),
        ('{"event":"mark","streamSid":"MZ1","mark":{"name":""}}', "'name'"),
    ],
)
def test_what_twilio_would_complain_of_is_an_error(text: str, complaint: str) -> None:
    """Each kind of broken message is named."""
    with pytest.raises(WireError, match=complaint):
        read(text, IDS)
