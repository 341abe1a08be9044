"""What every leg promises (`telephony/leg.py`), whoever carries it: sound, marks and keys; ends stand beside."""

from itertools import pairwise
from pathlib import Path

import pytest
from support.leg_call import call_over
from support.leg_contract import SOON_S, TICK_S, carriers, now_s, those, words
from support.legs import Carrier

from callagent.media.audio import CHUNK_MS, CHUNK_SAMPLES, SILENCE
from callagent.media.rtp_quality import LineQuality
from callagent.telephony.leg import AudioReceived, DigitReceived, LegInfo, MarkPlayed

# --- sound -----------------------------------------------------------------------------------------------------------


@carriers
def test_all_that_the_caller_says_comes_in(carrier: Carrier, tmp_path: Path) -> None:
    """Every chunk as it was said, 20 ms each, in order and without a hole."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (_, ear, telephone):
            await telephone.hear(2)
            said = words(30, carrier)
            telephone.words.extend(said)
            await ear.until(lambda: said[-1] in ear.sounds)

            began = ear.sounds.index(said[0])
            positions = [one.chunk.position for one in ear.all(AudioReceived)]
            assert ear.sounds[began : began + 30] == said
            assert positions[0] == 0
            assert {later - before for before, later in pairwise(positions)} == {CHUNK_SAMPLES}

    carrier.run(call())


@those(lambda carrier: carrier.loses)
def test_what_is_lost_leaves_its_room(carrier: Carrier, tmp_path: Path) -> None:
    """Time goes on while nothing comes, and what follows is as much later."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            before, after = words(10, carrier), words(10, carrier, seed=2)
            telephone.words.extend(before)
            await ear.until(lambda: before[-1] in ear.sounds)
            telephone.far.lose(5)
            telephone.words.extend(after)
            await ear.until(lambda: after[-1] in ear.sounds)

            positions = {one.chunk.pcm: one.chunk.position for one in ear.all(AudioReceived)}
            kept = [one for one in after if one in positions]
            assert len(kept) >= 5
            assert leg.counters.lost_chunks == 5
            told = [one.chunk.position for one in ear.all(AudioReceived)]
            assert told == sorted(set(told))

    carrier.run(call())


@carriers
@pytest.mark.parametrize("chunks", [1, 2])
def test_all_that_is_played_is_heard(carrier: Carrier, chunks: int, tmp_path: Path) -> None:
    """As it is, after the line's coding: 20 or 40 ms at a time, a little ahead of time, without a hole or a repeat."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, _, telephone):
            await telephone.hear(1)
            said = words(40, carrier)
            for first in range(0, 40, chunks):
                leg.play(b"".join(said[first : first + chunks]))
                if first % 10 == 0 and first:
                    await telephone.hear(8)
            await telephone.until(lambda: said[-1] in telephone.heard)

            began = telephone.heard.index(said[0])
            assert telephone.heard[began : began + 40] == said
            assert set(telephone.heard) <= {SILENCE, carrier.coded(SILENCE), *said}

    carrier.run(call())


# --- marks -----------------------------------------------------------------------------------------------------------


@carriers
def test_marks_come_back_in_order_when_they_were_heard(carrier: Carrier, tmp_path: Path) -> None:
    """Not before all their sound has been, and soon after it."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            said, began_s = words(15, carrier), now_s()
            heard_by: dict[str, int] = {}
            for part, name in enumerate(("one", "two", "three")):
                for chunk in said[part * 5 : part * 5 + 5]:
                    leg.play(chunk)
                leg.mark(name)
            for part, name in enumerate(("one", "two", "three"), 1):
                await ear.until(lambda name=name: name in ear.marks)  # type: ignore[misc]
                heard_by[name] = sum(one in said for one in telephone.heard)
                took_s = ear.time_of(MarkPlayed(name)) - began_s
                assert part * 5 * TICK_S - TICK_S <= took_s <= part * 5 * TICK_S + SOON_S

            assert ear.marks == ["one", "two", "three"]
            held = carrier.held_ms / CHUNK_MS + 1
            assert all(count >= part * 5 - held for part, count in enumerate(heard_by.values(), 1))

    carrier.run(call())


@carriers
def test_a_mark_behind_nothing_comes_back_soon(carrier: Carrier, tmp_path: Path) -> None:
    """There is nothing to be heard before it; one name may be asked for twice."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            began_s = now_s()
            leg.mark("again")
            leg.mark("again")
            await ear.until(lambda: len(ear.marks) == 2)

            assert ear.marks == ["again", "again"]
            assert now_s() - began_s <= SOON_S

    carrier.run(call())


@carriers
def test_clear_gives_the_marks_back_and_silences(carrier: Carrier, tmp_path: Path) -> None:
    """At once, before their sound could have been heard; and each mark only once."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            said = words(30, carrier)
            for number, chunk in enumerate(said):
                leg.play(chunk)
                if number % 10 == 9:
                    leg.mark(f"mark {number}")
            await telephone.until(lambda: said[3] in telephone.heard)
            cleared_s = now_s()
            leg.clear()
            await ear.until(lambda: len(ear.marks) == 3)
            assert now_s() - cleared_s <= TICK_S
            await telephone.hear(30)

            assert ear.marks == ["mark 9", "mark 19", "mark 29"]
            heard = [one for one in telephone.heard if one in said]
            assert heard == said[: len(heard)]
            assert len(heard) <= 4 + (carrier.held_ms + CHUNK_MS) / CHUNK_MS

    carrier.run(call())


@carriers
def test_after_a_clear_the_agent_is_heard_from_the_start(carrier: Carrier, tmp_path: Path) -> None:
    """What is played next is not touched by it, nor are its marks."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            old, new = words(10, carrier), words(10, carrier, seed=2)
            leg.play(b"".join(old[:2]))
            leg.mark("old")
            await telephone.hear(1)
            leg.clear()
            leg.clear()
            began_s = now_s()
            for chunk in new:
                leg.play(chunk)
            leg.mark("new")
            await ear.until(lambda: "new" in ear.marks)
            await telephone.until(lambda: new[-1] in telephone.heard)

            assert ear.marks == ["old", "new"]
            assert ear.time_of(MarkPlayed("new")) - began_s >= 9 * TICK_S
            began = telephone.heard.index(new[0])
            assert telephone.heard[began : began + 10] == new

    carrier.run(call())


# --- keys ------------------------------------------------------------------------------------------------------------


@carriers
def test_every_key_comes_once_and_in_order(carrier: Carrier, tmp_path: Path) -> None:
    """All sixteen, and the same one twice."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (_, ear, telephone):
            pressed = "1234567890*#ABCD5500"
            for key in pressed:
                telephone.far.press(key)
                await ear.until(lambda key=key: ear.keys.endswith(key))  # type: ignore[misc]
            await telephone.hear(10)
            await ear.until(lambda: len(ear.keys) == len(pressed))

            assert ear.keys == pressed

    carrier.run(call())


@carriers
def test_keys_pressed_in_haste_all_come(carrier: Carrier, tmp_path: Path) -> None:
    """A telephone that dials a number by itself, while the caller speaks."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (_, ear, telephone):
            telephone.words.extend(words(20, carrier))
            for key in "110011":
                telephone.far.press(key)
            await ear.until(lambda: len(ear.keys) >= 6)
            await telephone.hear(20)

            assert ear.keys == "110011"

    carrier.run(call())


# --- who calls ------------------------------------------------------------------------------------------------------


@carriers
def test_a_leg_tells_who_calls_and_how_the_line_is(carrier: Carrier, tmp_path: Path) -> None:
    """From its first moment, at any time; a line of which the carrier tells nothing has no quality."""

    async def call() -> tuple[LegInfo, LineQuality | None]:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            info = leg.info
            assert leg.quality is None or isinstance(leg.quality, LineQuality)
            assert leg.counters.malformed == leg.counters.lost_chunks == leg.counters.late_chunks == 0
            telephone.words.extend(words(20, carrier))
            await ear.until(lambda: len(ear.sounds) >= 20)
            telephone.far.press("1")
            await ear.until(lambda: DigitReceived("1") in ear.all(DigitReceived))
            return info, leg.quality

    info, quality = carrier.run(call())

    assert info.call_id
    assert info.carrier
    assert info.outbound is carrier.outbound
    if quality is not None:
        assert quality.packets >= 15
        assert (quality.loss, quality.mos > 4) == (0, True)
