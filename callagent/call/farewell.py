"""The agent's last words where a limit ends the call: in the caller's language, past the stages, which may be stuck."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from callagent.call.journal import Journal
from callagent.call.lifetime import Limit
from callagent.call.mouth import Mouth, Utterance
from callagent.call.services import Services
from callagent.errors import ProviderError
from callagent.events import ProviderFailed
from callagent.tts.synthesizer import Speech

LINE: Final[Mapping[Limit, str]] = {"length": "time_is_up", "silence": "nobody_there", "restarts": "out_of_order"}
"""By limit: what the line is called among those that were said. A line without media has nobody to hear one."""
DISPOSITIONS: Final[Mapping[Limit, str]] = {
    "length": "longest call",
    "silence": "nobody there",
    "restarts": "failed",
}
"""How a call ended that a limit ended; a line without media is lost, as the leg would say."""
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "time_is_up": "I am sorry, this call has reached its longest time. Please call again. Goodbye.",
        "nobody_there": "I cannot hear anybody. Please call again when it suits you. Goodbye.",
        "out_of_order": "I am sorry, something is not working here. Please call again in a few minutes. Goodbye.",
    },
    "hi": {
        "time_is_up": "माफ़ कीजिए, इस कॉल का समय पूरा हो गया है। कृपया दोबारा फ़ोन कीजिए। नमस्ते।",
        "nobody_there": "मुझे कोई आवाज़ नहीं आ रही है। कृपया बाद में फिर फ़ोन कीजिए। नमस्ते।",
        "out_of_order": "माफ़ कीजिए, यहाँ कुछ ख़राबी आ गई है। कृपया कुछ मिनट बाद फ़ोन कीजिए। नमस्ते।",
    },
    "hinglish": {
        "time_is_up": "Sorry, is call ka time poora ho gaya hai. Please dobara phone kijiye. Namaste.",
        "nobody_there": "Mujhe koi awaaz nahin aa rahi hai. Please baad mein phir phone kijiye. Namaste.",
        "out_of_order": "Sorry, yahan kuchh kharaabi aa gayi hai. Please kuchh minute baad phone kijiye. Namaste.",
    },
}
"""By language and line; another language gets English."""


def farewells(language: str) -> tuple[str, ...]:
    """All that may have to be said, in one language: worth making beforehand."""
    return tuple(WORDS.get(language, WORDS["en"]).values())


async def say_farewell(
    limit: Limit, language: str, turn: int, services: Services, journal: Journal, mouth: Mouth
) -> None:
    """Put the words for a limit into the mouth; where nobody can say them, that is an event."""
    line = LINE[limit]
    text = WORDS.get(language, WORDS["en"])[line]
    speech = Speech(text, language if language in WORDS else "en", services.voice_for(language, "calm"))
    utterance = Utterance(turn, speech.text, line)
    broken = True
    try:
        async with aclosing(services.synthesizer.fixed(speech)) as chunks:
            async for chunk in chunks:
                mouth.add(utterance, chunk.pcm, chunk.words)
        broken = False
    except ProviderError as error:
        failed = type(error).__name__
        journal.write(ProviderFailed(at_s=journal.at_s(), stage="tts", provider=error.provider, error=failed))
    finally:
        mouth.finish(utterance, broken=broken)
