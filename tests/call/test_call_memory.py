"""A caller who calls again, in virtual time, with a store in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.phone_call import CALLER, MORNING, PhoneCall, Setting, place_call

from callagent.call.callers import Acquaintance, Reception, UnfinishedCall, caller_key
from callagent.errors import StoreError
from callagent.events import CallerRecalled
from callagent.simulator.script import parse_script

SECRET = "a secret of the shop's own"
KEY = caller_key(CALLER.caller, SECRET)
IN_THE_MIDDLE = "- hear\n- say: order status\n- hear\n- hang up"


@dataclass
class Memory:
    """The contract of a store, kept in two dicts."""

    callers: dict[str, Acquaintance] = field(default_factory=dict)
    calls: dict[str, tuple[UnfinishedCall, datetime]] = field(default_factory=dict)
    down: bool = False

    async def recall(self, key: str, now: datetime) -> Acquaintance | None:
        """What is known."""
        if self.down:
            raise StoreError("down")
        return self.callers.get(key)

    async def remember(self, key: str, values: Acquaintance, **given: Any) -> bool:
        """Keep it."""
        self.callers[key] = values
        return True

    async def forget(self, key: str) -> None:
        """Delete it."""

    async def keep(self, key: str, unfinished: UnfinishedCall, *, expires: datetime, now: datetime) -> None:
        """Keep a call."""
        if self.down:
            raise StoreError("down")
        self.calls[key] = (unfinished, expires)

    async def take(self, key: str, now: datetime) -> UnfinishedCall | None:
        """Give it back."""
        unfinished, expires = self.calls.pop(key, (None, now))
        return unfinished if expires > now else None

    async def aclose(self) -> None:
        """Nothing."""


def call(folder: Path, memory: Memory, steps: str, began: datetime = MORNING) -> PhoneCall:
    """A call of the same caller."""
    return place_call(
        Setting(folder, began=began, reception=Reception(memory, SECRET)), parse_script("steps:\n" + steps)
    )


def test_a_dropped_call_is_taken_up_where_it_was(tmp_path: Path) -> None:
    """The caller hangs up at a question, calls again after five minutes, and is asked it again."""
    memory = Memory()
    call(tmp_path, memory, IN_THE_MIDDLE)
    again = call(tmp_path, memory, "- hear\n- hang up", MORNING + timedelta(minutes=5))

    assert again.said == ["taken_up", "order number"]
    assert [(event.known, event.taken_up) for event in again.of(CallerRecalled)] == [(False, True)]
    assert CALLER.caller not in repr(memory.calls)


def test_what_was_said_is_not_kept(tmp_path: Path) -> None:
    """It may spell the caller's number out; the question is asked again in any case."""
    memory = Memory()
    call(tmp_path, memory, "- hear\n- say: call back\n- hear\n- hang up")
    unfinished, _ = memory.calls[KEY]

    assert (unfinished.state["said"], unfinished.state["pending"]) == ([], "")
    assert "nine eight" not in repr(unfinished.state)


@pytest.mark.parametrize(
    ("first", "minutes"),
    [
        pytest.param(IN_THE_MIDDLE, 11, id="too late"),
        pytest.param("- hear\n- hang up", 5, id="nothing was begun"),
        pytest.param("- hear\n- say: goodbye\n- wait for hang up", 5, id="it was finished"),
    ],
)
def test_any_other_call_begins_with_the_greeting(tmp_path: Path, first: str, minutes: int) -> None:
    """Nobody is taken back to what is over or long ago."""
    memory = Memory()
    call(tmp_path, memory, first)
    again = call(tmp_path, memory, "- hear\n- hang up", MORNING + timedelta(minutes=minutes))

    assert again.said == ["welcome", "main_menu"]


def test_a_state_that_is_none_is_no_trouble(tmp_path: Path) -> None:
    """Whatever stands in the store, the caller is greeted."""
    memory = Memory()
    call(tmp_path, memory, IN_THE_MIDDLE)
    unfinished, expires = memory.calls[KEY]
    memory.calls[KEY] = (UnfinishedCall(unfinished.flow, unfinished.flow_version, {"stack": [["x"]]}), expires)

    assert call(tmp_path, memory, "- hear\n- hang up").said == ["welcome", "main_menu"]


def test_a_known_caller_is_told_apart(tmp_path: Path) -> None:
    """The event says that somebody is known, and not who."""
    memory = Memory({KEY: Acquaintance(name="Asha", disposition="goodbye")})
    had = call(tmp_path, memory, "- hear\n- hang up")

    assert [(event.known, event.taken_up) for event in had.of(CallerRecalled)] == [(True, False)]
    assert "Asha" not in repr(had.events)


def test_a_store_that_is_down_costs_no_call(tmp_path: Path) -> None:
    """The caller is new, and the call is as any other."""
    had = call(tmp_path, Memory(down=True), IN_THE_MIDDLE)

    assert had.said == ["welcome", "main_menu", "order number"]
    assert had.summary.failures == ()
