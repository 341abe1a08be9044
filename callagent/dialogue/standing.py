"""Lines that every shop has, whether or not staff wrote them: when something does not work, or a limit ends a call.

They hold no values, so that their audio can be made beforehand and is there when nothing else is.
"""

from collections.abc import Mapping
from typing import Final

from callagent.dialogue.wording import Line, make_line, parse_template

USE_KEYPAD: Final = "use_keypad"
"""Nobody can make out what callers say: they are to use the keypad. Said once in a call."""
KEYS_FOR_YES: Final = "keys_for_yes"
"""How to answer a question that is answered with yes or no, while nobody can hear the answer."""
OUT_OF_ORDER: Final = "out_of_order"
"""In place of what cannot be said, and before a caller is handed to a person because nothing works."""
ONE_MOMENT: Final = "one_moment"
"""While the caller waits for longer than a person is silent on the telephone."""
LOOKING_UP: Final = "looking_up"
"""While the caller waits for what is being looked up for them."""
CALL_LATER: Final = "call_later"
"""Nothing works, and there is nobody to hand the caller to: the last words."""
CALL_TOO_LONG: Final = "call_too_long"
"""The last words of a call that has reached its longest time."""
NOBODY_THERE: Final = "nobody_there"
"""The last words to a caller who was asked again and again and says nothing."""
PLEASE_HOLD: Final = "please_hold"
"""To who calls while every line is busy; spoken by the carrier."""
ALL_BUSY: Final = "all_busy"
"""The last words to who has waited for a line in vain; likewise."""

NAMES: Final = (
    USE_KEYPAD,
    KEYS_FOR_YES,
    OUT_OF_ORDER,
    ONE_MOMENT,
    LOOKING_UP,
    CALL_LATER,
    CALL_TOO_LONG,
    NOBODY_THERE,
)
"""Those that the agent itself says."""
SAID_BY_CARRIER: Final = (PLEASE_HOLD, ALL_BUSY)

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        USE_KEYPAD: "I am sorry, I cannot hear you well. Please use the keypad of your phone.",
        KEYS_FOR_YES: "Press one for yes, or two for no.",
        OUT_OF_ORDER: "I am sorry, something is not working on our side just now.",
        ONE_MOMENT: "One moment, please.",
        LOOKING_UP: "Let me look that up.",
        CALL_LATER: "Please call us again a little later. Goodbye.",
        CALL_TOO_LONG: "I am sorry, this call has reached its longest time. Please call again. Goodbye.",
        NOBODY_THERE: "I cannot hear anybody. Please call again when it suits you. Goodbye.",
        PLEASE_HOLD: "All our lines are busy. Please hold on, we will be with you soon.",
        ALL_BUSY: "I am sorry, all our lines are still busy. Please call us again a little later. Goodbye.",
    },
    "hi": {
        USE_KEYPAD: "माफ़ कीजिए, आपकी आवाज़ ठीक से सुनाई नहीं दे रही है। कृपया अपने फ़ोन के बटन दबाइए।",
        KEYS_FOR_YES: "हाँ के लिए एक दबाइए, नहीं के लिए दो।",
        OUT_OF_ORDER: "माफ़ कीजिए, हमारी तरफ़ अभी कुछ काम नहीं कर रहा है।",
        ONE_MOMENT: "कृपया एक क्षण रुकिए।",
        LOOKING_UP: "एक सेकंड, देख रही हूँ।",
        CALL_LATER: "कृपया थोड़ी देर बाद फिर फ़ोन कीजिए। नमस्ते।",
        CALL_TOO_LONG: "माफ़ कीजिए, इस कॉल का समय पूरा हो गया है। कृपया दोबारा फ़ोन कीजिए। नमस्ते।",
        NOBODY_THERE: "मुझे कोई आवाज़ नहीं आ रही है। कृपया बाद में फिर फ़ोन कीजिए। नमस्ते।",
        PLEASE_HOLD: "अभी हमारी सभी लाइनें व्यस्त हैं। कृपया लाइन पर बने रहिए।",
        ALL_BUSY: "माफ़ कीजिए, हमारी सभी लाइनें अब भी व्यस्त हैं। कृपया थोड़ी देर बाद फिर फ़ोन कीजिए। नमस्ते।",
    },
    "hinglish": {
        USE_KEYPAD: "Sorry, aapki aawaaz theek se sunai nahin de rahi hai. Please apne phone ke button dabaiye.",
        KEYS_FOR_YES: "Haan ke liye ek dabaiye, nahin ke liye do.",
        OUT_OF_ORDER: "Sorry, hamari taraf abhi kuch kaam nahin kar raha hai.",
        ONE_MOMENT: "Ek minute, please.",
        LOOKING_UP: "Ek second, dekh rahi hoon.",
        CALL_LATER: "Please thodi der baad phir phone kijiye. Namaste.",
        CALL_TOO_LONG: "Sorry, is call ka time poora ho gaya hai. Please dobara phone kijiye. Namaste.",
        NOBODY_THERE: "Mujhe koi awaaz nahin aa rahi hai. Please baad mein phir phone kijiye. Namaste.",
        PLEASE_HOLD: "Abhi hamari sabhi lines busy hain. Please line par bane rahiye.",
        ALL_BUSY: "Sorry, hamari sabhi lines ab bhi busy hain. Please thodi der baad phir phone kijiye. Namaste.",
    },
}


def standing_lines(language: str) -> dict[str, Line]:
    """The lines in a language, in English where there is no translation."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    return {name: make_line(name, {"text": parse_template(text, _no_mistake)}) for name, text in texts.items()}


def _no_mistake(what: str, remedy: str) -> None:
    raise ValueError(f"{what} {remedy}")
