"""The folder of a call: what was written is read again, and nothing in it is believed."""

import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from support import told_call

from callagent.clock import IST
from callagent.errors import RecordingError
from callagent.events import AgentSaid, CallEnded, CallStarted, Event, FactsLookedUp
from callagent.evidence import DialogueAdvanced, Interim, ShopAnswered, SpeechMade, SpeechPiece, UtteranceTranscribed
from callagent.media.wav import wav_bytes
from callagent.recording.folder import CallFolder, Recordings

BEGAN = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
STARTED = CallStarted(
    at_s=0.0,
    call_id="c1",
    carrier="loopback",
    caller="",
    called="",
    flow="electrical",
    flow_version="abc",
    language="en",
    started=BEGAN.isoformat(),
)
ENDED = CallEnded(at_s=4.0, disposition="goodbye", ended_by="agent")
CALL: tuple[Event, ...] = (
    STARTED,
    UtteranceTranscribed(
        at_s=1.5,
        began_s=1.0,
        audio_s=0.4,
        ended_s=1.4,
        interims=(Interim(0.2, "fan", 0.5),),
        text="fan ka rate",
        confidence=0.9,
        provider="scripted",
        version="1",
        outcome="heard",
    ),
    DialogueAdvanced(at_s=1.6, turn=1, given={"kind": "CallerSilent"}, now=BEGAN.isoformat(), actions=({"kind": "x"},)),
    ShopAnswered(
        at_s=1.7,
        source="catalogue",
        arguments={"product": "fan"},
        gives=("price",),
        status="found",
        values={"price": "1249"},
        candidates=(),
        took_s=0.01,
        by="flow",
    ),
    SpeechMade(
        at_s=2.0,
        text="Hello there.",
        language="en",
        voice="",
        rate=1.0,
        by="kept",
        ready=True,
        began_s=1.9,
        pieces=(SpeechPiece(0.01, 160, (("Hello", 0.0), ("there.", 0.2))),),
        provider="espeak",
        version="1",
        outcome="spoken",
    ),
    AgentSaid(at_s=3.0, turn=0, text="नमस्ते", heard="नमस्ते", line="welcome"),
    ENDED,
)


def write(folder: Path, events: tuple[Event, ...] = CALL, sound: bytes = b"") -> CallFolder:
    """A folder with these events."""
    return told_call.write(folder, events, sound)


def test_events_come_back_as_they_were(tmp_path: Path) -> None:
    """Words, times, pieces and records, to the last field."""
    assert write(tmp_path / "a").events() == CALL


def test_each_line_tells_the_time_of_day_and_the_sample(tmp_path: Path) -> None:
    """Who reads the file without a program finds the place in the sound."""
    folder = write(tmp_path / "a")

    lines = [json.loads(line) for line in (folder.path / "events.jsonl").read_text().splitlines()]

    assert lines[0]["recording"] == 2
    assert lines[2]["wall"] == "2026-11-20T11:00:01.500+05:30"
    assert lines[2]["position"] == 12_000


def test_the_first_format_is_read_as_well(tmp_path: Path) -> None:
    """It had no line of its own before the events, and fewer fields in them."""
    old = {"event": "FactsLookedUp", "at_s": 1.0, "source": "catalogue", "status": "down", "took_s": 2.0}
    begin = {"event": "CallStarted", "at_s": 0.0, "call_id": "c", "carrier": "x", "caller": "", "called": ""}
    begin |= {"flow": "f", "flow_version": "v", "language": "en", "started": BEGAN.isoformat()}
    (tmp_path / "events.jsonl").write_text(json.dumps(begin) + "\n" + json.dumps(old) + "\n")

    started, asked = CallFolder(tmp_path).events()

    assert isinstance(started, CallStarted)
    assert isinstance(asked, FactsLookedUp)
    assert asked.by == "flow"


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "events.jsonl").write_text('{"recording": 99}\n')

    with pytest.raises(RecordingError, match=r"events.jsonl:1: .* format 99.* later one"):
        CallFolder(tmp_path).events()


def test_what_a_killed_process_left_half_written_is_left_out(tmp_path: Path) -> None:
    """Everything before it is there."""
    folder = write(tmp_path / "a")
    path = folder.path / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-10])

    assert folder.events() == CALL[:-1]
    assert not folder.is_over(folder.events())


@pytest.mark.parametrize("line", [b"{}\n", b"[]\n", b"nonsense\n", b'{"event": "CallEnded"}\n', b"\xff\xfe\n"])
def test_a_line_that_is_no_event_is_told_by_its_number(tmp_path: Path, line: bytes) -> None:
    """The place, and what helps."""
    folder = write(tmp_path / "a")
    path = folder.path / "events.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n")

    with pytest.raises(RecordingError, match=r"events.jsonl:9: is no event"):
        folder.events()


SILENCE = '{"event": "NoInput", "at_s": 1.0, "step": "menu", "count": 1, "seq": 9}'
MODEL = '{"event": "AgentSaid", "at_s": 1.0, "turn": 1, "text": "Yes.", "heard": "", "line": ""}'


@pytest.mark.parametrize(
    ("line", "then", "now"),
    [
        (SILENCE, "1.0", "NaN"),
        (SILENCE, "1.0", "1e400"),
        (SILENCE, "1.0", "1e9"),
        (SILENCE, "1.0", '"soon"'),
        (SILENCE, "1.0", "null"),
        (SILENCE, "9", '"9"'),
        (SILENCE, "9", "[]"),
        (SILENCE, '"menu"', "5"),
        (SILENCE, '"menu"', "[" * 100_000),
        (MODEL, '"Yes."', "{}"),
        (MODEL, '"turn": 1', f'"turn": 1{"0" * 5000}'),
        (MODEL, "Yes.", "y" * 2_000_001),
    ],
)
def test_a_value_that_is_none_is_told_by_its_line(tmp_path: Path, line: str, then: str, now: str) -> None:
    """Nobody who reads events has to ask whether a number is one."""
    folder = write(tmp_path / "a")
    path = folder.path / "events.jsonl"
    before = path.read_bytes()
    path.write_bytes(before + line.encode() + b"\n")
    folder.events()
    path.write_bytes(before + line.replace(then, now).encode() + b"\n")

    with pytest.raises(RecordingError, match=r"events.jsonl:9: is no event"):
        folder.events()


@pytest.mark.parametrize("started", ["yesterday", "", "0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59+00:00"])
def test_a_call_that_began_at_no_time_of_ours_is_told(tmp_path: Path, started: str) -> None:
    """And one without a zone began in UTC."""
    folder = write(tmp_path)
    path, written = tmp_path / "events.jsonl", (tmp_path / "events.jsonl").read_text()
    path.write_text(written.replace(STARTED.started, "2026-11-20T11:00"))
    assert folder.began().tzinfo is UTC
    path.write_text(written.replace(STARTED.started, started))

    with pytest.raises(RecordingError, match=r"events.jsonl:2: is no event"):
        folder.began()


def test_sound_is_believed_only_as_far_as_it_is_there(tmp_path: Path) -> None:
    """A header that promises two hours gives the half second that was written."""
    rows = np.arange(8000, dtype="<i2").reshape(-1, 2)
    whole = bytearray(wav_bytes(rows.tobytes(), channels=2))
    struct.pack_into("<I", whole, 40, 0xFFFF_FF00)

    with write(tmp_path / "a", sound=bytes(whole)).sound() as sound:
        assert (sound.samples, sound.is_cut) == (4000, True)
        assert sound.read(10, 12).tolist() == rows[10:12].tolist()
        assert sound.read(3999, 4001).tolist() == [rows[3999].tolist(), [0, 0]]
        assert sum(len(block) for block in sound.blocks(1000)) == 4000


@pytest.mark.parametrize(
    ("sound", "told"),
    [
        (b"nonsense", "is no WAV"),
        (wav_bytes(b"\0\0" * 10, channels=1), "calls import"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "holds no sound"),
        (b"RIFF" + bytes(40), "holds no sound"),
    ],
)
def test_other_sound_is_refused(tmp_path: Path, sound: bytes, told: str) -> None:
    """With the place and what helps."""
    with pytest.raises(RecordingError, match=rf"call.wav: .*{told}"), write(tmp_path / "a", sound=sound).sound():
        pass


def test_a_call_is_found_by_a_part_of_its_name(tmp_path: Path) -> None:
    """As long as only one has it."""
    for name in ("20261120T110000Z-abc-1", "20261120T110500Z-abd-2"):
        write(tmp_path / name)

    assert Recordings(tmp_path).find("abd").name == "20261120T110500Z-abd-2"
    assert Recordings(Path("elsewhere")).find(str(tmp_path / "20261120T110000Z-abc-1")).name.endswith("-1")
    assert len(list(Recordings(tmp_path).all())) == 2
    for wrong in ("ab", "nobody", "", "..", "../..", ".hidden", "a/../b"):
        with pytest.raises(RecordingError, match="call"):
            Recordings(tmp_path).find(wrong)


def test_a_call_that_one_stands_in_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a link, too; no name at all means no call, wherever one stands, and what no file can be called is none."""
    folder = write(tmp_path / "20261120T110000Z-abc-1").path
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)

    assert Recordings(tmp_path).find(".").path == Recordings(tmp_path).find("../link").path == folder
    for wrong in ("", "a" * 300, "आ" * 100):
        with pytest.raises(RecordingError, match="nor the name of one"):
            Recordings(tmp_path).find(wrong)


@pytest.mark.parametrize("text", ["", "[]", "{", "x" * 10, "[" * 100_000])
def test_a_summary_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    """It can be made anew."""
    folder = write(tmp_path / "a")
    assert folder.summary() is None
    (folder.path / "summary.json").write_text(text)

    with pytest.raises(RecordingError, match="made anew"):
        folder.summary()


def test_a_folder_without_events_is_no_call(tmp_path: Path) -> None:
    """And one that does not begin with a call's beginning holds none."""
    with pytest.raises(RecordingError, match="holds no events"):
        CallFolder(tmp_path)
    with pytest.raises(RecordingError, match="no such call"):
        CallFolder(tmp_path / "gone")
    with pytest.raises(RecordingError, match="does not begin"):
        write(tmp_path / "b", (ENDED,)).events()
