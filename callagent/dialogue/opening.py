"""The look-up `opening hours`, which the flow's own hours and overrides answer: nothing is asked of the shop's data."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from callagent.dialogue.flow import Flow
from callagent.dialogue.hours import Span

OPENING_HOURS: Final = "opening hours"
_DAY: Final = 24 * 60
_FURTHEST: Final = 60
"""Days in which the next opening is looked for."""


@dataclass(frozen=True, slots=True)
class _Source:
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("day", "holiday")
    gives: tuple[str, ...] = ("today", "open", "opens", "closes", "next day", "next opens", "day", "announced")


OPENING_SOURCE: Final = _Source()
"""What a flow may ask of it. Without a day, today is meant."""


def opening_facts(flow: Flow, day: str, now: datetime, holiday: str = "") -> dict[str, str]:
    """When the shop is open on a day (2026-11-22), and when it opens next, after `now` or after that later day.

    `now` is wall time of the shop. What is not known, such as the times of a day on which it is closed, is empty. A
    `holiday` stands for its next day, where none is told; `announced` tells whether the flow knows that.
    """
    if holiday and not day:
        coming = (date_of for names, date_of in flow.holidays if holiday in names and date_of >= now.date())
        known = next(coming, None)
        if known is None:
            return {**dict.fromkeys(OPENING_SOURCE.gives, ""), "announced": "no"}
        return {**opening_facts(flow, known.isoformat(), now), "announced": "yes"}
    asked = date.fromisoformat(day) if day else now.date()
    span = span_on(flow, asked)
    begin = datetime.combine(asked + timedelta(days=1), time()) if asked > now.date() else now.replace(tzinfo=None)
    later = _next_opening(flow, begin)
    return {
        "today": "yes" if asked == now.date() else "no",
        "open": "yes" if span else "no",
        "opens": _clock(span[0]) if span else "",
        "closes": _clock(span[1]) if span else "",
        "next day": later[0].isoformat() if later else "",
        "next opens": _clock(later[1]) if later else "",
        "day": day,
        "announced": "",
    }


def span_on(flow: Flow, day: date) -> Span | None:
    """Opening and closing on a day, overrides included; None when the shop is closed all day."""
    span = flow.hours.on(day) if flow.hours is not None else None
    for override in flow.overrides:
        begin = _minute_of(override.since, day) if override.since else 0
        end = _minute_of(override.until, day)
        if begin >= end:
            continue
        if override.shop == "open":
            span = (begin, end) if span is None else (min(begin, span[0]), max(end, span[1]))
        elif override.shop == "closed" and span is not None:
            span = _without(span, (begin, end))
    return span


def _without(span: Span, closed: Span) -> Span | None:
    """What is left of opening hours; of two parts the first."""
    if closed[0] > span[0]:
        return span[0], min(span[1], closed[0])
    return (max(span[0], closed[1]), span[1]) if closed[1] < span[1] else None


def _minute_of(moment: datetime, day: date) -> int:
    """How far into a day a moment is, in minutes; the day's first or last minute when it is outside."""
    minutes = (moment - datetime.combine(day, time())).total_seconds() / 60
    return round(min(max(minutes, 0), _DAY))


def _next_opening(flow: Flow, after: datetime) -> tuple[date, int] | None:
    for days in range(_FURTHEST):
        day = after.date() + timedelta(days=days)
        span = span_on(flow, day)
        if span is not None and (days or after.hour * 60 + after.minute <= span[0]):
            return day, span[0]
    return None


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
