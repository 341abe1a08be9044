"""Twilio's messages, well and badly formed."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.media.g711 import ulaw_encode
from callagent.telephony.twilio import wire

START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "abc"},
    },
    "streamSid": "MZ1",
}


def test_a_start_tells_who_calls() -> None:
    """The ids and the TwiML's parameters are taken over."""
    assert wire.parse(json.dumps(START)) == wire.Started("MZ1", "CA1", "AC1", {"token": "abc"})


def test_media_is_decoded() -> None:
    """Twilio writes its numbers as strings."""
    text = '{"event":"media","media":{"track":"inbound","chunk":"2","timestamp":"40","payload":"/38A"}}'

    assert wire.parse(text) == wire.Media(chunk=2, timestamp_ms=40, ulaw=b"\xff\x7f\x00")


def plain_media(chunk: int, payload: str) -> str:
    """A media message to the letter as Twilio writes it."""
    return (
        f'{{"event":"media","sequenceNumber":"{chunk + 1}","media":{{"track":"inbound","chunk":"{chunk}",'
        f'"timestamp":"{chunk * 20}","payload":"{payload}"}},"streamSid":"MZ0f"}}'
    )


@given(st.integers(0, 10**13), st.binary(max_size=wire.LARGEST_PAYLOAD + 3))
def test_plain_media_is_read_as_any_json_is(chunk: int, ulaw: bytes) -> None:
    """The short way and the long one end at the same message, whatever the numbers and the audio."""
    text = plain_media(chunk, base64.b64encode(ulaw).decode())

    assert wire.parse(text) == wire._parse_any(text)


@given(st.integers(0, 240), st.integers(0, 8), st.text(st.sampled_from('"\\{}:,=+/-0_ eE.A\u0663\ud800'), max_size=8))
def test_damaged_media_is_read_as_any_json_is(at: int, length: int, instead: str) -> None:
    """Nothing that is not quite a media message slips through the short way."""
    text = plain_media(7, base64.b64encode(bytes(range(100))).decode())
    damaged = text[:at] + instead + text[at + length :]

    assert wire.parse(damaged) == wire._parse_any(damaged)


@pytest.mark.parametrize("payload", ["A===", "AA=", "AAA", "AA==AA==", "AAA=A", "=", "====", "AAAA=", "AAAA=="])
def test_broken_base64_is_refused_in_both_ways(payload: str) -> None:
    """Padding that is missing, too long or in the middle."""
    text = plain_media(7, payload)

    assert wire.parse(text) == wire._parse_any(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"event":"connected","protocol":"Call","version":"1.0.0"}', wire.Connected()),
        ('{"event":"mark","mark":{"name":"m1"}}', wire.Marked("m1")),
        ('{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}', wire.Keyed("#")),
        ('{"event":"stop","stop":{"callSid":"CA1"}}', wire.Stopped()),
    ],
)
def test_the_small_messages(text: str, expected: wire.Message) -> None:
    """Each has its own shape."""
    assert wire.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("null", "not an object"),
        ("[]", "not an object"),
        ('"media"', "not an object"),
        ("{}", "unknown event"),
        ('{"event":"party"}', "unknown event"),
        ('{"event":["media"]}', "unknown event"),
        ('{"event":"media"}', "bad media"),
        ('{"event":"media","media":null}', "bad media"),
        ('{"event":"media","media":{"payload":7}}', "bad media"),
        ('{"event":"media","media":{"payload":"###"}}', "bad base64"),
        ('{"event":"media","media":{"payload":""}}', "bad payload size"),
        ('{"event":"media","media":{"payload":"' + "AAAA" * 4000 + '"}}', "bad payload size"),
        ('{"event":"media","media":{"payload":"AAAA","timestamp":"-1"}}', "bad media"),
        ('{"event":"media","media":{"payload":"AAAA","timestamp":"1e9"}}', "bad media"),
        ('{"event":"mark","mark":{"name":7}}', "bad mark"),
        ('{"event":"dtmf","dtmf":{"digit":"12"}}', "bad digit"),
        ('{"event":"dtmf","dtmf":{"digit":""}}', "bad digit"),
        ('{"event":"start","start":{}}', "bad start"),
        ('{"event":"media","media":{"payload":"AAAA","timestamp":1e999}}', "bad media"),
        (json.dumps(START).replace("8000", "1e999"), "bad start"),
        (json.dumps(START).replace('{"token": "abc"}', "[1]"), "bad start"),
        (json.dumps(START).replace('{"token": "abc"}', '"x"'), "bad start"),
        (json.dumps(START).replace("abc", "\\ud800"), "bad start"),
    ],
)
def test_nonsense_has_a_name(text: str, reason: str) -> None:
    """What cannot be understood is named by a fixed reason, and nothing is raised."""
    assert wire.parse(text) == wire.Malformed(reason)


def test_another_coding_is_refused() -> None:
    """A stream that is not µ-law at 8 kHz cannot be heard."""
    start = json.loads(json.dumps(START))
    start["start"]["mediaFormat"]["sampleRate"] = 16000

    assert wire.parse(json.dumps(start)) == wire.Malformed("unknown media format")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["event", "media", "start", "payload", "mark", "name", "dtmf", "digit"]) | st.text(), x
            )
        ),
    )
)
def test_no_json_raises(value: object) -> None:
    """Whatever JSON comes, the answer is a message."""
    text = json.dumps(value)

    assert isinstance(wire.parse(text), wire.Message)


@given(st.sampled_from(["media", "start", "mark", "dtmf"]), st.dictionaries(st.text(), st.text() | st.integers()))
def test_no_body_raises(event: str, body: dict[str, object]) -> None:
    """Whatever stands inside a known event, the answer is a message."""
    assert isinstance(wire.parse(json.dumps({"event": event, event: body})), wire.Message)


@given(st.binary(min_size=1, max_size=400).map(lambda half: half + half), st.text(), st.text())
def test_what_is_kept_as_it_is_sent_is_the_same(pcm: bytes, stream: str, name: str) -> None:
    """A chunk that was sent before, whatever it is and to whomever; and a mark of whatever name."""
    for _ in range(2):
        assert wire.media_of(stream, pcm) == wire.media(stream, ulaw_encode(pcm))
    assert json.loads(wire.mark(stream, name)) == {"event": "mark", "streamSid": stream, "mark": {"name": name}}


def test_what_is_sent_is_what_twilio_documents() -> None:
    """media, mark and clear have the documented shapes."""
    sent = [wire.media("MZ1", b"\xff\x7f\x00"), wire.mark("MZ1", "m1"), wire.clear("MZ1")]

    assert [json.loads(text) for text in sent] == [
        {"event": "media", "streamSid": "MZ1", "media": {"payload": "/38A"}},
        {"event": "mark", "streamSid": "MZ1", "mark": {"name": "m1"}},
        {"event": "clear", "streamSid": "MZ1"},
    ]
