"""`callagent replay`, as it is typed."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.examples import EXAMPLES, SHOP
from support.phone_call import ROOT, Setting
from support.recorded_call import kept_call

from callagent.cli import main
from callagent.commands.calls.folders import moment
from callagent.commands.exit_status import FAILED, MISUSED, OK
from callagent.errors import ConfigurationError
from callagent.events import ProviderFailed, ProviderFellBack, StageDown
from callagent.recording.folder import Recordings
from callagent.simulator.script import parse_script

SCRIPT = """
about: {caller: a test}
steps: [hear, say: price, hear, say: ceiling fan, hear, hang up]
"""
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three calls, of which two are the same."""
    folder = tmp_path_factory.mktemp("calls")
    kept_call(Setting(folder / ".cache"), parse_script(SCRIPT, "script"), folder / "one", sound=False)
    shutil.copytree(folder / "one", folder / "two")
    shutil.copytree(folder / "one", folder / "three")
    path = folder / "three" / "events.jsonl"
    path.write_text(path.read_text().replace('"text":"price"', '"text":"\\u001b[31mopening hours"'))
    return folder


@pytest.fixture(autouse=True)
def _checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop is found wherever the tests are begun."""
    monkeypatch.chdir(ROOT)


def test_one_call_is_shown_turn_by_turn(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what the caller did, and that nothing differs."""
    status = main(["replay", "one", "--recordings", str(recordings)])

    shown = capsys.readouterr().out
    assert status == OK
    assert "ceiling fan" in shown
    assert "Nothing differs." in shown


def test_of_many_calls_the_differing_are_shown(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its first difference, no caller's control characters, and an exit status for CI."""
    status = main(["replay", "--level", "words", "--recordings", str(recordings)])

    shown = capsys.readouterr().out
    assert status == FAILED
    assert "1 of 3 calls differs" in shown
    assert "three" in shown
    assert "two" not in shown
    assert "\x1b[31m" not in shown


def test_a_program_is_told_all_of_it(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Turns, verdicts, findings, and how long it took."""
    main(["replay", "--json", "--level", "words", "--recordings", str(recordings)])

    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == {
        "calls": 3,
        "differ": 1,
        "diverge": 1,
        "more_to_person": 0,
        "unreplayed": 0,
    } | dict.fromkeys(("response", "response_now"))
    assert [call["identical"] for call in told["calls"]] == [True, False, True]
    assert all(turn["response_now_ms"] is None for call in told["calls"] for turn in call["turns"])  # not replayed
    assert told["took_s"] > 0


@pytest.mark.parametrize(
    ("arguments", "expected", "told"),
    [
        (["nobody"], FAILED, "there is no such call"),
        (["../one"], FAILED, "neither the folder"),
        (["one", "--flow", "nowhere"], MISUSED, "no shop 'nowhere'"),
        (["--flow", "nowhere"], MISUSED, "no shop 'nowhere'"),
        (["--since", "yesterday"], MISUSED, "is no time"),
    ],
)
def test_what_is_wrong_is_told(
    recordings: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: int, told: str
) -> None:
    """With what would be right, once."""
    status = main(["replay", *arguments, "--recordings", str(recordings)])

    shown = capsys.readouterr()
    assert status == expected
    assert " ".join((shown.out + shown.err).split()).count(told) == 1


def test_calls_of_a_time(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of before it are left out; when none is left, that is told."""
    assert main(["replay", "--since", "2026-11-20", "two", "--recordings", str(recordings)]) == OK
    assert main(["replay", "--since", "2027-01-01", "--recordings", str(recordings)]) == FAILED
    assert "no call of that time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "ago"),
    [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("30m", timedelta(minutes=30)), ("2w", timedelta(14))],
)
def test_so_long_ago(text: str, ago: timedelta) -> None:
    """A number and a unit."""
    assert moment(text, NOW) == NOW - ago


@pytest.mark.parametrize("text", ["", "d", "7", "7y", "-1d", "99999999d", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_no_time_at_all(text: str) -> None:
    """It is told what to write."""
    with pytest.raises(ConfigurationError, match="7d"):
        moment(text, NOW)


@pytest.fixture
def _corner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop of the recorded examples."""
    monkeypatch.setenv("CALLAGENT_FLOWS", str(SHOP / "flows"))
    monkeypatch.setenv("CALLAGENT_PROMPTS", str(SHOP / "prompts"))


@pytest.mark.usefixtures("_corner")
def test_the_examples_by_their_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """All that have any, in both languages; the others are told."""
    status = main(["replay", "--level", "sound", "--recordings", str(EXAMPLES)])

    shown = capsys.readouterr().out
    assert "1 call without sound left out." in shown
    assert "0 of 4 calls differ." in shown
    assert status == OK


def test_of_a_call_that_is_still_recorded_its_end_is_not_compared(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What there is of it is."""
    shutil.copytree(recordings / "one", tmp_path / "one")
    path = tmp_path / "one" / "events.jsonl"
    path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(keepends=True) if b"CallEnded" not in line))

    assert main(["replay", "one", "--recordings", str(tmp_path)]) == OK
    assert "has no end" in capsys.readouterr().out


@pytest.mark.usefixtures("_corner")
def test_sound_that_was_cut_off_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody takes it for another decision of the flow."""
    shutil.copytree(EXAMPLES / "rate_in_hinglish", tmp_path / "one")
    path = tmp_path / "one" / "call.wav"
    path.write_bytes(path.read_bytes()[:100_000])

    assert main(["replay", "one", "--level", "sound", "--recordings", str(tmp_path)]) == FAILED
    assert "at 3.1 s: sound, silence from there on" in capsys.readouterr().out


@pytest.mark.usefixtures("_corner")
def test_calls_are_had_again_as_if_each_were_the_only_one(capsys: pytest.CaptureFixture[str]) -> None:
    """To the letter, whichever were had before; and what callers waited for is told over all of them."""
    main(["replay", "--level", "sound", "--recordings", str(EXAMPLES), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert [call["call"] for call in told["calls"] if not call["identical"]] == []
    assert len(told["calls"]) == 4
    assert told["findings"]["response"] == told["findings"]["response_now"]
    assert 100 < told["findings"]["response"]["median_ms"] < 1000


@pytest.mark.usefixtures("_corner")
def test_who_takes_over_from_a_recogniser_is_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    """However long it takes to load: it leaves nothing to be done in the calls after it, nor a word of its own."""
    arguments = ["--level", "sound", "--fault", "stt fails from 3s to 9s", "--recordings", str(EXAMPLES), "--json"]
    main(["replay", *arguments])
    printed, said = capfd.readouterr()
    *others, silent = json.loads(printed)["calls"]
    main(["replay", others[0]["call"], *arguments])

    assert said == "1 call without sound left out.\n"
    assert json.loads(capfd.readouterr().out)["calls"] == others[:1]
    assert all(call["differs"] for call in others)
    assert (silent["call"], silent["identical"]) == ("silent_then_keys", True)


@pytest.mark.usefixtures("_corner")
def test_a_rehearsed_outage_is_kept_as_a_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The decisions are the same, and what the caller would have heard can be looked at."""
    arguments = ["--level", "sound", "--fault", "tts fails at 5s", "--out", str(tmp_path)]
    main(["replay", "rate_in_hinglish", *arguments, "--recordings", str(EXAMPLES), "--json"])

    [call] = json.loads(capsys.readouterr().out)["calls"]
    assert not call["differs"]
    assert all(turn["response_ms"] and turn["response_now_ms"] for turn in call["turns"][1:])
    [kept] = Recordings(tmp_path).all()
    assert any(isinstance(event, ProviderFailed | ProviderFellBack | StageDown) for event in kept.events())
    with kept.sound() as sound:
        assert sound.read(0, sound.samples)[:, 1].any()


@pytest.mark.parametrize("what", [["--stt", "pocketsphinx"], ["--fault", "tts hangs"], ["--out", "somewhere"]])
def test_what_is_of_the_sound_alone(what: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The other levels have none."""
    assert main(["replay", *what]) == MISUSED
    assert "--level sound" in capsys.readouterr().err


@pytest.mark.usefixtures("_corner")
@pytest.mark.parametrize(
    ("name", "told"),
    [("parrot", "--stt: 'parrot' is not"), ("", "--stt: '' is not"), ("deepgram", "DEEPGRAM_API_KEY:")],
)
def test_a_recogniser_that_there_is_not(name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told once, and no call is said to differ for it."""
    status = main(["replay", "--level", "sound", "--stt", name, "--recordings", str(EXAMPLES)])

    assert status == MISUSED
    printed = capsys.readouterr()
    assert printed.err.count(told) == 1
    assert "could not be replayed" not in printed.out


def test_a_broken_call_keeps_no_other_from_being_replayed(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with it: a line, a record in one, or that its process died before it had a flow."""
    shutil.copytree(recordings / "one", tmp_path / "one")
    for name, then, now in (
        ("a[red]line", '"at_s":0.0', '"at_s":"soon"'),
        ("b\x1b[2Jrecord", '"given":{"kind":', '"given":{"kin":'),
        ("c no flow", '"flow":"electrical"', '"flow":""'),
        ("d elsewhere", '"flow":"electrical"', f'"flow":"{ROOT}/flows/electrical"'),
    ):
        shutil.copytree(recordings / "one", tmp_path / name)
        path = tmp_path / name / "events.jsonl"
        assert then in path.read_text()
        path.write_text(path.read_text().replace(then, now, 1))

    status = main(["replay", "--since", "2026-01-01", "--recordings", str(tmp_path)])

    shown = capsys.readouterr().out
    assert status == FAILED
    assert "0 of 1 call differs; 4 could not be replayed." in " ".join(shown.split())
    assert "a[red]line" in shown
    assert "\x1b[2J" not in shown


@pytest.mark.usefixtures("_corner")
def test_other_words_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they were and as they are, without a number; of one call and of many."""
    monkeypatch.setenv("COLUMNS", "250")
    shutil.copytree(SHOP, tmp_path / "draft")
    prompts = tmp_path / "draft" / "prompts" / "corner" / "en.yaml"
    prompts.write_text(prompts.read_text().replace("Did you say {answer}", "Was it {answer}"))

    for calls in (["call_back"], []):
        main(["replay", *calls, "--flow", str(tmp_path / "draft"), "--recordings", str(EXAMPLES)])
        shown = capsys.readouterr().out
        assert "“Did you say ⟦phone 1⟧?”" in shown
        assert "“Was it ⟦phone 1⟧?”" in shown


def test_imported_calls_are_left_out_where_they_have_nothing_to_compare(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of many, at the level of decisions; alone, today's flow is shown and nothing is said to be the same."""
    for name in ("one", "in"):
        shutil.copytree(recordings / "one", tmp_path / name)
    path = tmp_path / "in" / "events.jsonl"
    lines = [line for line in path.read_text().splitlines() if '"DialogueAdvanced"' not in line]
    path.write_text("\n".join(re.sub(r'"(carrier)":"\w+"|"(flow_version)":"\w+"', _imported, line) for line in lines))

    assert main(["replay", "--recordings", str(tmp_path)]) == OK
    assert "1 imported call left out" in capsys.readouterr().out
    assert main(["replay", "in", "--level", "words", "--recordings", str(tmp_path)]) == OK
    shown = capsys.readouterr().out
    assert "The call was imported" in shown
    assert "Nothing differs" not in shown
    assert "same" not in shown


def test_one_reason_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Of calls that cannot be replayed for the same."""
    assert main(["replay", "--recordings", str(EXAMPLES)]) == FAILED

    shown = capsys.readouterr().out
    assert shown.count("There is no shop") == 1
    assert shown.count("likewise") == 4


def _imported(found: re.Match[str]) -> str:
    return '"carrier":"import"' if found[1] else '"flow_version":""'
