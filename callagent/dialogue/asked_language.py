"""A caller who asks for a language: "hindi please", "can you speak in English", "हिंदी में बोलिए"."""

from collections.abc import Collection
from typing import Final

from callagent.dialogue.understanding import words_of

_NAMES: Final = {
    "english": "en",
    "angrezi": "en",
    "angreji": "en",
    "अंग्रेज़ी": "en",
    "अंग्रेजी": "en",
    "इंग्लिश": "en",
    "hindi": "hi",
    "हिंदी": "hi",
    "हिन्दी": "hi",
    "hinglish": "hinglish",
    "हिंग्लिश": "hinglish",
}
_CODES: Final = {word: code for name, code in _NAMES.items() for word in words_of(name)}
_INSTEAD: Final = {"hi": "hinglish", "hinglish": "hi"}
"""Where a shop does not speak the one, who asks for it is better served with the other."""
_AROUND: Final = frozenset(
    words_of(
        "can could will would you we i me us please now ok okay hello hi yes sorry sir madam no in to into speak talk "
        "say tell answer switch change continue go on it the this that language want need prefer like do lets let "
        "speaking only use know understand then "
        "kya aap tum hum main mujhe mujhko mujhse hamse humse se mein me mai bolo boliye boliyega bol bolna bolte "
        "bolie bataiye batao baat karo kariye kijiye kijie kar karna karni karein kare sakte sakti hain hai ho na ji "
        "zara ab bhai bhaiya chahiye aati aata samjhao bhasha bhaasha wali haan theek thik par pe lo dijiye "
        "क्या आप तुम हम मैं मुझे मुझको मुझसे हमसे से में मे बोलो बोलिए बोलिये बोलिएगा बोल बोलना बोलते बताइए बताओ बात करो करिए "
        "कीजिए कर करना करनी करें सकते सकती हैं है हो ना जी ज़रा जरा अब भाई भैया चाहिए आती आता समझाओ भाषा वाली हाँ हां ठीक पर "
        "ओके प्लीज़ प्लीज लो दीजिए"
    )
)
"""Words that say no more than that the language is asked for."""


def asked_language(text: str, spoken: Collection[str]) -> str:
    """The one of the `spoken` languages that the words ask for; empty when they ask for none, or for anything else."""
    words = words_of(text)
    named = {_CODES[word] for word in words if word in _CODES}
    if len(named) != 1 or any(word not in _CODES and word not in _AROUND for word in words):
        return ""
    [language] = named
    wanted = (language, _INSTEAD.get(language, ""))
    return next((one for one in wanted if one in spoken), "")
