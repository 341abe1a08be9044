"""The signalling of one call that a telephone places over SIP. Pure: messages and time come in, datagrams go out.

Timers are those of RFC 3261, section 17, for UDP: an INVITE is repeated until anything answers it (timer A), a CANCEL
or BYE until it is answered for good (timer E), and each is given up after 64 × T1 (timers B and F).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callagent.errors import WireError
from callagent.simulator.call_end import CallEnd
from callagent.simulator.sip_dialog import ALLOW, CallNames, Dialog
from callagent.simulator.sip_text import SipText, Sound, offer, read_sound, response

T1_S: Final = 0.5
T2_S: Final = 4.0
GIVES_UP_S: Final = 64 * T1_S
MIRRORED: Final = {"sendonly": "recvonly", "recvonly": "sendonly", "sendrecv": "sendrecv", "inactive": "inactive"}


class Stage(StrEnum):
    """How far a call has come."""

    CALLING = "calling"
    RINGING = "ringing"
    QUITTING = "quitting"
    """The caller has hung up, and nothing came yet that a CANCEL could follow (RFC 3261, section 9.1)."""
    CANCELLED = "cancelled"
    TALKING = "talking"
    LEAVING = "leaving"
    OVER = "over"


class Input(StrEnum):
    """What may happen to it."""

    PROGRESS = "progress"
    ANSWER = "answer"
    REFUSAL = "refusal"
    HANG_UP = "hang up"
    BYE = "bye"
    LEFT = "left"
    """Our BYE was answered."""
    SILENCE = "silence"
    """Nothing came for too long."""


NEXT: Final[Mapping[tuple[Stage, Input], Stage]] = {
    (Stage.CALLING, Input.PROGRESS): Stage.RINGING,
    (Stage.CALLING, Input.ANSWER): Stage.TALKING,
    (Stage.CALLING, Input.REFUSAL): Stage.OVER,
    (Stage.CALLING, Input.HANG_UP): Stage.QUITTING,
    (Stage.CALLING, Input.SILENCE): Stage.OVER,
    (Stage.RINGING, Input.ANSWER): Stage.TALKING,
    (Stage.RINGING, Input.REFUSAL): Stage.OVER,
    (Stage.RINGING, Input.HANG_UP): Stage.CANCELLED,
    (Stage.QUITTING, Input.PROGRESS): Stage.CANCELLED,
    (Stage.QUITTING, Input.ANSWER): Stage.LEAVING,
    (Stage.QUITTING, Input.REFUSAL): Stage.OVER,
    (Stage.QUITTING, Input.SILENCE): Stage.OVER,
    (Stage.CANCELLED, Input.ANSWER): Stage.LEAVING,
    (Stage.CANCELLED, Input.REFUSAL): Stage.OVER,
    (Stage.CANCELLED, Input.SILENCE): Stage.OVER,
    (Stage.TALKING, Input.HANG_UP): Stage.LEAVING,
    (Stage.TALKING, Input.BYE): Stage.OVER,
    (Stage.LEAVING, Input.LEFT): Stage.OVER,
    (Stage.LEAVING, Input.SILENCE): Stage.OVER,
}
"""Whatever is not in here changes nothing."""
ENDS: Final[Mapping[tuple[Stage, Input], CallEnd]] = {
    (Stage.CALLING, Input.REFUSAL): CallEnd.NOT_ANSWERED,
    (Stage.CALLING, Input.SILENCE): CallEnd.NOT_ANSWERED,
    (Stage.RINGING, Input.REFUSAL): CallEnd.NOT_ANSWERED,
    (Stage.TALKING, Input.BYE): CallEnd.SERVER_HUNG_UP,
    (Stage.QUITTING, Input.SILENCE): CallEnd.SERVER_DEAF,
    (Stage.CANCELLED, Input.SILENCE): CallEnd.SERVER_DEAF,
    (Stage.LEAVING, Input.SILENCE): CallEnd.SERVER_DEAF,
}
"""How the call ended, where the caller did not simply hang up."""


@dataclass(frozen=True, slots=True)
class SipFaults:
    """What goes wrong with a call on purpose; nothing, unless said."""

    no_ack: bool = False
    """Never acknowledge the answer."""
    no_sound: bool = False
    """Never send RTP."""
    garbage: bool = False
    """Send what is no RTP where RTP is due."""
    invites: int = 1
    """Send the INVITE so often at once."""


@dataclass(slots=True)
class _Repeated:
    """A message that is sent again until it is answered."""

    data: bytes
    next_s: float
    gives_up_s: float
    longest_s: float
    interval_s: float


class SipCaller:
    """One call; `here` is the telephone's address and `there` the server's, of signalling, `sound` ours of RTP."""

    def __init__(
        self,
        names: CallNames,
        here: tuple[str, int],
        there: tuple[str, int],
        sound: tuple[str, int],
        faults: SipFaults,
    ) -> None:
        self.stage = Stage.CALLING
        self.end: CallEnd | None = None
        """None until the call is over."""
        self.refused = ""
        """The server's status line, or what else kept the call from being answered."""
        self.sound: Sound | None = None
        """What the server last said of its sound; None before it answered."""
        self.complaints: list[str] = []
        """What the server sent and should not have."""
        self._faults = faults
        self._sound = sound
        self._dialog = Dialog(names, here, there)
        self._repeated: dict[str, _Repeated] = {}
        """By method; an answer to a re-INVITE as 200."""
        self._answers: dict[str, bytes] = {}
        """What was answered to a request of the server's, for when it comes again."""

    @property
    def next_due_s(self) -> float | None:
        """When `due` is to be called; None for never, as things stand."""
        return min((one.next_s for one in self._repeated.values()), default=None)

    def dial(self, now_s: float) -> list[bytes]:
        """Place the call."""
        invite = self._dialog.request("INVITE", offer(*self._sound))
        self._repeat("INVITE", invite, now_s, GIVES_UP_S)
        return [invite] * self._faults.invites

    def hang_up(self, now_s: float) -> list[bytes]:
        """End the call, or give it up before it is answered; does nothing when it is over."""
        return self._step(Input.HANG_UP, now_s)

    def vanish(self) -> None:
        """Be gone: nothing is sent or answered any more."""
        self.end = self.end or CallEnd.VANISHED
        self.stage = Stage.OVER
        self._repeated.clear()

    def due(self, now_s: float) -> list[bytes]:
        """What is to be sent again by now."""
        sent: list[bytes] = []
        for name, one in list(self._repeated.items()):
            if now_s >= one.gives_up_s:
                sent += self._give_up(name, now_s)
            elif now_s >= one.next_s:
                one.interval_s = min(2 * one.interval_s, one.longest_s)
                one.next_s = min(now_s + one.interval_s, one.gives_up_s)
                sent.append(one.data)
        return sent

    def receive(self, text: SipText, now_s: float) -> list[bytes]:
        """A message of this call came."""
        if self.end is CallEnd.VANISHED:
            return []
        if not text.status:
            return self._answer(text, now_s)
        match text.method:
            case "INVITE":
                return self._hear(text, now_s)
            case "BYE" if text.status >= 200:
                self._repeated.pop("BYE", None)
                return self._step(Input.LEFT, now_s)
            case "CANCEL" if text.status >= 200:
                # The INVITE is yet to be answered for good, which is not waited for without end (section 9.1).
                one = self._repeated.get("CANCEL")
                if one is not None:
                    one.next_s = one.gives_up_s
        return []

    # --- the server's answers -----------------------------------------------------------------------------------------

    def _hear(self, text: SipText, now_s: float) -> list[bytes]:
        """A response to our INVITE."""
        self._repeated.pop("INVITE", None)
        if text.status < 200:
            return self._step(Input.PROGRESS, now_s)
        if text.status >= 300:
            self._repeated.pop("CANCEL", None)
            self.refused = self.refused or text.start.removeprefix("SIP/2.0 ")
            # It is acknowledged in the INVITE's own transaction (section 17.1.1.3).
            return [self._dialog.acknowledgement(text), *self._step(Input.REFUSAL, now_s)]
        self._repeated.pop("CANCEL", None)
        sent = []
        if self.sound is None:
            self._dialog.establish(text)
            self._complain(text.tag("to"), "an answer without a tag in To")
            self._complain(text.contact, "an answer without a Contact")
            try:
                self.sound = read_sound(text.body)
            except WireError as error:
                self._complain("", str(error))
        if not self._faults.no_ack:
            sent.append(self._dialog.request("ACK"))
        return [*sent, *self._step(Input.ANSWER, now_s)]

    def _complain(self, given: str, what: str) -> None:
        if not given:
            self.complaints.append(what)

    # --- the server's requests ----------------------------------------------------------------------------------------

    def _answer(self, text: SipText, now_s: float) -> list[bytes]:
        """A request of the server's, inside the call."""
        if text.method == "ACK":
            self._repeated.pop("200", None)
            return []
        known = f"{text.branch}/{text.method}"
        if known not in self._answers:
            self._answers[known] = self._reply(text, now_s)
        sent = [self._answers[known]]
        if text.method == "BYE":
            sent += self._step(Input.BYE, now_s)
        return sent

    def _reply(self, text: SipText, now_s: float) -> bytes:
        tag = self._dialog.names.tag
        if text.tag("to") != tag:
            self._complain("", f"{text.method} of another dialog")
            return response(text, "481 Call/Transaction Does Not Exist", "")
        if text.method in {"BYE", "OPTIONS", "INFO"}:
            return response(text, "200 OK", tag, ALLOW)
        if text.method != "INVITE":
            return response(text, "405 Method Not Allowed", tag, ALLOW)
        direction = "sendrecv"
        if text.body:
            try:
                self.sound = read_sound(text.body)
            except WireError as error:
                self._complain("", str(error))
                return response(text, "488 Not Acceptable Here", tag)
            direction = MIRRORED[self.sound.direction]
        content = (("Contact", self._dialog.contact), ("Content-Type", "application/sdp"), *ALLOW)
        answer = response(text, "200 OK", tag, content, offer(*self._sound, direction, len(self._answers) + 2))
        self._repeat("200", answer, now_s)
        return answer

    # --- what is due --------------------------------------------------------------------------------------------------

    def _step(self, happened: Input, now_s: float) -> list[bytes]:
        """Go where the table leads, and send what is due there."""
        before = (self.stage, happened)
        if before not in NEXT:
            return []
        self.stage = NEXT[before]
        match self.stage:
            case Stage.CANCELLED:
                return [self._repeat("CANCEL", self._dialog.cancel(), now_s)]
            case Stage.LEAVING:
                return [self._repeat("BYE", self._dialog.request("BYE"), now_s)]
            case Stage.OVER:
                self.end = ENDS.get(before, CallEnd.CALLER_HUNG_UP)
        return []

    def _repeat(self, name: str, data: bytes, now_s: float, longest_s: float = T2_S) -> bytes:
        self._repeated[name] = _Repeated(data, now_s + T1_S, now_s + GIVES_UP_S, longest_s, T1_S)
        return data

    def _give_up(self, name: str, now_s: float) -> list[bytes]:
        del self._repeated[name]
        if name == "200":
            self._complain("", "a re-INVITE whose answer was not acknowledged")
            return []
        if name == "INVITE":
            self.refused = f"no answer for {GIVES_UP_S:g} s"
        return self._step(Input.SILENCE, now_s)
