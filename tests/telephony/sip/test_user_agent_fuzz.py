"""Whatever comes, in whatever order: no exception, and nothing is left when all has calmed down."""

import random

import pytest
from sipmessage import Request
from telephony.sip.test_user_agent import PEER, SDP, Network

from callagent.errors import CallagentError
from callagent.telephony.sip.messages.message import answer, write
from callagent.telephony.sip.messages.reading import read

STEPS = 120
METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "OPTIONS", "MESSAGE")
ODD = ("\r\n", "\0", "sip:", "<", ">", ";tag=", ",", "\xff", " ", "z9hG4bK", "-1", "99999999999", '"', "SIP/2.0", ":")


class Chaos:
    """A peer that says what could be said, and some that could not."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # the same mischief in each run
        self.network = Network()
        self._number = 0

    def step(self) -> None:
        """Something happens."""
        chance, network = self.chance, self.network
        kind = chance.randrange(10)
        if kind < 5:
            self.send(self._request())
        elif kind == 5:
            self.send(self._answer())
        elif kind == 6:
            network.call()
        elif kind == 7 and network.calls:
            call = chance.choice(network.calls)
            now_s = network.clock.now_s()
            command = chance.choice(("ring", "accept", "hang_up", "hold", "resume"))
            call.do(getattr(call.session, command)(now_s))
        elif kind == 8 and network.sends:
            transaction = chance.choice(network.sends).transaction
            if transaction is not None:
                network.agent.failed(transaction)
        else:
            network.wait(chance.choice((0.1, 1.0, 5.0, 40.0)))

    def send(self, data: bytes) -> None:
        """It reaches the user agent, as far as it can be read."""
        try:
            message = read(data)
        except CallagentError:
            return
        self.network.agent.receive(message, PEER)

    def _request(self) -> bytes:
        """A request, in one of our dialogs or outside, with a mistake or without."""
        chance = self.chance
        self._number += chance.randrange(3)
        method = chance.choice(METHODS)
        dialogs = [call.session.dialog for call in self.network.calls if call.session.dialog]
        dialog = chance.choice(dialogs) if dialogs and chance.random() < 0.7 else None
        to = f";tag={dialog.id.local_tag}" if dialog else ""
        sender = dialog.id.remote_tag if dialog else f"t{self._number % 7}"
        call_id = dialog.id.call_id if dialog else f"c{self._number % 5}"
        body = chance.choice((b"", SDP, SDP.replace(b"RTP/AVP 0", b"RTP/AVP 8 101"), b"v=0\r\n", b"Signal=5\r\n"))
        lines = [
            f"{method} sip:shop@192.0.2.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{self._number};rport",
            "Max-Forwards: 70",
            f"From: <sip:far@192.0.2.2>;tag={sender}",
            f"To: <sip:shop@192.0.2.1>{to}",
            f"Call-ID: {call_id}",
            f"CSeq: {self._number} {method}",
            "Contact: <sip:far@192.0.2.2>",
            f"Content-Type: {chance.choice(('application/sdp', 'application/dtmf-relay', 'text/plain'))}",
            chance.choice(("Require: 100rel", "Session-Expires: 90;refresher=uac", "Supported: timer", "X: y")),
            chance.choice(
                ("Refer-To: <sip:c@192.0.2.3>", "Replaces: a;to-tag=b;from-tag=c", "RAck: 1 1 INVITE", "Y: z")
            ),
            f"Content-Length: {len(body)}",
        ]
        return self._spoilt("\r\n".join([*lines, "", ""]).encode() + body)

    def _answer(self) -> bytes:
        """An answer to one of our requests."""
        asked = [message for message, _ in self.network.sent if isinstance(message, Request)]
        if not asked:
            return self._request()
        response = answer(self.chance.choice(asked), self.chance.choice((100, 180, 200, 302, 401, 422, 481, 491, 503)))
        response.headers.set("To", f"{response.headers['To']};tag=far" if self.chance.random() < 0.5 else "<sip:x@y>")
        response.headers.set("Contact", "<sip:far@192.0.2.2>")
        if self.chance.random() < 0.5:
            response.headers.set("Content-Type", "application/sdp")
            response.body = SDP
        return self._spoilt(write(response))

    def _spoilt(self, data: bytes) -> bytes:
        """With a mistake, one time in four."""
        if self.chance.random() < 0.75:
            return data
        at = self.chance.randrange(len(data))
        odd = self.chance.choice(ODD).encode("latin-1")
        return data[:at] + odd + data[at + self.chance.randrange(4) :]


@pytest.mark.parametrize("seed", range(60))
def test_nothing_breaks_a_user_agent(seed: int) -> None:
    """Half an hour after all calls were hung up, no call and no transaction is left."""
    chaos = Chaos(seed)
    for _ in range(STEPS):
        chaos.step()
    network = chaos.network
    network.agent.hang_up()
    network.wait(1800)

    assert (len(network.agent), network.agent.transactions) == (0, 0)
