"""Exchanges from end to end, through the code of live calls, and the command that has them."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from callagent.cli import main
from callagent.commands import turns
from callagent.events import AgentSaid
from callagent.media.audio import CHUNK_SAMPLES, SAMPLE_RATE
from callagent.media.wav import read_wav
from callagent.simulator.turns.caller import Word
from callagent.simulator.turns.case import Case, LineSound, Moment, Noise, Press, Say, Sound
from callagent.simulator.turns.figures import Figures, Judged, Share, TurnResult
from callagent.simulator.turns.table import turn_tables
from callagent.simulator.turns.verdict import Verdict, judge
from callagent.simulator.virtual_time import run
from callagent.stt.transcriber import Hints, Transcript
from callagent.turn_bench.bench import in_noise, measure, one, read
from callagent.turn_bench.labelled import LabelledTranscriber

YES = Case(
    "a yes",
    "answer",
    "en",
    "yes or no",
    (Sound(Moment(0.5, "the agent ends"), Say("yes"), takes_floor=True),),
    understood="yes",
)
STOP = Case(
    "an interruption",
    "interruption",
    "hinglish",
    "information",
    (Sound(Moment(2.0, "the agent begins"), Say("rate chahiye"), takes_floor=True),),
    understood="rate chahiye",
)


# --- what ships -----------------------------------------------------------------------------------------------------


def test_the_cases_that_ship_are_right() -> None:
    """More than a hundred and twenty, in three languages, each with a label that says something."""
    cases = read(None)

    assert len(cases) >= 120
    assert {case.language for case in cases} == {"en", "hi", "hinglish"}
    assert all(case.sounds or case.line != LineSound() for case in cases)


# --- exchanges ------------------------------------------------------------------------------------------------------


def test_an_answer_and_an_interruption(tmp_path: Path) -> None:
    """Both are heard to their end, answered, and remembered as they were heard."""
    done: list[float] = []
    result = measure([YES, STOP], tmp_path, done.append)
    answer, stop = (judged.verdict for judged in result.clean)

    assert len(result.noisy) == 2
    assert answer.understood is stop.understood is True
    assert answer.cut_in is stop.cut_in is False
    assert 0 < (answer.response_ms or 0) < 2500
    assert answer.barge_in_ms is None
    assert stop.missed_stop is False
    assert 0 < (stop.barge_in_ms or 0) < 1000
    assert all(judged.verdict.history_right for judged in (*result.clean, *result.noisy))
    assert done[-1] == 1.0


def test_a_key_interrupts(tmp_path: Path) -> None:
    """It has no sound, and is answered all the same."""
    key = replace(STOP, sounds=(Sound(Moment(1.0, "the agent begins"), Press("1"), takes_floor=True),), understood=None)
    verdict = judge(one(key, tmp_path).exchange)

    assert verdict.missed_stop is verdict.unanswered is False


def test_an_undisturbed_turn_is_heard_to_its_end(tmp_path: Path) -> None:
    """A click is no voice, and nobody takes the floor: the history is the whole turn."""
    click = Case(
        "click",
        "noise",
        "hi",
        "choice",
        (Sound(Moment(1, "the agent begins"), Noise("click", 0.1), takes_floor=False),),
    )
    played = one(click, tmp_path)
    verdict = judge(played.exchange)
    said = [event for event in played.events if isinstance(event, AgentSaid)]

    assert verdict.false_stop is False
    assert verdict.history_right is True
    assert [event.heard for event in said] == [event.text for event in said] != []
    # What the caller's side carried is the click, and nothing before it.
    assert not any(played.spoken[: SAMPLE_RATE * 2])


def test_the_agents_own_voice_comes_back(tmp_path: Path) -> None:
    """With its delay, and softer by what was asked for."""
    echo = Case("echo", "echo", "en", "yes or no", (), LineSound(echo_db=-40.0, echo_delay_s=0.2))
    played = one(echo, tmp_path)
    back, out = (np.frombuffer(side, "<i2").astype(int) for side in (played.spoken, played.heard))
    behind = int(np.argmax(back)) - int(np.argmax(out))

    assert behind / SAMPLE_RATE == pytest.approx(0.2 - 0.02, abs=0.001)  # of which 20 ms is how far the other side is
    assert back.max() == pytest.approx(out.max() / 100, abs=1)


@pytest.mark.parametrize("seconds", [0.6, 1.0])
def test_an_answer_after_an_echo_that_outlasts_the_agent(tmp_path: Path, seconds: float) -> None:
    """The echo is no answer, and a "haan" that follows it is, though it is no more than a listener's word."""
    line = LineSound(echo_db=-18.0, echo_delay_s=0.4, echo_recognised=True)
    haan = Sound(Moment(seconds, "the agent ends"), Say("हाँ"), takes_floor=True)
    (judged,) = measure([Case("haan", "echo", "hi", "yes or no", (haan,), line)], tmp_path).clean

    assert judged.verdict.unanswered is False
    assert judged.verdict.cut_in is False


def test_a_late_echo_of_the_first_words(tmp_path: Path) -> None:
    """What comes back 400 ms later ends when the agent's words do, whenever that is known to have ended."""
    line = LineSound(echo_db=-14.0, echo_delay_s=0.4, echo_recognised=True)
    (judged,) = measure([Case("echo", "echo", "en", "information", (), line)], tmp_path).clean

    assert judged.verdict.false_stop is False
    assert judged.verdict.joined_right is True


def test_an_echo_of_several_sentences_is_no_turn(tmp_path: Path) -> None:
    """It goes on to the agent's end and beyond; the caller's own words, three seconds later, are heard."""
    line = LineSound(echo_db=-20.0, echo_delay_s=0.3, echo_recognised=True)
    rate = Sound(Moment(3.0, "the agent ends"), Say("rate"), takes_floor=True)
    played = one(Case("echo", "echo", "hinglish", "information", (rate,), line, understood="rate"), tmp_path)

    assert played.exchange.transcripts == ("rate",)
    assert judge(played.exchange).false_stop is False


def test_a_caller_who_is_not_done_is_waited_for(tmp_path: Path) -> None:
    """However long the groups of a number take: the exchange is over only after the last of them."""
    texts = ("nine eight seven", "six five four", "three two one zero")
    moments = (Moment(0.5, "the agent ends"), *[Moment(1.2, "the previous sound")] * 2)
    groups = tuple(Sound(at, Say(text), takes_floor=True) for at, text in zip(moments, texts, strict=True))
    played = one(Case("number", "number", "en", "phone number", groups, understood=" ".join(texts)), tmp_path)
    verdict = judge(played.exchange)

    assert verdict.cut_in is False
    assert verdict.understood is True


def test_noise_is_relative_to_the_callers_voice() -> None:
    """A quiet caller's street is quieter too, or nobody could be understood."""
    assert in_noise(YES).line == LineSound(snr_db=10.0)


# --- what is understood ---------------------------------------------------------------------------------------------


class _Line:
    """A line that has carried so many chunks, each of its own, but for some that are silent."""

    def __init__(self, *words: Word, silent: range = range(0)) -> None:
        self.position = 0
        self._words = words
        self._silent = silent

    def words(self) -> tuple[Word, ...]:
        """All that is ever said here."""
        return self._words

    def place_of(self, pcm: bytes) -> int | None:
        """By the number that stands in it."""
        number = int.from_bytes(pcm[:2], "little")
        return number * CHUNK_SAMPLES if number else None

    async def audio(self, *numbers: int) -> AsyncIterator[bytes]:
        """Chunks by their numbers: those that the line has not carried come as they are spoken."""
        for number in numbers:
            self.position = max(self.position, (number + 1) * CHUNK_SAMPLES)
            yield b"\0\0" * CHUNK_SAMPLES if number in self._silent else number.to_bytes(2, "little") * CHUNK_SAMPLES

    def transcribed(self, *numbers: int) -> list[tuple[str, bool]]:
        """Texts, and whether each is final."""

        async def all_of_them() -> list[Transcript]:
            heard = LabelledTranscriber(self).transcribe(self.audio(*numbers), Hints())
            return [each async for each in heard]

        return [(each.text, each.final) for each in run(all_of_them())]


def test_words_appear_after_they_were_said() -> None:
    """Each 150 ms after its end, and all of them when the audio is over."""
    line = _Line(Word("ceiling", 800, 2400), Word("fan", 2400, 4000))

    assert line.transcribed(*range(1, 26)) == [("ceiling", False), ("ceiling fan", True)]


def test_only_words_that_the_audio_holds_are_made_out() -> None:
    """What was said before it began, and what is cut off at its end, is not."""
    line = _Line(Word("gone", 100, 1600), Word("kept", 8000, 9600), Word("cut", 11000, 14000))

    assert line.transcribed(*range(50, 80)) == [("kept", False), ("kept", True)]


def test_a_turn_that_goes_on_may_lack_the_silence_between() -> None:
    """What was said before it is made out where it was said."""
    line = _Line(Word("before", 800, 2400), Word("after", 16000, 17600))
    line.position = 101 * CHUNK_SAMPLES

    assert line.transcribed(*range(1, 20), *range(95, 115))[-1] == ("before after", True)


def test_silence_belongs_to_what_was_before_it() -> None:
    """It looks like any other; of audio that is all silent its time tells what it is."""
    assert _Line(Word("yes", 1600, 4000), silent=range(12, 20)).transcribed(*range(8, 30))[-1] == ("yes", True)
    assert _Line(Word("yes", 1600, 4000), silent=range(40)).transcribed(*range(8, 30))[-1] == ("yes", True)
    assert _Line(Word("yes", 1600, 4000), silent=range(80)).transcribed(*range(50, 60))[-1] == ("", True)


def test_no_audio_is_nothing() -> None:
    """A turn that is closed before it began."""
    assert _Line(Word("yes", 1600, 3200)).transcribed() == [("", True)]


# --- figures and the command ----------------------------------------------------------------------------------------


def result(*verdicts: Verdict, noisy: tuple[Verdict, ...] = ()) -> TurnResult:
    """A measurement with these verdicts."""
    return TurnResult(
        tuple(Judged(YES, verdict) for verdict in verdicts), tuple(Judged(YES, verdict) for verdict in noisy), 1.0
    )


def test_shares_count_only_what_could_have_happened() -> None:
    """Of four exchanges two could be stopped falsely, and one was."""
    figures = Figures.of(
        [
            Judged(YES, verdict)
            for verdict in (Verdict(false_stop=True), Verdict(false_stop=False), Verdict(), Verdict())
        ]
    )

    assert figures.false_stop == Share(1, 2)
    assert figures.missed_stop == Share(0, 0)
    assert figures.false_stop.part == 0.5
    assert figures.missed_stop.part == 0.0


def test_the_limits() -> None:
    """3 % of false stops are let go, and in noise twice as many; a wrong history never is."""
    few = [Verdict(false_stop=True), *[Verdict(false_stop=False)] * 32]
    many = [Verdict(false_stop=True), *[Verdict(false_stop=False)] * 16]

    assert result(*few, Verdict(false_stop=False)).beyond == ()
    assert len(result(*few[:-1]).beyond) == 1
    assert result(noisy=tuple(many)).beyond == ()
    assert "at 10 dB noise: false stop 6.2 % (1 of 16), limit 6 %" in result(noisy=tuple(many[:-1])).beyond
    assert result(Verdict(history_right=False)).beyond == ("the history is not what was heard: 1 of 1",)


def test_the_command_tells_what_is_beyond_a_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, and the place of every case that went wrong."""
    wrong = Verdict(missed_stop=True, notes=("went on at 2.00 s",))
    monkeypatch.setattr(turns, "measure", lambda *_: result(wrong))
    monkeypatch.setenv("COLUMNS", "200")

    assert main(["bench", "--turns"]) == 1
    shown = capsys.readouterr().out
    assert "a yes: went on at 2.00 s" in shown
    assert "missed stop 100.0 % (1 of 1), limit 1 %" in shown

    assert main(["bench", "--turns", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["clean"]["all"]["missed_stop"] == {"count": 1, "of": 1}
    assert told["clean"]["cases"][0]["notes"] == ["went on at 2.00 s"]


def test_the_tables_fit_into_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """With the longest kind that ships and the longest figures, nothing is cut off at 80 columns."""
    slow = Verdict(false_stop=False, response_ms=1115.0, barge_in_ms=1203.0)
    many = tuple(Judged(replace(YES, kind="noise that comes once"), slow) for _ in range(100))
    Console(width=80, no_color=True).print(turn_tables(TurnResult(many, (), 1.0)))

    shown = capsys.readouterr().out
    assert "noise that comes once 0/100" in shown
    assert shown.count("1115/1115 1203/1203") == 2
    assert "…" not in shown


def test_mistakes_in_cases_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with their places, and blames no shop for them."""
    assert main(["bench", "--turns", "--cases", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"Mistakes in the files: 1\n{tmp_path}: There are no cases here.")


def test_an_exchange_to_listen_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sides in one file, and what happened beside it; from a folder of one's own."""
    (tmp_path / "mine.yaml").write_text(
        "kind: answer\n"
        "language: en\n"
        "cases:\n"
        "  - case: my own yes\n"
        "    agent: yes or no\n"
        "    sounds:\n"
        '      - {say: "yes", at: 0.4 seconds after the agent ends, takes floor: yes}\n',
        encoding="utf-8",
    )
    folder = tmp_path / "heard"

    assert main(["bench", "--turns", "--cases", str(tmp_path), "--listen", "my own yes", str(folder)]) == 0
    assert "nothing was wrong" in capsys.readouterr().out
    assert len(read_wav(folder / "my-own-yes.wav")) > 4 * SAMPLE_RATE
    events = [json.loads(line)["event"] for line in (folder / "my-own-yes.jsonl").read_text().splitlines()]
    assert events[0] == "CallStarted"
    assert events[-1] == "CallEnded"


def test_an_exchange_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest names are told."""
    assert main(["bench", "--turns", "--listen", "one cough", str(tmp_path)]) == 2
    assert "Did you mean 'one cough, " in capsys.readouterr().err
