"""What people write about a call."""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from callagent.errors import RecordingError
from callagent.quality import scorecard
from callagent.quality.scorecard import Card, Note, add_note, cards, fill_in, notes
from callagent.recording.ownership import make_owned

AT = "2026-11-20T11:00:00+05:30"


def test_a_card_holds_what_was_answered(tmp_path: Path) -> None:
    """And what was not stays open."""
    fill_in(tmp_path, "asha", AT, {"greeting": 4, "solved": 5, "flags": ("training",), "comment": "अच्छा"})

    [card] = cards(tmp_path)
    assert card == Card("asha", AT, greeting=4, solved=5, flags=("training",), comment="अच्छा")
    assert card.polite is None


def test_who_goes_on_later_keeps_what_was_there(tmp_path: Path) -> None:
    """Every state stays in the file; the last counts."""
    fill_in(tmp_path, "asha", AT, {"greeting": 4})
    fill_in(tmp_path, "asha", AT, {"polite": 2})

    assert cards(tmp_path) == (Card("asha", AT, greeting=4, polite=2),)
    assert len(json.loads((tmp_path / "scorecard.json").read_text())["cards"]) == 2


def test_each_person_has_a_card(tmp_path: Path) -> None:
    """Nobody overwrites another's."""
    fill_in(tmp_path, "asha", AT, {"greeting": 4})
    fill_in(tmp_path, "ravi", AT, {"greeting": 1})

    assert [(card.by, card.greeting) for card in cards(tmp_path)] == [("asha", 4), ("ravi", 1)]


def _fill(folder: str, person: int) -> None:
    for mark in range(1, 6):
        fill_in(Path(folder), f"person {person}", AT, {"greeting": mark})
        add_note(Path(folder), Note(f"note {mark} of {person}", f"person {person}", AT))


def test_two_people_at_once_lose_nothing(tmp_path: Path) -> None:
    """From several processes: every card and every note is there."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_fill, [str(tmp_path)] * 4, range(4)))

    assert len(json.loads((tmp_path / "scorecard.json").read_text())["cards"]) == 20
    assert {card.greeting for card in cards(tmp_path)} == {5}
    assert len(notes(tmp_path)) == 20


def test_of_a_call_that_goes_on_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end may be hours away."""
    monkeypatch.setattr(scorecard, "PATIENCE_S", 0.0)
    owner = make_owned(tmp_path / "call")

    with pytest.raises(RecordingError, match="goes on"):
        add_note(tmp_path / "call", Note("listen to this", "asha", AT))
    os.close(owner)
    add_note(tmp_path / "call", Note("listen to this", "asha", AT))


@pytest.mark.parametrize("answers", [{"greeting": 6}, {"greeting": 0}, {"mood": 3}, {"comment": "x" * 5001}])
def test_what_the_card_has_no_place_for_is_refused(tmp_path: Path, answers: dict[str, object]) -> None:
    """Nothing is written then."""
    with pytest.raises(RecordingError, match="|".join(answers)):
        fill_in(tmp_path, "asha", AT, answers)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"version": 1, "cards": [{}]}', '{"version": "x"}'])
def test_a_file_that_is_no_card_is_told_and_kept(tmp_path: Path, text: str) -> None:
    """It is not written over: somebody may still mend it."""
    (tmp_path / "scorecard.json").write_text(text)

    with pytest.raises(RecordingError, match="is no scorecard"):
        fill_in(tmp_path, "asha", AT, {"greeting": 4})
    assert (tmp_path / "scorecard.json").read_text() == text


@pytest.mark.parametrize("wrong", [{"greeting": "\x1b[2J"}, {"polite": 9}, {"flags": 3}, {"comment": None, "by": None}])
def test_a_card_is_believed_only_as_far_as_it_is_one(tmp_path: Path, wrong: dict[str, object]) -> None:
    """What is in a mark's place is a mark."""
    card = {"by": {}, "at": 5, **wrong}
    (tmp_path / "scorecard.json").write_text(json.dumps({"version": 1, "cards": [card]}))

    if "comment" in wrong:
        assert cards(tmp_path) == (Card("None", "5", comment="None"),)
        return
    with pytest.raises(RecordingError, match="is no scorecard"):
        cards(tmp_path)


def test_a_note_whose_place_is_none_is_of_the_whole_call(tmp_path: Path) -> None:
    """What somebody wrote is shown all the same."""
    note = '{"text": "listen", "by": "asha", "at": "", "at_s": %s}\n'
    (tmp_path / "notes.jsonl").write_text(note % "NaN" + note % "1e400" + note % "2" + "[" * 100_000 + "\n")

    assert [one.at_s for one in notes(tmp_path)] == [None, None, 2.0]


def test_a_card_of_a_later_version_is_told(tmp_path: Path) -> None:
    """With what reads it."""
    (tmp_path / "scorecard.json").write_text('{"version": 2, "cards": []}')

    with pytest.raises(RecordingError, match=r"format 2.*later one"):
        cards(tmp_path)


def test_notes_stay_in_order_and_in_place(tmp_path: Path) -> None:
    """Those of the whole call have no place."""
    first, second = Note("listen", "asha", AT, 12.5), Note("सुनिए\nhere", "ravi", AT)
    add_note(tmp_path, first)
    add_note(tmp_path, second)

    assert notes(tmp_path) == (first, second)


def test_a_note_that_was_cut_off_takes_no_other_with_it(tmp_path: Path) -> None:
    """Only the half line is lost."""
    add_note(tmp_path, Note("one", "asha", AT))
    with (tmp_path / "notes.jsonl").open("ab") as file:
        file.write(b'{"text": "hal')
    add_note(tmp_path, Note("two", "asha", AT))

    assert [note.text for note in notes(tmp_path)] == ["one", "two"]


def test_an_empty_note_is_none(tmp_path: Path) -> None:
    """It is refused."""
    with pytest.raises(RecordingError, match="1 to 5000 characters"):
        add_note(tmp_path, Note("  ", "asha", AT))
