"""Who has the floor.

Theory of operation: the floor is in one state; everything that can happen is a `Happening`; `TABLE` says for each
pair what the next state is and what has to be done (`Duty`). A pair that is missing changes nothing: a late timer or a
second hang-up is no error on a telephone. Who may speak is known here alone.
The call, which tells what happens, knows more where that matters: whether words said before are known yet, whether a
sound over the agent has been made out, and whether somebody else is being rung, who then has the line.

    OPEN      nobody speaks; the caller is expected to
    CALLER    the caller speaks
    PAUSE     the caller has stopped; more may follow
    KEYS      the caller is keying in
    AGENT     the agent decides, prepares or speaks; the caller may take the floor by speaking
    OVERLAP   the caller makes a sound while the agent has the floor: it pauses until it is known what that is
    AFTER     as OVERLAP, and the caller is silent again
    FIRM      as AGENT, but this must be heard: the caller's voice does not take the floor
    MESSAGE   the caller leaves a message: nobody answers before it is over
    OVER      the call is ending

`Floor` adds the one timer that each state may have. Time comes in as an argument.
"""

from enum import Enum
from typing import Final


class State(Enum):
    """Who has the floor; see the module's docstring."""

    OPEN = "open"
    CALLER = "caller"
    PAUSE = "pause"
    KEYS = "keys"
    AGENT = "agent"
    OVERLAP = "overlap"
    AFTER = "after an overlap"
    FIRM = "firm"
    MESSAGE = "message"
    OVER = "over"


class Happening(Enum):
    """What can happen to the floor."""

    VOICE_STARTED = "the caller began to speak"
    VOICE_STOPPED = "the caller fell silent"
    CALLER_WENT_ON = "the caller began to speak, whose words before are not known yet"
    FLOOR_TAKEN = "the caller's sound over the agent takes the floor"
    FLOOR_LEFT = "the caller's sound over the agent does not take the floor"
    KEY_PRESSED = "the caller pressed a key"
    KEYS_COMPLETE = "the number that was asked for is complete"
    TIMED_OUT = "the state's own time is over"
    AGENT_FINISHED = "all that the agent had to say was heard"
    AGENT_FIRM = "what the agent says now must be heard"
    MESSAGE_BEGAN = "the tone was heard: a message may be left now"
    MESSAGE_ENDED = "the caller has left the message"
    ENDING = "the call is to end"


class Duty(Enum):
    """What the call has to do about it."""

    OPEN_TURN = "begin to transcribe"
    CLOSE_TURN = "the caller's turn is over: transcribe to the end and answer"
    DROP_TURN = "forget what was transcribed"
    CLOSE_EAR = "take no more of the caller's words"
    HOLD_AGENT = "the agent pauses; begin to transcribe, in case the caller takes the floor"
    RELEASE_AGENT = "the agent goes on where it paused; forget what was transcribed"
    INTERRUPT = "stop the agent"
    TAKE_KEYS = "answer the keys"
    REPORT_SILENCE = "the caller said nothing"
    CHECK_AGENT = "the agent has had the floor for long: is anything still coming?"
    END_MESSAGE = "the message has taken as long as it may"
    HANG_UP = "the last words should be over by now"


S, H, D = State, Happening, Duty

TABLE: Final[dict[tuple[State, Happening], tuple[State, tuple[Duty, ...]]]] = {
    (S.OPEN, H.VOICE_STARTED): (S.CALLER, (D.OPEN_TURN,)),
    (S.OPEN, H.KEY_PRESSED): (S.KEYS, ()),
    (S.OPEN, H.TIMED_OUT): (S.AGENT, (D.REPORT_SILENCE,)),
    (S.OPEN, H.FLOOR_TAKEN): (S.PAUSE, (D.INTERRUPT,)),
    (S.OPEN, H.ENDING): (S.OVER, ()),
    (S.CALLER, H.VOICE_STOPPED): (S.PAUSE, ()),
    (S.CALLER, H.KEY_PRESSED): (S.KEYS, (D.DROP_TURN,)),
    (S.CALLER, H.TIMED_OUT): (S.AGENT, (D.CLOSE_TURN,)),
    (S.CALLER, H.ENDING): (S.OVER, (D.CLOSE_EAR,)),
    (S.PAUSE, H.VOICE_STARTED): (S.CALLER, ()),
    (S.PAUSE, H.KEY_PRESSED): (S.KEYS, (D.DROP_TURN,)),
    (S.PAUSE, H.TIMED_OUT): (S.AGENT, (D.CLOSE_TURN,)),
    (S.PAUSE, H.ENDING): (S.OVER, (D.CLOSE_EAR,)),
    (S.KEYS, H.KEY_PRESSED): (S.KEYS, ()),
    (S.KEYS, H.KEYS_COMPLETE): (S.AGENT, (D.TAKE_KEYS,)),
    (S.KEYS, H.TIMED_OUT): (S.AGENT, (D.TAKE_KEYS,)),
    (S.KEYS, H.ENDING): (S.OVER, ()),
    (S.AGENT, H.VOICE_STARTED): (S.OVERLAP, (D.HOLD_AGENT,)),
    (S.AGENT, H.CALLER_WENT_ON): (S.CALLER, (D.INTERRUPT, D.OPEN_TURN)),
    (S.AGENT, H.KEY_PRESSED): (S.KEYS, (D.INTERRUPT,)),
    (S.AGENT, H.FLOOR_TAKEN): (S.PAUSE, (D.INTERRUPT,)),
    (S.AGENT, H.AGENT_FINISHED): (S.OPEN, ()),
    (S.AGENT, H.TIMED_OUT): (S.AGENT, (D.CHECK_AGENT,)),
    (S.AGENT, H.AGENT_FIRM): (S.FIRM, ()),
    (S.AGENT, H.ENDING): (S.OVER, ()),
    (S.OVERLAP, H.VOICE_STOPPED): (S.AFTER, ()),
    (S.OVERLAP, H.FLOOR_TAKEN): (S.CALLER, (D.INTERRUPT,)),
    (S.OVERLAP, H.FLOOR_LEFT): (S.AGENT, (D.RELEASE_AGENT,)),
    (S.OVERLAP, H.KEY_PRESSED): (S.KEYS, (D.INTERRUPT, D.DROP_TURN)),
    (S.OVERLAP, H.AGENT_FIRM): (S.FIRM, (D.RELEASE_AGENT,)),
    (S.OVERLAP, H.TIMED_OUT): (S.AGENT, (D.RELEASE_AGENT,)),
    (S.OVERLAP, H.ENDING): (S.OVER, (D.RELEASE_AGENT,)),
    (S.AFTER, H.VOICE_STARTED): (S.OVERLAP, ()),
    (S.AFTER, H.FLOOR_TAKEN): (S.PAUSE, (D.INTERRUPT,)),
    (S.AFTER, H.FLOOR_LEFT): (S.AGENT, (D.RELEASE_AGENT,)),
    (S.AFTER, H.KEY_PRESSED): (S.KEYS, (D.INTERRUPT, D.DROP_TURN)),
    (S.AFTER, H.AGENT_FIRM): (S.FIRM, (D.RELEASE_AGENT,)),
    (S.AFTER, H.TIMED_OUT): (S.AGENT, (D.RELEASE_AGENT,)),
    (S.AFTER, H.ENDING): (S.OVER, (D.RELEASE_AGENT,)),
    (S.FIRM, H.KEY_PRESSED): (S.KEYS, (D.INTERRUPT,)),
    (S.FIRM, H.AGENT_FINISHED): (S.OPEN, ()),
    (S.FIRM, H.TIMED_OUT): (S.FIRM, (D.CHECK_AGENT,)),
    (S.FIRM, H.ENDING): (S.OVER, ()),
    (S.AGENT, H.MESSAGE_BEGAN): (S.MESSAGE, ()),
    (S.FIRM, H.MESSAGE_BEGAN): (S.MESSAGE, ()),
    (S.MESSAGE, H.MESSAGE_ENDED): (S.AGENT, ()),
    (S.MESSAGE, H.TIMED_OUT): (S.MESSAGE, (D.END_MESSAGE,)),
    (S.MESSAGE, H.ENDING): (S.OVER, ()),
    (S.OVER, H.TIMED_OUT): (S.OVER, (D.HANG_UP,)),
}


class Floor:
    """The floor of one call."""

    def __init__(self) -> None:
        self.state = State.AGENT
        """The agent greets first."""
        self._deadline_s: float | None = None

    def on(self, happening: Happening, *, until_s: float | None = None) -> tuple[Duty, ...]:
        """Let it happen; what has to be done about it, in order.

        `until_s` is when the state that this leads to has lasted long enough (compare `Floor.tick`); None for a state
        without an end. A happening that means nothing in this state leaves the timer alone.
        """
        entry = TABLE.get((self.state, happening))
        if entry is None:
            return ()
        self.state, duties = entry
        self._deadline_s = until_s
        return duties

    def extend(self, until_s: float) -> None:
        """Give the state more time."""
        self._deadline_s = until_s

    def shift(self, seconds: float) -> None:
        """Time stood still for so long."""
        if self._deadline_s is not None:
            self._deadline_s += seconds

    def tick(self, now_s: float) -> bool:
        """Whether the state's time is over; then `on(Happening.TIMED_OUT)` is due. True once."""
        if self._deadline_s is None or now_s < self._deadline_s:
            return False
        self._deadline_s = None
        return True
