"""A call that is handed over to a person, and comes back when nobody picks up; loopback leg, virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from call.test_call_memory import SECRET, Memory
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, place_call
from support.stored import standing_prompts

from callagent.call.callers import Acquaintance, Reception
from callagent.call.parking import LIFETIME_S, MOST, Parking
from callagent.call.tap import NoTap
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    Consent,
    Decision,
    Input,
    Person,
    Remember,
    Say,
    Transfer,
    Transferred,
)
from callagent.errors import CarrierRefusedError
from callagent.events import AgentStarted, AgentStopped, CallEnded, CallTransferred, TransferFailed
from callagent.media.audio import Chunk
from callagent.simulator.script import parse_script

OWNER, COUNTER = Person("owner", "+919800000002"), Person("counter", "+919800000003", ring_s=10)
STRANGER = Person("stranger", "+919899999999")


class HandsOver(Echo):
    """Connects the caller, who would not be recorded, to whoever picks up first."""

    def __init__(self, *people: Person) -> None:
        super().__init__()
        self.wanted = people
        self.people = {"owner": OWNER, "counter": COUNTER}

    def begin(self, began: CallBegan) -> Decision[int]:
        """Say so, and hand over."""
        refused = Consent("recording", allowed=False)
        return Decision(7, (refused, Say("connecting", "I will connect you.", fixed=True), Transfer(self.wanted)))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Nobody picked up."""
        if isinstance(given, Transferred):
            self.given.append((state, given))
            return Decision(8, (Say("nobody", "Nobody is there.", fixed=True), self.listen))
        if isinstance(given, CallerSaid | CallerKeyed) and state == 7:
            return Decision(7, (Transfer(self.wanted),))
        return super().advance(state, given, now)


class Declines(NoTap):
    """Notes whether the sound is to be forgotten."""

    declined = False
    heard_before = False

    def caller_heard(self, chunk: Chunk) -> None:
        """Note whether that was before."""
        self.heard_before |= not self.declined

    def agent_played(self, chunk: Chunk) -> None:
        """As above."""
        self.heard_before |= not self.declined

    def decline(self) -> None:
        """Note it."""
        self.declined = True


def talk(setting: Setting, steps: str = "- hear\n- hang up") -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


def test_who_is_not_allowed_is_not_rung(tmp_path: Path) -> None:
    """Of two people one has a number that the configuration allows; of one, nobody."""
    only_owner = Setting(tmp_path, dialogue=HandsOver(COUNTER, OWNER), may_ring=OWNER.phone.__eq__)
    nobody = Setting(tmp_path, dialogue=HandsOver(COUNTER), may_ring=OWNER.phone.__eq__)
    call = talk(nobody)

    assert talk(only_owner, "- wait for hang up").rung == [OWNER.phone]
    assert call.rung == []
    assert call.said == ["connecting", "nobody"]
    assert [event.reason for event in call.of(TransferFailed)] == ["not allowed"]


def test_a_caller_is_handed_over(tmp_path: Path) -> None:
    """After the last word was heard; the summary says to whom, and names no number."""
    call = talk(Setting(tmp_path, dialogue=HandsOver(OWNER, COUNTER)), "- wait for hang up")

    assert call.rung == [OWNER.phone, COUNTER.phone]
    assert call.said == ["connecting"]
    assert [event.people for event in call.of(CallTransferred)] == [("owner", "counter")]
    assert (call.summary.disposition, call.summary.ended_by) == ("transferred to owner or counter", "agent")
    assert call.summary.failures == ()
    assert OWNER.phone not in repr(call.events)


def test_a_line_that_stays_after_the_hand_over_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is being rung, and the carrier does not end what it had here: the call is over all the same."""

    async def says_yes(*_: object) -> None:
        pass

    monkeypatch.setattr("callagent.telephony.loopback.LoopbackLeg.transfer", says_yes)
    call = talk(Setting(tmp_path, dialogue=HandsOver(OWNER)), "- hear\n- silent: 60 seconds\n- hang up")
    [transferred], [ended] = call.of(CallTransferred), call.of(CallEnded)

    assert ended.at_s - transferred.at_s < 10
    assert (call.summary.disposition, call.summary.ended_by) == ("transferred to owner", "agent")
    assert (call.said, call.summary.failures) == (["connecting"], ())


def test_while_the_carrier_is_slow_to_hand_over_nobody_hears_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request to ring somebody hangs, and fails at last: until then the caller is asked for a moment."""

    async def hangs(*_: object) -> None:
        await asyncio.sleep(9.0)
        raise CarrierRefusedError("no")

    monkeypatch.setattr("callagent.telephony.loopback.LoopbackLeg.transfer", hangs)
    setting = Setting(tmp_path, dialogue=HandsOver(OWNER), stored=standing_prompts())
    call = talk(setting, "- hear\n- silent: 14 seconds\n- hang up")
    [failed] = call.of(TransferFailed)
    sounds = [(event.at_s, type(event)) for event in call.of(AgentStarted) + call.of(AgentStopped)]
    stopped_s = [at_s for at_s, kind in sounds if kind is AgentStopped and at_s < failed.at_s]
    pauses = [min(one for one, _ in sounds if one > at_s) - at_s for at_s in stopped_s]

    assert call.said[:4] == ["connecting", "one_moment", "one_moment", "nobody"]
    assert max(pauses) < 3.0


def test_a_call_comes_back_when_nobody_picks_up(tmp_path: Path) -> None:
    """It goes on where the flow says, without a greeting, and is still not recorded; once."""
    dialogue, tap = HandsOver(OWNER), Declines()
    parking = Setting(tmp_path).parking
    talk(Setting(tmp_path, dialogue=dialogue, parking=parking), "- wait for hang up")
    back = talk(Setting(tmp_path, parking=parking, tap=tap), "- hear\n- say: bye\n- wait for hang up")
    another = talk(Setting(tmp_path, parking=parking))

    assert back.said == ["nobody", "bye"]
    assert dialogue.given[0] == (7, Transferred("nobody"))
    assert back.summary.disposition == "goodbye"
    assert back.summary.flow == "echo"
    assert tap.declined
    assert not tap.heard_before
    assert another.said == ["welcome", "main_menu"]


def test_only_people_of_the_flow_are_rung(tmp_path: Path) -> None:
    """A number that is nobody's, and a name with another number, are not; the flow goes on."""
    call = talk(Setting(tmp_path, dialogue=HandsOver(STRANGER, Person("owner", STRANGER.phone))))

    assert call.rung == []
    assert call.said == ["connecting", "nobody"]
    assert [event.reason for event in call.of(TransferFailed)] == ["no number"]


@pytest.mark.parametrize("error", [CarrierRefusedError("no"), RuntimeError("a mistake of ours")])
def test_a_carrier_that_refuses_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The caller stays here, and hears how it goes on; whatever was wrong."""

    async def refuses(*_: object) -> None:
        raise error

    monkeypatch.setattr("callagent.telephony.loopback.LoopbackLeg.transfer", refuses)
    call = talk(Setting(tmp_path, dialogue=HandsOver(OWNER)), "- hear\n- say: bye\n- wait for hang up")

    assert call.said == ["connecting", "nobody", "bye"]
    assert [event.reason for event in call.of(TransferFailed)] == [type(error).__name__]
    assert call.summary.disposition == "goodbye"


class HandsOverOneWhoIsAsked(HandsOver):
    """The caller says who they are, and whether that may be known in the next call, before somebody is rung."""

    def __init__(self, *, agrees: bool) -> None:
        super().__init__(OWNER)
        self.agrees = agrees

    def begin(self, began: CallBegan) -> Decision[int]:
        """Ask nothing: it has been said."""
        said = (Consent("remembering", allowed=self.agrees), Remember("name", "Asha"))
        return Decision(7, (*said, Say("connecting", "I will connect you.", fixed=True), Transfer(self.wanted)))

    def unfinished(self, state: int) -> Any:
        """Every call could be taken up."""
        return {"state": state}


@pytest.mark.parametrize(("agrees", "kept"), [(True, ["Asha"]), (False, [])])
def test_what_the_caller_wants_known_holds_for_the_whole_call(tmp_path: Path, agrees: bool, kept: list[str]) -> None:
    """Who refused to be remembered is not, although the call came back; who agreed is, by name."""
    memory = Remembers()
    dialogue, parking = HandsOverOneWhoIsAsked(agrees=agrees), Setting(tmp_path).parking
    reception = Reception(memory, SECRET)
    talk(Setting(tmp_path, dialogue=dialogue, parking=parking, reception=reception), "- wait for hang up")
    memory.callers.clear()
    memory.calls.clear()
    talk(Setting(tmp_path, parking=parking, reception=reception), "- hear\n- hang up")

    assert [one.name for one in memory.callers.values()] == kept
    assert bool(memory.calls) == agrees


class Remembers(Memory):
    """Keeps only what the caller agreed to."""

    async def remember(self, key: str, values: Acquaintance, **given: Any) -> bool:
        """Keep it, or delete what there is."""
        if given["consent"]:
            self.callers[key] = values
        return bool(given["consent"])


def test_a_full_parking_still_gives_back_the_oldest() -> None:
    """Only one more than it can hold drives a call out."""
    parking: Parking[str] = Parking()
    for number in range(MOST):
        parking.park(str(number), "x", 1.0)

    assert parking.take("0", 1.0) == "x"


def test_what_does_not_come_back_is_forgotten() -> None:
    """After a while, or when there is too much of it."""
    parking: Parking[str] = Parking()
    parking.park("old", "x", 0.0)
    late = parking.take("old", LIFETIME_S + 1)
    for number in range(MOST + 1):
        parking.park(str(number), "x", 1.0)

    assert late is None
    assert parking.take("0", 1.0) is None
    assert parking.take(str(MOST), 1.0) == "x"
    assert parking.take(str(MOST), 1.0) is None
