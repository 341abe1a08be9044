"""A call as one picture (SVG): the waveforms of both sides with marks, and below them what was said.

Drawn in bands, one below the other; what a band stands for grows with the call, so that two hours fit as well.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from html import escape
from itertools import pairwise
from typing import Final

from callagent.call.latency import PARTS, TurnLatency
from callagent.clock import told_in
from callagent.events import CallEnded, CallStarted, Event
from callagent.quality.pixels import FONTS
from callagent.quality.plain import escaped, plain
from callagent.quality.scores import CallScore
from callagent.quality.tracks import SIGNS, Mark, Sort, Stretch, Tracks, loudness
from callagent.quality.turns import CallerTurn
from callagent.recording.folder import RecordedSound

WIDTH, MARGIN, LABEL = 1240, 24, 60
TRACK = WIDTH - 2 * MARGIN - LABEL
BANDS_S: Final = (30, 60, 120, 300, 600, 900, 1800, 3600)
"""What a band stands for at most."""
EVEN_S: Final = 5
"""It is so many seconds, or a multiple of them."""
TICKS_S: Final = (5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)
MOST_TICKS: Final = 8
MOST_BANDS: Final = 6
POINTS: Final = TRACK // 2
"""Of a waveform, in a band."""
LANE, AXIS, SIGNS_ROW, SIGNS_ROWS = 46, 20, 18, 3
BAND: Final = AXIS + 2 * LANE + SIGNS_ROWS * SIGNS_ROW + 16
LINE: Final = 19
LETTER: Final = 7.0
"""Width of a letter on average."""
MOST_TURNS: Final = 120
"""Of whose words are written out: a longer call is for `calls show`."""
COLOURS: Final = {
    "endpointing": "#d9a400",
    "transcription": "#0a8f9c",
    "dialogue": "#2459c4",
    "model": "#a0379a",
    "synthesis": "#2c8a3c",
    "playout": "#8a8f98",
}
STYLE: Final = (
    f"text{{font:13px {FONTS};fill:#1d2733}}"
    ".title{font-size:18px;font-weight:600}.small{font-size:11px;fill:#5b6775}"
    ".caller{fill:#0b6fb8}.agent{fill:#2c8a3c}.cut{fill:#7d8894;text-decoration:line-through}"
    ".bad{fill:#b3261e}.mark{font-size:14px}.lane{fill:#f1f4f7}"
)


def draw(
    name: str,
    events: Sequence[Event],
    score: CallScore,
    tracks: Tracks,
    turns: Sequence[CallerTurn],
    zone: tzinfo,
    sound: RecordedSound | None = None,
) -> str:
    """The picture, with its date in `zone`; without sound, bars stand for speech."""
    bands, band_s = _bands(tracks.length_s)
    loud = None if sound is None else loudness(sound, bands * POINTS, bands * band_s)
    parts = list(_head(name, events, score, zone))
    y = 62.0 + 17 * max(len(score.reasons), 1) + 10
    for number in range(bands):
        peaks = None if loud is None else [side[number * POINTS : (number + 1) * POINTS] for side in loud]
        signs = any(number * band_s <= mark.at_s < (number + 1) * band_s for mark in tracks.marks)
        parts += _band(tracks, number * band_s, band_s, y, peaks)
        y += BAND - (0 if signs else SIGNS_ROWS * SIGNS_ROW)
    words, y = _words(turns, y + 10)
    parts += words
    parts += _legend(y + 6, dict.fromkeys(mark.sort for mark in tracks.marks))
    height = y + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" role="img"><title>{escaped(name)}</title><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _bands(length_s: float) -> tuple[int, float]:
    """How many there are, and what each stands for: all of them about the same."""
    longest_s = next((s for s in BANDS_S if length_s <= s * MOST_BANDS), math.ceil(length_s / MOST_BANDS))
    bands = max(1, math.ceil(length_s / longest_s))
    return bands, math.ceil(length_s / bands / EVEN_S) * EVEN_S


def _head(name: str, events: Sequence[Event], score: CallScore, zone: tzinfo) -> Iterator[str]:
    started, ended = events[0], events[-1]
    yield f'<text class="title" x="{MARGIN}" y="32">{escaped(name)}</text>'
    if isinstance(started, CallStarted):
        how = f"{ended.disposition}, by the {ended.ended_by}" if isinstance(ended, CallEnded) else "not over"
        flow = f"{started.flow}@{started.flow_version}, {started.language}"
        told = f"{told_in(zone, started.started)}  ·  {flow}  ·  {how}"
        yield f'<text class="small" x="{MARGIN}" y="50">{escaped(told)}</text>'
    colour = "#2c8a3c" if score.score >= 85 else "#9a6700" if score.score >= 60 else "#b3261e"
    yield (
        f'<text class="title" x="{WIDTH - MARGIN}" y="32" text-anchor="end" style="fill:{colour}">'
        f"{'imported' if score.task == 'imported' else f'score {score.score}'}</text>"
    )
    for number, reason in enumerate(score.reasons):
        yield f'<text class="small" x="{MARGIN}" y="{68 + 17 * number}">{escaped(reason)}</text>'


def _band(
    tracks: Tracks, begins_s: float, band_s: float, y: float, peaks: Sequence[Sequence[float]] | None
) -> Iterator[str]:
    ends_s = min(begins_s + band_s, tracks.length_s)
    scale = TRACK / band_s
    width = (ends_s - begins_s) * scale
    left = MARGIN + LABEL
    yield from _axis(begins_s, ends_s, band_s, y)
    for side, (name, stretches) in enumerate((("caller", tracks.caller), ("agent", tracks.agent))):
        top = y + AXIS + side * LANE
        yield f'<rect class="lane" x="{left}" y="{top + 2:.0f}" width="{width:.1f}" height="{LANE - 4}" rx="3"/>'
        yield f'<text class="{name}" x="{MARGIN}" y="{top + LANE / 2 + 4:.0f}">{name}</text>'
        opacity = ".18" if peaks is not None else ".75"
        for one in stretches:
            x, wide = _place(one, begins_s, ends_s, scale)
            if wide > 0:
                yield (
                    f'<rect class="{name}" x="{left + x:.1f}" y="{top + 2:.0f}" width="{wide:.1f}" '
                    f'height="{LANE - 4}" opacity="{opacity}"/>'
                )
        if peaks is not None:
            yield f'<path class="{name}" d="{_wave(peaks[side], left, top + LANE / 2)}"/>'
    marks = [mark for mark in tracks.marks if begins_s <= mark.at_s < begins_s + band_s]
    yield from _marks(marks, begins_s, scale, y + AXIS, 2 * LANE)


def _axis(begins_s: float, ends_s: float, band_s: float, y: float) -> Iterator[str]:
    tick_s = next((tick for tick in TICKS_S if band_s <= tick * MOST_TICKS), TICKS_S[-1])
    for number in range(math.ceil(begins_s / tick_s), math.ceil(ends_s / tick_s)):
        x = MARGIN + LABEL + (number * tick_s - begins_s) * TRACK / band_s
        minutes, seconds = divmod(round(number * tick_s), 60)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 4:.0f}" y2="{y + AXIS + 2 * LANE:.0f}" stroke="#d5dbe1"/>'
        yield f'<text class="small" x="{x + 3:.1f}" y="{y + 14:.0f}">{minutes}:{seconds:02}</text>'


def _place(one: Stretch, begins_s: float, ends_s: float, scale: float) -> tuple[float, float]:
    first, last = max(one.begins_s, begins_s), min(one.ends_s, ends_s)
    return (first - begins_s) * scale, (last - first) * scale


def _wave(peaks: Sequence[float], left: float, middle: float) -> str:
    """Above and below the middle; parts of the same height are one shape, and silence is none."""
    step = TRACK / POINTS
    runs: list[tuple[int, float]] = []
    for number, peak in enumerate(peaks):
        height = round(math.sqrt(peak) * (LANE / 2 - 4), 1)
        if not runs or runs[-1][1] != height:
            runs.append((number, height))
    runs.append((len(peaks), 0.0))
    shapes = []
    for (first, height), (last, _) in pairwise(runs):
        if height > 0:
            x, end = left + first * step, left + last * step
            shapes.append(f"M{x:.1f},{middle - height:.1f}H{end:.1f}V{middle + height:.1f}H{x:.1f}z")
    return "".join(shapes)


def _marks(marks: Sequence[Mark], begins_s: float, scale: float, top: float, lanes: float) -> Iterator[str]:
    """Signs below the tracks, in rows where they would overlap; the whole text shows when pointed at."""
    last = [-100.0] * SIGNS_ROWS
    for mark in marks:
        x = MARGIN + LABEL + (mark.at_s - begins_s) * scale
        if mark.sort in ("barge-in", "outage"):
            yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.0f}" y2="{top + lanes:.0f}" stroke="#b3261e"/>'
        row = next((number for number in range(SIGNS_ROWS) if x - last[number] >= 13), None)
        if row is None:
            continue
        last[row] = x + (len(mark.sign) - 1) * LETTER
        bad = ' style="fill:#b3261e"' if mark.sort in ("barge-in", "fault", "outage", "breaker") else ""
        tell = f"{mark.at_s:.1f} s: {mark.sort}: {mark.text}"
        yield (
            f'<text class="mark" x="{x - 4:.1f}" y="{top + lanes + 15 + row * SIGNS_ROW:.0f}"{bad}>'
            f"<title>{escaped(tell)}</title>{escaped(mark.sign)}</text>"
        )


def _words(turns: Sequence[CallerTurn], y: float) -> tuple[list[str], float]:
    """What was said, and how long the answer took; gives where the next line is as well."""
    lines: list[str] = []
    longest = max([turn.latency.response_ms for turn in turns if turn.latency], default=0.0) or 1.0
    for turn in turns[:MOST_TURNS]:
        said = _caller_words(turn)
        lines.append(f'<text class="small" x="{MARGIN}" y="{y:.0f}">{turn.at_s:.1f} s</text>')
        if said:
            lines.append(f'<text class="caller" x="{MARGIN + LABEL}" y="{y:.0f}">{escaped(_cut(said, 78))}</text>')
        told = _cut("; ".join(turn.decided), 44)
        lines.append(f'<text class="small" x="{MARGIN + LABEL + 560}" y="{y:.0f}">{escaped(told)}</text>')
        if turn.latency is not None:
            lines += _bar(turn.latency, longest, y)
        y += LINE
        for sentence in turn.agent:
            heard = plain(sentence.heard)
            rest = plain(sentence.text.removeprefix(sentence.heard)) if sentence.text != sentence.heard else ""
            room = 150 - len(heard)
            cut = f'<tspan class="cut" dx="4">{escape(_cut(rest, max(room, 8)))}</tspan>' if rest else ""
            lines.append(f'<text class="agent" x="{MARGIN + LABEL}" y="{y:.0f}">{escape(_cut(heard, 150))}{cut}</text>')
            y += LINE
        y += 5
    if len(turns) > MOST_TURNS:
        left = len(turns) - MOST_TURNS
        lines.append(f'<text class="small" x="{MARGIN}" y="{y:.0f}">… and {left} turns more</text>')
        y += LINE
    return lines, y


def _caller_words(turn: CallerTurn) -> str:
    if turn.by == "keys":
        return f"keys {turn.keys}"
    if turn.by == "silence":
        return "(silence)"
    return f"“{turn.caller}”" if turn.caller else ""


def _bar(latency: TurnLatency, longest_ms: float, y: float) -> Iterator[str]:
    x = float(MARGIN + LABEL + 860)
    room = WIDTH - MARGIN - x - 70
    for name in PARTS[1:]:
        part, value = name.removesuffix("_ms"), getattr(latency, name)
        wide = value / longest_ms * room
        if wide > 0.2:
            yield (
                f'<rect x="{x:.1f}" y="{y - 11:.0f}" width="{wide:.1f}" height="13" fill="{COLOURS[part]}">'
                f"<title>{part} {value:.0f} ms</title></rect>"
            )
        x += max(wide, 0)
    yield f'<text class="small" x="{WIDTH - MARGIN}" y="{y:.0f}" text-anchor="end">{latency.response_ms:.0f} ms</text>'


def _legend(y: float, marks: Iterable[Sort]) -> Iterator[str]:
    x = float(MARGIN + LABEL)
    for part, colour in COLOURS.items():
        yield f'<rect x="{x:.0f}" y="{y - 10:.0f}" width="11" height="11" fill="{colour}"/>'
        yield f'<text class="small" x="{x + 16:.0f}" y="{y:.0f}">{part}</text>'
        x += 34 + len(part) * LETTER
    for sort in marks:
        told = f"{'0–9' if sort == 'key' else SIGNS[sort]} {sort}"
        yield f'<text class="small" x="{x:.0f}" y="{y:.0f}">{escaped(told)}</text>'
        x += 18 + len(told) * LETTER


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 1)] + "…"
