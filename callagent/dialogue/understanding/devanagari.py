"""Devanagari in Latin letters, as people type Hindi: "कितने" is "kitne", "दुकान" is "dukan"."""

_VOWELS = {
    "अ": "a",
    "आ": "a",
    "इ": "i",
    "ई": "i",
    "उ": "u",
    "ऊ": "u",
    "ऋ": "ri",
    "ए": "e",
    "ऐ": "ai",
    "ओ": "o",
    "औ": "au",
    "ऑ": "o",
    "ऍ": "e",
    "ऎ": "e",
    "ऒ": "o",
}
_SIGNS = {
    "ा": "a",
    "ि": "i",
    "ी": "i",
    "ु": "u",
    "ू": "u",
    "ृ": "ri",
    "े": "e",
    "ै": "ai",
    "ो": "o",
    "ौ": "au",
    "ॉ": "o",
    "ॅ": "e",
    "ॆ": "e",
    "ॊ": "o",
}
_CONSONANTS = {
    "क": "k",
    "ख": "kh",
    "ग": "g",
    "घ": "gh",
    "ङ": "n",
    "च": "ch",
    "छ": "ch",
    "ज": "j",
    "झ": "jh",
    "ञ": "n",
    "ट": "t",
    "ठ": "th",
    "ड": "d",
    "ढ": "dh",
    "ण": "n",
    "त": "t",
    "थ": "th",
    "द": "d",
    "ध": "dh",
    "न": "n",
    "प": "p",
    "फ": "f",
    "ब": "b",
    "भ": "bh",
    "म": "m",
    "य": "y",
    "र": "r",
    "ल": "l",
    "व": "v",
    "ळ": "l",
    "श": "sh",
    "ष": "sh",
    "स": "s",
    "ह": "h",
}
_DOTTED = {"क": "k", "ख": "kh", "ग": "g", "ज": "z", "ड": "d", "ढ": "dh", "फ": "f"}
_NUKTA, _VIRAMA, _NASALS = "\u093c", "\u094d", "\u0901\u0902"


def is_devanagari(char: str) -> bool:
    """Whether a character is a letter or sign of Hindi's script."""
    return "\u0900" <= char <= "\u097f"


def in_latin(word: str) -> str:
    """A word in Latin letters; what is not Devanagari stays as it is."""
    return "".join(onset + vowel for onset, vowel in _without_silent(_syllables(word)))


def in_long_latin(word: str) -> str:
    """The same with "aa" where the vowel is long: "काम" is "kaam", as people type it as well."""
    return in_latin(word.replace("ा", "ाा").replace("आ", "आा"))


def _syllables(word: str) -> list[tuple[str, str]]:
    """Consonants and vowels in pairs; the vowel that is written by no sign is "A" here."""
    pairs: list[tuple[str, str]] = []
    for char in word:
        if char == _NUKTA and pairs:
            onset, vowel = pairs[-1]
            dotted = next((_DOTTED[plain] for plain in _DOTTED if _CONSONANTS[plain] == onset), onset)
            pairs[-1] = (dotted, vowel)
        elif char in _CONSONANTS:
            pairs.append((_CONSONANTS[char], "A"))
        elif char in _SIGNS and pairs:
            onset, vowel = pairs[-1]
            pairs[-1] = (onset, _SIGNS[char] if vowel in {"", "A"} else vowel + _SIGNS[char])
        elif char == _VIRAMA and pairs:
            pairs[-1] = (pairs[-1][0], "")
        elif char in _NASALS:
            pairs.append(("n", ""))
        elif char in _VOWELS:
            pairs.append(("", _VOWELS[char]))
        elif not is_devanagari(char):
            pairs.append((char, ""))
    return pairs


def _without_silent(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The unwritten vowel falls silent at a word's end, and between two syllables that keep theirs."""
    result = list(pairs)
    for at in range(len(result) - 1, -1, -1):
        onset, vowel = result[at]
        if vowel != "A":
            continue
        last = at == len(result) - 1
        between = 0 < at < len(result) - 1 and result[at - 1][1] != "" and result[at + 1][1] not in {"", "A"}
        silent = (last and at > 0) or (between and result[at + 1][0] != "")
        result[at] = (onset, "" if silent else "a")
    return result
