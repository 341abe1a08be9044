"""The four tables, held against what any such table must be."""

import pytest

from callagent.telephony.sip.transactions.transaction_tables import (
    CLIENT_INVITE,
    CLIENT_OTHER,
    SERVER_INVITE,
    SERVER_OTHER,
    Deed,
    State,
    Table,
    Timer,
)

TABLES = pytest.mark.parametrize(
    ("table", "begin"),
    [
        pytest.param(CLIENT_INVITE, State.CALLING, id="client invite"),
        pytest.param(CLIENT_OTHER, State.TRYING, id="client other"),
        pytest.param(SERVER_INVITE, State.PROCEEDING, id="server invite"),
        pytest.param(SERVER_OTHER, State.TRYING, id="server other"),
    ],
)


@TABLES
def test_every_timer_that_is_started_has_something_to_do(table: Table, begin: State) -> None:
    """In the state that it was started for, and nothing is stopped after it was started."""
    for state, deeds in table.values():
        timers = [deed for deed in deeds if isinstance(deed, Timer)]
        assert all((state, timer) in table for timer in timers)
        assert Deed.STOP not in deeds[1:]


@TABLES
def test_every_state_is_reached_and_comes_to_an_end(table: Table, begin: State) -> None:
    """From the first one; and from each a way leads on to the last."""
    ways = {(state, following) for (state, _), (following, _) in table.items()}
    reached, ending = {begin}, {State.TERMINATED}
    for _ in State:
        reached |= {following for state, following in ways if state in reached}
        ending |= {state for state, following in ways if following in ending}

    states = {begin} | {state for state, _ in table}
    assert states | {State.TERMINATED} == reached == ending
