"""Files that are none: whatever a path leads to, reading it ends."""

import os
from pathlib import Path

import pytest

from callagent.content.findings import Findings
from callagent.content.text import read_text
from callagent.errors import ContentError


def complaint(path: Path) -> str:
    """What is wrong with a file that cannot be read."""
    findings = Findings()
    assert read_text(path, findings.of(path), max_bytes=2048) is None
    with pytest.raises(ContentError) as caught:
        findings.raise_any()
    (problem,) = caught.value.problems
    return problem.what


def test_a_device_is_no_file(tmp_path: Path) -> None:
    """One that never ends says that it is empty."""
    (tmp_path / "more.yaml").symlink_to("/dev/zero")

    assert complaint(tmp_path / "more.yaml") == "This is a device or a pipe."


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Nobody waits for somebody to write to it."""
    os.mkfifo(tmp_path / "more.yaml")

    assert complaint(tmp_path / "more.yaml") == "This is a device or a pipe."


def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    """They are told as any file that cannot be read."""
    (tmp_path / "more.yaml").symlink_to(tmp_path / "more.yaml")

    assert complaint(tmp_path / "more.yaml").startswith("Cannot be read: ")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """No more of it is read than is allowed."""
    (tmp_path / "more.yaml").write_text("x" * 2049, encoding="utf-8")

    assert complaint(tmp_path / "more.yaml") == "The file has 2 KB."
