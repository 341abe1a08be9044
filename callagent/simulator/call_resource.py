"""What Twilio keeps about a call: its fields in webhooks and in the REST API."""

import asyncio
import math
from dataclasses import dataclass, field
from email.utils import format_datetime

from callagent.clock import Clock
from callagent.simulator.stream_messages import new_sid
from callagent.simulator.twilio_call import TwilioCall
from callagent.simulator.twilio_rest import Json

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose calls they are; what signs requests and opens the REST API."""

    sid: str = field(default_factory=lambda: new_sid("AC"))
    auth_token: str = field(default_factory=lambda: new_sid(""), repr=False)


@dataclass(frozen=True, slots=True)
class Destination:
    """A number at Twilio and where its webhooks point."""

    voice_url: str
    """As the customer would enter it at Twilio: the public address; it is what gets signed."""
    status_url: str = ""
    """Where the call's end is reported; empty for nowhere."""
    called: str = "+911140000000"
    """E.164."""
    at: str = ""
    """Scheme and host where the server really listens, when a proxy would stand between it and the public address."""


class CallResource:
    """What Twilio keeps about a call."""

    def __init__(
        self, destination: Destination, caller: str, account_sid: str, clock: Clock, direction: str = "inbound"
    ) -> None:
        self.sid = new_sid("CA")
        self.destination = destination
        self.caller = caller
        self.direction = direction
        """ "inbound", or "outbound-api" for one that the REST API began."""
        self.ringing: asyncio.Task[None] | None = None
        """While somebody is rung for the API."""
        self.telling: asyncio.Task[None] | None = None
        """The last report to the status address that was begun."""
        self.status = "ringing"
        self.call: TwilioCall | None = None
        self.answered_at_s: float | None = None
        self._account_sid = account_sid
        self._clock = clock
        self._began = format_datetime(clock.wall())
        self._ended = ""
        self._duration_s = 0
        self._reports = 0

    @property
    def live(self) -> bool:
        """Whether there is anything to end."""
        if self.ringing is not None and not self.ringing.done():
            return True
        return self.call is not None and self.call.end is None

    def end_by_api(self) -> None:
        """End it soon, as an update with Status=completed does."""
        if self.ringing is not None and self.call is None:
            self.ringing.cancel()
        if self.call is not None:
            self.call.end_by_api()

    def redirect_by_api(self, twiml: str) -> None:
        """Take it from its stream soon; the telephones behind a transfer are not simulated, so that ends the call."""
        if self.call is not None:
            self.call.record.redirects.append(twiml)
            self.call.end_by_api()

    def end(self, status: str) -> None:
        """It is over, with this status for the callback and the API."""
        self.status = status
        self._ended = format_datetime(self._clock.wall())
        if self.answered_at_s is not None:
            # Twilio bills whole seconds, rounded up.
            self._duration_s = math.ceil(self._clock.now_s() - self.answered_at_s)

    def form(self) -> dict[str, str]:
        """Fields of every webhook of a call; those of a caller's whereabouts are there, but empty."""
        called = self.destination.called
        nowhere = {
            side + what: ""
            for side in ("From", "To", "Caller", "Called")
            for what in ("City", "State", "Zip", "Country")
        }
        return nowhere | {
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": called,
            "Caller": self.caller,
            "Direction": self.direction,
            "From": self.caller,
            "To": called,
        }

    def progress(self) -> dict[str, str]:
        """Fields that each status callback has besides."""
        self._reports += 1
        return {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._reports - 1),
            "Timestamp": self._ended or self._began,
        }

    def outcome(self) -> dict[str, str]:
        """Fields that the last status callback has besides."""
        return self.progress() | {
            "CallDuration": str(self._duration_s),
            "Duration": str(math.ceil(self._duration_s / 60)),
        }

    def as_json(self) -> Json:
        """The Call resource as the API shows it."""
        return {
            "sid": self.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "direction": self.direction,
            "from": self.caller,
            "to": self.destination.called,
            "status": self.status,
            "start_time": self._began,
            "end_time": self._ended or None,
            "duration": str(self._duration_s) if self._ended else None,
            "uri": f"/{API_VERSION}/Accounts/{self._account_sid}/Calls/{self.sid}.json",
        }
