"""Calls are found by what is asked for, in either database, whatever the caller has said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.call_records import RECORD, STARTED

from callagent.store.calls import CallStore
from callagent.store.record import CallRecord
from callagent.store.searching import Search

PLAIN = replace(
    RECORD, errors=0, crashed=False, score=None, response_p95_ms=None, language="en", words="", caller_key="", caller=""
)
DAY = timedelta(days=1)
CALLS = (
    replace(PLAIN, id="a", started=STARTED, duration_s=10, language="hi", words="caller: पंखे का दाम क्या है?"),
    replace(PLAIN, id="b", started=STARTED - DAY, duration_s=300, caller_key="k1", caller="xxxxxxxxxxx42"),
    replace(PLAIN, id="c", started=STARTED - 2 * DAY, response_p95_ms=1600.0, flow_version="abcdef123456"),
    replace(PLAIN, id="d", started=STARTED - 9 * DAY, errors=2, score=40.0, disposition="hung up"),
    replace(PLAIN, id="e", started=STARTED - 30 * DAY, crashed=True, score=90.0, carrier="sip"),
    replace(PLAIN, id="f", started=STARTED - 60 * DAY, flow="medical", response_p95_ms=900.0, caller_key="k2"),
    replace(PLAIN, id="g", started=STARTED - 61 * DAY, words="agent: The FANS cost 100% of it.\ncaller: Café_"),
)


@pytest.fixture
async def filled(store: CallStore) -> CallStore:
    """With these calls."""
    await store.put(CALLS)
    return store


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, "abcdefg"),
        ({"since": STARTED - 7 * DAY}, "abc"),
        ({"since": STARTED - 2 * DAY, "until": STARTED}, "bc"),
        ({"caller_keys": ("k1", "k2")}, "bf"),
        ({"caller_ends": "42"}, "b"),
        ({"caller_ends": "%"}, ""),
        ({"caller_ends": "_2"}, ""),
        ({"disposition": "hung up"}, "d"),
        ({"disposition": "hung%"}, ""),
        ({"flow": "medical"}, "f"),
        ({"flow_version": "abc"}, "c"),
        ({"flow_version": "a%"}, ""),
        ({"flow_version": "_bc"}, ""),
        ({"language": "hi"}, "a"),
        ({"carrier": "sip"}, "e"),
        ({"slower_than_ms": 1500}, "c"),
        ({"slower_than_ms": 0}, "cf"),
        ({"errors": True}, "d"),
        ({"crashed": True}, "e"),
        ({"score_below": 50}, "d"),
        ({"errors": True, "crashed": True}, ""),
        ({"words": "पंखे"}, "a"),
        ({"words": "पंख दाम"}, "a"),
        ({"words": "पंखे price"}, ""),
        ({"words": "fan cafe"}, "g"),
        ({"words": "FÁN"}, "g"),
        ({"words": "100%"}, "g"),
        ({"words": "an"}, ""),
        ({"words": "fa"}, ""),
        ({"words": "of it"}, "g"),
        ({"words": "o"}, ""),
        ({"words": "agent"}, ""),
        ({"words": "fans", "language": "hi"}, ""),
        ({"order": "oldest"}, "gfedcba"),
        ({"order": "longest", "until": STARTED + DAY, "limit": 1}, "b"),
        ({"order": "slowest", "limit": 3}, "cf"),
        ({"order": "worst", "limit": 3}, "de"),
        ({"limit": 3}, "abc"),
        ({"limit": 3, "page": 3}, "g"),
        ({"limit": 3, "page": 4}, ""),
        ({"limit": 0, "page": 0}, "a"),
    ],
)
async def test_calls_are_found(filled: CallStore, search: dict[str, Any], found: str) -> None:
    """All that fit, in order; wildcards stand for themselves."""
    assert "".join(call.id for call in await filled.search(Search(**search))) == found


async def test_all_pages_are_counted(filled: CallStore) -> None:
    """Whatever the page that is shown."""
    assert await filled.count(Search(limit=2, page=3)) == len(CALLS)
    assert await filled.count(Search(words="fans")) == 1
    assert await filled.count(Search(order="slowest")) == 2


@pytest.mark.parametrize("words", ["?!", " ", "⟦⟧", "'; --"])
async def test_words_that_are_none_are_told(filled: CallStore, words: str) -> None:
    """Rather than finding all calls, or none."""
    with pytest.raises(ValueError, match="no word"):
        await filled.search(Search(words=words))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(min_size=1, max_size=40) | st.text(alphabet="\"'*:&|!()<>-+^\\%_ aNDOR", min_size=1))
async def test_no_search_is_taken_for_the_databases_language(filled: CallStore, words: str) -> None:
    """Whatever is typed is looked for, and nothing else comes of it."""
    try:
        found: list[CallRecord] = await filled.search(Search(words=f"fans {words}"))
    except ValueError:
        pytest.fail("fans is a word")

    assert {call.id for call in found} <= {"g"}


@pytest.mark.parametrize("words", ["fan cafe", "of it", "fa", "पंख दाम", "100%", "nowhere"])
async def test_words_that_are_said_often_are_found_as_others_are(
    filled: CallStore, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked for in another way: it finds the same."""
    before = await filled.search(Search(words=words))
    monkeypatch.setattr("callagent.store.calls.OFTEN", len(before) or 1)

    assert await filled.search(Search(words=words)) == before


async def test_deleted_words_are_found_no_more(filled: CallStore) -> None:
    """Nor those that were changed."""
    await filled.change("a", words="caller: बल्ब")
    await filled.delete(["g"])

    assert [await filled.count(Search(words=words)) for words in ("पंखे", "बल्ब", "fans")] == [0, 1, 0]


def test_a_search_knows_whether_it_narrows() -> None:
    """By the calls that it is about, not by how they are shown."""
    assert not Search(order="oldest", limit=3, page=2).narrows
    assert Search(errors=True).narrows
    assert Search(slower_than_ms=0).narrows
