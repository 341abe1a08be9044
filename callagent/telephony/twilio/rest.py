"""What Twilio's REST API does for a call, through the `twilio` package."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException

from callagent.errors import CarrierRefusedError, NotAnsweredError
from callagent.telephony.twilio.account import TwilioAccount

if TYPE_CHECKING:
    from callagent.telephony.twilio.client import TwilioClient

TIMEOUT_S: Final = 3.0
"""For one request: a caller is waiting on a finished call."""
NO_SUCH_NUMBER: Final = frozenset({13224, 21211, 21214, 21217})
"""https://www.twilio.com/docs/api/errors: the number that is to be rung is none."""
REPORTED: Final = ("initiated", "ringing", "answered", "completed")
"""Of a call that is begun here; the last comes in any case, with how it ended."""

T = TypeVar("T")


class TwilioApi:
    """One per process; used from one event loop."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._made: TwilioClient | None = None

    @property
    def _client(self) -> "TwilioClient":
        if self._made is None:
            from callagent.telephony.twilio.client import TwilioClient

            self._made = TwilioClient(self._account, TIMEOUT_S)
        return self._made

    async def warm_up(self) -> None:
        """Import the package, in a thread: no call should wait for that, nor should the start of the server."""
        await asyncio.to_thread(import_module, "callagent.telephony.twilio.client")
        await asyncio.to_thread(self._client.load)

    async def ring(self, to: str, sender: str, ring_s: float, answer_url: str, status_url: str) -> str:
        """Have a number rung from one of the account's; the CallSid. Raises NotAnsweredError and CarrierRefusedError.

        Twilio asks `answer_url` for TwiML once somebody picks up, and tells `status_url` how it goes.
        """
        request = self._client.calls.create_async(
            to=to,
            from_=sender,
            url=answer_url,
            method="POST",
            timeout=round(ring_s),
            status_callback=status_url,
            status_callback_method="POST",
            status_callback_event=list(REPORTED),
        )
        return str((await _answered("call", request)).sid)

    async def hang_up(self, call_sid: str) -> None:
        """End a live call. Raises CarrierRefusedError when Twilio says no or does not answer in time."""
        await _answered("hang-up", self._client.calls(call_sid).update_async(status="completed"))

    async def redirect(self, call_sid: str, twiml: str) -> None:
        """Have a live call go on with other TwiML. Raises CarrierRefusedError as `hang_up`."""
        await _answered("redirect", self._client.calls(call_sid).update_async(twiml=twiml))

    async def send_text(self, to: str, sender: str, text: str) -> None:
        """Send a text message; both numbers are E.164. Raises CarrierRefusedError as `hang_up`."""
        await _answered("text message", self._client.messages.create_async(to=to, from_=sender, body=text))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.aclose()


async def _answered(what: str, request: Coroutine[Any, Any, T]) -> T:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await request
    except TimeoutError as error:
        raise CarrierRefusedError(f"Twilio did not answer a {what} in time", retryable=True) from error
    except (TwilioException, ClientError, OSError, ValueError) as error:
        # A Twilio error's text names the account, so only its class is passed on, and its number.
        code = getattr(error, "code", None)
        if code in NO_SUCH_NUMBER and what == "call":
            raise NotAnsweredError("no such number") from error
        about = f", https://www.twilio.com/docs/errors/{code}" if isinstance(code, int) else ""
        message = f"Twilio refused a {what} ({type(error).__name__}{about})"
        raise CarrierRefusedError(message, retryable=isinstance(error, ClientError | OSError)) from error
