"""The requests of one SIP call: what stands in their headers (RFC 3261, sections 8.1 and 12.2). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from callagent.simulator.sip_text import SipText

ALLOW: Final = (("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO"),)


@dataclass(frozen=True, slots=True)
class CallNames:
    """What tells one call from all others."""

    call_id: str
    tag: str
    branch: str
    """Of every transaction the beginning."""
    caller: str
    called: str


class Dialog:
    """Who talks with whom, and what the next request's header is."""

    def __init__(self, names: CallNames, here: tuple[str, int], there: tuple[str, int]) -> None:
        self.names = names
        self._here = f"{here[0]}:{here[1]}"
        self._uri = f"sip:{names.called}@{there[0]}:{there[1]}"
        self._target = self._uri
        self._to = f"<{self._uri}>"
        self._sequence = 0

    @property
    def contact(self) -> str:
        """Where we are called back."""
        return f"<sip:{self.names.caller}@{self._here}>"

    def establish(self, answer: SipText) -> None:
        """The server has answered: from now on this is its dialog (RFC 3261, section 12.1.2)."""
        self._to = answer.first("to")
        self._target = answer.contact or self._uri

    def request(self, method: str, sdp: str = "") -> bytes:
        """The next request; an ACK has the number of the INVITE."""
        if method != "ACK":
            self._sequence += 1
        content = (("Contact", self.contact), *ALLOW, ("Content-Type", "application/sdp")) if sdp else ()
        number = 1 if method == "ACK" else self._sequence
        return self._text(method, self._target, self._to, f"{self.names.branch}{method}{number}", number, content, sdp)

    def cancel(self) -> bytes:
        """It has the INVITE's number and branch (section 9.1)."""
        return self._text("CANCEL", self._uri, f"<{self._uri}>", f"{self.names.branch}INVITE1", 1)

    def acknowledgement(self, refusal: SipText) -> bytes:
        """Of a refusal."""
        return self._text("ACK", self._uri, refusal.first("to"), f"{self.names.branch}INVITE1", 1)

    def _text(
        self,
        method: str,
        uri: str,
        to: str,
        branch: str,
        number: int,
        content: Iterable[tuple[str, str]] = (),
        body: str = "",
    ) -> bytes:
        names = self.names
        return bytes(
            SipText(
                f"{method} {uri} SIP/2.0",
                (
                    ("Via", f"SIP/2.0/UDP {self._here};rport;branch={branch}"),
                    ("Max-Forwards", "70"),
                    ("From", f"<sip:{names.caller}@{self._here}>;tag={names.tag}"),
                    ("To", to),
                    ("Call-ID", names.call_id),
                    ("CSeq", f"{number} {method}"),
                    *content,
                ),
                body,
            )
        )
