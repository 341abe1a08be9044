"""The picture of a call."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import resvg_py
from support.fonts import needs_font
from support.told_call import good_call, goodbye, greeting, said, started, tone, took, write

from callagent.clock import IST
from callagent.errors import ConfigurationError
from callagent.events import BargedIn, DigitPressed, Event, TranscriptReceived, TurnDecided, TurnEnded
from callagent.quality.picture import _bands, draw
from callagent.quality.pixels import png_of
from callagent.quality.scores import score_of
from callagent.quality.tracks import tracks_of
from callagent.quality.turns import turns_of
from callagent.recording.folder import RecordedSound

SVG = "{http://www.w3.org/2000/svg}"


def drawn(events: Sequence[Event], sound: RecordedSound | None = None, name: str = "a call") -> ET.Element:
    """The picture, read again."""
    text = draw(name, events, score_of(events), tracks_of(events), turns_of(events), IST, sound)
    return ET.fromstring(text)


def texts(picture: ET.Element) -> list[str]:
    """All that is written in it."""
    return ["".join(one.itertext()) for one in picture.iter(f"{SVG}text")]


def test_both_sides_are_drawn_as_loud_as_they_are(tmp_path: Path) -> None:
    """A shape for each, and bars behind where somebody spoke."""
    with write(tmp_path / "a", good_call(), tone(20.0)).sound() as sound:
        picture = drawn(good_call(), sound)

    waves = {one.get("class"): one.get("d") for one in picture.iter(f"{SVG}path")}
    bars = [one.get("class") for one in picture.iter(f"{SVG}rect") if one.get("class") in ("caller", "agent")]
    assert all(waves[side] for side in ("caller", "agent"))
    assert (bars.count("caller"), bars.count("agent")) == (2, 3)


def test_without_sound_bars_stand_for_speech() -> None:
    """And no shape."""
    assert list(drawn(good_call()).iter(f"{SVG}path")) == []


def test_words_and_marks_are_in_the_picture() -> None:
    """In Hindi as well; and what the marks mean."""
    marks = BargedIn(at_s=7.0, by="voice", latency_s=0.1), DigitPressed(at_s=8.0, digit="5")
    events = (started(), *greeting(), *said(1, 6.0, "पंखे का दाम", took(6.3)), *marks, goodbye(12.0))
    written = texts(drawn(events))

    assert "“पंखे का दाम”" in written
    assert "7.0 s: barge-in: interrupted, silent after 100 ms⚡" in written
    assert {"⚡ barge-in", "0–9 key"} <= {*written}
    assert "8.0 s: key: 55" in written


def test_answers_that_took_no_time_have_no_bar() -> None:
    """As in an imported call, where the agent began before the caller had ended."""
    events = (started(), *greeting(), *said(1, 6.0, "price", takes_s=-0.5), goodbye(12.0))
    at_once = [replace(one, at_s=6.0) if isinstance(one, TurnEnded | TranscriptReceived) else one for one in events]
    at_once = [one for one in at_once if not isinstance(one, TurnDecided)]

    assert turns_of(at_once)[1].latency.response_ms == 0  # type: ignore[union-attr]
    assert "0 ms" in texts(drawn(at_once))


def test_nothing_that_a_caller_says_becomes_markup() -> None:
    """Nor the name of the call."""
    nasty = '</text><script>alert("1")</script>\x1b[31m'
    events = (started(version=nasty), *greeting(), *said(1, 6.0, nasty, took(6.3), answer=nasty), goodbye(12.0))
    picture = drawn(events, name=nasty)

    assert list(picture.iter(f"{SVG}script")) == []
    assert '“</text><script>alert("1")</script>”' in texts(picture)


def test_a_long_call_fits_as_well() -> None:
    """Two hours with a thousand turns: a few bands, and the first of the turns."""
    turns = [
        event for turn in range(1, 1001) for event in said(turn, turn * 7.0, "and the next?", took(turn * 7 + 0.3))
    ]
    picture = drawn((started(), *greeting(), *turns, goodbye(7200.0)))

    assert texts(picture).count("caller") == 4
    assert "… and 881 turns more" in texts(picture)
    assert float(str(picture.get("height"))) < 8000


@pytest.mark.parametrize(("length_s", "bands"), [(4.0, 1), (31.2, 2), (54.3, 2), (180.0, 6), (181.0, 4), (40_000.0, 6)])
def test_bands_are_as_even_as_they_can_be(length_s: float, bands: int) -> None:
    """The last is not a stub, and the whole call is in them."""
    number, each_s = _bands(length_s)

    assert number == bands
    assert number * each_s >= length_s
    assert (number - 1) * each_s < length_s


@needs_font
def test_a_png_is_a_png() -> None:
    """Drawn by the extra's library, words and all."""
    events = good_call()
    svg = draw("a call", events, score_of(events), tracks_of(events), turns_of(events), IST)

    assert png_of(svg).startswith(b"\x89PNG")


def test_no_picture_comes_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no font is installed, it says which would do."""
    events = good_call()
    svg = draw("a call", events, score_of(events), tracks_of(events), turns_of(events), IST)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", partial(resvg_py.svg_to_bytes, skip_system_fonts=True))

    with pytest.raises(ConfigurationError, match=r"a font.*fonts-dejavu-core.*--svg"):
        png_of(svg)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what works without."""
    monkeypatch.setitem(sys.modules, "resvg_py", None)

    with pytest.raises(ConfigurationError, match=r"--extra pictures.*--svg"):
        png_of("<svg/>")
