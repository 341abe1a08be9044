"""Calls that are being handed over: TwiML that rings one person after the other, and whispers to who picks up.

https://www.twilio.com/docs/voice/twiml/dial. Twilio asks the `action` address when a person has not picked up, or the
conversation is over; and the `<Number>`'s address when one has, before the caller joins.
"""

from collections.abc import Sequence
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from callagent.clock import Clock
from callagent.errors import CarrierRefusedError
from callagent.telephony.handed_over import HandedOver
from callagent.telephony.leg import Whisper
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi

ANSWERED: Final = frozenset({"completed", "answered"})
"""What Twilio says of a person who picked up."""
VOICES: Final = {"en": "en-IN", "hi": "hi-IN", "hinglish": "hi-IN"}


class Transfers:
    """All transfers of a process; `worker` is its number among several, so that Twilio comes back to this one."""

    def __init__(self, account: TwilioAccount, api: TwilioApi, clock: Clock, worker: int = 0) -> None:
        here = f"/{worker}" if worker else ""
        self._transfer_url = f"{account.public_url.rstrip('/')}/twilio/transfer{here}"
        self._whisper_url = f"{account.public_url.rstrip('/')}/twilio/whisper{here}"
        self._api = api
        self._clock = clock
        self._calls = HandedOver()

    async def begin(self, call_sid: str, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Take the call from its stream and ring the first number. Raises CarrierRefusedError."""
        self._calls.begin(call_sid, numbers, whisper, self._clock.now_s())
        twiml = self._ring(call_sid)
        if twiml is None:
            raise CarrierRefusedError("Nobody was named who could be rung.")
        try:
            await self._api.redirect(call_sid, twiml)
        except BaseException:
            self.forget(call_sid)
            raise

    def go_on(self, call_sid: str, dial_status: str, *, bridged: bool = True) -> str | None:
        """TwiML for what comes after a ring: the next person, or the end; None when nobody is left to be rung.

        A person who hangs up during the whisper has picked up, and was not `bridged` with the caller.
        """
        if dial_status in ANSWERED and bridged:
            self.forget(call_sid)
            response = VoiceResponse()
            response.hangup()
            return str(response)
        return self._ring(call_sid)

    def whisper(self, call_sid: str) -> str:
        """TwiML that the person hears before the caller joins."""
        response = VoiceResponse()
        whisper = self._calls.whisper(call_sid, self._clock.now_s())
        if whisper.text:
            response.say(whisper.text, language=VOICES.get(whisper.language, "en-IN"))
        return str(response)

    def forget(self, call_sid: str) -> None:
        """The call is over, or back."""
        self._calls.forget(call_sid)

    def _ring(self, call_sid: str) -> str | None:
        """TwiML that rings the next number; Twilio lets the caller hear it ring. None when nobody is left."""
        now_s = self._clock.now_s()
        whisper = self._calls.whisper(call_sid, now_s)
        rung = self._calls.next_number(call_sid, now_s)
        if rung is None:
            self.forget(call_sid)
            return None
        number, ring_s = rung
        response = VoiceResponse()
        # Without `answerOnBridge` the caller would hear nothing while the person hears the whisper.
        dial = response.dial(action=self._transfer_url, method="POST", timeout=round(ring_s), answer_on_bridge=True)
        first = {"url": self._whisper_url, "method": "POST"} if whisper.text else {}
        dial.number(number, **first)
        return str(response)
