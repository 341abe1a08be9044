"""The record of a call: what it takes from summary and events, and that nothing odd in them keeps it out."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.call_records import RECORD, STARTED, summary
from support.kept_calls import started

from callagent.events import AgentSaid, ConsentGiven, Event, TranscriptReceived
from callagent.store.calls import CallStore
from callagent.store.record import CallRecord, record_from_json, record_of
from callagent.store.searching import Search
from callagent.store.words import folded

EVENTS: tuple[Event, ...] = (
    started("key"),
    AgentSaid(at_s=1.0, turn=0, text="Welcome. How can I help?", heard="Welcome.\nHow can", line="greeting"),
    TranscriptReceived(at_s=3.0, turn=1, text="पंखे का दाम? मेरा नंबर ⟦phone 1⟧", confidence=0.9, provider="whisper"),
    ConsentGiven(at_s=4.0, to="being remembered", allowed=False),
    ConsentGiven(at_s=5.0, to="recording", allowed=True),
    TranscriptReceived(at_s=6.0, turn=2, text="", confidence=0.0, provider="whisper"),
)


def test_a_record_is_made_of_summary_and_events() -> None:
    """The words of both sides as far as they were heard, tokens as they are; consent to the recording only."""
    record = record_of(summary(), EVENTS, name="folder", has_sound=True)

    assert record == CallRecord(
        id="folder",
        call_id="CA1",
        started=STARTED,
        duration_s=60.4,
        carrier="twilio",
        caller="xxxxxxxxxxx00",
        caller_key="key",
        flow="electrical",
        flow_version="07359c7fcce5",
        language="en",
        disposition="goodbye",
        ended_by="agent",
        turns=2,
        response_median_ms=569.6,
        response_p95_ms=715.1,
        barge_ins=1,
        pauses=3,
        no_inputs=1,
        no_matches=2,
        take_overs=1,
        errors=4,
        failures="stt: ValueError",
        has_sound=True,
        consent="yes",
        words="agent: Welcome. How can\ncaller: पंखे का दाम? मेरा नंबर ⟦phone 1⟧",
    )


def test_a_call_without_an_answer_has_no_latency() -> None:
    """None is not 0 ms; and a call whose process was killed says so."""
    record = record_of(summary(latency={}, turns=[], disposition="crashed"), [], name="x")

    assert (record.response_median_ms, record.response_p95_ms) == (None, None)
    assert (record.crashed, record.words, record.consent) == (True, "", "")


@pytest.mark.parametrize(
    "broken",
    [
        *({}, {"started": "yesterday"}, {"latency": 7}, {"providers": [1]}, {"turns": None}),
        *({"duration_s": -1.0}, {"duration_s": float("nan")}, {"duration_s": "9"}, {"pauses": float("inf")}),
        *({"no_inputs": 10**30}, {"latency": {"response": {"median_ms": [], "p95_ms": 1}}}),
        *({"latency": {"response": {"median_ms": 1}}}, {"started": "0001-01-01T00:00:00+05:30"}),
    ],
)
def test_a_summary_that_is_none_is_told(broken: dict[str, Any]) -> None:
    """As a ValueError, whatever is wrong."""
    with pytest.raises(ValueError, match=r"none|Invalid|no figure|no year"):
        record_of(summary(**broken) if broken else {}, [], name="x")


def test_a_record_comes_back_from_json() -> None:
    """Also from that of a version that knew more, or less."""
    written = json.loads(json.dumps(RECORD.as_json()))

    assert record_from_json(written) == RECORD
    assert record_from_json({**written, "mood": "fine"}) == RECORD
    del written["notes"]
    assert record_from_json(written) == replace(RECORD, notes="")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("The FAN, straße & Café!", ["the", "fan", "strasse", "cafe"]),
        ("चाँद क़लम ज़्यादा", ["चांद", "कलम", "ज्यादा"]),
        ("₹12,499 ⟦phone 1⟧ it's", ["12", "499", "phone", "1", "it", "s"]),
        ("क\u200dष ﬁne", ["कष", "fine"]),
        ("% _ ' \" * ( AND", ["and"]),
        ("x" * 500, ["x" * 100]),
    ],
)
def test_words_are_compared_without_their_dress(said: str, words: list[str]) -> None:
    """Case, accents, the ways of writing Hindi, and signs of any kind."""
    assert folded(said) == words


@given(st.text())
def test_folding_twice_is_folding_once(said: str) -> None:
    """What is stored folded is found by what is searched folded."""
    once = folded(said)

    assert folded(" ".join(once)) == once
    assert all(word == word.strip() and '"' not in word and "'" not in word for word in once)


async def test_a_record_comes_back_from_the_database(store: CallStore) -> None:
    """Every field of it, in either database."""
    await store.put([RECORD])

    assert await store.get(RECORD.id) == RECORD
    assert await store.search(Search()) == [RECORD]
    assert await store.get("another") is None


async def test_storing_it_again_changes_what_came_from_the_call(store: CallStore) -> None:
    """And leaves what people have noted meanwhile; there is still one."""
    await store.put([RECORD, RECORD])
    await store.change(RECORD.id, score=2.5, notes="asked twice", held=True, scorecard={"polite": False})
    await store.put([replace(RECORD, disposition="hung up", words="caller: bye", has_sound=False)])
    found = await store.get(RECORD.id)

    assert found is not None
    assert (found.disposition, found.words, found.has_sound) == ("hung up", "caller: bye", False)
    assert (found.score, found.notes, found.held, found.scorecard) == (2.5, "asked twice", True, {"polite": False})
    assert await store.count(Search()) == 1


async def test_a_key_stays_where_the_new_record_has_none(store: CallStore) -> None:
    """As one that was made from a folder; a new one takes its place."""
    await store.put([RECORD])
    await store.put([replace(RECORD, caller_key="")])
    kept = await store.get(RECORD.id)
    await store.put([replace(RECORD, caller_key="another")])
    changed = await store.get(RECORD.id)

    assert kept == RECORD
    assert changed == replace(RECORD, caller_key="another")


async def test_what_callers_and_carriers_write_keeps_no_record_out(store: CallStore) -> None:
    """Halves of characters, zeros, and texts that are far too long for their columns."""
    odd = replace(
        RECORD, call_id="x" * 5000, caller="\0" * 9 + "7", disposition="\ud800", words="caller: \ud83d a\0b ' ; DROP"
    )
    await store.put([odd])
    found = await store.get(RECORD.id)

    assert found is not None
    assert (len(found.call_id), found.caller, found.disposition) == (200, "7", "?")
    assert found.words == "caller: ? ab ' ; DROP"


async def test_fields_can_be_changed(store: CallStore) -> None:
    """Those that there are, of calls that there are."""
    await store.put([RECORD])

    assert await store.change(RECORD.id, words="", has_sound=False)
    assert not await store.change("another", notes="x")
    with pytest.raises(ValueError, match="no mood"):
        await store.change(RECORD.id, mood="fine")
    found = await store.get(RECORD.id)
    assert found == replace(RECORD, words="", has_sound=False)


async def test_records_can_be_deleted(store: CallStore) -> None:
    """With their words; the others stay."""
    other = replace(RECORD, id="other")
    await store.put([RECORD, other])

    assert await store.delete([*(f"no-{number}" for number in range(12_000)), RECORD.id]) == 1
    assert await store.search(Search(words="price")) == [other]
    assert await store.get(RECORD.id) is None


def test_moments_are_in_utc() -> None:
    """Wherever the server stood; one without a zone is taken for UTC."""
    there = record_of(summary(started="2026-11-21T17:44:43+05:30"), [], name="x")

    assert there.started == datetime(2026, 11, 21, 12, 14, 43, tzinfo=UTC)
    assert record_of(summary(started="2026-11-21T12:14:43"), [], name="x").started == there.started


async def test_what_is_missing_and_whose_calls_there_are(store: CallStore) -> None:
    """By name, and by the caller's key; a score that was not there is added."""
    mine = replace(RECORD, id="a", caller_key="mine", score=None, notes="")
    await store.put([mine, replace(RECORD, id="b", caller_key="else")])
    await store.put([replace(mine, score=80.0, notes="kind")])
    found = await store.get("a")

    assert await store.missing(["x", "a", "y", "b"]) == ["x", "y"]
    assert await store.names_of("mine") == ["a"]
    assert found is not None
    assert (found.score, found.notes) == (80.0, "kind")


async def test_what_is_overdue_is_told_until_it_is_stripped(store: CallStore) -> None:
    """Of each class by itself; what is held, or younger, is not."""
    late = STARTED + timedelta(days=1)
    card = {"by": "asha", "polite": 4, "comment": "wanted a fan"}
    calls = [replace(RECORD, id=name, held=name == "held", scorecard=[card]) for name in ("a", "b", "held")]
    await store.put([*calls, replace(RECORD, id="new", held=False, started=late + timedelta(hours=1))])

    assert [await store.overdue(kept, late) for kept in ("summary", "transcript", "audio")] == [["a", "b"]] * 3
    assert await store.overdue("summary", late, "a") == ["b"]
    await store.strip(["a"], "audio")
    await store.strip(["a", "b"], "transcript")
    stripped = await store.get("a")
    assert [await store.overdue(kept, late) for kept in ("summary", "transcript", "audio")] == [["a", "b"], [], ["b"]]
    assert stripped is not None
    assert (stripped.words, stripped.notes, stripped.has_sound) == ("", "", False)
    assert stripped.scorecard == [{**card, "comment": ""}]
    assert await store.count(Search(words="fan")) == 2
