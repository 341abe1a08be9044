"""What a word says where personal data is dictated, in all languages: digits, a letter, "double", "at", a pause."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, Literal, TypeAlias

from callagent.dialogue.spoken.lexicon import DOUBTFUL, folded, listed, number_word
from callagent.dialogue.spoken.read_digits import REPEATS
from callagent.dialogue.spoken.read_spelled import LETTER_SOUNDS

Role: TypeAlias = Literal["", "filler", "pause", "and", "at", "dot", "sign", "plus", "again", "sorry", "no"]
"""The last two are of words of correction: "sorry" may as well be said of nothing, "no" may be an answer."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Of one word; all empty for one that says nothing here."""

    plain: str
    """The word itself, in the form in which words are compared."""
    digits: str = ""
    """Such as "9", "98"."""
    other: str = ""
    """The digits that it may stand for instead."""
    tens: bool = False
    """Whether a unit may follow: "ninety" "eight"."""
    zeros: str = ""
    """Those that "hundred" or "thousand" puts behind the digits before it."""
    scales: bool = False
    """Whether it multiplies: "thousand", "lakh"."""
    times: int = 0
    """How often the next digit or letter is meant."""
    many: str = ""
    """The digit that is counted: "sevens"."""
    sound: str = ""
    """The digit that it sounds like, when it is among digits: "to"."""
    letters: str = ""
    """Those that it is the name of, in lower case; several where Hindi runs their names together: "एसबीआई"."""
    radio: str = ""
    """The letter that it stands for among letters that are spelled as on the radio: "tango"."""
    sign: str = ""
    """What it stands for in an address: ".", "_", "-"."""
    role: Role = ""


_FILLERS: Final = listed(
    "uh um uhm er erm ah hmm hm mm ok okay then dash hyphen space gap next comma so like haan haanji han ji yes yeah "
    "right phir fir uske iske baad ke theek thik hai achha accha acha bracket minus open close "
    "wait ruko rukiye sir madam bhaiya na umm letter letters digit digits likha likho likhiye "
    "हां हाँ हम्म उम्म जी फिर उसके बाद डैश अच्छा ठीक है स्पेस कॉमा उम अं अम्म ओके रुको रुकिए सर मैडम भैया ना "
    "लिखा लिखो लिखिए"
)
_SIGNS: Final = {
    **dict.fromkeys(("underscore", "अंडरस्कोर"), "_"),
    **dict.fromkeys(("dash", "hyphen", "minus", "डैश", "हाइफन", "हाइफ़न"), "-"),
}
_SOUNDS_LIKE: Final = {"to": "2", "too": "2", "for": "4", "fore": "4", "won": "1", "ate": "8", "tree": "3", "free": "3"}
_PAUSES: Final = frozenset(
    {
        *(("hold", "on"), ("got", "it"), ("got", "that"), ("uske", "aage"), ("उसके", "आगे")),
        *(("and", "last"), ("aur", "last"), ("और", "लास्ट")),
        *product(("ends", "ending"), ("with", "in")),
        *product(listed("one ek a just एक वन"), listed("minute min second sec moment मिनट मिनिट सेकंड सेकेंड")),
    }
)
_SORRY: Final = listed("sorry oops matlab mean meant सॉरी मतलब")
_NO: Final = listed("no nope nahi nahin nai galat wrong not actually rather नहीं नही नो गलत ग़लत")
_ROLES: Final[dict[str, Role]] = {
    **dict.fromkeys((*listed("hold got ends ending i its s"), *(second for _, second in _PAUSES)), "pause"),
    **dict.fromkeys(_SORRY, "sorry"),
    **dict.fromkeys(_NO, "no"),
    **dict.fromkeys(("baar", "bar", "times", "बार"), "again"),
    **dict.fromkeys(("plus", "प्लस"), "plus"),
    **dict.fromkeys(_SIGNS, "sign"),
    **dict.fromkeys(("dot", "dott", "डॉट", "डाट", "दोट"), "dot"),
    **dict.fromkeys(("at", "एट", "ऐट", "अट", "attherate", "etherate"), "at"),
    **dict.fromkeys(("and", "aur", "n", "और", "एंड"), "and"),
    **dict.fromkeys(_FILLERS, "filler"),
}
_RADIO: Final = {
    word: word[0]
    for word in listed(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar "
        "papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
    )
}
_RUN_TOGETHER: Final = re.compile(
    f"(?:{'|'.join(sorted((name for name in LETTER_SOUNDS if not name.isascii()), key=len, reverse=True))})"
    "(?![\u0900-\u0903\u093a-\u094f])"
)
"""The name of a letter in Hindi, where no vowel of another begins: "ए", "सी" in "एसी"."""
BEHIND: Final = {"twice": 2, "thrice": 3}
"""How often the digit before or behind them is meant."""
_REPEATS: Final = REPEATS | BEHIND
_DIGITS_COUNTED: Final = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
_MANY: Final = {
    **{name: str(digit) for digit, name in enumerate(_DIGITS_COUNTED)},
    **dict.fromkeys(("zeroes", "ohs"), "0"),
}
_ZEROS: Final = listed("oh o nought naught ओ")
_WITH: Final = listed("saath sath")
_ZEROS_OF: Final = {100: "00", 1000: "000"}
_MOST_LETTERS: Final = 40
MOST_COUNTED: Final = 6
"""Of one digit: "four sevens"."""


@lru_cache(maxsize=8192)
def meaning(word: str) -> Meaning:
    """What a run of letters says."""
    if len(word) > _MOST_LETTERS:
        return Meaning(word.lower())
    text = word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).lower()
    plain = folded(text)
    if text in _REPEATS:
        return Meaning(text if text in BEHIND else plain, times=_REPEATS[text])
    if text in _MANY:
        return Meaning(plain, many=_MANY[text])
    digits, other, tens = _digits(text)
    scale = number_word(text)
    zeros = _ZEROS_OF.get(int(scale.value), "") if scale is not None and scale.kind == "scale" else ""
    return Meaning(
        plain,
        digits=digits,
        other=other,
        tens=tens,
        scales=scale is not None and scale.kind == "scale",
        zeros=zeros if text not in DOUBTFUL else "",
        sound=_SOUNDS_LIKE.get(text, ""),
        letters=_letters(text, plain),
        radio=_RADIO.get(text, ""),
        sign=_SIGNS.get(text, ""),
        role=_ROLES.get(text, ""),
    )


def is_pause(first: str, second: str) -> bool:
    """Whether two words are said where a number goes on after a moment: "one minute", "and last"."""
    return (first.lower(), second.lower()) in _PAUSES


def _letters(text: str, plain: str) -> str:
    if len(text) == 1 and text.isascii():
        return text
    if name := LETTER_SOUNDS.get(text) or LETTER_SOUNDS.get(plain, ""):
        return name
    if plain.isascii() or text in _FILLERS or _RUN_TOGETHER.sub("", plain):
        return ""
    return "".join(LETTER_SOUNDS[name] for name in _RUN_TOGETHER.findall(plain))


def _digits(text: str) -> tuple[str, str, bool]:
    """The digits, what they may be instead, and whether a unit may follow."""
    if text in _ZEROS:
        return "0", "", False
    if text in _WITH:
        return "60", "7", False  # a "saat" that was heard wrong
    word = number_word(text)
    if word is None or word.kind not in ("tens", "english", "hindi"):
        return "", "", False
    return str(int(word.value)), "", word.kind == "tens"
