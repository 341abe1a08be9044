"""SIP transactions: what is sent again and when, and which answer belongs to which request (RFC 3261 section 17).

`TransactionLayer` is handed messages and the time, and returns what to send and what has happened. The user of the
layer answers each request (`respond`), sends the ACK of a 2xx itself (`send_ack`) and repeats its own 2xx responses to
an INVITE until that ACK comes (section 13.3.1.4); everything else that is sent again is the layer's.
"""

import heapq
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sipmessage import Request, Response

from callagent.errors import CarrierError
from callagent.telephony.sip.messages.message import answer, copy, follow_up, write
from callagent.telephony.sip.transactions.matching import (
    MAGIC,
    Hop,
    TransactionId,
    id_of_own,
    id_of_request,
    id_of_response,
    merged_key,
    note_source,
    reply_hop,
)
from callagent.telephony.sip.transactions.transaction_events import (
    CancelReceived,
    Output,
    RequestReceived,
    ResponseReceived,
    Send,
    TimedOut,
    Unsendable,
)
from callagent.telephony.sip.transactions.transaction_tables import (
    CLIENT_INVITE,
    CLIENT_OTHER,
    SERVER_INVITE,
    SERVER_OTHER,
    Cue,
    Deed,
    State,
    Table,
    Timer,
    Times,
)

MOST_TRANSACTIONS: Final = 4000
"""At once; 100 calls that all begin and end within 32 s have 400."""


@dataclass(slots=True, eq=False)
class _Transaction:
    id: TransactionId
    table: Table
    state: State
    request: Request
    hop: Hop
    """Where the request goes, or its responses."""
    kept: bytes = b""
    """What is sent again."""
    last: Response | None = None
    due_s: dict[Timer, float] = field(default_factory=dict)
    started: dict[Timer, int] = field(default_factory=dict)
    cancel_wanted: bool = False
    merged: str = ""


class TransactionLayer:
    """All transactions of one user agent, in both directions."""

    def __init__(
        self,
        *,
        times: Times | None = None,
        most: int = MOST_TRANSACTIONS,
        token: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._times = times or Times()
        self._most = most
        self._token = token
        self._running: dict[TransactionId, _Transaction] = {}
        self._merged: set[str] = set()
        self._due: list[tuple[float, int, _Transaction, Timer]] = []
        self._turn = 0
        self.strays = 0
        """Responses that answered nothing of ours; dropped."""
        self.turned_away = 0
        """Requests answered with 503 because too many transactions are running."""

    def __len__(self) -> int:
        return len(self._running)

    def state(self, transaction: TransactionId) -> State:
        """How far a transaction is; one that is over, or was never there, is TERMINATED."""
        running = self._running.get(transaction)
        return running.state if running else State.TERMINATED

    @property
    def next_due_s(self) -> float | None:
        """When `on_time` has something to do; None: nothing is waited for."""
        while self._due and self._due[0][2].due_s.get(self._due[0][3]) != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def on_time(self, now_s: float) -> list[Output]:
        """Everything that is due by now."""
        out: list[Output] = []
        while (due_s := self.next_due_s) is not None and due_s <= now_s:
            _, _, transaction, timer = heapq.heappop(self._due)
            del transaction.due_s[timer]
            out += self._step(transaction, timer, now_s)
        return out

    def send(self, request: Request, to: Hop, sent_by: str, now_s: float) -> tuple[TransactionId, list[Output]]:
        """Begin a client transaction; `sent_by` is the "host:port" of ours that the other side can reach.

        The request gets its Via, and a Max-Forwards where it has none. Raises CarrierError, worth trying again, when
        too many transactions are running.
        """
        if request.method == "ACK":
            raise ValueError("an ACK has no transaction: send_ack() sends the one to a 2xx")
        if len(self._running) >= self._most:
            raise CarrierError("SIP: too many transactions are running; try again later", retryable=True)
        self._sign(request, to, sent_by)
        return self._begin(request, to, now_s)

    def send_ack(self, ack: Request, to: Hop, sent_by: str) -> list[Output]:
        """Send the ACK of a 2xx, which has no transaction of its own (section 13.2.2.4)."""
        self._sign(ack, to, sent_by)
        return [Send(write(ack), to, None)]

    def cancel(self, invite: TransactionId, now_s: float) -> list[Output]:
        """Give an INVITE of ours up (section 9.1): at once, or when the first provisional response comes.

        Nothing happens where there is a final response already. The INVITE still ends with a response or a TimedOut.
        """
        transaction = self._running.get(invite)
        if transaction is None or transaction.table is not CLIENT_INVITE or transaction.cancel_wanted:
            return []
        if transaction.state is State.CALLING:
            transaction.cancel_wanted = True
            return []
        return self._send_cancel(transaction, now_s) if transaction.state is State.PROCEEDING else []

    def respond(self, transaction: TransactionId, response: Response, now_s: float) -> list[Output]:
        """Answer a request; nothing happens where the transaction is over or has its final response."""
        running = self._running.get(transaction)
        cue = _cue(response)
        if running is None or transaction.side != "server" or (running.state, cue) not in running.table:
            return []
        running.kept, running.last = write(response), response
        return self._step(running, cue, now_s)

    def unsendable(self, transaction: TransactionId | None, now_s: float) -> list[Output]:
        """The transport could not send what a `Send` asked for."""
        running = self._running.get(transaction) if transaction else None
        return self._step(running, Cue.UNSENDABLE, now_s) if running else []

    def receive(self, message: Request | Response, source: Hop, now_s: float) -> list[Output]:
        """Take a message that `callagent.telephony.sip.messages.reading.read` has read."""
        if isinstance(message, Response):
            return self._receive_response(message, source, now_s)
        request_id = id_of_request(message)
        running = self._running.get(request_id)
        if message.method == "ACK":
            event = RequestReceived(message, source, request_id if running else None)
            return self._step(running, Cue.ACK, now_s, event) if running else [event]
        return (
            self._step(running, Cue.REQUEST, now_s)
            if running
            else self._receive_new(request_id, message, source, now_s)
        )

    def _receive_new(self, request_id: TransactionId, request: Request, source: Hop, now_s: float) -> list[Output]:
        note_source(request, source)
        hop = reply_hop(request, source)
        if len(self._running) >= self._most:
            self.turned_away += 1
            return [Send(write(answer(request, 503, to_tag=self._token())), hop, None)]
        if (merged := merged_key(request)) and merged in self._merged:
            return [Send(write(answer(request, 482, to_tag=self._token())), hop, None)]
        transaction = self._serve(request_id, request, hop, now_s)
        if merged:
            transaction.merged = merged
            self._merged.add(merged)
        if request.method == "CANCEL":
            return self._receive_cancel(transaction, now_s)
        return [RequestReceived(request, source, request_id)]

    def _receive_response(self, response: Response, source: Hop, now_s: float) -> list[Output]:
        response_id = id_of_response(response)
        running = self._running.get(response_id) if response_id else None
        if response_id is None or running is None:
            self.strays += 1
            return []
        if response_id.method == "CANCEL":
            # Whether a CANCEL was understood, its INVITE's own answer tells.
            self._step(running, _cue(response), now_s)
            return []
        running.last = response
        return self._step(running, _cue(response), now_s, ResponseReceived(response, source, response_id))

    def _receive_cancel(self, transaction: _Transaction, now_s: float) -> list[Output]:
        request = transaction.request
        invite = self._running.get(id_of_request(request, method="INVITE"))
        if invite is None:
            return self.respond(transaction.id, answer(request, 481, to_tag=self._token()), now_s)
        tag = invite.last.to_address.parameters.get("tag") if invite.last else None
        out = self.respond(transaction.id, answer(request, 200, to_tag=tag or self._token()), now_s)
        if invite.state is State.PROCEEDING:
            out.append(CancelReceived(invite.id, request))
        return out

    def _sign(self, request: Request, to: Hop, sent_by: str) -> None:
        request.headers.setlist("Via", [f"SIP/2.0/{to.transport} {sent_by};branch={MAGIC}{self._token()};rport"])
        if request.max_forwards is None:
            request.max_forwards = 70

    def _begin(self, request: Request, to: Hop, now_s: float) -> tuple[TransactionId, list[Output]]:
        own = id_of_own(request)
        inviting = request.method == "INVITE"
        state = State.CALLING if inviting else State.TRYING
        table = CLIENT_INVITE if inviting else CLIENT_OTHER
        data = write(request)
        # A copy: the user may add credentials to the request and send it again while this one is running.
        transaction = _Transaction(own, table, state, copy(request), to, kept=data)
        self._running[own] = transaction
        for timer in (Timer.A, Timer.B) if inviting else (Timer.E, Timer.F):
            self._start(transaction, timer, now_s)
        return own, [Send(data, to, own)]

    def _serve(self, request_id: TransactionId, request: Request, hop: Hop, now_s: float) -> _Transaction:
        inviting = request.method == "INVITE"
        state = State.PROCEEDING if inviting else State.TRYING
        transaction = _Transaction(request_id, SERVER_INVITE if inviting else SERVER_OTHER, state, request, hop)
        self._running[request_id] = transaction
        self._start(transaction, Timer.TRYING if inviting else Timer.UNANSWERED, now_s)
        return transaction

    def _send_cancel(self, invite: _Transaction, now_s: float) -> list[Output]:
        invite.cancel_wanted = True
        self._start(invite, Timer.CANCELLED, now_s)
        _, out = self._begin(follow_up(invite.request, "CANCEL"), invite.hop, now_s)
        return out

    def _step(
        self, transaction: _Transaction, cue: Cue | Timer, now_s: float, event: Output | None = None
    ) -> list[Output]:
        step = transaction.table.get((transaction.state, cue))
        if step is None:
            return []
        transaction.state, deeds = step
        out: list[Output] = []
        for deed in deeds:
            if isinstance(deed, Timer):
                out += self._start(transaction, deed, now_s)
            else:
                out += self._do(transaction, deed, now_s, event)
        if transaction.state is State.TERMINATED:
            transaction.due_s.clear()
            self._running.pop(transaction.id, None)
            self._merged.discard(transaction.merged)
        return out

    def _do(self, transaction: _Transaction, deed: Deed, now_s: float, event: Output | None) -> list[Output]:
        out: list[Output | None] = []
        told = transaction.id.method != "CANCEL"  # the INVITE's own end tells all there is to know
        match deed:
            case Deed.SEND if transaction.kept:
                out = [Send(transaction.kept, transaction.hop, transaction.id)]
            case Deed.SEND_100:
                transaction.kept = write(answer(transaction.request, 100))
                out = [Send(transaction.kept, transaction.hop, transaction.id)]
            case Deed.SEND_ACK:
                ack = follow_up(transaction.request, "ACK", to=transaction.last)
                out = [Send(write(ack), transaction.hop, transaction.id)]
            case Deed.SEND_CANCEL if transaction.cancel_wanted:
                out += self._send_cancel(transaction, now_s)
            case Deed.HAND_ON:
                out = [event]
            case Deed.STOP:
                transaction.due_s.clear()
            case Deed.TELL_TIMEOUT if told:
                out = [TimedOut(transaction.id)]
            case Deed.TELL_UNSENDABLE if told:
                out = [Unsendable(transaction.id)]
            case _:
                pass
        return [each for each in out if each is not None]

    def _start(self, transaction: _Transaction, timer: Timer, now_s: float) -> list[Output]:
        before = transaction.started.get(timer, 0)
        lasts_s = self._times.duration(timer, before, reliable=transaction.hop.reliable, state=transaction.state)
        if lasts_s is None:
            return []
        if not lasts_s:
            return self._step(transaction, timer, now_s)
        transaction.started[timer] = before + 1
        transaction.due_s[timer] = now_s + lasts_s
        self._turn += 1
        heapq.heappush(self._due, (now_s + lasts_s, self._turn, transaction, timer))
        if len(self._due) > 64 + 4 * len(self._running):
            # Stopped timers go when their time comes; a flood would pile them up until then.
            self._due = [entry for entry in self._due if entry[2].due_s.get(entry[3]) == entry[0]]
            heapq.heapify(self._due)
        return []


def _cue(response: Response) -> Cue:
    return Cue.PROVISIONAL if response.code < 200 else Cue.SUCCESS if response.code < 300 else Cue.FAILURE
