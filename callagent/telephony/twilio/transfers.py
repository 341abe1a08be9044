"""Calls that are being handed over: TwiML that rings one person after the other, and whispers to who picks up.

https://www.twilio.com/docs/voice/twiml/dial. Twilio asks the `action` address when a person has not picked up, or the
conversation is over; and the `<Number>`'s address when one has, before the caller joins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from callagent.telephony.leg import Whisper
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi

ANSWERED: Final = frozenset({"completed", "answered"})
"""What Twilio says of a person who picked up."""
VOICES: Final = {"en": "en-IN", "hi": "hi-IN", "hinglish": "hi-IN"}
MOST: Final = 1000
"""Transfers kept; beyond that the oldest go."""


@dataclass(slots=True)
class _Transfer:
    numbers: list[tuple[str, float]]
    """Those still to be rung, and for how many seconds."""
    whisper: Whisper


class Transfers:
    """All transfers of a process; `worker` is its number among several, so that Twilio comes back to this one."""

    def __init__(self, account: TwilioAccount, api: TwilioApi, worker: int = 0) -> None:
        here = f"/{worker}" if worker else ""
        self._transfer_url = f"{account.public_url.rstrip('/')}/twilio/transfer{here}"
        self._whisper_url = f"{account.public_url.rstrip('/')}/twilio/whisper{here}"
        self._api = api
        self._by_call: dict[str, _Transfer] = {}

    async def begin(self, call_sid: str, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Take the call from its stream and ring the first number. Raises CarrierRefusedError."""
        while len(self._by_call) >= MOST:
            del self._by_call[next(iter(self._by_call))]
        self._by_call[call_sid] = transfer = _Transfer(list(numbers), whisper)
        try:
            await self._api.redirect(call_sid, self._dial(transfer))
        except BaseException:
            self.forget(call_sid)
            raise

    def go_on(self, call_sid: str, dial_status: str) -> str | None:
        """TwiML for what comes after a ring: the next person, or the end; None when nobody is left to be rung."""
        transfer = self._by_call.get(call_sid)
        if dial_status in ANSWERED:
            self.forget(call_sid)
            response = VoiceResponse()
            response.hangup()
            return str(response)
        if transfer is None or not transfer.numbers:
            self.forget(call_sid)
            return None
        return self._dial(transfer)

    def whisper(self, call_sid: str) -> str:
        """TwiML that the person hears before the caller joins."""
        response = VoiceResponse()
        transfer = self._by_call.get(call_sid)
        if transfer is not None and transfer.whisper.text:
            response.say(transfer.whisper.text, language=VOICES.get(transfer.whisper.language, "en-IN"))
        return str(response)

    def forget(self, call_sid: str) -> None:
        """The call is over, or back."""
        self._by_call.pop(call_sid, None)

    def _dial(self, transfer: _Transfer) -> str:
        number, ring_s = transfer.numbers.pop(0)
        response = VoiceResponse()
        dial = response.dial(action=self._transfer_url, method="POST", timeout=round(ring_s))
        whisper = {"url": self._whisper_url, "method": "POST"} if transfer.whisper.text else {}
        dial.number(number, **whisper)
        return str(response)
