"""Calls as a spreadsheet, in which no cell does anything."""

import csv
import io

import pytest
from support.told_call import good_call, goodbye, greeting, said, spoken, started, took

from callagent.quality.spreadsheet import as_csv, call_row, safe_cell, turn_rows


@pytest.mark.parametrize(
    "said",
    ["=1+1", "+91", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\x1b[31m=1+1", "\u202e=1+1", "\uff1d1+1"],
)
def test_a_cell_that_begins_like_a_formula_is_a_text(said: str) -> None:
    """Also behind what a spreadsheet skips or what is stripped."""
    cell = safe_cell(said)

    assert isinstance(cell, str)
    assert cell.startswith("'")


def test_nor_does_what_follows_a_semicolon() -> None:
    """Where commas are for decimals, a spreadsheet divides cells at it."""
    assert safe_cell("fan; =1+1;+2; 3") == "fan;' =1+1;'+2; 3"


@pytest.mark.parametrize("value", [5, -5.5, True, "fan", "1+1", "दाम", "a=b"])
def test_other_cells_stay_as_they_are(value: object) -> None:
    """Negative numbers of our own are numbers."""
    assert safe_cell(value) == value


def test_a_call_is_a_row() -> None:
    """With its score, and Hindi as Excel reads it."""
    data = as_csv([call_row("c1", good_call(language="hi"))])

    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert data.startswith(b"\xef\xbb\xbf")
    assert (row["call"], row["language"], row["score"], row["disposition"]) == ("c1", "hi", "100", "goodbye")


def test_turns_are_rows_with_words() -> None:
    """What was said, and as far as it was heard."""
    events = (
        started(),
        *greeting(),
        *said(1, 6.0, '=HYPERLINK("http://bad.example","दाम")', took(6.3), answer=""),
        *spoken(1, 6.5, "It costs one thousand.", heard="It costs"),
        goodbye(12.0),
    )
    rows = list(csv.DictReader(io.StringIO(as_csv(turn_rows("c1", events)).decode("utf-8-sig"))))

    assert [row["turn"] for row in rows] == ["0", "1"]
    assert rows[1]["caller"] == '\'=HYPERLINK("http://bad.example","दाम")'
    assert (rows[1]["agent"], rows[1]["heard"]) == ("It costs one thousand.", "It costs")
    assert rows[1]["response_ms"] == "500.0"


def test_no_calls_are_an_empty_file() -> None:
    """No head, for there is nothing to head."""
    assert as_csv([]) == b"\xef\xbb\xbf"
