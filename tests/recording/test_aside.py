"""Folders of calls come to be at once, or not at all."""

from contextlib import suppress
from pathlib import Path

import pytest

from callagent.errors import RecordingError
from callagent.recording.aside import made_aside


def test_a_folder_is_in_its_place_once_it_is_whole(tmp_path: Path) -> None:
    """Until then nobody sees it, and nothing else is left behind."""
    place = tmp_path / "calls" / "one"

    with made_aside(place) as folder:
        folder.mkdir()
        assert [path.name[0] for path in place.parent.iterdir()] == ["."]
    assert list(place.parent.iterdir()) == [place]


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    """So that it can be tried again."""
    with suppress(ValueError), made_aside(tmp_path / "one") as folder:
        folder.mkdir()
        raise ValueError("broken")

    assert list(tmp_path.iterdir()) == []


def test_who_is_second_changes_nothing(tmp_path: Path) -> None:
    """What the first one made stays as it is."""
    made = made_aside(tmp_path / "one")
    made.__enter__().mkdir()
    with made_aside(tmp_path / "one") as first:
        first.mkdir()
        (first / "summary.json").write_text("first")

    with pytest.raises(RecordingError, match="Delete what is there"):
        made.__exit__(None, None, None)
    assert [path.name for path in tmp_path.rglob("*")] == ["one", "summary.json"]


def test_a_place_where_nothing_can_be_is_told(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(RecordingError, match="Name another folder"), made_aside(tmp_path / "file" / "one"):
        pass
