"""`callagent calls list`: finds calls by what one remembers, and draws them where they belong in any terminal."""

import argparse
import asyncio
import base64
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from support.call_records import RECORD, summary

from callagent.call.callers import caller_key
from callagent.clock import IST
from callagent.commands.calls import table
from callagent.commands.calls.list import add_list, read_moment, run, search_of
from callagent.errors import ConfigurationError
from callagent.settings.loading import load_settings
from callagent.store.calls import CallStore, default_url
from callagent.store.record import CallRecord

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = "a secret of the shop's own"
NUMBER = "+919812345678"


def parsed(*words: str) -> argparse.Namespace:
    """What the command is told."""
    parser = argparse.ArgumentParser()
    add_list(parser)
    return parser.parse_args(words)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the recordings, and the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(tmp_path / "recordings"))
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def fill(folder: Path, *calls: CallRecord) -> None:
    """Have these in the database."""

    async def put() -> None:
        store = CallStore(default_url(folder))
        await store.open()
        await store.put(calls)
        await store.aclose()

    asyncio.run(put())


def call(name: str, **values: Any) -> CallRecord:
    """Of an hour ago, in the real time that the command knows."""
    started = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return replace(RECORD, **{"id": name, "started": started, **values})


def screen(drawn: str, width_of: Callable[[str], int]) -> list[dict[int, str]]:
    """What a terminal shows: by line, what stands in each cell; `width_of` tells how wide it makes a character."""
    shown: list[dict[int, str]] = []
    for line in drawn.splitlines():
        at, cells = 0, dict[int, str]()
        for control, column, char in re.findall(r"(\x1b\[([0-9;]*)[A-Za-z])|(.)", line):
            if control:
                at = int(column) - 1 if control.endswith("G") else at
            elif width := width_of(char):
                cells[at] = char
                at += width
        shown.append(cells)
    return shown


def as_most_do(char: str) -> int:
    """A vowel sign that stands beside its letter takes a cell."""
    return 0 if unicodedata.category(char) in {"Mn", "Me", "Cf"} else 1


def as_some_do(char: str) -> int:
    """None does."""
    return 0 if unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"} else 1


@pytest.mark.parametrize("width", [80, 120, 160])
@pytest.mark.parametrize("measure", [as_most_do, as_some_do])
def test_columns_stand_where_they_should(
    folder: Path, monkeypatch: pytest.MonkeyPatch, width: int, measure: Callable[[str], int]
) -> None:
    """Whatever the language, and however wide the terminal makes it; no line is too long."""
    odd = {"disposition": "क्षमा करें, दुकान बंद है", "flow": "नई दुकान की बड़ी दुकान"}
    fill(folder, call("a", **odd), call("b"), call("c", **odd, response_p95_ms=None, score=None, caller="withheld"))
    drawn = StringIO()
    console = Console(file=drawn, width=width, force_terminal=True, highlight=False, color_system=None)
    monkeypatch.setattr(table, "console_for", lambda **_: console)
    run(parsed())
    lines = screen(drawn.getvalue(), measure)
    layout = {80: table.NARROW, 120: table.WIDE, 160: table.WIDEST}[width]
    begins = [sum(layout.widths[:number]) + number for number in range(len(layout.widths))]

    assert layout.width <= width
    assert len(lines) == 5
    for line in lines[:4]:
        assert max(line) < width
        assert {begin: line.get(begin - 1, " ") for begin in begins[1:]} == dict.fromkeys(begins[1:], " ")
    for line in lines[1:4]:
        assert all(line.get(begins[column], " ") != " " for column in (0, 1, 2, 3, 4, 6, 11))


def test_a_page_tells_where_one_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first; what is cheap to know of a call stands in its line."""
    fill(folder, *(call(f"call-{number}", score=float(number)) for number in range(5)))
    (folder / "call-4").mkdir()
    (folder / "call-4" / "call.wav").touch()
    run(parsed("--limit", "2", "--page", "2"))
    second = capsys.readouterr().out
    run(parsed("--order", "worst", "--limit", "1"))
    worst = capsys.readouterr().out

    run(parsed("--words", "fan", "--limit", "2"))
    said = capsys.readouterr().out

    assert "calls 1 to 2, page 1 " in said
    assert "3 to 4 of 5 calls, page 2 of 3" in second
    assert "…00" in worst
    assert "hinglish" in worst
    assert "electrical@0735" in worst
    assert re.search(r"1:01 +goodbye, agent +█+.? +715 +1 +7 +0 ○", worst)


@pytest.mark.parametrize("width", [80, 120, 160])
def test_what_is_shown_of_a_name_finds_the_call(folder: Path, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """In a wide terminal all of it, else a part that tells no time; in the folder that is named, too."""
    name = "20261121T121443Z-cb42472db8c0-1"
    (folder.parent / "elsewhere").mkdir()
    fill(folder.parent / "elsewhere", call(name))
    drawn = StringIO()
    console = Console(file=drawn, width=width, force_terminal=True, highlight=False, color_system=None)
    monkeypatch.setattr(table, "console_for", lambda **_: console)
    run(parsed("--recordings", str(folder.parent / "elsewhere")))
    shown = drawn.getvalue().splitlines()[1].split()[0].partition("\x1b")[0]

    assert shown in name
    assert shown == (name if width == 160 else "cb424")


def test_json_is_a_call_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that is kept of each."""
    fill(folder, call("a"), call("b", language="hi"))
    run(parsed("--json", "--language", "hinglish"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [line["id"] for line in lines] == ["a"]
    assert lines[0] == call("a", started=datetime.fromisoformat(lines[0]["started"])).as_json()


def test_no_text_steers_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the table nor in JSON, from which it comes back as it was."""
    odd = "\x1b]0;x\x07\x9b2J\u202ebye\n"
    fill(folder, call("a", disposition=odd, flow=odd, language=odd, caller=odd, flow_version=odd, words=odd))
    run(parsed())
    table = capsys.readouterr().out
    run(parsed("--json"))
    line = capsys.readouterr().out

    for text in (table, line):
        assert not set(text) & set("\x1b\x07\x9b\u202e")
    assert len(table.splitlines()) == 3
    assert json.loads(line)["disposition"] == odd


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "7d", "--flow", "tea"), "No call was found: since "),
        (("--words", "पंखा नहीं"), "No call was found: in which “पंखा नहीं” was said."),
        (("--errors", "--crashed", "--version", "ff"), "version ff…, with errors, crashed."),
        (("--slower-than", "1500", "--score-below", "3.5"), "slower than 1500 ms, scored below 3.5."),
        (("--caller", "42", "--disposition", "x"), "ended as x, from a number that ends in 42."),
        (("--order", "worst"), "None of 1 call has a score."),
        (("--page", "7"), "There is no page 7: this is 1 call, on 1 page."),
    ],
)
def test_what_was_searched_is_told_where_nothing_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    """So that one sees what to leave out."""
    fill(folder, call("a", crashed=False, score=None))
    run(parsed(*words))

    assert told in capsys.readouterr().out.replace("\n", " ")


def test_a_number_is_found_by_its_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is written; without the secret only the last digits can be compared."""
    monkeypatch.setenv("CALLAGENT_CALLERS_SECRET", SECRET)
    settings = load_settings()
    ways = [NUMBER, "98123 45678", "098123-45678", "919812345678"]
    found = [search_of(parsed("--caller", way), settings, NOW) for way in ways]
    monkeypatch.delenv("CALLAGENT_CALLERS_SECRET")
    with pytest.raises(ConfigurationError, match="CALLAGENT_CALLERS_SECRET"):
        search_of(parsed("--caller", NUMBER), load_settings(), NOW)
    ends = search_of(parsed("--caller", "78"), load_settings(), NOW)

    assert all(caller_key(NUMBER, SECRET) in search.caller_keys for search in found)
    assert (ends.caller_ends, ends.caller_keys) == ("78", ())


@pytest.mark.parametrize("written", ["5678", "asha", "", "%"])
def test_what_is_no_number_is_told(folder: Path, written: str) -> None:
    """Rather than finding nobody."""
    with pytest.raises(ConfigurationError, match="no number"):
        search_of(parsed("--caller", written), load_settings(), NOW)


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("7d", datetime(2026, 11, 15, 12, tzinfo=UTC), datetime(2026, 11, 15, 12, tzinfo=UTC)),
        ("90m", datetime(2026, 11, 22, 10, 30, tzinfo=UTC), datetime(2026, 11, 22, 10, 30, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=IST), datetime(2026, 11, 22, tzinfo=IST)),
        ("2026-11-21T18:30", datetime(2026, 11, 21, 18, 30, tzinfo=IST), datetime(2026, 11, 21, 18, 30, tzinfo=IST)),
    ],
)
def test_moments_are_the_shops(written: str, since: datetime, until: datetime) -> None:
    """A day lasts until its end."""
    assert read_moment(written, NOW, IST) == since
    assert read_moment(written, NOW, IST, to_its_end=True) == until


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "yesterday"),
        ("--until", "2026-13-01"),
        ("--since", "9999999d"),
        ("--limit", "0"),
        ("--page", "-1"),
        ("--slower-than", "fast"),
        ("--order", "best"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """With what would be right."""
    with pytest.raises(SystemExit):
        parsed(*words)

    assert re.search(r"write|give|choose", capsys.readouterr().err)


def test_words_that_are_none_are_told(folder: Path) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigurationError, match="no word"):
        run(parsed("--words", "?!"))


def test_a_missing_database_is_made_from_the_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once; later ones come in with `--reindex`. What is broken is told, and the rest is shown."""
    for name in ("one", "two", "broken"):
        (folder / name).mkdir()
        (folder / name / "summary.json").write_text("{" if name == "broken" else json.dumps(summary()))
    run(parsed("--json"))
    first = capsys.readouterr()
    (folder / "three").mkdir()
    (folder / "three" / "summary.json").write_text(json.dumps(summary()))
    run(parsed("--json"))
    second = capsys.readouterr()
    run(parsed("--json", "--reindex"))
    third = capsys.readouterr()

    assert [len(told.out.splitlines()) for told in (first, second, third)] == [2, 2, 3]
    assert "skipped: broken: " in first.err
    assert "skipped" not in second.err


def test_words_that_are_not_in_the_database_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are with keys, and what to do; calls that are not wanted otherwise do not count."""
    fill(folder, call("a"), call("b", language="hi"))
    setting, remedy = "CALLAGENT_DATABASE_WORDS=yes", "`callagent calls list --reindex`"
    run(parsed("--words", "fan", "--json"))
    there = capsys.readouterr()
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k1:{base64.b64encode(bytes(32)).decode()}")
    run(parsed("--reindex", "--words", "fan", "--json"))
    gone = capsys.readouterr()
    run(parsed("--words", "fan", "--language", "hi"))
    narrowed = capsys.readouterr()
    run(parsed("--language", "hi"))
    by_all_else = capsys.readouterr()
    monkeypatch.setenv("CALLAGENT_DATABASE_WORDS", "yes")
    run(parsed("--words", "fan"))
    allowed = capsys.readouterr()

    assert (len(there.out.splitlines()), there.err) == (2, "")
    assert gone.out == ""
    assert "The words of 2 calls are not in the database" in gone.err
    assert setting in gone.err
    assert remedy in gone.err
    assert "The words of 1 call are not" in narrowed.err
    assert "No call was found" in narrowed.out
    assert "1 call" in by_all_else.out
    assert by_all_else.err == ""
    assert remedy in allowed.err
    assert setting not in allowed.err


def test_no_recordings_are_no_mistake_but_no_folder_is(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder has no calls yet; a folder that is not there is mostly another one."""
    run(parsed())
    assert "There are no calls yet" in capsys.readouterr().out
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(folder / "nowhere"))
    with pytest.raises(ConfigurationError, match="CALLAGENT_RECORDINGS"):
        run(parsed())
    assert not (folder / "nowhere").exists()
