"""In which order providers are asked, and who stands in for whom."""

import pytest
from support.faulty import FaultyEar

from callagent.clock import ManualClock
from callagent.errors import ProviderUnavailableError
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster
from callagent.stt.transcriber import Transcriber

NAMES = ("one", "two", "three")


def lineup(roster: Roster) -> Lineup[Transcriber]:
    """One, two and three; Hindi goes to three, then to two."""
    ears: list[tuple[str, Transcriber]] = [(name, FaultyEar(name, [])) for name in NAMES]
    made = Lineup(
        ears, ManualClock(), orders={"hi": ("three", "two")}, is_demoted=lambda name: roster.is_demoted("stt", name)
    )
    roster.enrol("stt", made)
    return made


def names(members: Lineup[Transcriber], language: str) -> str:
    """Who is asked now."""
    return " ".join(member.name for member in members.order(language))


def test_a_demoted_one_is_asked_after_the_others() -> None:
    """In every order that it is in, and the others keep theirs."""
    roster = Roster()
    members = lineup(roster)
    roster.demote("stt", "three", "slow")
    assert (names(members, "en"), names(members, "hi")) == ("one two three", "two three")

    roster.demote("stt", "one", "slow")
    assert names(members, "en") == "two one three"

    roster.restore("stt", "one")
    assert names(members, "en") == "one two three"


def test_where_all_are_demoted_the_configured_order_stands() -> None:
    """Nobody is left who would be better."""
    roster = Roster()
    members = lineup(roster)
    for name in NAMES:
        roster.demote("stt", name, "slow")

    assert (names(members, "en"), names(members, "hi")) == ("one two three", "three two")


def local_last(roster: Roster) -> Lineup[Transcriber]:
    """One, two, and one that works on this machine; Hindi goes to that one before two."""
    ears: list[tuple[str, Transcriber]] = [
        ("one", FaultyEar("one", [])),
        ("two", FaultyEar("two", [])),
        ("here", FaultyEar("here", [], needs_network=False)),
    ]
    orders = {"hi": ("here", "two")}
    made = Lineup(ears, ManualClock(), orders=orders, is_demoted=lambda name: roster.is_demoted("stt", name))
    roster.enrol("stt", made)
    return made


@pytest.mark.parametrize(
    ("demoted", "order"),
    [("one", "two one here"), ("one two", "one two here"), ("here", "one two here"), ("two here", "one two here")],
)
def test_who_needs_no_network_stays_last(demoted: str, order: str) -> None:
    """It is waited for whatever its breaker says: a demoted one must not come to stand in that place."""
    roster = Roster()
    members = local_last(roster)
    for name in demoted.split():
        roster.demote("stt", name, "slow")

    assert names(members, "en") == order


def test_rivals_are_those_who_would_be_asked_before() -> None:
    """Not who stays last: demoting the only other one would change nothing."""
    roster = Roster()
    local_last(roster)
    assert (roster.rivals("stt", "one"), roster.stand_ins("stt", "one")) == (("two",), ("two", "here"))
    assert roster.rivals("stt", "here") == ("two",)

    roster.demote("stt", "two", "slow")
    assert (roster.rivals("stt", "one"), roster.stand_ins("stt", "one")) == ((), ("here",))
    assert roster.rivals("llm", "one") == ()


def test_another_stage_has_its_own_standing() -> None:
    """A provider of the same name that speaks is not one that listens."""
    roster = Roster()
    members = lineup(roster)
    roster.demote("tts", "one", "slow")

    assert names(members, "en") == "one two three"


def test_the_chosen_one_is_the_configurations() -> None:
    """Wherever it stands now."""
    roster = Roster()
    members = lineup(roster)
    roster.demote("stt", "one", "slow")
    roster.demote("stt", "three", "slow")

    assert (members.chosen("en").name, members.chosen("hi").name) == ("one", "three")


def test_the_last_now_is_asked_whatever_its_breaker_says() -> None:
    """A demoted one stands at the end: should all before it fail, it is asked, for there is nobody after it."""
    roster = Roster()
    members = lineup(roster)
    one = members.members[0]
    for _ in range(3):
        permit = one.breaker.admit()
        assert permit is not None
        permit.failed(ProviderUnavailableError("one", "refused"))
    roster.demote("stt", "one", "slow")

    assert [member.name for member, _ in members.admitted("en")] == ["two", "three", "one"]


def test_who_stands_in() -> None:
    """Whoever shares an order with it, is not demoted, and is not left alone."""
    roster = Roster()
    members = lineup(roster)
    roster.demote("stt", "two", "slow")

    assert roster.stand_ins("stt", "one") == ("three",)
    assert members.others("three") == ("one", "two")
    assert roster.stand_ins("llm", "one") == ()
