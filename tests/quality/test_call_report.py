"""The calls of a period as one page."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from support.told_call import BEGAN, good_call, goodbye, greeting, said, started, took

from callagent.events import Event, NoInput, NoMatch, PartDrawn, ProviderFailed, ProviderFellBack
from callagent.quality.plots import columns, line, rows
from callagent.quality.report import page
from callagent.quality.trends import Trends, figures_of, trends_of

NASTY = '<script>alert("1")</script>\x1b[31m\u202e'


def bad_call(words: str = "mumble", step: str = "main_menu", version: str = "abc", day: int = 0) -> tuple[Event, ...]:
    """The flow gave up."""
    no_match = NoMatch(at_s=6.3, step=step, count=1)
    trouble = (
        ProviderFailed(at_s=6.1, stage="stt", provider="deepgram", error="ProviderTimeoutError"),
        ProviderFellBack(at_s=6.2, stage="stt", failed="deepgram", took_over="whisper"),
    )
    begins = started("hi", version, BEGAN + timedelta(days=day))
    return (begins, *greeting(), *said(1, 6.0, words, *trouble, no_match, takes_s=2.0), goodbye(12.0))


def some(calls: Sequence[tuple[Event, ...]]) -> Trends:
    """Calls called 1, 2, 3 and so on."""
    return trends_of(figures_of(str(number), events) for number, events in enumerate(calls, 1))


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Each closes what was opened last."""
        assert self.open.pop() == tag


def test_figures_are_of_all_calls_together() -> None:
    """Shares of calls, and means for each."""
    trends = some([good_call(), good_call(), good_call(), bad_call()])

    assert trends.whole.calls == 4
    assert trends.whole.completion == 0.75
    assert trends.whole.repairs == 0.25
    assert trends.whole.errors == 0.25
    assert (trends.whole.median_ms, trends.whole.p95_ms) == (500.0, 2000.0)
    assert trends.no_matches == (("main_menu", 1),)
    assert trends.fallbacks == (("stt: deepgram", 1),)
    assert trends.distribution == (0, 0, 0, 0, 0, 1, 0, 0, 0, 3)


def test_versions_stand_in_the_order_in_which_they_were_used() -> None:
    """However the calls come in."""
    calls = [bad_call(version="new", day=2), bad_call(version="old", day=1), bad_call(version="new", day=3)]

    assert [(one.name, one.calls) for one in some(calls).versions] == [("electrical@old", 1), ("electrical@new", 2)]


def test_a_day_without_calls_is_a_day() -> None:
    """Between two with some."""
    trends = some([bad_call(day=0), bad_call(day=2)])

    assert [one.calls for _, one in trends.days] == [1, 0, 1]
    assert trends.days[1][1].p95_ms is None


def test_parts_of_experiments_are_compared() -> None:
    """A call may be in several experiments."""
    drawn = PartDrawn(at_s=0.0, experiment="greeting", part="short"), PartDrawn(at_s=0.0, experiment="a", part="b")
    first, *rest = good_call()

    assert [one.name for one in some([(first, *drawn, *rest)]).parts] == ["a: b", "greeting: short"]


def test_the_worst_calls_come_first() -> None:
    """And those without a fault not at all."""
    worst = some([good_call(), bad_call(), (*bad_call("useless"),)]).worst(20)

    assert [call.name for call in worst] == ["3", "2"]


def test_events_that_begin_no_call_have_no_figures() -> None:
    """It is told, not guessed."""
    with pytest.raises(ValueError, match="begin with CallStarted"):
        figures_of("x", ())


@pytest.mark.parametrize("words", [True, False])
def test_nothing_that_a_caller_says_becomes_markup(words: bool) -> None:
    """Nor a step, a version or a name; and only who asks for words gets them."""
    calls = [bad_call(NASTY, step=NASTY, version=NASTY), good_call()]
    trends = trends_of([*(figures_of(NASTY, events) for events in calls)])
    text = page(trends, BEGAN, BEGAN + timedelta(days=7), words=words)
    seen = Seen(text)

    assert seen.open == []
    assert "script" not in seen.tags
    assert not {"\x1b", "\u202e"} & set(text)
    assert ("lang", "hi") in seen.attributes if words else ("lang", "hi") not in seen.attributes
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in text


def test_the_page_needs_neither_network_nor_script() -> None:
    """No address in it, no handler, and a policy that allows none."""
    text = page(some([good_call(), bad_call()]), BEGAN, BEGAN + timedelta(days=7), words=True)
    seen = Seen(text)

    assert not re.search(r"https?://|@import|url\(", text)
    assert not {name for name, _ in seen.attributes if name in ("src", "href") or name.startswith("on")}
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in seen.attributes


def test_every_plot_tells_what_it_shows_and_has_its_table() -> None:
    """For who cannot see it."""
    text = page(some([good_call(), bad_call()]), BEGAN, BEGAN + timedelta(days=7))
    seen = Seen(text)

    assert seen.tags.count("svg") == 5
    assert seen.tags.count("desc") == 5
    assert sum(name == "aria-label" and bool(value) for name, value in seen.attributes) == 5
    assert text.count("<div class='pair'><div><svg") == text.count("</svg></div><div class='scroll'") == 5
    assert ("lang", "en") in seen.attributes
    assert "prefers-color-scheme:dark" in text


def test_a_version_shows_what_changed() -> None:
    """Better and worse look different."""
    calls = [bad_call(version="old", day=0), (started("hi", "new", BEGAN + timedelta(days=1)), *good_call()[1:])]
    text = page(some(calls), BEGAN, BEGAN + timedelta(days=7))

    assert "<td>100 % <span class='better'>(+100)</span></td>" in text
    assert "<td>500 <span class='better'>(-1500)</span></td>" in text


def test_a_time_without_calls_has_a_page() -> None:
    """That says so, and how many could not be read."""
    text = page(trends_of([]), BEGAN, BEGAN + timedelta(days=7), left_out=2)

    assert "There were no calls in this time." in text
    assert "2 calls could not be read" in text


def test_where_callers_said_nothing_is_told() -> None:
    """Beside where they were not understood."""
    silence = NoInput(at_s=6.3, step="product", count=1)
    calls = [(started(), *greeting(), *said(1, 6.0, "x", silence), took(9.0), goodbye(12.0))]

    assert some(calls).no_inputs == (("product", 1),)
    assert "Where callers said nothing" in page(some(calls), BEGAN, BEGAN)


@pytest.mark.parametrize("draw", [columns, rows, line])
@pytest.mark.parametrize("points", [[], [("a", None)], [("<b>", 0.0), ("दाम", 3.5)], [("x", 1e6)] * 60])
def test_plots_are_well_formed_whatever_they_show(draw: object, points: list[tuple[str, float | None]]) -> None:
    """None, nought, much and many."""
    assert callable(draw)

    assert ET.fromstring(draw('A "title" <here>', points)).tag == "svg"


def test_a_plot_has_its_limit_and_gaps() -> None:
    """A day without a value parts the line."""
    drawn = line("p95", [("a", 100.0), ("b", None), ("c", 300.0)], "ms", limit=1500.0)

    assert drawn.count("M") == 2
    assert 'class="limit"' in drawn
    assert "b: none" in drawn
