"""Twilio's REST API as far as a call needs it: begin, read, end or redirect one (Call resource), send a text.

It listens on loopback and asks for HTTP basic authentication with the account's SID and token. A call that has ended
can still be read, but ending it again is answered 404 with code 20404, as Twilio does to a server that hangs up just
after the caller did.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from callagent.simulator.stream_messages import new_sid
from callagent.simulator.twilio_outbound import E164, UnusableError, Wanted, wanted

CALLS_PATH = "/2010-04-01/Accounts/{account}/Calls.json"
CALL_PATH = "/2010-04-01/Accounts/{account}/Calls/{call}.json"
MESSAGES_PATH = "/2010-04-01/Accounts/{account}/Messages.json"
LONGEST_BODY = 1600
Json = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text message that was taken."""

    to: str
    sender: str
    body: str


class Endable(Protocol):
    """A call as the API sees it."""

    @property
    def live(self) -> bool:
        """Whether it is still going on."""
        ...

    def as_json(self) -> Json:
        """The Call resource."""
        ...

    def end_by_api(self) -> None:
        """End it soon after the answer has gone out."""
        ...

    def redirect_by_api(self, twiml: str) -> None:
        """Take it from its stream soon after the answer has gone out, and go on with other TwiML."""
        ...


class RestApi:
    """A server for one account; `find` gives the call with a SID, or None, and `begin` begins one."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        find: Callable[[str], Endable | None],
        begin: Callable[[Wanted], Endable] | None = None,
    ) -> None:
        self._account_sid = account_sid
        self._credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._find = find
        self._begin = begin
        self.numbers: frozenset[str] = frozenset()
        """The account's, from which alone it may ring; empty for any."""
        self.messages: list[TextMessage] = []
        """The text messages that were taken."""
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:41234; stands for https://api.twilio.com."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_post(CALLS_PATH, self._create)
        app.router.add_get(CALL_PATH, self._show)
        app.router.add_post(CALL_PATH, self._update)
        app.router.add_post(MESSAGES_PATH, self._send)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def aclose(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _show(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if isinstance(call, web.Response):
            return call
        return web.json_response(dict(call.as_json()))

    async def _update(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if isinstance(call, web.Response):
            return call
        form = await request.post()
        if "Twiml" in form and call.live:
            call.redirect_by_api(str(form["Twiml"]))
            return web.json_response(dict(call.as_json()))
        if form.get("Status") != "completed":
            return _refusal(400, 20001, "The simulated carrier can only be told Status=completed for a live call")
        if not call.live:
            return _not_found(request)
        call.end_by_api()
        return web.json_response({**call.as_json(), "status": "completed"})

    async def _create(self, request: web.Request) -> web.Response:
        """Begin a call; it has the status "queued" in the answer."""
        if not self._known(request):
            return _refusal(401, 20003, "Authenticate")
        if request.match_info["account"] != self._account_sid or self._begin is None:
            return _not_found(request)
        form = await request.post()
        fields = {name: [str(value) for value in form.getall(name)] for name in form}
        try:
            call = self._begin(wanted(fields, self.numbers))
        except UnusableError as error:
            return _refusal(400, error.code, str(error))
        return web.json_response({**call.as_json(), "status": "queued"}, status=201)

    async def _send(self, request: web.Request) -> web.Response:
        """Take a text message (Messages resource); the codes of refusals are Twilio's."""
        if not self._known(request):
            return _refusal(401, 20003, "Authenticate")
        if request.match_info["account"] != self._account_sid:
            return _not_found(request)
        form = await request.post()
        to, sender, body = (str(form.get(name, "")) for name in ("To", "From", "Body"))
        if not E164.fullmatch(to):
            return _refusal(400, 21211, "The 'To' number is not a valid phone number.")
        if not E164.fullmatch(sender):
            return _refusal(400, 21212, "The 'From' number is not a valid phone number.")
        if not 0 < len(body) <= LONGEST_BODY:
            code = 21617 if body else 21602
            return _refusal(400, code, "The message body is missing or exceeds the 1600 character limit.")
        self.messages.append(TextMessage(to, sender, body))
        answer = {"sid": new_sid("SM"), "account_sid": self._account_sid, "to": to, "from": sender, "body": body}
        return web.json_response({**answer, "status": "queued", "direction": "outbound-api"}, status=201)

    def _known(self, request: web.Request) -> bool:
        kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "basic" and hmac.compare_digest(credentials.encode(), self._credentials.encode())

    def _call(self, request: web.Request) -> Endable | web.Response:
        """The call that is meant, or the answer to somebody who may not or cannot have it."""
        if not self._known(request):
            return _refusal(401, 20003, "Authenticate")
        call = self._find(request.match_info["call"]) if request.match_info["account"] == self._account_sid else None
        return call if call is not None else _not_found(request)


def _not_found(request: web.Request) -> web.Response:
    return _refusal(404, 20404, f"The requested resource {request.path} was not found")


def _refusal(status: int, code: int, message: str) -> web.Response:
    """An error in the shape that all of Twilio's API answers with."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)
