"""The calls of a period as one HTML page: no script, nothing from the network, every text escaped.

What callers said is untrusted, and so is everything that a file of theirs may hold: all of it goes through `plain` and
is escaped. Beside each plot stands its table, for who cannot see it and for who wants the figures.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from callagent.quality.plain import escaped
from callagent.quality.plots import Point, columns, line, rows
from callagent.quality.scores import P95_LIMIT_MS
from callagent.quality.trends import CallFigures, Group, Misheard, Trends

WORST: Final = 20
"""Calls that are listed by name."""
MOST_ROWS: Final = 12
MOST_WORDS: Final = 3
"""Examples of what was said, for each step."""
LANGUAGES: Final = {"hinglish": "hi-Latn"}
"""By the name that flows use, what a browser calls it."""
STYLE: Final = """
:root{color-scheme:light dark;--page:#ffffff;--text:#1b2430;--soft:#55606d;--line:#d5dbe2;--fill:#0b63ad;--bad:#a81d14;
--good:#17692c;--card:#f4f6f9}
@media (prefers-color-scheme:dark){:root{--page:#14181d;--text:#e8ecf1;--soft:#a9b4c0;--line:#3a434d;--fill:#6bb4f2;
--bad:#ff9c92;--good:#7fd693;--card:#1d232a}}
body{margin:2rem auto;padding:0 1.25rem;max-width:72rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,"Noto Sans","Noto Sans Devanagari",sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.4rem 0 .6rem}p.soft,caption,.soft{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.8rem;margin:1.4rem 0;padding:0}
.cards div{background:var(--card);border-radius:.5rem;padding:.7rem .9rem}.cards dt{color:var(--soft);font-size:.85rem}
.cards dd{margin:0;font-size:1.35rem;font-weight:600}
.pair{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:1.5rem;align-items:start}
@media (max-width:48rem){.pair{grid-template-columns:minmax(0,1fr)}}
.scroll{overflow-x:auto;max-height:28rem;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0}th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;
vertical-align:top}th:first-child,td:first-child,.words{text-align:left}thead th{color:var(--soft);font-weight:600}
tbody th{font-weight:500}.plot{width:100%;height:auto;background:var(--card);border-radius:.5rem}
.plot text{font-size:12px;fill:var(--soft)}.bar,.dot{fill:var(--fill)}.line{fill:none;stroke:var(--fill);stroke-width:2}
.grid{stroke:var(--line)}.limit{stroke:var(--bad);stroke-dasharray:5 4}.worse{color:var(--bad)}
.better{color:var(--good)}
"""
TERMS: Final = (
    "Completed: the caller got an answer and said goodbye, or the person they asked for. Repairs: silences, "
    "misunderstandings and questions whether something was understood. Sent to a person: after misunderstandings or an "
    "outage, without having asked."
)
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page(trends: Trends, since: datetime, until: datetime, *, words: bool = False, left_out: int = 0) -> str:
    """The page; `words`: with what callers said where it fitted nothing. `left_out` calls could not be read."""
    period = f"{since:%d %b %Y, %H:%M} to {until:%d %b %Y, %H:%M}"
    body = [f"<h1>Calls</h1><p class='soft'>{escaped(period)}</p>"]
    if left_out:
        told = "call could not be read and is" if left_out == 1 else "calls could not be read and are"
        body.append(f"<p class='worse'>{left_out} {told} left out.</p>")
    if trends.calls:
        body += _sections(trends, words=words)
    else:
        body.append("<p>There were no calls in this time.</p>")
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="referrer" content="no-referrer">'
        f"<title>Calls, {escaped(period)}</title><style>{STYLE}</style></head><body><main>{''.join(body)}</main>"
        "</body></html>\n"
    )


def _sections(trends: Trends, *, words: bool) -> Iterator[str]:
    yield _cards(trends.whole)
    yield f"<p class='soft'>{TERMS}</p>"
    days = [(f"{day:%d %b}", one) for day, one in trends.days]
    many: list[Point] = [(name, float(one.calls)) for name, one in days]
    yield _pair("Calls per day", columns("Calls per day", many), _table(("day", "calls"), many))
    slow: list[Point] = [(name, one.p95_ms) for name, one in days]
    drawn = line("Response latency per day, p95, in ms", slow, "ms", P95_LIMIT_MS)
    title = f"Response latency per day (p95; the limit is {P95_LIMIT_MS:.0f} ms)"
    yield _pair(title, drawn, _table(("day", "p95, ms"), slow))
    bins: list[Point] = [(_bin(number), float(count)) for number, count in enumerate(trends.distribution)]
    yield _pair("Scores", columns("Calls by score", bins), _table(("score", "calls"), bins))
    for title, found, head in (
        ("Where callers were not understood", trends.no_matches, ("step", "no match")),
        ("Where callers said nothing", trends.no_inputs, ("step", "silence")),
        ("Providers that others had to stand in for", trends.fallbacks, ("provider", "fallbacks")),
    ):
        if found:
            points: list[Point] = [(name, float(number)) for name, number in found[:MOST_ROWS]]
            yield _pair(title, rows(title, points), _table(head, points))
    if words:
        yield from _misheard(trends)
    yield _groups("By flow version", trends.versions, compared=True)
    yield _groups("By part of an experiment", trends.parts)
    yield _groups("By language", trends.languages)
    yield from _worst(trends.worst(WORST))


def _bin(number: int) -> str:
    return f"{number * 10}–{number * 10 + 9 if number < 9 else 100}"


def _cards(whole: Group) -> str:
    facts = (
        ("calls", f"{whole.calls}"),
        ("completed", _share(whole.completion)),
        ("score on average", f"{whole.score:.0f}"),
        ("asked for a person", _share(whole.transfers_wanted)),
        ("sent to a person", _share(whole.transfers_unwanted)),
        ("response, p95", _ms(whole.p95_ms)),
        ("repairs a call", f"{whole.repairs:.1f}"),
        ("errors a call", f"{whole.errors:.2f}"),
    )
    return (
        "<dl class='cards'>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts) + "</dl>"
    )


def _pair(title: str, drawn: str, table: str) -> str:
    return f"<section><h2>{escaped(title)}</h2><div class='pair'><div>{drawn}</div>{table}</div></section>"


def _table(head: Sequence[str], points: Iterable[Point]) -> str:
    lines = "".join(
        f"<tr><th scope='row'>{escaped(name)}</th><td>{'–' if value is None else f'{value:.0f}'}</td></tr>"
        for name, value in points
    )
    return f"<div class='scroll' tabindex='0'><table>{_head(head)}<tbody>{lines}</tbody></table></div>"


def _head(names: Iterable[str], words: str = "") -> str:
    """Of a table; `words` is the name of a last column that holds sentences."""
    last = f"<th scope='col' class='words'>{escaped(words)}</th>" if words else ""
    return "<thead><tr>" + "".join(f"<th scope='col'>{escaped(name)}</th>" for name in names) + f"{last}</tr></thead>"


def _groups(title: str, groups: Sequence[Group], *, compared: bool = False) -> str:
    """A table of groups; `compared`: each with what changed since the one before."""
    if not groups:
        return ""
    names = (
        "",
        "calls",
        "completed",
        "repairs",
        "asked for a person",
        "sent to one",
        "p95, ms",
        "score",
        "barge-ins",
        "errors",
    )
    lines, before = [], None
    for one in groups:
        lines.append(_group(one, before if compared else None))
        before = one
    caption = "<caption>In brackets: the difference to the version before.</caption>" if compared else ""
    table = f"<table>{caption}{_head(names)}<tbody>{''.join(lines)}</tbody></table>"
    return f"<section><h2>{escaped(title)}</h2><div class='scroll' tabindex='0'>{table}</div></section>"


def _group(one: Group, before: Group | None) -> str:
    cells = (
        (_share(one.completion), _change("completion", one, before, 100, more_is_better=True)),
        (f"{one.repairs:.2f}", _change("repairs", one, before)),
        (_share(one.transfers_wanted), _change("transfers_wanted", one, before, 100)),
        (_share(one.transfers_unwanted), _change("transfers_unwanted", one, before, 100)),
        ("–" if one.p95_ms is None else f"{one.p95_ms:.0f}", _change("p95_ms", one, before)),
        (f"{one.score:.0f}", _change("score", one, before, more_is_better=True)),
        (f"{one.barge_ins:.2f}", _change("barge_ins", one, before)),
        (f"{one.errors:.2f}", _change("errors", one, before)),
    )
    told = "".join(f"<td>{value}{change}</td>" for value, change in cells)
    return f"<tr><th scope='row'>{escaped(one.name)}</th><td>{one.calls}</td>{told}</tr>"


def _change(name: str, one: Group, before: Group | None, scale: float = 1, *, more_is_better: bool = False) -> str:
    now, then = getattr(one, name), getattr(before, name, None)
    if now is None or then is None:
        return ""
    by = (now - then) * scale
    shown = f"{by:+.0f}" if abs(by) >= 10 or scale > 1 else f"{by:+.2f}"
    if float(shown) == 0:
        return " <span class='soft'>(=)</span>"
    style = "better" if (by > 0) == more_is_better else "worse"
    return f" <span class='{style}'>({shown})</span>"


def _misheard(trends: Trends) -> Iterator[str]:
    said: dict[str, list[Misheard]] = {}
    for call in trends.calls:
        for one in call.misheard:
            said.setdefault(one.step, []).append(one)
    if not said:
        return
    lines = []
    for step, _ in trends.no_matches[:MOST_ROWS]:
        words = list(dict.fromkeys((one.words, one.language) for one in said.get(step, ())))[:MOST_WORDS]
        told = "<br>".join(f"<bdi lang='{_language(language)}'>“{escaped(text)}”</bdi>" for text, language in words)
        lines.append(f"<tr><th scope='row'>{escaped(step)}</th><td class='words'>{told}</td></tr>")
    table = f"<table>{_head(('step',), 'what was heard')}<tbody>{''.join(lines)}</tbody></table>"
    yield f"<section><h2>What callers said there</h2>{table}</section>"


def _worst(calls: Sequence[CallFigures]) -> Iterator[str]:
    if not calls:
        return
    lines = "".join(
        f"<tr><th scope='row'>{escaped(call.name)}</th><td>{call.score.score}</td>"
        f"<td class='words'>{'<br>'.join(escaped(reason) for reason in call.score.reasons)}</td></tr>"
        for call in calls
    )
    table = f"<table>{_head(('call', 'score'), 'why')}<tbody>{lines}</tbody></table>"
    told = "<p class='soft'><code>callagent calls show CALL</code> shows one.</p>"
    yield f"<section><h2>Calls to look at</h2>{told}{table}</section>"


def _language(name: str) -> str:
    return escaped(LANGUAGES.get(name, name))


def _share(value: float) -> str:
    return f"{value * 100:.0f} %"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"
