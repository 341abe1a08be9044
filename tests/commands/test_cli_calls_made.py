"""Commands that make something of recordings: tests of calls, and calls of files from elsewhere."""

import asyncio
import json
import os
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from support.staged_call import call
from support.tea_shop import FLOW, TeaShop
from support.told_call import write

from callagent.cli import main
from callagent.clock import IST
from callagent.dialogue.actions import CallerSaid
from callagent.events import CallStarted, Event
from callagent.media.wav import wav_bytes
from callagent.recording.folder import CallFolder

FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
NAME = "20261120T053000Z-abc-1"
SECONDS = 4


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TeaShop:
    """A shop and a recorded call of it, in the folder where the commands are run."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"SHOP": "tea", "STT": "scripted", "RECORDINGS": str(tmp_path / "recordings")}.items():
        monkeypatch.setenv(f"CALLAGENT_{name}", value)
    shop = TeaShop(tmp_path)
    shop.write()
    sound = wav_bytes(np.full((SECONDS * 8000, 2), 9, "<i2").tobytes(), channels=2)
    write(tmp_path / "recordings" / NAME, asyncio.run(recorded(shop)), sound)
    return shop


async def recorded(tea: TeaShop) -> list[Event]:
    """A call in which somebody asks for a price."""
    *events, ended = await call(tea.stage(), CallerSaid("price"), CallerSaid("sencha", 0.9), at=FRIDAY)
    return [*events, replace(ended, at_s=float(SECONDS))]


def make_private(said: str) -> None:
    """Have the second answer of the recorded call a private one, and this be what stands of it."""
    path = Path("recordings") / NAME / "events.jsonl"
    before = '"text":"sencha","confidence":0.9,'
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records:
        if record.get("turn") == 2 and record["given"]["kind"] == "CallerSaid":
            record.update(given={**record["given"], "text": said}, private=True, plain=False)
    assert before in path.read_text()
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


# --- test ---------------------------------------------------------------------------------------------------------


def test_a_call_becomes_one_of_the_shops_tests(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """It is appended to calls.yaml, passes, and `flows test` finds it."""
    tea.write_test("# ours\n- test: one\n  call:\n  - agent: what\n")

    assert main(["calls", "test", "abc", "--name", "price of sencha"]) == 0

    shown = capsys.readouterr().out
    assert "tea/tests/calls.yaml: 'price of sencha', 2 turns of the caller." in shown
    assert "It passes with today's flow tea" in shown
    assert (tea.folders.tests / "calls.yaml").read_text().startswith("# ours\n- test: one\n")
    assert main(["flows", "test", "tea", "--json"]) == 0
    [result] = json.loads(capsys.readouterr().out)["shops"]
    assert [one["test"] for one in result["tests"]] == ["one", "price of sencha"]


def test_a_call_that_goes_another_way_today_is_shown(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written, unless it is to be all the same."""
    tea.write(flow=FLOW.replace("    - say: price_is\n", "    - say: none_left\n"))

    assert main(["calls", "test", "abc"]) == 1
    shown = capsys.readouterr().out
    assert "[price_is, bye]" in shown
    assert "no test was written" in shown
    assert not (tea.folders.tests / "calls.yaml").exists()

    assert main(["calls", "test", "abc", "--anyway"]) == 1
    assert "price_is" in (tea.folders.tests / "calls.yaml").read_text()


def test_a_test_is_not_written_twice(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sound may come later, once; one that was changed since is not written over."""
    assert main(["calls", "test", "abc"]) == 0
    written = (tea.folders.tests / "calls.yaml").read_text()
    assert main(["calls", "test", "abc", "--sound"]) == 0

    assert "There already, word for word: 'call 20261120T053000Z-abc-1'" in capsys.readouterr().out
    assert (tea.folders.tests / "calls.yaml").read_text() == written
    assert main(["calls", "test", "abc", "--sound"]) == 1
    assert "is there already" in capsys.readouterr().err
    (tea.folders.tests / "calls.yaml").write_text(written.replace("caller: ", "caller: very ", 1))
    changed = (tea.folders.tests / "calls.yaml").read_text()
    assert changed != written
    assert main(["calls", "test", "abc"]) == 1
    assert "there is a test 'call 20261120T053000Z-abc-1' already" in capsys.readouterr().err
    assert (tea.folders.tests / "calls.yaml").read_text() == changed


def test_a_flow_that_is_gone_is_told(
    tea: TeaShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And which there are."""
    (tmp_path / "flows/tea").rename(tmp_path / "flows/coffee")
    (tmp_path / "prompts/tea").rename(tmp_path / "prompts/coffee")
    monkeypatch.setenv("CALLAGENT_SHOP", "coffee")

    assert main(["calls", "test", "abc"]) == 2
    assert "coffee" in capsys.readouterr().err
    assert main(["calls", "test", "abc", "--flow", "coffee"]) == 0


def test_tests_of_a_shop_stay_in_its_folder(tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link leads out of it: whoever wants that says so."""
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.touch()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/calls.yaml").touch()
    (tea.folders.tests / "calls.yaml").symlink_to(tmp_path / "deeper/calls.yaml")

    assert main(["calls", "test", "abc"]) == 1
    assert "--out" in capsys.readouterr().err
    assert main(["calls", "test", "abc", "--out", str(elsewhere)]) == 0
    assert "- test:" in elsewhere.read_text()
    assert not (tmp_path / "deeper/calls.yaml").read_text()


@pytest.mark.parametrize("name", ["../abc", "..", "nobody", ""])
def test_other_names_are_refused(tea: TeaShop, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They lead nowhere."""
    assert main(["calls", "test", name]) == 1
    assert "call" in capsys.readouterr().err


def test_the_sound_beside_it_holds_nothing_private(tea: TeaShop) -> None:
    """The caller's side without the private answer, nothing of the agent's, nobody's number."""
    make_private("⟦private 1: text 1 words⟧")

    assert main(["calls", "test", "abc", "--sound", "--anyway", "--name", "A price!"]) == 1

    copy = CallFolder(tea.folders.tests / "calls" / "a_price")
    assert len(copy.events()) == len(CallFolder(Path("recordings") / NAME).events())
    assert "9812345678" not in (copy.path / "events.jsonl").read_text()
    with copy.sound() as sound:
        rows = sound.read(0, sound.samples)
    assert len(rows) == SECONDS * 8000
    assert not rows[:, 1].any()
    assert (rows[:8000, 0] == 9).all()
    assert not rows[8000:16_000, 0].any()
    assert (rows[16_000:, 0] == 9).all()


def test_a_sound_test_goes_with_its_call(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has a call deleted has their voice deleted; the test in words has nothing of theirs."""
    assert main(["calls", "test", "abc", "--sound"]) == 0
    [copy] = (tea.folders.tests / "calls").iterdir()
    other = copy.with_name("another")
    shutil.copytree(copy, other)
    events = other / "events.jsonl"
    events.write_text(events.read_text().replace('"call_id":"abc"', '"call_id":"abcd"'))

    assert main(["calls", "delete", NAME]) == 0

    assert "deleted  1 of: sound tests" in capsys.readouterr().out
    assert list((tea.folders.tests / "calls").iterdir()) == [other]
    assert (tea.folders.tests / "calls.yaml").exists()


def test_a_private_answer_that_stands_in_a_recording_is_not_copied(
    tea: TeaShop, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test is read by many: neither sound nor words are written."""
    make_private("sencha")

    assert main(["calls", "test", "abc", "--sound", "--anyway"]) == 1

    assert "holds a private answer" in capsys.readouterr().err
    assert not list(tea.folders.tests.iterdir())


# --- import -------------------------------------------------------------------------------------------------------


def silent(path: Path, seconds: float = 2.0, level: int = 0) -> Path:
    """A stereo file in which nobody speaks."""
    path.write_bytes(wav_bytes(np.full((round(seconds * 8000), 2), level, "<i2").tobytes(), channels=2))
    return path


def test_one_broken_file_keeps_no_other_from_being_imported(
    tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is told; the status says that not all went well."""
    broken = tmp_path / "broken.wav"
    broken.write_text("Dear caller")
    os.utime(silent(tmp_path / "a.wav"), (FRIDAY.timestamp() + 2, FRIDAY.timestamp() + 2))
    files = [str(one) for one in (tmp_path / "a.wav", broken, silent(tmp_path / "b.wav", level=1))]

    assert main(["calls", "import", *files, "--recordings", str(tmp_path / "in")]) == 1

    shown = capsys.readouterr()
    assert "a.wav: 0:02 minutes, 0 turns of the caller" in shown.out
    assert "nobody speaks on the caller's side" in shown.out
    assert "2026-11-20 11:00, by the time of the file" in shown.out
    assert "broken.wav: is no WAV file" in shown.err
    folders = [CallFolder(path) for path in sorted((tmp_path / "in").iterdir())]
    assert len(folders) == 2
    assert [type(one).__name__ for one in folders[0].events()] == ["CallStarted", "CallEnded"]


def test_what_is_told_of_a_call_is_kept(tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When it began, who called, in which language; it is found at once, and goes with all else of the caller."""
    assert main(["calls", "list"]) == 0  # from now on there is a database
    words = ["--started", "2026-11-20T11:00", "--caller", "+919812345678", "--language", "en"]

    assert main(["calls", "import", str(silent(tmp_path / "a.wav")), *words]) == 0

    [folder] = [CallFolder(path) for path in (tmp_path / "recordings").glob("*T053000Z-*-1") if path.name != NAME]
    started = folder.events()[0]
    assert isinstance(started, CallStarted)
    assert started.started == "2026-11-20T11:00:00.000+05:30"
    assert (started.caller, started.language, started.flow) == ("xxxxxxxxxxx78", "en", "tea")
    capsys.readouterr()
    assert main(["calls", "list", "--caller", "+919812345678", "--json"]) == 0
    assert folder.name in capsys.readouterr().out
    assert main(["calls", "forget", "--caller", "+919812345678"]) == 0
    assert f"deleted  {folder.name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "Name WAV files"),
        (["--caller-file", "a.wav"], "give both"),
        (["a.wav", "--caller-file", "a.wav", "--agent-file", "a.wav"], "give both"),
        (["a.wav", "--started", "yesterday"], "'yesterday' is no time"),
        (["a.wav", "--caller", "98123"], "no telephone number"),
        (["a.wav", "--language", "tlh"], "does not speak 'tlh'"),
        (["a.wav", "--flow", "../tea/.."], "no shop"),
    ],
)
def test_what_is_wrongly_told_is_refused(
    tea: TeaShop, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    assert main(["calls", "import", *words]) == 2
    assert problem in capsys.readouterr().err
