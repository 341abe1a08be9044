"""Staff's YAML: texts only, bounded, with the right lines."""

from pathlib import Path

import pytest

from callagent.content.document import Listing, Table, Text, read_document
from callagent.content.findings import Findings
from callagent.errors import ContentError, Problem


def read(folder: Path, content: str | bytes) -> tuple[Table | None, tuple[Problem, ...]]:
    """What a file with that content comes to, and its mistakes."""
    path = folder / "file.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    findings = Findings()
    document = read_document(path, findings.of(path))
    try:
        findings.raise_any()
    except ContentError as error:
        return document, error.problems
    return document, ()


def test_scalars_stay_texts(tmp_path: Path) -> None:
    """A time, a no, a telephone number and a null are the texts that stand in the file."""
    document, problems = read(tmp_path, "at: 9:30\nno: [yes, null, +919800000001, 0x1F, 1_000, 2026-10-20]\nnone:\n")

    assert problems == ()
    assert document == Table(
        (
            (Text("at", 1), Text("9:30", 1)),
            (
                Text("no", 2),
                Listing(tuple(Text(v, 2) for v in ("yes", "null", "+919800000001", "0x1F", "1_000", "2026-10-20")), 2),
            ),
            (Text("none", 3), Text("", 3)),
        ),
        1,
    )


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    """Files saved by Windows are read, and lines are still counted right."""
    document, problems = read(tmp_path, b"\xef\xbb\xbf# note\r\na: 1\r\n\r\nb:\r\n  - x\r\n  - y\r\n")

    assert problems == ()
    assert document is not None
    assert document.get("b") == Listing((Text("x", 5), Text("y", 6)), 5)


def test_alias(tmp_path: Path) -> None:
    """A value may be named once and used again."""
    document, _ = read(tmp_path, "a: &x [one]\nb: *x\n")

    assert document is not None
    assert document.get("b") == document.get("a")


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands here a second time; it is already in line 1."),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "'b' stands here a second time; it is already in line 2."),
        ("", 1, "The file must hold 'word: value' pairs."),
        ("- a\n", 1, "The file must hold 'word: value' pairs."),
        ("a: 1\n---\nb: 2\n", 2, "A second document starts here."),
        ("a: !!python/object:os.x [x]\n", 1, "The tag 'tag:yaml.org,2002:python/object:os.x' is not allowed."),
        ("a: *b\n", 1, "'*b' refers to nothing."),
        ("a: &b [*b]\n", 1, "'*b' refers to nothing."),
        ("? [a, b]\n: c\n", 1, "A list cannot stand before a colon."),
        ("a: " + "[" * 50 + "]" * 50 + "\n", 1, "Too many levels inside each other."),
        ("a: &x 1\nb: [" + "*x, " * 33 + "]\n", 2, "Too many '*' references."),
        ("a: [" + "x, " * 20_001 + "]\n", 1, "Too many values in one file."),
        ('a: b\nc: "\\ud800"\n', 2, "Here stands the control character U+D800."),
        ('a: "\\0"\n', 1, "Here stands the control character U+0000."),
        ('a: "\\e[2J"\n', 1, "Here stands the control character U+001B."),
        ("a: x\u202ey\n", 1, "Here stands the control character U+202E."),
        ('a: "\\U99999999"\n', 0, "A character in this file cannot be shown, so it cannot be meant."),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, content: str, line: int, what: str) -> None:
    """What cannot be meant, or is meant to harm, is told with its line."""
    _, problems = read(tmp_path, content)

    assert [(problem.line, problem.what) for problem in problems] == [(line, what)]


def test_aliases_inside_each_other(tmp_path: Path) -> None:
    """What an alias stands for is as deep as if it were written out."""
    rows = [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 31)]

    _, problems = read(tmp_path, "\n".join(["a0: &a0 [x]", *rows]))

    assert [(problem.line, problem.what) for problem in problems] == [(11, "Too many levels inside each other.")]


def test_doubling_aliases(tmp_path: Path) -> None:
    """Aliases of aliases of aliases do not fill the memory."""
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 4)}]" for n in range(1, 9)]

    _, problems = read(tmp_path, "\n".join(["a0: &a0 [x, x]", *rows]))

    assert [problem.what for problem in problems] == ["Too many values in one file."]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("a: [1\nb: 2\n", 1, "A bracket is never closed, or a comma is missing: 'a: [1'."),
        ("a: 1\n\tb: 2\n", 2, "A tab stands where only spaces may: 'b: 2'."),
        ("a: 'x\nb: 1\n", 1, "A quote is opened and never closed: 'a: 'x'."),
        ("a: b: c\n", 1, "A colon stands where none belongs: 'a: b: c'."),
        ("a: @x\n", 1, "A value begins with a sign that needs quotes: 'a: @x'."),
        ("a:\n  - x\n - y\n", 3, "This line does not fit to those above it: '- y'."),
        ("a: 'it's'\n", 1, "Something stands after a closing quote or bracket: 'a: 'it's''."),
        ("a: 1\nb\nc: 2\n", 2, "A colon is missing: 'b'."),
        ("a: *\n", 1, "This line cannot be understood: 'a: *'."),
        ("a: \x07\n", 0, "A character in this file cannot be shown, so it cannot be meant."),
    ],
)
def test_no_yaml(tmp_path: Path, content: str, line: int, what: str) -> None:
    """What is no YAML at all is told in plain words, with the line that is to be mended and a remedy."""
    document, problems = read(tmp_path, content)

    assert document is None
    assert [(problem.line, problem.what) for problem in problems] == [(line, what)]
    assert problems[0].remedy


def test_encoding(tmp_path: Path) -> None:
    """A file in another encoding is told with the line of the first wrong character."""
    _, problems = read(tmp_path, b"a: 1\nb: caf\xe9\n")

    assert [(problem.line, problem.remedy) for problem in problems] == [
        (2, "Save it with the encoding UTF-8: in a spreadsheet, 'Save as', 'CSV UTF-8'.")
    ]


def test_size(tmp_path: Path) -> None:
    """A file that no person wrote is not read."""
    _, problems = read(tmp_path, "# " + "x" * 300_000)

    assert [problem.what for problem in problems] == ["The file has 292 KB."]


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is told."""
    findings = Findings()
    read_document(tmp_path / "none.yaml", findings.of(tmp_path / "none.yaml"))

    with pytest.raises(ContentError, match=r"none\.yaml: Cannot be read: No such file or directory\."):
        findings.raise_any()
