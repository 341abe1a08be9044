"""REFER of either side (RFC 3515), blind or attended by Replaces (RFC 3891), and the NOTIFYs that tell how it goes.

A peer's REFER moves nothing by itself: it is refused with 403 unless `may_transfer` allows its target.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

from sipmessage import Request, Response

from callagent.errors import WireError
from callagent.telephony.sip.messages.message import PHRASES
from callagent.telephony.sip.messages.verbatim import QUOTED, addresses, read_uri
from callagent.telephony.sip.sessions.dialog import DialogId, cseq_of
from callagent.telephony.sip.sessions.session_core import GONE, Core
from callagent.telephony.sip.sessions.session_events import TransferAsked, TransferDone, TransferProgress
from callagent.telephony.sip.sessions.session_states import State

SIPFRAG: Final = "message/sipfrag;version=2.0"
LONGEST_TRANSFER_S: Final = 180.0
"""How long the peer is waited for to tell the end of a transfer that it took up."""

STATUS = re.compile(r"\s*SIP/2\.0 +(?P<code>[1-6][0-9]{2})( |\r|\n|$)")


def replaces(dialog: DialogId) -> str:
    """The value of a Replaces header that names our own other call, as the one who reads it knows it (RFC 3891 3)."""
    return f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"


def replaced(value: str) -> DialogId | None:
    """The dialog of ours that a Replaces header means; None for a header that is not valid."""
    call_id, *parameters = [part.strip() for part in value.split(";")]
    tags = {name.strip().lower(): tag.strip() for name, _, tag in (one.partition("=") for one in parameters)}
    if not call_id or not tags.get("to-tag") or "from-tag" not in tags:
        return None
    return DialogId(call_id, tags["to-tag"], tags["from-tag"])


def read_refer_to(refer: Request) -> tuple[str, str]:
    """Target and Replaces (or empty). Raises WireError for anything but one address (RFC 3515 2.4.2)."""
    found = addresses(refer, "Refer-To")
    if len(found) != 1:
        raise WireError("SIP: REFER needs one Refer-To")
    text = QUOTED.sub("", found[0])
    if "<" in text:
        text = text.partition("<")[2].partition(">")[0]
    target, _, headers = text.partition("?")
    fields = {name.lower(): unquote(value) for name, _, value in (one.partition("=") for one in headers.split("&"))}
    # Any call but an INVITE is none of ours, and a line break would be a header of the peer's making.
    wanted = fields.get("replaces", "")
    if re.search(r";method=(?!invite)", target, re.IGNORECASE) or any(ord(each) < 0x20 for each in wanted):
        raise WireError("SIP: a Refer-To that is no call")
    target = target.strip()
    return str(read_uri(target)), wanted


class Transferring:
    """REFERs and their NOTIFYs; one of each direction at a time."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sent: Request | None = None
        self._followed: int | None = None
        """The number of the REFER that we follow."""

    def refer(self, target: str, replaces_value: str, now_s: float) -> None:
        """Ask the peer to call `target`; with `replaces_value` that call takes the place of another of ours."""
        if self._core.state is not State.UP or self._core.dialog is None or self._sent is not None:
            return
        read_uri(target)
        headers = f"?Replaces={quote(replaces_value, safe='')}" if replaces_value else ""
        self._sent = self._core.send_inside(
            "REFER",
            self._on_answer,
            [("Refer-To", f"<{target}{headers}>"), ("Referred-By", self._core.dialog.contact)],
        )
        self._core.wake("transfer", now_s + LONGEST_TRANSFER_S, lambda _: self._done(408))

    def on_refer(self, refer: Request) -> None:
        """The peer's wish."""
        try:
            target, wanted = read_refer_to(refer)
        except WireError:
            self._core.reply(refer, 400)
            return
        if self._core.state is not State.UP:
            self._core.reply(refer, 481)
        elif not self._core.setup.may_transfer(target):
            self._core.reply(refer, 403)
        elif self._followed is not None:
            self._core.reply(refer, 491)
        else:
            self._followed = cseq_of(refer).sequence
            self._core.reply(refer, 202, [("Contact", self._core.setup.contact)])
            self.report(100)
            self._core.emit(TransferAsked(target, wanted))

    def report(self, code: int) -> None:
        """Tell the peer how the call that it asked for goes; a final code is the last (RFC 3515 2.4.4)."""
        if self._followed is None or self._core.state is not State.UP:
            return
        state = "active;expires=180" if code < 200 else "terminated;reason=noresource"
        body = f"SIP/2.0 {code} {PHRASES.get(code, 'Status')}\r\n".encode()
        headers = [("Event", f"refer;id={self._followed}"), ("Subscription-State", state)]
        if code >= 200:
            self._followed = None
        self._core.send_inside("NOTIFY", self._on_notified, headers, body=body, content_type=SIPFRAG)

    def on_notify(self, notify: Request) -> None:
        """The peer tells how our transfer goes."""
        event = (notify.headers.get("Event") or "").split(";")[0].strip().lower()
        if event != "refer":
            self._core.reply(notify, 489, [("Allow-Events", "refer")])
            return
        if self._sent is None:
            self._core.reply(notify, 481)
            return
        self._core.reply(notify, 200)
        found = STATUS.match(notify.body[:256].decode("utf-8", "replace"))
        over = (notify.headers.get("Subscription-State") or "").strip().lower().startswith("terminated")
        if found and int(found["code"]) >= 200:
            self._done(int(found["code"]))
        elif over:
            # Without a word of how it went: nobody may be left waiting for the third party.
            self._done(500)
        elif found and int(found["code"]) > 100:
            self._core.emit(TransferProgress(int(found["code"])))

    def _on_answer(self, _refer: Request, response: Response, _now_s: float) -> None:
        if response.code >= 300:
            self._done(response.code)
            if response.code in GONE:
                self._core.lose(response.code)

    def _on_notified(self, _notify: Request, response: Response, _now_s: float) -> None:
        if response.code >= 300:
            self._followed = None

    def _done(self, code: int) -> None:
        if self._sent is not None:
            self._sent = None
            self._core.sleep("transfer")
            self._core.emit(TransferDone(code))
