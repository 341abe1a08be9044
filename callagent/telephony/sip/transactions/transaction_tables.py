"""What each SIP transaction does, as four literal tables (RFC 3261 section 17, with RFC 6026's Accepted state).

A table maps (state, cue) to (next state, deeds). A cue that is not in the table changes nothing: a late answer, a
retransmission that needs no reply, a timer that has nothing left to do. A `Timer` among the deeds is started.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class State(StrEnum):
    """How far a transaction is; the names are the RFC's."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    """A 2xx has come or gone: more of them, and the ACK, are the dialog's (RFC 6026)."""
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Cue(StrEnum):
    """What can happen to a transaction, besides a timer."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "3xx-6xx"
    REQUEST = "request again"
    ACK = "ack"
    UNSENDABLE = "transport error"


class Timer(StrEnum):
    """Section 17 table 4, L and M of RFC 6026, and three that the texts have without a letter."""

    A = "A"
    B = "B"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 - the RFC's letter
    J = "J"
    K = "K"
    L = "L"
    M = "M"
    TRYING = "100 Trying"
    """Section 17.2.1: a 100 is due when the user has said nothing for 200 ms."""
    CANCELLED = "cancelled"
    """Section 9.1: a cancelled INVITE without a final answer is over after 64 T1."""
    UNANSWERED = "unanswered"
    """RFC 4320 section 4.2: after 64 T1 nobody waits for the answer to a non-INVITE any more."""


class Deed(StrEnum):
    """What a transaction does."""

    SEND = "send the request, the latest response, or nothing if there is none yet"
    SEND_ACK = "acknowledge a failure"
    SEND_100 = "send 100 Trying"
    SEND_CANCEL = "send the CANCEL that waited for a provisional response, if one did"
    HAND_ON = "hand the message to the user"
    STOP = "stop all timers"
    TELL_TIMEOUT = "tell the user that nobody answered"
    TELL_UNSENDABLE = "tell the user that the message cannot be sent"


Step: TypeAlias = tuple[State, tuple[Deed | Timer, ...]]
Table: TypeAlias = dict[tuple[State, Cue | Timer], Step]


@dataclass(frozen=True, slots=True)
class Times:
    """Section 17.1.1.1; seconds."""

    t1: float = 0.5
    """An estimate of the round trip."""
    t2: float = 4.0
    """The longest between two retransmissions of a non-INVITE request or of a response to an INVITE."""
    t4: float = 5.0
    """How long a message may stay in the network."""

    def duration(self, timer: Timer, started: int, *, reliable: bool, state: State) -> float | None:
        """How long a timer runs that was started so often before; None: it is not used over this transport."""
        doubled = self.t1 * 2.0**started
        unreliable: dict[Timer, float] = {
            Timer.A: doubled,
            Timer.E: self.t2 if state is State.PROCEEDING else min(doubled, self.t2),
            Timer.G: min(doubled, self.t2),
        }
        absorbing: dict[Timer, float] = {
            Timer.D: max(32.0, 64 * self.t1),
            Timer.I: self.t4,
            Timer.J: 64 * self.t1,
            Timer.K: self.t4,
        }
        if timer in unreliable:
            return None if reliable else unreliable[timer]
        if timer in absorbing:
            return 0.0 if reliable else absorbing[timer]
        return 0.2 if timer is Timer.TRYING else 64 * self.t1


_S, _C, _T, _D = State, Cue, Timer, Deed

CLIENT_INVITE: Final[Table] = {
    (_S.CALLING, _T.A): (_S.CALLING, (_D.SEND, _T.A)),
    (_S.CALLING, _T.B): (_S.TERMINATED, (_D.TELL_TIMEOUT,)),
    (_S.CALLING, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.CALLING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.STOP, _D.HAND_ON, _D.SEND_CANCEL)),
    (_S.CALLING, _C.SUCCESS): (_S.ACCEPTED, (_D.STOP, _D.HAND_ON, _T.M)),
    (_S.CALLING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.SEND_ACK, _D.HAND_ON, _T.D)),
    (_S.PROCEEDING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.HAND_ON,)),
    (_S.PROCEEDING, _C.SUCCESS): (_S.ACCEPTED, (_D.STOP, _D.HAND_ON, _T.M)),
    (_S.PROCEEDING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.SEND_ACK, _D.HAND_ON, _T.D)),
    (_S.PROCEEDING, _T.CANCELLED): (_S.TERMINATED, (_D.TELL_TIMEOUT,)),
    (_S.ACCEPTED, _C.SUCCESS): (_S.ACCEPTED, (_D.HAND_ON,)),
    (_S.ACCEPTED, _T.M): (_S.TERMINATED, ()),
    (_S.COMPLETED, _C.FAILURE): (_S.COMPLETED, (_D.SEND_ACK,)),
    (_S.COMPLETED, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.COMPLETED, _T.D): (_S.TERMINATED, ()),
}
"""Section 17.1.1, RFC 6026 section 7.2. Begins in CALLING with A and B started."""

CLIENT_OTHER: Final[Table] = {
    (_S.TRYING, _T.E): (_S.TRYING, (_D.SEND, _T.E)),
    (_S.TRYING, _T.F): (_S.TERMINATED, (_D.TELL_TIMEOUT,)),
    (_S.TRYING, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.TRYING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.HAND_ON,)),
    (_S.TRYING, _C.SUCCESS): (_S.COMPLETED, (_D.STOP, _D.HAND_ON, _T.K)),
    (_S.TRYING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.HAND_ON, _T.K)),
    (_S.PROCEEDING, _T.E): (_S.PROCEEDING, (_D.SEND, _T.E)),
    (_S.PROCEEDING, _T.F): (_S.TERMINATED, (_D.TELL_TIMEOUT,)),
    (_S.PROCEEDING, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.PROCEEDING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.HAND_ON,)),
    (_S.PROCEEDING, _C.SUCCESS): (_S.COMPLETED, (_D.STOP, _D.HAND_ON, _T.K)),
    (_S.PROCEEDING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.HAND_ON, _T.K)),
    (_S.COMPLETED, _T.K): (_S.TERMINATED, ()),
}
"""Section 17.1.2. Begins in TRYING with E and F started."""

SERVER_INVITE: Final[Table] = {
    (_S.PROCEEDING, _C.REQUEST): (_S.PROCEEDING, (_D.SEND,)),
    (_S.PROCEEDING, _T.TRYING): (_S.PROCEEDING, (_D.SEND_100,)),
    (_S.PROCEEDING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.STOP, _D.SEND)),
    (_S.PROCEEDING, _C.SUCCESS): (_S.ACCEPTED, (_D.STOP, _D.SEND, _T.L)),
    (_S.PROCEEDING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.SEND, _T.G, _T.H)),
    (_S.PROCEEDING, _C.UNSENDABLE): (_S.PROCEEDING, (_D.TELL_UNSENDABLE,)),
    (_S.ACCEPTED, _C.SUCCESS): (_S.ACCEPTED, (_D.SEND,)),
    (_S.ACCEPTED, _C.ACK): (_S.ACCEPTED, (_D.HAND_ON,)),
    (_S.ACCEPTED, _C.UNSENDABLE): (_S.ACCEPTED, (_D.TELL_UNSENDABLE,)),
    (_S.ACCEPTED, _T.L): (_S.TERMINATED, ()),
    (_S.COMPLETED, _C.REQUEST): (_S.COMPLETED, (_D.SEND,)),
    (_S.COMPLETED, _T.G): (_S.COMPLETED, (_D.SEND, _T.G)),
    (_S.COMPLETED, _T.H): (_S.TERMINATED, (_D.TELL_TIMEOUT,)),
    (_S.COMPLETED, _C.ACK): (_S.CONFIRMED, (_D.STOP, _T.I)),
    (_S.COMPLETED, _C.UNSENDABLE): (_S.COMPLETED, (_D.TELL_UNSENDABLE,)),
    (_S.CONFIRMED, _T.I): (_S.TERMINATED, ()),
}
"""Section 17.2.1, RFC 6026 section 7.1: a failed transport ends no INVITE. Begins in PROCEEDING with TRYING started."""

SERVER_OTHER: Final[Table] = {
    (_S.TRYING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.SEND,)),
    (_S.TRYING, _C.SUCCESS): (_S.COMPLETED, (_D.STOP, _D.SEND, _T.J)),
    (_S.TRYING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.SEND, _T.J)),
    (_S.TRYING, _T.UNANSWERED): (_S.TERMINATED, ()),
    (_S.PROCEEDING, _C.REQUEST): (_S.PROCEEDING, (_D.SEND,)),
    (_S.PROCEEDING, _C.PROVISIONAL): (_S.PROCEEDING, (_D.SEND,)),
    (_S.PROCEEDING, _C.SUCCESS): (_S.COMPLETED, (_D.STOP, _D.SEND, _T.J)),
    (_S.PROCEEDING, _C.FAILURE): (_S.COMPLETED, (_D.STOP, _D.SEND, _T.J)),
    (_S.PROCEEDING, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.PROCEEDING, _T.UNANSWERED): (_S.TERMINATED, ()),
    (_S.COMPLETED, _C.REQUEST): (_S.COMPLETED, (_D.SEND,)),
    (_S.COMPLETED, _C.UNSENDABLE): (_S.TERMINATED, (_D.TELL_UNSENDABLE,)),
    (_S.COMPLETED, _T.J): (_S.TERMINATED, ()),
}
"""Section 17.2.2. Begins in TRYING with UNANSWERED started."""
