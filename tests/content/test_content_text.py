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


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "../more.yaml", "/etc/hostname"])
def test_a_link_out_of_the_folder(tmp_path: Path, target: str) -> None:
    """Nobody follows it, to a device that never ends or to what belongs to others."""
    (tmp_path / "more.yaml").symlink_to(target)

    assert complaint(tmp_path / "more.yaml") == "This is a link that leads out of its folder."


def test_a_device_is_no_file() -> None:
    """One that never ends says that it is empty."""
    assert complaint(Path("/dev/zero")) == "This is a device or a pipe."


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("a: é".encode("utf-16"), "This file is not UTF-8: it looks like UTF-16 ('Unicode text')."),
        ("नमस्ते".encode("utf-16"), "A character here is not UTF-8: the file looks like UTF-16 ('Unicode text')."),
        (
            "a: é".encode("cp1252"),
            "A character here is not UTF-8: the file looks like Windows-1252 (plain 'CSV' or 'ANSI').",
        ),
        (b"\x7fELF\x00\x00\xff", "A character here is not UTF-8: the file looks like binary data, no text."),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "This is a spreadsheet's own file under another name, no text."),
    ],
)
def test_another_encoding(tmp_path: Path, data: bytes, what: str) -> None:
    """What it looks like is guessed, for whoever saved it."""
    (tmp_path / "more.yaml").write_bytes(data)

    assert complaint(tmp_path / "more.yaml") == what


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
