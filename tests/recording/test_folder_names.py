"""How folders of calls are called, and what is read of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from callagent.clock import IST
from callagent.recording.folder import EVENTS, CallFolder
from callagent.recording.folder_names import Named, folder_name, read_name

MORNING = datetime(2026, 11, 22, 9, 5, 30, 700_000, tzinfo=IST)


@pytest.mark.parametrize(
    ("call_id", "name"),
    [
        ("CA0123456789abcdef", "20261122T033530Z-456789abcdef-7"),
        ("../../etc@192.0.2.1", "20261122T033530Z-etc192021-7"),
        ("☎", "20261122T033530Z-call-7"),
    ],
)
def test_a_name_tells_when_and_which(call_id: str, name: str) -> None:
    """In UTC, and of what a peer sent nothing that a file system minds."""
    assert folder_name(MORNING, call_id, 7) == name
    assert read_name(name) == Named(MORNING.replace(microsecond=0), name.split("-")[1])


@pytest.mark.parametrize("name", ["price_and_order", "20261122T033530Z", "20269922T033530Z-etc-7", ".making-20261122"])
def test_other_names_tell_nothing(name: str) -> None:
    """Also those that look like one, but for the moment."""
    assert read_name(name) is None


def call(folder: Path, *, events: str = "") -> CallFolder:
    """Whose events hold that."""
    folder.mkdir()
    (folder / EVENTS).write_text(events, encoding="utf-8")
    return CallFolder(folder)


def test_a_call_is_of_a_time_by_its_name(tmp_path: Path) -> None:
    """To the second; its events need not be read."""
    named = call(tmp_path / folder_name(MORNING, "one", 1))

    assert named.may_be_since(MORNING)
    assert not named.may_be_since(datetime(2026, 11, 22, 3, 35, 31, tzinfo=UTC))


def test_without_such_a_name_the_events_tell(tmp_path: Path) -> None:
    """And where they do not, whoever reads the call tells of that."""
    example = Path("recordings/examples/price_and_order/events.jsonl").read_text(encoding="utf-8")
    copied, unread = call(tmp_path / "copied", events=example), call(tmp_path / "unread")
    began = copied.began()

    assert copied.may_be_since(began)
    assert not copied.may_be_since(began.replace(year=began.year + 1))
    assert unread.may_be_since(MORNING)
