"""The log of who did what with recordings: whoever changes a line of it is found out."""

import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callagent.errors import RecordingError
from callagent.recording.audit import AUDIT, audited, entries, shorten, user, verify


def write(recordings: Path, count: int = 5) -> list[bytes]:
    """So many lines."""
    for number in range(count):
        audited(recordings, "played", f"call-{number}", by="asha")
    return (recordings / AUDIT).read_bytes().splitlines(keepends=True)


def test_what_was_done_is_told(tmp_path: Path) -> None:
    """Who, when, what, with which call, and what else belongs to it."""
    audited(tmp_path, "exported", "call-1", by="asha", to="a.csv")
    audited(tmp_path, "played", "call-1")
    exported, played = entries(tmp_path)

    assert (exported.by, exported.what, exported.call, exported.more) == ("asha", "exported", "call-1", {"to": "a.csv"})
    assert played.by == user()
    assert datetime.fromisoformat(exported.at) <= datetime.now(UTC)
    assert (tmp_path / AUDIT).stat().st_mode & 0o077 == 0


def test_an_untouched_log_holds(tmp_path: Path) -> None:
    """All its lines follow one another; so does none."""
    assert verify(tmp_path).broken_at == 0
    write(tmp_path)
    last = audited(tmp_path, "played", "last")
    verdict = verify(tmp_path)

    assert (verdict.lines, verdict.broken_at, verdict.last) == (6, 0, last)


def test_a_changed_line_breaks_the_chain_behind_it(tmp_path: Path) -> None:
    """However little of it was changed."""
    lines = write(tmp_path)
    lines[1] = lines[1].replace(b"call-1", b"call-7")
    (tmp_path / AUDIT).write_bytes(b"".join(lines))

    assert verify(tmp_path).broken_at == 3


@pytest.mark.parametrize(
    ("order", "broken_at"),
    [((0, 2, 3, 4), 2), ((1, 2, 3, 4), 1), ((0, 1, 1, 2), 3), ((1, 0, 2), 2), ((0, 1, 3, 2), 3)],
)
def test_lines_taken_out_put_in_or_moved_are_found(tmp_path: Path, order: tuple[int, ...], broken_at: int) -> None:
    """By the first line that does not follow."""
    lines = write(tmp_path)
    (tmp_path / AUDIT).write_bytes(b"".join(lines[number] for number in order))

    assert verify(tmp_path).broken_at == broken_at


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_a_line_that_is_none_is_found(tmp_path: Path, line: bytes) -> None:
    """And is left out of what is shown."""
    lines = write(tmp_path)
    (tmp_path / AUDIT).write_bytes(b"".join([*lines[:2], line, *lines[2:]]))

    assert verify(tmp_path).broken_at == 3
    assert len(list(entries(tmp_path))) == 5


def test_half_a_line_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    """The next entry follows the last whole one."""
    write(tmp_path)
    with (tmp_path / AUDIT).open("ab") as file:
        file.write(b'{"at":"2026')
    broken = verify(tmp_path)
    audited(tmp_path, "played", "next")

    assert broken.broken_at == 6
    assert verify(tmp_path).broken_at == 0
    assert [one.call for one in entries(tmp_path)][-2:] == ["call-4", "next"]


def test_a_long_line_is_followed_as_well(tmp_path: Path) -> None:
    """One with thousands of calls in it."""
    audited(tmp_path, "forgot", "", calls=["x" * 30] * 5000)
    audited(tmp_path, "played", "next")

    assert verify(tmp_path).broken_at == 0


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    """Each line follows the one before, whoever wrote that."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write, args=(tmp_path, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    verdict = verify(tmp_path)
    assert (verdict.lines, verdict.broken_at) == (60, 0)


def test_lines_whose_time_is_over_go_and_the_rest_still_holds(tmp_path: Path) -> None:
    """A line says which went; without it the beginning would be missing."""
    write(tmp_path, 3)
    later = datetime.now(UTC) + timedelta(seconds=0.5)
    assert shorten(tmp_path, datetime.now(UTC) - timedelta(days=1)) == 0
    assert shorten(tmp_path, later, "callagent") == 3
    audited(tmp_path, "played", "next")
    (gone, _) = entries(tmp_path)

    assert (gone.what, gone.more["lines"]) == ("shortened", 3)
    assert verify(tmp_path).broken_at == 0
    lines = (tmp_path / AUDIT).read_bytes().splitlines(keepends=True)
    (tmp_path / AUDIT).write_bytes(lines[1])
    assert verify(tmp_path).broken_at == 1


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the place and what helps."""
    (tmp_path / AUDIT).mkdir()

    with pytest.raises(RecordingError, match=r"audit.jsonl: cannot be written to .* has room"):
        audited(tmp_path, "played", "call")


def test_nothing_in_a_line_can_end_it(tmp_path: Path) -> None:
    """Whatever is in a name or a reason."""
    audited(tmp_path, "held", "a\nb", by='x"\n{}', reason="\ud800\n")

    assert verify(tmp_path).broken_at == 0
    assert json.loads((tmp_path / AUDIT).read_text())["call"] == "a\nb"
