"""The look-up of the opening hours: today, another day, and when the shop opens next."""

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from dialogue.worked_example.shop_on_the_phone import Phone

from callagent.clock import IST
from callagent.dialogue.actions import CallerSaid
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow, Override
from callagent.dialogue.opening import opening_facts, span_on

if TYPE_CHECKING:
    from dialogue.conftest import Desk

MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=IST)
"""A Friday, before the shop opens; the Tuesday after is a holiday."""
NOON, NIGHT = MORNING.replace(hour=12), MORNING.replace(hour=21)

FLOW = """\
  main:
    - menu: pick
      choices: {timings: {go to: hours}}
  hours:
    - ask: day
      type: date
      if not told: go on
    - lookup: opening hours
      with: [day]
      gives: [today, open, opens, next day, next opens]
    - {when: today is yes, say: today_line}
    - {when: today is no and open is yes, say: open_line}
    - {when: today is no and open is no, say: closed_line}
    - end: bye
"""
LINES = """\
  day: Which day?
  today_line: We open at {opens as time}.
  open_line: On {day as weekday} from {opens as time}.
  closed_line: On {day as weekday} closed, again on {next day as weekday} at {next opens as time}.
"""


@pytest.fixture
def flow(desk: "Desk") -> Flow:
    """A flow that tells the hours of a day."""
    return desk.load(flow=desk.FLOW + FLOW, prompts=LINES)


@pytest.mark.parametrize(
    ("day", "now", "facts"),
    [
        ("", MORNING, ("yes", "yes", "10:00", "20:30", "2026-11-20", "10:00")),
        ("", NOON, ("yes", "yes", "10:00", "20:30", "2026-11-21", "10:00")),
        ("", NIGHT, ("yes", "yes", "10:00", "20:30", "2026-11-21", "10:00")),
        ("", NOON.replace(day=22), ("yes", "no", "", "", "2026-11-23", "10:00")),
        ("2026-11-21", NOON, ("no", "yes", "10:00", "20:30", "2026-11-23", "10:00")),
        ("2026-11-24", NOON, ("no", "no", "", "", "2026-11-25", "10:00")),
    ],
)
def test_facts(flow: Flow, day: str, now: datetime, facts: tuple[str, ...]) -> None:
    """Without a day today is meant; the next opening is after now, or after the later day that is meant."""
    told = opening_facts(flow, day, now)

    assert tuple(told[name] for name in ("today", "open", "opens", "closes", "next day", "next opens")) == facts


CALLED = {date(2026, 11, 24): ("gurpurab", "guru nanak jayanti"), date(2025, 10, 20): ("diwali",)}


@pytest.mark.parametrize(
    ("day", "holiday", "told"),
    [
        ("", "gurpurab", ("no", "no", "2026-11-24", "yes")),
        ("", "diwali", ("", "", "", "no")),
        ("2026-11-21", "diwali", ("no", "yes", "2026-11-21", "")),
    ],
)
def test_a_day_by_its_name(flow: Flow, day: str, holiday: str, told: tuple[str, ...]) -> None:
    """A name stands for its next day; of one that is over, or that nobody wrote down, nothing is told."""
    assert flow.hours is not None
    named = replace(flow, hours=replace(flow.hours, names=CALLED))
    facts = opening_facts(named, day, NOON, holiday)

    assert tuple(facts[name] for name in ("today", "open", "day", "announced")) == told


def test_an_override_may_have_a_name(flow: Flow) -> None:
    """The day in its middle is meant."""
    begins, ends = datetime.fromisoformat("2026-11-28 20:00"), datetime.fromisoformat("2026-11-30 10:00")
    changed = replace(flow, overrides=(Override(ends, begins, "closed", called=("holi",)),))
    facts = opening_facts(changed, "", NOON, "holi")

    assert (facts["day"], facts["open"], facts["announced"]) == ("2026-11-29", "no", "yes")


@pytest.mark.parametrize(
    ("since", "until", "shop", "day", "span"),
    [
        ("", "2026-11-21 12:00", "closed", 21, (720, 1230)),
        ("2026-11-21 14:00", "2026-11-22 10:00", "closed", 21, (600, 840)),
        ("2026-11-20 20:00", "2026-11-23 10:00", "closed", 21, None),
        ("2026-11-22 09:00", "2026-11-22 13:00", "open", 22, (540, 780)),
        ("2026-11-25 09:00", "2026-11-26 09:00", "closed", 21, (600, 1230)),
    ],
)
def test_overrides_count(flow: Flow, since: str, until: str, shop: str, day: int, span: tuple[int, int] | None) -> None:
    """What is closed or open for a while is so in the hours of its days."""
    begins = datetime.fromisoformat(since) if since else None
    changed = replace(flow, overrides=(Override(datetime.fromisoformat(until), begins, shop),))

    assert span_on(changed, date(2026, 11, day)) == span


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("timings", "We open at ten a m."),
        ("timings on saturday", "On Saturday from ten a m."),
        ("timings on sunday", "On Sunday closed, again on Monday at ten a m."),
    ],
)
def test_a_day_is_taken_when_told_and_never_asked_for(flow: Flow, words: str, said: str) -> None:
    """`if not told: go on`: only what the caller said by themselves counts."""
    phone = Phone(Engine(flow), now=NOON)
    phone(CallerSaid(words))

    assert phone.texts == [said, "Goodbye."]


def test_it_needs_no_way_out(desk: "Desk") -> None:
    """The hours are the flow's own: a look-up of them is never down; what it does not give is told."""
    [problem] = desk.problems("- lookup: opening hours\n  gives: [moon]\n- end: bye")

    assert problem.what == "'moon' is not something that 'opening hours' gives."
