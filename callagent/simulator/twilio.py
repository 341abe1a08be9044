"""Twilio, played towards a server: webhook, media stream, REST API and status callback.

Written from Twilio's documentation alone and sharing no code with callagent's own Twilio leg, so that a
misunderstanding there is not repeated here.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from callagent.clock import Clock, SystemClock
from callagent.errors import CarrierRefusedError
from callagent.simulator.call_end import CallEnd
from callagent.simulator.call_resource import Account, CallResource, Destination
from callagent.simulator.signature import HEADER, sign
from callagent.simulator.stream_messages import CallIds, new_sid
from callagent.simulator.ticker import Ticker
from callagent.simulator.twilio_call import Faults, TwilioCall
from callagent.simulator.twilio_outbound import ANSWERS, Callee, Wanted, ring
from callagent.simulator.twilio_rest import RestApi
from callagent.simulator.twiml import ConnectStream, Pause, Redirect, Reject, Say, Verb, parse

WEBHOOK_LIMIT_S = 15.0
"""Twilio gives up on a webhook after so long (error 11205)."""
NO_FAULTS = Faults()


class TwilioCarrier:
    """One account at Twilio; use it as an async context manager.

    All its calls share one ticker, so many of them are cheap.
    """

    def __init__(self, account: Account | None = None, clock: Clock | None = None) -> None:
        self.account = account or Account()
        self.ticker = Ticker()
        self._clock = clock or SystemClock()
        self._calls: dict[str, CallResource] = {}
        self._api = RestApi(self.account.sid, self.account.auth_token, self._calls.get, self._begin_outbound)
        self.callees: dict[str, Callee] = {}
        """By number: how whoever is rung behaves; others pick up at once."""
        self.outbound: list[CallResource] = []
        """The calls that the server had Twilio begin."""
        self._picked_up: asyncio.Queue[TwilioCall] = asyncio.Queue()
        self._http: aiohttp.ClientSession | None = None

    @property
    def api_url(self) -> str:
        """Base address of the fake REST API."""
        return self._api.url

    async def __aenter__(self) -> Self:
        # One idle connection kept too long would look like a leak of the server's.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._http = aiohttp.ClientSession(connector=connector)
        await self._api.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        ringing = [each.ringing for each in self.outbound if each.ringing is not None]
        for task in ringing:
            task.cancel()
        await asyncio.gather(*ringing, return_exceptions=True)
        await asyncio.gather(*(each.call.hang_up() for each in self._calls.values() if each.call is not None))
        await self.ticker.aclose()
        await self._api.aclose()
        if self._http is not None:
            await self._http.close()

    def reached_at(self, url: str) -> tuple[dict[str, str], Destination]:
        """What a server of callagent's with this address is told in its environment, and where its webhooks are."""
        settings = {
            "TWILIO_ACCOUNT_SID": self.account.sid,
            "TWILIO_AUTH_TOKEN": self.account.auth_token,
            "TWILIO_API_URL": self.api_url,
            "PUBLIC_URL": url,
        }
        return settings, Destination(f"{url}/twilio/voice", f"{url}/twilio/status")

    async def call(
        self,
        destination: Destination,
        *,
        caller: str = "+919800000000",
        faults: Faults = NO_FAULTS,
        recorded: bool = False,
    ) -> TwilioCall:
        """Place a call and return it once its audio flows.

        `recorded` keeps all audio of both sides in the call's record. Raises CarrierRefusedError when the server
        does not take the call, and WireError when its answer is not TwiML that Twilio would understand.
        """
        entry = CallResource(destination, caller, self.account.sid, self._clock)
        self._calls[entry.sid] = entry
        try:
            verbs = parse(await self._ask(entry, entry.destination.voice_url, faults))
            while redirect := next((verb for verb in verbs if isinstance(verb, Redirect)), None):
                entry.status = "in-progress"
                await asyncio.sleep(sum(verb.seconds for verb in verbs if isinstance(verb, Pause)))
                verbs = parse(await self._ask(entry, redirect.url, faults))
            return await self._connect(entry, verbs, faults, recorded=recorded)
        except BaseException:
            entry.status = "failed" if entry.status in {"ringing", "in-progress"} else entry.status
            raise

    async def picked_up(self) -> TwilioCall:
        """The next call that the server had Twilio begin, once whoever was rung has picked up and its audio flows."""
        return await self._picked_up.get()

    def _begin_outbound(self, wish: Wanted) -> CallResource:
        """Ring somebody for the server."""
        destination = Destination(wish.url, wish.status_url, wish.to)
        entry = CallResource(destination, wish.sender, self.account.sid, self._clock, "outbound-api")
        entry.status = "queued"
        self._calls[entry.sid] = entry
        self.outbound.append(entry)
        callee = self.callees.get(wish.to, ANSWERS)
        entry.ringing = asyncio.create_task(self._ring(entry, wish, callee), name="twilio rings")
        return entry

    async def _ring(self, entry: CallResource, wish: Wanted, callee: Callee) -> None:
        """Ring, tell how it goes, and connect whoever picks up as the server's TwiML says."""
        try:
            for event in ("initiated", "ringing"):
                entry.status = event
                self._tell(entry, wish, event)
            status = await ring(callee, wish.timeout_s)
            if status != "in-progress":
                await self._report(entry, status, {"SipResponseCode": callee.sip_code} if callee.sip_code else None)
                return
            entry.status, entry.answered_at_s = status, self._clock.now_s()
            self._tell(entry, wish, "answered")
            verbs = parse(await self._ask(entry, wish.url, NO_FAULTS))
            self._picked_up.put_nowait(await self._connect(entry, verbs, NO_FAULTS, recorded=False))
        except asyncio.CancelledError:
            await self._report(entry, "completed" if entry.answered_at_s is not None else "canceled")
            raise
        except CarrierRefusedError:
            if entry.status == "in-progress":  # the server's address did not answer: Twilio ends the call
                await self._report(entry, "completed")

    def _tell(self, entry: CallResource, wish: Wanted, event: str) -> None:
        """Tell the server of a step, if it wants to hear of those: in their order, and the call does not wait."""
        if wish.status_url and event in wish.events:
            form = entry.form() | entry.progress()
            entry.telling = asyncio.create_task(self._send_after(entry.telling, entry, form), name="twilio tells")

    async def _send_after(self, before: "asyncio.Task[None] | None", entry: CallResource, form: dict[str, str]) -> None:
        if before is not None:
            await asyncio.wait({before})
        with suppress(aiohttp.ClientError, TimeoutError):
            await self._post(entry.destination, entry.destination.status_url, form, NO_FAULTS)

    async def _ask(self, entry: CallResource, url: str, faults: Faults) -> str:
        """Fetch the TwiML for a call, a new one or one that was redirected."""
        try:
            status, text = await self._post(entry.destination, url, entry.form(), faults)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CarrierRefusedError(f"no answer from {url}: {str(error) or 'timeout'}", retryable=True) from error
        if status != 200:
            raise CarrierRefusedError(f"{url} answered {status} where TwiML was due", retryable=status >= 500)
        return text

    async def _connect(
        self, entry: CallResource, verbs: tuple[Verb, ...], faults: Faults, *, recorded: bool
    ) -> TwilioCall:
        """Carry out the TwiML up to the stream, and open that."""
        said = [verb.text for verb in verbs if isinstance(verb, Say)]
        first = next((verb for verb in verbs if not isinstance(verb, Say)), None)
        if not isinstance(first, ConnectStream):
            await self._report(entry, _status_without_stream(first))
            spoken = f"; it had Twilio say {' '.join(said)!r}" if said else ""
            raise CarrierRefusedError(f"the server did not take the call ({type(first).__name__}){spoken}")
        entry.answered_at_s = self._clock.now_s()
        entry.status = "in-progress"
        after = verbs[verbs.index(first) + 1 :]
        try:
            call = await self._begin(entry, first, after, faults, recorded=recorded)
        except CarrierRefusedError:
            await self._report(entry, "completed")
            raise
        entry.call = call
        self.ticker.join(call)
        return call

    async def _begin(
        self, entry: CallResource, connect: ConnectStream, after: tuple[Verb, ...], faults: Faults, *, recorded: bool
    ) -> TwilioCall:
        """Open the stream and say `connected` and `start`."""
        stream = await self._open(entry.destination, connect.url, faults)
        ids = CallIds(self.account.sid, entry.sid, new_sid("MZ"))
        call = TwilioCall(ids, stream, after, faults, self._ended)
        if recorded:
            call.record.audio = []
        try:
            await call.begin(dict(connect.parameters))
        except (ConnectionError, aiohttp.ClientError) as error:
            raise CarrierRefusedError(f"{connect.url} closed the media stream at once", retryable=True) from error
        return call

    async def _open(self, destination: Destination, url: str, faults: Faults) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(WEBHOOK_LIMIT_S):
                return await self._session.ws_connect(
                    _reach(destination, url),
                    headers=self._headers(destination, url, None, faults),
                    timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
                    max_msg_size=1 << 20,
                )
        except aiohttp.WSServerHandshakeError as error:
            raise CarrierRefusedError(f"{url} refused the media stream with {error.status} (error 31920)") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CarrierRefusedError(f"no media stream to {url}: {str(error) or 'timeout'}", retryable=True) from error

    async def _ended(self, call: TwilioCall) -> None:
        """What is left to do when a call's stream is over."""
        self.ticker.leave(call)
        entry = self._calls[call.ids.call]
        if call.end is CallEnd.SERVER_CLOSED:
            call.record.said.extend(verb.text for verb in call.after if isinstance(verb, Say))
        entry.call = None
        if call.end is CallEnd.VANISHED:
            entry.status = "completed"
            return
        complaint = await self._report(entry, "completed")
        if complaint:
            call.record.complaints.append(complaint)

    async def _report(self, entry: CallResource, status: str, more: Mapping[str, str] | None = None) -> str:
        """Tell the server how the call ended; returns what was wrong with its answer, if anything."""
        entry.end(status)
        url = entry.destination.status_url
        if not url:
            return ""
        if entry.telling is not None:
            await asyncio.wait({entry.telling})
        try:
            code, _ = await self._post(
                entry.destination, url, {**entry.form(), **entry.outcome(), **(more or {})}, NO_FAULTS
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"no answer to the status callback: {str(error) or 'timeout'}"
        return "" if 200 <= code < 300 else f"the status callback was answered {code}"

    async def _post(
        self, destination: Destination, url: str, form: Mapping[str, str], faults: Faults
    ) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(total=WEBHOOK_LIMIT_S)
        headers = self._headers(destination, url, form, faults)
        async with self._session.post(_reach(destination, url), data=form, headers=headers, timeout=timeout) as answer:
            return answer.status, await answer.text()

    def _headers(
        self, destination: Destination, url: str, form: Mapping[str, str] | None, faults: Faults
    ) -> dict[str, str]:
        headers = {"User-Agent": "TwilioProxy/1.1"}
        if not faults.unsigned:
            token = new_sid("") if faults.wrong_signature else self.account.auth_token
            headers[HEADER] = sign(token, url, form)
        if destination.at:
            headers["Host"] = urlsplit(url).netloc
        return headers

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("use TwilioCarrier with 'async with'")
        return self._http


def _status_without_stream(verb: Verb | None) -> str:
    if isinstance(verb, Reject):
        return "busy" if verb.reason == "busy" else "no-answer"
    return "completed"


def _reach(destination: Destination, url: str) -> str:
    """Where to really connect to for a public address."""
    if not destination.at:
        return url
    public, real = urlsplit(url), urlsplit(destination.at)
    secure = real.scheme == "https"
    schemes = {"https": "http", "wss": "ws"} if not secure else {"http": "https", "ws": "wss"}
    scheme = schemes.get(public.scheme, public.scheme)
    return public._replace(scheme=scheme, netloc=real.netloc).geturl()
