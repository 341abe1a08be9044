"""The life of an INVITE session as one table (RFC 3261 9, 13, 15).

::

    caller: idle ─► calling ─► proceeding ─► up ─► leaving ─► over
                       │            └─► cancelling ─► over, or leaving when the answer was faster
                       └─► abandoned ─► cancelling     (CANCEL may not be sent before the first answer: 9.1)
    callee: idle ─► incoming ─► accepted ─► up
                                   └─► departing ─► leaving     (BYE may not be sent before the ACK: 15)

A step that the table does not hold is not done: for a command that came too late, and for a peer that is out of order.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a session is."""

    IDLE = "idle"
    CALLING = "calling"
    """Our INVITE is out, nothing came back."""
    PROCEEDING = "proceeding"
    ABANDONED = "abandoned"
    """We hung up before anything came back."""
    CANCELLING = "cancelling"
    """CANCEL is out, and the INVITE not answered yet."""
    INCOMING = "incoming"
    ACCEPTED = "accepted"
    """Our 200 is out, the ACK did not come yet."""
    DEPARTING = "departing"
    """As accepted, but we want to leave."""
    UP = "up"
    LEAVING = "leaving"
    """BYE is out."""
    OVER = "over"


class Step(StrEnum):
    """What moves it."""

    CALL = "call"
    CALLED = "called"
    PROVISIONAL = "provisional"
    SUCCESS = "success"
    FAILURE = "failure"
    NO_ANSWER_TO_CANCEL = "no answer to cancel"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"
    NOT_ACKNOWLEDGED = "not acknowledged"
    HANG_UP = "hang up"
    LEFT = "left"
    """The peer's BYE."""
    LOST = "lost"
    """The peer does not know the dialog any more."""
    BYE_ANSWERED = "bye answered"


TRANSITIONS: Final[Mapping[State, Mapping[Step, State]]] = {
    State.IDLE: {Step.CALL: State.CALLING, Step.CALLED: State.INCOMING},
    State.CALLING: {
        Step.PROVISIONAL: State.PROCEEDING,
        Step.SUCCESS: State.UP,
        Step.FAILURE: State.OVER,
        Step.HANG_UP: State.ABANDONED,
    },
    State.PROCEEDING: {
        Step.PROVISIONAL: State.PROCEEDING,
        Step.SUCCESS: State.UP,
        Step.FAILURE: State.OVER,
        Step.HANG_UP: State.CANCELLING,
    },
    State.ABANDONED: {
        Step.PROVISIONAL: State.CANCELLING,
        Step.SUCCESS: State.LEAVING,
        Step.FAILURE: State.OVER,
    },
    State.CANCELLING: {
        Step.SUCCESS: State.LEAVING,
        Step.FAILURE: State.OVER,
        Step.NO_ANSWER_TO_CANCEL: State.OVER,
    },
    State.INCOMING: {
        Step.ACCEPT: State.ACCEPTED,
        Step.REFUSE: State.OVER,
        Step.CANCELLED: State.OVER,
        Step.LEFT: State.OVER,
    },
    State.ACCEPTED: {
        Step.ACKNOWLEDGED: State.UP,
        Step.NOT_ACKNOWLEDGED: State.LEAVING,
        Step.HANG_UP: State.DEPARTING,
        Step.LEFT: State.OVER,
    },
    State.DEPARTING: {
        Step.ACKNOWLEDGED: State.LEAVING,
        Step.NOT_ACKNOWLEDGED: State.LEAVING,
        Step.LEFT: State.OVER,
    },
    State.UP: {
        Step.HANG_UP: State.LEAVING,
        Step.NOT_ACKNOWLEDGED: State.LEAVING,
        Step.LEFT: State.OVER,
        Step.LOST: State.LEAVING,
    },
    State.LEAVING: {Step.BYE_ANSWERED: State.OVER, Step.LEFT: State.OVER},
    State.OVER: {},
}
