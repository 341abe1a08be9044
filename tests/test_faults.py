"""Every cloud provider with every fault, each in a whole phone call over its real client: docs/faults.md is kept to."""

import asyncio

import pytest
from support.fault_page import PAGE, Row, places
from support.fault_table import NOTHING_LEFT, Measured, measure
from support.fault_vendors import BUSY, DENIED, FAULTS, REFUSED, VENDORS

CASES = [(vendor.name, fault) for vendor in VENDORS for fault in FAULTS if fault not in vendor.senseless]

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def measured() -> Measured:
    """All calls, many of them at a time."""
    return asyncio.run(measure())


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_a_caller_hardly_notices(measured: Measured, case: tuple[str, str]) -> None:
    """No long silence, no word lost, nothing said twice but a broken sentence; and the next call is as it should be."""
    row = next(row for row in measured.rows if row.place == case)

    assert row.too_much == [], row


def test_nothing_is_left_over(measured: Measured) -> None:
    """No task, socket or thread, and no error that nobody looked at."""
    assert measured.left == NOTHING_LEFT
    assert measured.complaints == []


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_the_breaker_does_its_part(measured: Measured, case: tuple[str, str]) -> None:
    """It opens at once for a refused key, and for who asks to be left alone; else the third time in a row."""
    row = next(row for row in measured.rows if row.place == case)
    expected = {
        REFUSED: "opened after 3, then left alone",
        BUSY: "opened",
        DENIED: "opened",
    }

    assert row.breaker == expected.get(row.fault, "closed, 1 of 3")


def test_the_page_has_the_same_lines() -> None:
    """Each provider with each fault that it can have, and no other."""
    assert places(PAGE.read_text(encoding="utf-8")) == set(CASES)


def test_a_line_beyond_its_limits_stands_out() -> None:
    """Whoever reads the page sees what is not kept."""
    row = Row("edge", "tts", "401", 3020, 20, 1, 2, "opened", "nobody")

    assert row.too_much == ["silence", "lost", "repeated", "next call"]
    assert row.line() == "| edge | 401 | **3020** | 20 | **1** | **2** | opened | **nobody** |"
