"""A recorded call goes through the dialogue again: unchanged, it is the same; changed, it is told where."""

import asyncio
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from support.phone_call import ROOT, Setting
from support.recorded_call import kept_call, record
from test_calls import CALLS, read_call

from callagent.errors import ConfigurationError, ContentError, RecordingError
from callagent.events import StepEntered
from callagent.recording.folder import CallFolder
from callagent.replay.batch import Findings, Unreplayed, replay_all, replay_one
from callagent.replay.compare import Comparison, TurnCompared, Verdict, word_error_rate
from callagent.replay.course import course_of
from callagent.replay.dialogue_replay import Level
from callagent.replay.venue import Venue
from callagent.settings.settings import Settings
from callagent.simulator.script import parse_script

LEVELS: tuple[Level, ...] = ("decisions", "words")
SCRIPT = """
about: {caller: a test}
steps: [hear, say: price, hear, say: ceiling fan, hear, say: order status, hear, press: "45127", hear, hang up]
"""


def settings(root: Path = ROOT) -> Settings:
    """Those of a checkout."""
    return Settings(flows=root / "flows", prompts=root / "prompts")


@cache
def today() -> Venue:
    """The flow as it ships, read once."""
    return Venue(settings())


def replayed(folder: CallFolder, level: Level, venue: Venue | None = None) -> Comparison:
    """The call at a level, over the flow as it ships unless told otherwise."""
    return asyncio.run(replay_one(folder, venue or today(), level))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> CallFolder:
    """A call of four turns."""
    folder = tmp_path_factory.mktemp("recorded")
    return kept_call(Setting(folder / "cache"), parse_script(SCRIPT, "script"), folder / "call")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the shop to be changed."""
    for name in ("flows", "prompts"):
        shutil.copytree(ROOT / name / "electrical", tmp_path / name / "electrical")
    return tmp_path


def change(draft: Path, file: str, before: str, after: str) -> None:
    """Change a file of the draft in one place."""
    path = draft / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_an_unchanged_call_comes_out_the_same_to_the_letter(path: Path, tmp_path: Path) -> None:
    """Whatever happened in it: silence, keys, models, outages, at both levels."""
    setting, script, _ = read_call(path, tmp_path / "cache")
    folder = kept_call(setting, script, tmp_path / "call", sound=False)

    for level in LEVELS:
        found = replayed(folder, level)
        assert found.identical, [one for one in found.turns if not one.identical] or found
        assert found.missing == ()


@pytest.mark.parametrize("level", LEVELS)
def test_two_wishes_in_a_sentence_come_out_the_same(tmp_path: Path, level: Level) -> None:
    """What was understood of the whole sentence is not what its parts say."""
    wishes = "what is the price of a ceiling fan and are you open on sunday"
    script = f"about: {{caller: a test}}\nsteps: [hear, say: {wishes}, hear, hang up]"
    folder = record(Setting(tmp_path / "cache"), script, tmp_path / "call")

    found = replayed(folder, level)

    entered = {note.flow for note in folder.events() if isinstance(note, StepEntered)}
    assert entered >= {"price", "opening hours"}
    assert found.identical


def test_other_words_are_no_other_decision(recording: CallFolder, draft: Path) -> None:
    """A line that is put otherwise is told as that, and the call is followed to its end."""
    change(draft, "prompts/electrical/en.yaml", "Please say or key in your order number", "Your order number, please")

    found = replayed(recording, "words", Venue(settings(), str(draft)))

    assert [one.verdict for one in found.turns].count("wording") == 1
    assert found.first is not None
    assert found.first.heard == "order status"
    assert found.diverged_at is None
    assert len(found.turns) == found.of


@pytest.mark.parametrize("level", LEVELS)
def test_another_decision_is_told_with_its_turn(recording: CallFolder, draft: Path, level: Level) -> None:
    """The flow now hands a caller over where it answered; what the caller did next has no meaning any more."""
    step = "- {when: counted is no and stock is at least 1, say: price_in_stock}"
    change(draft, "flows/electrical/flow.yaml", step, f"{step}\n    - {{when: stock is at least 1, go to: operator}}")

    found = replayed(recording, level, Venue(settings(), str(draft)))

    assert found.first is not None
    assert (found.first.heard, found.first.verdict) == ("ceiling fan", "decision")
    assert found.diverged_at == found.first.turn
    assert len(found.turns) < found.of
    assert (found.person, found.person_now) == (False, True)
    assert found.first.change == ("more_help", "connecting, hands over to counter, owner")


def test_yesterdays_price_is_no_difference(recording: CallFolder, draft: Path) -> None:
    """Look-ups answer from the recording; only who asks for today's hears today's.

    An order is found by the caller's number, which the recording does not hold.
    """
    catalogue = next(path for path in (draft / "flows/electrical").glob("*.csv") if "1849" in path.read_text())
    catalogue.write_text(catalogue.read_text().replace("1849", "1999"))

    assert not replayed(recording, "words", Venue(settings(), str(draft))).differs
    anew = replayed(recording, "words", Venue(settings(), str(draft), look_up_anew=True))
    assert [one.verdict for one in anew.turns if one.verdict != "same"] == ["wording", "decision"]


def test_what_was_never_looked_up_is_asked_anew_and_said_so(recording: CallFolder, draft: Path) -> None:
    """A recording cannot hold the answer to a question that nobody asked."""
    change(draft, "flows/electrical/flow.yaml", "gives: [price,", "gives: [brand, price,")

    found = replayed(recording, "decisions", Venue(settings(), str(draft)))

    assert found.missing
    assert "asked anew" in found.missing[0]


def test_a_flow_that_is_gone_is_told(recording: CallFolder, tmp_path: Path) -> None:
    """With what can be done about it: a draft that is nowhere at once, one without the call's shop by the call."""
    for name in ("flows", "prompts"):
        shutil.copytree(ROOT / name / "medical", tmp_path / name / "medical")
    venue = Venue(settings(), str(tmp_path))

    with pytest.raises(ConfigurationError, match=r"--flow sharma: is no folder.*no shop 'sharma'.*medical"):
        Venue(settings(), "sharma")
    with pytest.raises(ConfigurationError, match=r"was with the flow 'electrical'.*medical.*--flow"):
        replayed(recording, "words", venue)
    assert venue.folders("medical").flow == tmp_path / "flows" / "medical"


def test_a_mistake_in_the_draft_is_the_drafts(recording: CallFolder, draft: Path) -> None:
    """It is told once, and not for each call."""
    change(draft, "flows/electrical/flow.yaml", "start: greeting", "start: greetings")

    with pytest.raises(ContentError, match="greetings"):
        all_of([recording, recording], Venue(settings(), str(draft)))


def all_of(folders: Sequence[CallFolder], venue: Venue) -> list[Comparison | Unreplayed]:
    """What many calls come to."""

    async def gather() -> list[Comparison | Unreplayed]:
        return [one async for one in replay_all(folders, lambda folder: replay_one(folder, venue, "decisions"))]

    return asyncio.run(gather())


def test_a_broken_recording_does_not_stop_the_others(recording: CallFolder, tmp_path: Path) -> None:
    """It is told, and counted."""
    shutil.copytree(recording.path, tmp_path / "broken")
    path = tmp_path / "broken" / "events.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"kind":"CallerSaid"', b'"kind":"Nonsense"'))

    results = all_of([CallFolder(tmp_path / "broken"), recording], today())

    assert isinstance(results[0], Unreplayed)
    assert "cannot be read" in results[0].why
    assert str(Findings.of(results)) == "0 of 1 call differs; 1 could not be replayed."


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Findings(3, 1, 1, 1, 0), "1 of 3 calls differs; 1 more reaches a person."),
        (Findings(200, 17, 9, 3, 0), "17 of 200 calls differ; 3 more reach a person."),
        (Findings(3, 2, 2, -1, 0), "2 of 3 calls differ; 1 fewer reaches a person."),
    ],
)
def test_findings_are_a_sentence(found: Findings, told: str) -> None:
    """As the README shows it."""
    assert str(found) == told


def test_a_recording_of_the_first_format_is_replayed_by_its_words(recording: CallFolder, tmp_path: Path) -> None:
    """It holds no decisions: what was heard and keyed goes in, and the lines that were heard are compared.

    Nor does it hold what look-ups found, or who called: an order that is asked for anew is nobody's.
    """
    lines = (recording.path / "events.jsonl").read_bytes().splitlines(keepends=True)[1:]
    newer = (b"DialogueAdvanced", b"ShopAnswered", b"SpeechMade", b"UtteranceTranscribed", b"LineTimed")
    text = b"".join(one for one in lines if not any(name in one for name in newer))
    for key in b"45127":
        text = text.replace(b'"digit":"x"', b'"digit":"%c"' % key, 1)  # it was not hidden then
    (tmp_path / "events.jsonl").write_bytes(text)
    old = CallFolder(tmp_path)

    found = replayed(old, "words")

    assert [one.verdict for one in found.turns] == ["same", "same", "same", "same", "decision"]
    assert found.first is not None
    assert found.first.change == ("order_is, text_order", "no_such_order, other telephone")
    assert found.missing == ("turn 2: look-up 'catalogue', asked anew",)
    with pytest.raises(RecordingError, match="--level words"):
        replayed(old, "decisions")


def test_a_call_that_was_broken_off_is_replayed_as_far_as_it_went(recording: CallFolder, tmp_path: Path) -> None:
    """A killed process leaves no end."""
    lines = (recording.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "events.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]) + lines[-1][:20])

    found = replayed(CallFolder(tmp_path), "decisions")

    assert not found.differs
    assert 1 <= len(found.turns) == found.of


def test_a_course_has_an_exchange_for_all_that_the_caller_did(recording: CallFolder) -> None:
    """What the dialogue asked for itself belongs to the exchange in which it did."""
    course = course_of(recording.events())

    assert [one.heard for one in course.exchanges] == [
        "(call)", "price", "ceiling fan", "order status", "[4 5 1 2 7]",
    ]  # fmt: skip
    assert [step.kind for step in course.exchanges[2].steps] == ["CallerSaid", "LookedUp"]


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [("", "", 0.0), ("a b", "A b", 0.0), ("a b", "a", 0.5), ("a b c d", "a x c d e", 0.5), ("", "a", 1.0)],
)
def test_word_error_rate(said: str, heard: str, rate: float) -> None:
    """Words that are other, missing or too many."""
    assert word_error_rate(said, heard) == rate


@pytest.mark.parametrize(
    ("heard_now", "wer", "shown"),
    [("price", 0.0, "price"), ("prize", 1.0, "price → prize (WER 100%)"), ("(silence)", None, "price → (silence)")],
)
def test_what_was_heard_is_shown_with_what_is_heard_now(heard_now: str, wer: float | None, shown: str) -> None:
    """Words on one side and none on the other are no matter of a word error rate."""
    verdict: Verdict = "same" if wer == 0.0 else "transcript"

    assert TurnCompared(1, verdict, "price", heard_now, before="", now="", wer=wer).hearing == shown
