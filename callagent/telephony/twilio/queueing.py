"""What callers hear while nobody can serve them well: a prompt, again and again for a while, then somebody else.

Twilio itself speaks: a server that has too much to do is asked for nothing but a line of TwiML every ten seconds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from callagent.telephony.twilio.transfers import VOICES

PAUSE_S: Final = 7
"""Silence after the prompt, before it is asked again whether somebody is free."""
ROUND_S: Final = 10.0
"""What the prompt and the pause take together."""


@dataclass(frozen=True, slots=True)
class QueueWords:
    """What is said, and in which language."""

    hold: str
    """To whoever waits."""
    sorry: str
    """To whoever has waited in vain; then the call ends."""
    language: str


class Queue:
    """One per server. `fallback` is a number or an address of TwiML for whoever has waited for `longest_s` seconds."""

    def __init__(self, words: Callable[[], QueueWords], fallback: str = "", longest_s: float = 60.0) -> None:
        self._words = words
        self._fallback = fallback
        self._rounds = math.ceil(longest_s / ROUND_S)

    def answer(self, asked: int, again_url: str) -> VoiceResponse:
        """The TwiML for a caller who was asked to hold `asked` times; `again_url` is where they ask the next time."""
        if asked >= self._rounds:
            return self.give_up()
        response, words = VoiceResponse(), self._words()
        response.say(words.hold, language=VOICES.get(words.language, "en-IN"))
        response.pause(length=PAUSE_S)
        response.redirect(f"{again_url}?asked={asked + 1}", method="POST")
        return response

    def give_up(self) -> VoiceResponse:
        """The TwiML for a caller who has waited in vain."""
        response = VoiceResponse()
        if self._fallback.startswith("http"):
            response.redirect(self._fallback, method="POST")
        elif self._fallback:
            response.dial(self._fallback)
        else:
            words = self._words()
            response.say(words.sorry, language=VOICES.get(words.language, "en-IN"))
            response.hangup()
        return response
