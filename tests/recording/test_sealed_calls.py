"""A call that is recorded with keys: nothing of it can be read without them, and with them all is as ever."""

import asyncio
import base64
import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.kept_calls import KEYS, NAME, SECRET_WORD, WORDS, record, started, whole
from support.phone_call import ROOT, Setting
from support.recorded_call import kept_call
from support.server import listen_for, server

from callagent.cli import main
from callagent.errors import KeyNeededError, TamperedError
from callagent.media.audio import SILENCE
from callagent.quality.records import record_in
from callagent.recording.at_rest.files import key_id, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import CallFolder
from callagent.recording.recovery import recover
from callagent.recording.retention import purge
from callagent.recordings import open_recordings
from callagent.replay.batch import replay_one
from callagent.replay.compare import Comparison
from callagent.replay.venue import Venue
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.simulator.script import parse_script

SCRIPT = """
about: {caller: a test}
steps: [hear, say: price, hear, say: ceiling fan, hear, hang up]
"""
CALL = "20261120T053000Z-one-1"
OLD, NEW = (base64.b64encode(bytes(range(first, first + 32))).decode() for first in (0, 1))
READABLE = (b"RIFF", b'"event"', b"ceiling fan", b"disposition", b"callagent", b"Polite", b"price")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one call."""
    folder = tmp_path_factory.mktemp("calls")
    kept_call(Setting(folder / ".cache"), parse_script(SCRIPT, "script"), folder / CALL, keys=KEYS)
    return folder


@pytest.fixture
def recordings(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where the commands find it."""
    monkeypatch.chdir(ROOT)
    shutil.copytree(recorded / CALL, tmp_path / "recordings" / CALL)
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k1:{OLD}")
    return tmp_path / "recordings"


def readable_in(folder: Path) -> list[tuple[str, bytes]]:
    """What stands in a folder's files for everybody to read."""
    found = [(path.name, path.read_bytes()) for path in folder.iterdir()]
    return [(name, text) for name, content in found for text in READABLE if text in content]


def test_nothing_of_it_can_be_read_without_the_key(recordings: Path) -> None:
    """No word and no WAV: neither of the call nor of what people wrote about it."""
    assert main(["calls", "note", CALL, "Polite"]) == 0
    assert main(["calls", "score", CALL, "--polite", "5", "--comment", "Polite"]) == 0
    assert main(["calls", "hold", CALL, "--reason", "Polite"]) == 0
    names = {path.name for path in (recordings / CALL).iterdir()}

    assert {"call.wav", "events.jsonl", "summary.json", "notes.jsonl", "scorecard.json", "hold.json"} <= names
    assert readable_in(recordings / CALL) == []


async def test_a_server_records_so(tmp_path: Path) -> None:
    """With keys in its settings."""
    async with server(tmp_path, recording_keys=SecretStr(f"k1:{OLD}")) as shop:
        call = await shop.call()
        await listen_for(call, 30)
        call.press("9")
        while await call.exchange(SILENCE) is not None:
            pass
        summary = await shop.ended()
    folder = shop.summaries[0][1]

    assert {key_id(path) for path in folder.iterdir()} == {"k1"}
    assert CallFolder(folder, KEYS).summary() == json.loads(json.dumps(summary.as_dict()))
    assert readable_in(folder) == []


@pytest.mark.parametrize("level", ["decisions", "words"])
def test_it_is_replayed_the_same(recordings: Path, level: str) -> None:
    """As if it lay there plain."""
    venue = Venue(Settings(flows=ROOT / "flows", prompts=ROOT / "prompts"))
    found = asyncio.run(replay_one(CallFolder(recordings / CALL, KEYS), venue, level))  # type: ignore[arg-type]

    assert isinstance(found, Comparison)
    assert found.identical


def use(recordings: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever reads a call."""
    assert main(["calls", "show", CALL]) == 0
    assert "ceiling fan" in capsys.readouterr().out
    assert main(["replay", CALL]) == 0
    assert "Nothing differs" in capsys.readouterr().out
    assert main(["calls", "list", "--reindex", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == CALL
    assert main(["calls", "report", "--since", "2020-01-01", "--out", str(out.with_suffix(".html"))]) == 0
    assert "1 call," in capsys.readouterr().out
    assert main(["calls", "export", CALL, "--to", str(out)]) == 0
    assert "not encrypted any more" in capsys.readouterr().out
    with CallFolder(out / CALL).sound() as copy, CallFolder(recordings / CALL, keys_now(recordings)).sound() as sound:
        assert (copy.read(0, copy.samples) == sound.read(0, sound.samples)).all()
    assert CallFolder(out / CALL).events() == CallFolder(recordings / CALL, keys_now(recordings)).events()


def keys_now(recordings: Path) -> KeyRing:
    """Those of the environment."""
    return open_recordings(load_settings(), recordings).keys


def test_commands_read_it_before_and_after_its_key_was_replaced(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old key can go then."""
    use(recordings, tmp_path / "before", capsys)
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k2:{NEW},k1:{OLD}")
    assert main(["calls", "rotate"]) == 0
    capsys.readouterr()
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k2:{NEW}")

    assert {key_id(path) for path in (recordings / CALL).iterdir() if not path.name.startswith(".")} == {"k2"}
    use(recordings, tmp_path / "after", capsys)
    assert readable_in(recordings / CALL) == []


def test_without_its_key_it_is_told_which_is_missing(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By whatever reads it, and by the list for that call alone."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k2:{NEW}")
    for command in (["show", CALL], ["export", CALL, "--to", str(tmp_path / "out")], ["note", CALL, "x"]):
        assert main(["calls", *command]) == 1
        assert "with the key 'k1'" in capsys.readouterr().err
    whole(recordings, NAME)
    assert main(["calls", "list", "--reindex", "--json"]) == 0
    told = capsys.readouterr()

    assert json.loads(told.out)["id"] == NAME
    assert f"skipped: {CALL}" in told.err
    assert "with the key 'k1'" in told.err
    with pytest.raises(KeyNeededError, match="'k1'"):
        CallFolder(recordings / CALL).events()


def flip(path: Path, chunk: int) -> None:
    """Change a bit of the middle of a chunk."""
    content = bytearray(path.read_bytes())
    content[chunk * 4096 + 1000] ^= 1
    path.write_bytes(content)


def test_of_a_changed_file_the_chunk_is_told_and_other_calls_go_on(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In all that is done with many calls."""
    other = CALL.replace("one", "other")
    shutil.copytree(recordings / CALL, recordings / other)
    events = recordings / CALL / "events.jsonl"
    flip(events, 1)
    told = f"{events}, chunk 1"

    assert main(["calls", "show", CALL]) == 1
    assert told in capsys.readouterr().err
    assert main(["replay", "--json"]) == 1
    replayed = {one["call"]: one for one in json.loads(capsys.readouterr().out)["calls"]}
    assert told in replayed[CALL]["error"]
    assert replayed[other]["identical"]
    for to in ("calls", "calls.csv", "calls.json"):
        assert main(["calls", "export", "--since", "2020-01-01", "--to", str(tmp_path / to)]) == 1
        shown = capsys.readouterr()
        assert told in shown.err
        assert "1 call\n" in shown.out
    assert main(["calls", "list", "--reindex", "--json"]) == 0
    shown = capsys.readouterr()
    assert told in shown.err
    assert json.loads(shown.out)["id"] == other


def test_a_changed_sound_is_told_where_it_was_changed(recordings: Path) -> None:
    """What is before can be heard."""
    flip(recordings / CALL / "call.wav", 40)

    with CallFolder(recordings / CALL, KEYS).sound() as sound:
        assert len(sound.read(0, 1000)) == 1000
        with pytest.raises(TamperedError, match=r"call\.wav, chunk 40"):
            sound.read(0, sound.samples)


def test_the_record_of_a_call_is_made(recordings: Path) -> None:
    """With its words."""
    read = partial(record_in, keys=KEYS)

    assert "ceiling fan" in str(read(recordings / CALL))


@pytest.mark.parametrize("cut", [1, 500, 4096])
def test_a_call_whose_process_died_is_finished(tmp_path: Path, cut: int) -> None:
    """What is added is encrypted as well, also where the last write was cut short."""
    folder = record(tmp_path / NAME, (started(), *WORDS), summary=False, keys=KEYS)
    first = folder / "events.jsonl"
    whole_text = read_whole(first, KEYS)
    unfinished(first, whole_text, cut)
    found = recover(tmp_path, KEYS)
    call = CallFolder(folder, KEYS)

    assert found.problems == []
    assert call.is_over(call.events())
    assert call.summary() == found.calls[0].summary
    assert {key_id(path) for path in folder.iterdir()} == {"k1"}


def unfinished(path: Path, text: bytes, cut: int) -> None:
    """Leave a file as a process does that is killed while its last line is not all written."""
    from callagent.recording.at_rest.files import open_new

    path.unlink()
    file = open_new(path, KEYS)
    file.append(text * (cut // len(text) + 1))
    file.append(b'{"event":"Digit')
    file.abandon()


def test_words_are_let_go_of(tmp_path: Path) -> None:
    """The rest stays encrypted; without the key nothing is done, and it is told why."""
    folder = whole(tmp_path, keys=KEYS)
    later = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=100)
    missing = purge(tmp_path, {"transcript": 90}, later)
    assert SECRET_WORD.encode() in read_whole(folder / "events.jsonl", KEYS)
    done = purge(tmp_path, {"transcript": 90}, later, keys=KEYS)

    assert "with the key 'k1'" in missing.problems[0]
    assert [one.what for one in done.calls] == [("transcript",)]
    assert SECRET_WORD.encode() not in read_whole(folder / "events.jsonl", KEYS)
    assert key_id(folder / "events.jsonl") == "k1"
    assert purge(tmp_path, {"transcript": 90}, later, keys=KEYS).calls == []


def test_a_message_is_kept(tmp_path: Path) -> None:
    """Encrypted as the rest is."""
    folder = whole(tmp_path, message=True, keys=KEYS)

    assert read_whole(folder / "message.wav", KEYS)[:4] == b"RIFF"
    assert readable_in(folder) == []
