"""Looking at a call, hearing it, judging it, and taking it along."""

import csv
import io
import json
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from support.fonts import needs_font
from support.told_call import ago, good_call, goodbye, greeting, name_at, said, started, tone, took, write

from callagent.cli import main
from callagent.commands.calls import folders
from callagent.commands.calls.play import scroll
from callagent.commands.calls.timeline import timeline
from callagent.events import BargedIn, DigitPressed, Event, FactsLookedUp, NoMatch
from callagent.evidence import LineTimed
from callagent.quality.tracks import tracks_of
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.rotation import rotate_file
from callagent.recording.folder import CallFolder

NASTY = "\x1b]0;title\x07\x1b[2J\u202eprice\x9b31m"


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where calls are kept; commands run beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(tmp_path / "recordings"))
    return tmp_path / "recordings"


@pytest.fixture
def call(recordings: Path) -> CallFolder:
    """A good one, with sound."""
    return write(recordings / "20261120T053000Z-a44460f2b573-1", good_call(), tone(20.0))


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was written to the audit log: what was done, and with which call."""
    written: list[tuple[str, str]] = []

    def audited(recordings: Path, what: str, call: str, by: str = "") -> None:
        written.append((what, call))

    monkeypatch.setattr("callagent.commands.calls.folders.audited", audited)
    return written


def shown_at(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of `calls show`."""
    monkeypatch.setattr(folders, "WIDTH_PIPED", width)
    assert main(["calls", "show", "a444"]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_a_call_is_shown(
    call: CallFolder,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    audit: list[tuple[str, str]],
) -> None:
    """Head, score, both sides and the turns, in as many columns as there are; and it is written down."""
    lines = shown_at(width, monkeypatch, capsys)
    text = "\n".join(lines)

    assert max(map(len, lines)) <= width
    assert "electrical@abc, en" in text
    assert "100 ━━━━━━━━━━" in text
    assert "caller: “price” 0.90" in text
    assert "main_menu: price" in text
    assert audit == [("shown with words", call.name)]


def test_what_a_caller_says_does_nothing_to_the_terminal(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also not in what was decided, in notes, events or JSON."""
    events = (started(), *greeting(), *said(1, 6.0, NASTY, took(6.3, value=NASTY), answer=NASTY), goodbye(9.0))
    folder = write(recordings / "a444", events)
    assert main(["calls", "note", "a444", NASTY]) == 0
    assert main(["calls", "score", "a444", "--comment", NASTY, "--flag", NASTY]) == 0
    for more in ([], ["--events"], ["--json"], ["--json", "--events"]):
        assert main(["calls", "show", folder.name, *more]) == 0
    text = capsys.readouterr().out

    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert "price" in text


def test_a_call_without_sound_is_shown_all_the_same(
    call: CallFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its bars stand for speech, and what is missing is said."""
    (call.path / "call.wav").unlink()
    text = "\n".join(shown_at(80, monkeypatch, capsys))

    assert "██" in text
    assert "no sound was kept" in text


def test_sound_that_cannot_be_read_is_said(
    call: CallFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are shown without it."""
    (call.path / "call.wav").write_bytes(b"nonsense")

    assert "is no WAV file" in "\n".join(shown_at(80, monkeypatch, capsys))


def test_many_numbers_are_summed_up(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody reads when each of 250 chunks came."""
    timed = LineTimed(at_s=5.0, zero=0, position=0, came=(*range(100), -7), gaps=(), first_beat=200, beats=(200, 210))
    folder = write(recordings / "a444", (started(), *greeting(), timed, goodbye(9.0)))

    assert main(["calls", "show", folder.name, "--events"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "came=101 numbers, -7 to 99, gaps=(), first_beat=200, beats=(200, 210)" in shown


@pytest.mark.parametrize("levels", [200, 900, 100_000])
def test_an_event_is_no_well(call: CallFolder, levels: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is nested deeper than a call makes any is told by its line."""
    events = call.path / "events.jsonl"
    lines = events.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if '"text":"price"' in line)
    lines[number] = lines[number].replace('"text":"price"', f'"text":{"[" * levels}{"]" * levels}')
    events.write_text("\n".join(lines) + "\n", encoding="utf-8")

    assert main(["calls", "show", "a444", "--events"]) == 1
    assert f"events.jsonl:{number + 1}: is no event of a call" in capsys.readouterr().err


def test_json_has_all_of_it(call: CallFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """With the events only where they are wanted."""
    assert main(["calls", "show", "a444", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["score"]["score"] == 100
    assert [turn["caller"] for turn in told["turns"]] == ["", "price", "goodbye"]
    assert told["timeline"]["length_s"] == 20.0
    assert "events" not in told


@needs_font
def test_pictures_are_written(call: CallFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As SVG and as PNG, for their owner only; what is there is written over only when that is said."""
    assert main(["calls", "show", "a444", "--svg", "a.svg"]) == 0
    assert main(["calls", "show", "a444", "--png", "a.png"]) == 0
    assert main(["calls", "show", "a444", "--svg", "a.svg"]) == 1
    assert main(["calls", "show", "a444", "--svg", "a.svg", "--force"]) == 0
    assert (tmp_path / "a.svg").stat().st_mode & 0o777 == 0o600

    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_no_time_below_the_axis_is_cut() -> None:
    """Where there is no room for a whole one there is a tick."""
    axis = next(iter(timeline(tracks_of((started(), *greeting(), goodbye(16.0))), 80))).plain

    assert axis.split() == ["╷0:00", "╷0:05", "╷0:10", "╷"]


def test_the_day_of_a_call_is_the_shops(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the zone of the machine and of the recording, in the call and over many."""
    monkeypatch.setenv("CALLAGENT_TIMEZONE", "Pacific/Auckland")
    began = ago(1).astimezone(UTC).replace(hour=20)
    write(recordings / name_at(began, 1), good_call(began=began))
    there = began.astimezone(ZoneInfo("Pacific/Auckland"))

    assert main(["calls", "show", name_at(began, 1)]) == 0
    assert f"{there:%a %d %b %Y, %H:%M:%S %z}" in capsys.readouterr().out
    assert main(["calls", "report", "--since", f"{there:%Y-%m-%d}"]) == 0
    assert "1 call," in capsys.readouterr().out
    assert f"<th scope='row'>{there:%d %b}</th><td>1</td>" in Path("report.html").read_text()


def test_a_timeline_has_every_mark_in_its_column() -> None:
    """A wide sign takes two, keys as many as there are; what meets goes below."""
    marks = (
        FactsLookedUp(at_s=2.0, source="catalogue", status="found", took_s=0.0),
        BargedIn(at_s=2.0, by="voice", latency_s=0.0),
        *(DigitPressed(at_s=10.0 + number / 10, digit=digit) for number, digit in enumerate("451#")),
    )
    events: tuple[Event, ...] = (*good_call()[:-1], *marks, goodbye(20.0))
    lines = [line.plain for line in timeline(tracks_of(events), 60)]

    assert lines[0].index("0:05") - lines[0].index("0:00") == 10
    assert lines[1].index("█") == 7 + 10
    assert lines[3].index("?") == 7 + 4
    assert lines[3].index("451#") == 7 + 20
    assert lines[4].index("⚡") == 7 + 4


def test_sound_that_is_missing_is_seen() -> None:
    """The agent spoke from 6.5 s on by the events, and the recording is silent there."""
    silent = [0.0] * 40
    lines = [line.plain for line in timeline(tracks_of(good_call()), 60, (silent, [1.0] * 10 + silent[10:]))]

    assert lines[2][7:] == "█" * 10 + "·" * 3 + "╌" * 4 + "·" * 8 + "╌" * 4 + "·" * 11


def test_a_timeline_of_two_hours_is_a_few_bands() -> None:
    """Not hundreds of them."""
    lines = list(timeline(tracks_of((started(), goodbye(7200.0))), 80))

    assert len([line for line in lines if line.plain.startswith("caller")]) <= 4


# --- playing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A player that keeps what it is given, as `aplay`; its file."""
    programs = tmp_path / "bin"
    programs.mkdir()
    heard = tmp_path / "heard.wav"
    program = programs / "aplay"
    program.write_text(f"#!/bin/sh\nexec /bin/cat > {heard}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return heard


def test_a_call_is_played(
    call: CallFolder, player: Path, capsys: pytest.CaptureFixture[str], audit: list[tuple[str, str]]
) -> None:
    """All of its sound, with the words; and it is written down."""
    assert main(["calls", "play", "a444"]) == 0

    assert player.read_bytes() == (call.path / "call.wav").read_bytes()
    assert "caller  price" in capsys.readouterr().out
    assert audit == [("played", call.name)]


def test_a_part_of_one_side_is_played(call: CallFolder, player: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a WAV of one channel that is as long as it says."""
    assert main(["calls", "play", "a444", "--from", "12.5", "--side", "agent"]) == 0
    data = player.read_bytes()

    assert data[22:24] == (1).to_bytes(2, "little")
    assert int.from_bytes(data[40:44], "little") == len(data) - 44 == 7.5 * 8000 * 2
    assert data[44:46] == (16_000).to_bytes(2, "little")
    assert "price" not in capsys.readouterr().out


def test_sound_that_somebody_changed_is_heard_up_to_there(
    call: CallFolder, player: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what is wrong is told."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", "k1:" + b64encode(bytes(32)).decode())
    path = call.path / "call.wav"
    rotate_file(path, KeyRing({"k1": bytes(32)}))
    data = bytearray(path.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    path.write_bytes(data)

    assert main(["calls", "play", "a444"]) == 1
    assert "is not what was written" in capsys.readouterr().err
    assert player.stat().st_size > 100_000


@pytest.mark.parametrize("seconds", ["20", "-1", "nan", "inf"])
def test_a_place_outside_the_call_is_told(
    call: CallFolder, player: Path, seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With how long it is."""
    assert main(["calls", "play", "a444", f"--from={seconds}"]) == 1
    assert "the call is 0:20 long" in capsys.readouterr().err


def test_without_a_player_it_says_where_the_sound_is(
    call: CallFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what plays it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["calls", "play", "a444"]) == 1
    told = capsys.readouterr().out
    assert str(call.path / "call.wav") in told
    assert "ffmpeg" in told


def test_a_player_that_fails_is_told(
    call: CallFolder, player: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its last words, made harmless."""
    (tmp_path / "bin" / "aplay").write_text("#!/bin/sh\nprintf 'no \\033[31mdevice\\n' >&2\nexit 3\n")

    assert main(["calls", "play", "a444"]) == 1
    assert capsys.readouterr().err.strip().endswith("no device")


def test_words_scroll_along() -> None:
    """Those around what is heard now, which stands out."""
    words = [(float(number), "agent", f"word {number}") for number in range(1, 31)]
    console = Console(file=io.StringIO(), width=80)
    console.print(scroll(words, 15.5, 30.0))
    shown = console.file.getvalue().splitlines()  # type: ignore[attr-defined]

    assert len(shown) == 9
    assert [line.strip() for line in shown if line.startswith("▶")] == ["▶ agent   word 16"]


# --- taking along ----------------------------------------------------------------------------------------------------


def test_calls_are_taken_along_as_a_table(
    call: CallFolder, recordings: Path, tmp_path: Path, audit: list[tuple[str, str]]
) -> None:
    """A row for each; each is written down."""
    other = write(recordings / "b555", good_call(language="hi"))

    assert main(["calls", "export", "a444", "b555", "--to", "calls.csv"]) == 0
    rows = list(csv.DictReader((tmp_path / "calls.csv").read_text("utf-8-sig").splitlines()))
    assert [row["call"] for row in rows] == [call.name, other.name]
    assert audit == [("exported", call.name), ("exported", other.name)]


def test_a_call_is_taken_along_whole(call: CallFolder, tmp_path: Path) -> None:
    """Its folder, its sound, or all as JSON."""
    assert main(["calls", "export", "a444", "--to", "out"]) == 0
    assert main(["calls", "export", "a444", "--to", "out.wav"]) == 0
    assert main(["calls", "export", "a444", "--to", "out.json"]) == 0

    copied = tmp_path / "out" / call.name
    assert sorted(path.name for path in copied.iterdir()) == ["call.wav", "events.jsonl"]
    assert (tmp_path / "out.wav").read_bytes() == (call.path / "call.wav").read_bytes()
    [told] = json.loads((tmp_path / "out.json").read_text())
    assert told["call"] == call.name
    assert told["events"][0]["event"] == "CallStarted"


def test_of_a_call_that_cannot_be_taken_along_nothing_is_left(
    call: CallFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it can be, once the key is there."""
    rotate_file(call.path / "call.wav", KeyRing({"k1": bytes(32)}))

    assert main(["calls", "export", "a444", "--to", "out"]) == 1
    assert "is encrypted with the key 'k1'" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", "k1:" + b64encode(bytes(32)).decode())
    assert main(["calls", "export", "a444", "--to", "out"]) == 0


@pytest.mark.parametrize("out", ["out.csv", "out.json", "out.wav", "out"])
def test_nothing_is_written_over(
    call: CallFolder, tmp_path: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless it is to be."""
    again = ["calls", "export", "a444", "--to", out]
    assert main(again) == 0
    assert main(again) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*again, "--force"]) == 0
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a444", "--to", "x.mp3"], "can be a folder, or a file that ends in .csv"),
        (["a444", "--to", "x.json", "--turns"], "name a file that ends in .csv"),
        (["--to", "x.csv"], "Name them, or say since when"),
        (["--since", "soon", "--to", "x.csv"], "'soon' is no time"),
        (["a444", "a444", "--to", "x.wav"], "holds one call, and 2 are named"),
    ],
)
def test_what_cannot_be_meant_is_told(
    call: CallFolder, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what can."""
    assert main(["calls", "export", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_call_is_not_copied_onto_itself(call: CallFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even with force."""
    assert main(["calls", "export", "a444", "--to", "recordings", "--force"]) == 2
    assert "is the call itself" in capsys.readouterr().err


# --- judging ---------------------------------------------------------------------------------------------------------


def test_a_card_is_filled_in_and_shown(call: CallFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the score by events."""
    assert main(["calls", "score", "a444", "--greeting", "4", "--flag", "training", "--by", "asha"]) == 0
    assert main(["calls", "score", "a444", "--solved", "5", "--by", "asha", "--json"]) == 0
    shown, _, told = capsys.readouterr().out.partition("{")

    assert "scorecard of asha: greeting 4" in shown
    assert "[training]" in shown
    [card] = json.loads("{" + told)["scorecards"]
    assert (card["greeting"], card["solved"], card["by"]) == (4, 5, "asha")


def test_questions_are_asked_on_a_terminal(call: CallFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter leaves one open."""
    answers = iter(["5", "", "3", "", "", "one, two", "fine"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(Console, "is_terminal", True)
    monkeypatch.setattr("rich.prompt.Prompt.ask", lambda *_, **__: next(answers))

    assert main(["calls", "score", "a444", "--by", "asha"]) == 0
    [card] = json.loads((call.path / "scorecard.json").read_text())["cards"]
    assert (card["greeting"], card["understood"], card["correct"]) == (5, None, 3)
    assert (card["flags"], card["comment"]) == (["one", "two"], "fine")


def test_a_note_is_shown_in_its_place(
    call: CallFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the timeline and below."""
    assert main(["calls", "note", "a444", "listen: हाँ", "--at", "10", "--by", "asha"]) == 0
    lines = shown_at(80, monkeypatch, capsys)

    assert "note of asha at 0:10: listen: हाँ" in lines[-1]
    assert any(line.rstrip() == " " * 27 + "*" for line in lines)


def test_a_note_outside_the_call_is_refused(call: CallFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """With how long it is."""
    assert main(["calls", "note", "a444", "x", "--at", "21"]) == 1
    assert "the call is 0:20 long" in capsys.readouterr().err


# --- reporting -------------------------------------------------------------------------------------------------------


def test_a_report_is_of_its_time(recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls before and after are not in it; one that cannot be read is told and keeps nobody out."""
    write(recordings / "by a wrong clock", good_call(began=ago(-1_000_000)))
    for number, days in enumerate((1, 3, 30)):
        write(recordings / name_at(ago(days), number), good_call(version=f"of {days}", began=ago(days)))
    (recordings / f"{name_at(ago(2), 9)}").mkdir()
    (recordings / name_at(ago(2), 9) / "events.jsonl").write_text("nonsense\nnonsense\n")

    assert main(["calls", "report", "--since", "7d"]) == 0
    told, text = capsys.readouterr(), (tmp_path / "report.html").read_text()
    assert "report.html: 2 calls" in told.out
    assert "left out: by a wrong clock: began after now" in told.err
    assert "electrical@of 1" in text
    assert "electrical@of 3" in text
    assert "electrical@of 30" not in text
    assert "2 calls could not be read" in text


def test_words_in_a_report_are_written_down(recordings: Path, tmp_path: Path, audit: list[tuple[str, str]]) -> None:
    """Those of the calls that they are of, and only when they are asked for."""
    missed = said(1, 6.0, "purple", NoMatch(at_s=6.3, step="main_menu", count=1))
    folder = write(recordings / "a444", (started(began=ago(1)), *greeting(), *missed, goodbye(12.0)))
    write(recordings / "b555", good_call(began=ago(1)))

    assert main(["calls", "report", "--out", "without.html"]) == 0
    assert "purple" not in (tmp_path / "without.html").read_text()
    assert audit == []
    assert main(["calls", "report", "--words"]) == 0
    assert "purple" in (tmp_path / "report.html").read_text()
    assert audit == [("shown with words", folder.name)]


def test_a_report_is_not_written_over(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless it is to be."""
    assert main(["calls", "report"]) == 0
    assert main(["calls", "report"]) == 1
    assert main(["calls", "report", "--force"]) == 0
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "hours"), [("24h", 24), ("7d", 168), ("2w", 336)])
def test_times_are_counted_back(text: str, hours: int) -> None:
    """From now."""
    now = ago(0)

    assert folders.moment(text, now) == now - timedelta(hours=hours)


def test_looking_at_a_call_loads_nothing_that_only_live_calls_need(call: CallFolder) -> None:
    """So that it begins at once."""
    program = (
        "import sys; from callagent.cli import main; main(['calls', 'show', 'a444']); print('pipecat' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  # ours

    assert ran.stdout.splitlines()[-1] == "False"
