"""What sipp is to do, written as a test reads: made into the XML of its scenario files.

Words in square brackets are sipp's own, filled in as it runs; `[next_url]` and `[routes]` come from the Contact and the
Record-Route of what was received.
"""

from typing import Self
from xml.sax.saxutils import quoteattr

CALLER = "+919800000001"
"""Who calls."""
AUDIO = "m=audio [media_port] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15"
_VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[{branch}]"
_ENDS = """\
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]s[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>{tag}
Call-ID: [call_id]"""
_OWN = "Contact: <sip:{caller}@[local_ip]:[local_port];transport=[transport]>"
_BACK = "[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}"


def description(direction: str = "sendrecv", audio: str = AUDIO) -> str:
    """An SDP with PCMU and digits, whose sound comes and goes by sipp's media port."""
    return (
        "v=0\no=sipp 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n"
        f"{audio}\na=ptime:20\na={direction}"
    )


class Scenario:
    """Steps, one after the other; those of a caller begin with `invite`, those of a callee with `gets`."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._cseq = 0
        self._invited = 0
        """Which step the last INVITE is: ACK for a failure and CANCEL belong to its transaction."""
        self._invite_cseq = 0

    def xml(self) -> str:
        """As sipp reads it."""
        steps = "\n".join(self._steps)
        # Variables that are set and never read are an error, unless they are named; so is naming others.
        named = ",".join(number for number in "12" if f'assign_to="{number}"' in steps)
        reference = f'<Reference variables="{named}"/>' if named else ""
        return f'<?xml version="1.0"?>\n<scenario name="test">\n{steps}\n{reference}\n</scenario>\n'

    # What a caller does.

    def invite(self, sdp: str | None = None, headers: str = "", *, again: bool = False) -> Self:
        """Call, or with `again` describe the sound anew within the call."""
        self._invited, self._invite_cseq = len(self._steps), self._cseq + 1
        return self.request("INVITE", headers, description() if sdp is None else sdp, again=again)

    def request(self, method: str, headers: str = "", body: str = "", *, again: bool = True) -> Self:
        """Send a request; of the call that there is, with `again`."""
        self._cseq += 1
        return self._send(self._head(method, self._cseq, again=again) + (f"\n{headers}" if headers else ""), body)

    def ack(self, sdp: str = "") -> Self:
        """Acknowledge the answer."""
        return self._send(self._head("ACK", self._invite_cseq, again=True), sdp, once=True)

    def ack_refusal(self) -> Self:
        """Acknowledge a final response that is no answer."""
        return self._send(self._head("ACK", self._invite_cseq, again=False, of_invite=True, tagged=True), once=True)

    def cancel(self) -> Self:
        """Give up while it rings."""
        return self._send(self._head("CANCEL", self._invite_cseq, again=False, of_invite=True))

    def bye(self) -> Self:
        """Hang up, and have it confirmed: by its own answer, which a late one to another request is not."""
        self._cseq += 1
        self._send(self._head("BYE", self._cseq, again=True), extra=' start_txn="bye"')
        return self.expects(200, extra=' response_txn="bye"')

    def expects(self, status: int, *, optional: bool = False, extra: str = "", action: str = "") -> Self:
        """Wait for a response."""
        extra += ' optional="true"' if optional else ""
        return self._step(f'<recv response="{status}" rrs="true"{extra}>{_action(action)}</recv>')

    def rings(self) -> Self:
        """Whatever may come before an answer."""
        return self.expects(100, optional=True).expects(180, optional=True).expects(183, optional=True)

    # What a callee does.

    def gets(self, method: str, action: str = "") -> Self:
        """Wait for a request."""
        return self._step(f'<recv request="{method}" rrs="true">{_action(action)}</recv>')

    def answers(self, status: str, headers: str = "", body: str = "", cseq: str = "[last_CSeq:]") -> Self:
        """Respond to the last request, such as with "180 Ringing"."""
        tag = "" if status.startswith("100") else ";tag=[pid]c[call_number]"
        back = _BACK.format(tag=tag, cseq=cseq)
        head = f"SIP/2.0 {status}\n{back}\n[last_Record-Route:]\n{_OWN.format(caller='callee')}"
        return self._send(head + (f"\n{headers}" if headers else ""), body, once=not (body or status[0] > "2"))

    def confirms(self) -> Self:
        """Respond 200 to a request within the call."""
        back = _BACK.format(tag="", cseq="[last_CSeq:]")
        return self._send(f"SIP/2.0 200 OK\n{back}\n{_OWN.format(caller='callee')}", once=True)

    # What both do.

    def waits(self, seconds: float) -> Self:
        """Let the call be."""
        return self._step(f'<pause milliseconds="{round(seconds * 1000)}"/>')

    def does(self, action: str) -> Self:
        """Have sipp do something, such as `rtp_stream="sound.ulaw,1,0"`."""
        return self._step(f"<nop>{_action(f'<exec {action}/>')}</nop>")

    def _head(self, method: str, cseq: int, *, again: bool, of_invite: bool = False, tagged: bool = False) -> str:
        branch = f"branch-{len(self._steps) - self._invited}" if of_invite else "branch"
        first = f"{method} {'[next_url]' if again else 'sip:[service]@[remote_ip]:[remote_port]'} SIP/2.0"
        lines = [first, _VIA.format(branch=branch)]
        if again:
            lines.append("[routes]")
        lines += [
            _ENDS.format(caller=CALLER, tag="[peer_tag_param]" if again or tagged else ""),
            f"CSeq: {cseq} {method}",
            _OWN.format(caller=CALLER),
            "Max-Forwards: 70",
        ]
        return "\n".join(lines)

    def _send(self, head: str, body: str = "", *, once: bool = False, extra: str = "") -> Self:
        kind = "\nContent-Type: application/sdp" if body and "Content-Type" not in head else ""
        message = f"{head}{kind}\nContent-Length: [len]\n\n{body}"
        retrans = "" if once else ' retrans="500"'
        return self._step(f"<send{retrans}{extra}><![CDATA[\n\n{message}\n\n]]></send>")

    def _step(self, xml: str) -> Self:
        self._steps.append(xml)
        return self


def matches(pattern: str, header: str = "", *, inverse: bool = False, into: int = 1) -> str:
    """An action that fails the call unless a message, or one header of it, matches; or if it does, with `inverse`.

    `pattern` is a POSIX one. What matched is `[$1]` in later steps, or another of the two variables.
    """
    where = f'search_in="hdr" header={quoteattr(header + ":")}' if header else 'search_in="msg"'
    check = "check_it_inverse" if inverse else "check_it"
    return f'<ereg regexp={quoteattr(pattern)} {where} {check}="true" assign_to="{into}"/>'


def _action(xml: str) -> str:
    return f"<action>{xml}</action>" if xml else ""
