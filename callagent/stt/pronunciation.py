"""How words sound, in the phonemes of the acoustic model (ARPABET, as in the CMU dictionary).

A word's pronunciations come from the dictionary that ships with pocketsphinx. A word that it lacks (a brand) is read by
espeak-ng, by the rules of English, and in Latin letters also as Hindi written that way is meant ("nahi" is not
"na-high"). A Hindi word in either script is read by espeak-ng's Hindi, and `hindi_sounds` says what an English ear
makes of it.
"""

# ruff: noqa: RUF001 - phonetic letters look like others, and are meant

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from callagent.content.hinglish_words import EITHER, HINDI
from callagent.stt.grammar import HINDI_MARK
from callagent.stt.hindi_sounds import hindi_ways

_IPA = {
    "tʃh": "CH", "tʃ": "CH", "dʒ": "JH", "cʰ": "CH", "ɟʰ": "JH", "kʰ": "K", "ɡʰ": "G", "tʰ": "T", "dʰ": "D", "ʈʰ": "T",
    "ɖʰ": "D", "pʰ": "F", "bʰ": "B", "aɪə": "AY ER", "aʊə": "AW ER", "aɪɚ": "AY ER", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY",
    "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "ɔːɹ": "AO R", "oːɹ": "AO R", "ɑːɹ": "AA R", "ɛɹ": "EH R", "ɛə": "EH R",
    "ɪɹ": "IH R", "iə": "IY AH", "ɪə": "IH R", "ʊɹ": "UH R", "ʊə": "UH R", "ɜː": "ER", "ɚ": "ER", "əl": "AH L",
    "iː": "IY", "uː": "UW", "ɑː": "AA", "aː": "AA", "ɔː": "AO", "oː": "OW", "eː": "EY", "ɛː": "EH", "ɒ": "AA",
    "ɐ": "AH", "æ": "AE", "a": "AE", "ɑ": "AA", "ʌ": "AH", "ə": "AH", "ᵻ": "IH", "ɪ": "IH", "i": "IY", "ʊ": "UH",
    "u": "UW", "e": "EY", "ɛ": "EH", "o": "OW", "ɔ": "AO", "b": "B", "c": "CH", "ɟ": "JH",
    "d": "D", "ɖ": "D", "ð": "DH", "f": "F",
    "ɡ": "G", "ɣ": "G", "h": "HH", "ɦ": "HH", "j": "Y", "k": "K", "q": "K", "x": "K", "l": "L", "ɭ": "L", "ɬ": "L",
    "m": "M", "n": "N", "ɳ": "N", "ɲ": "N", "ŋ": "NG", "p": "P", "r": "R", "ɹ": "R", "ɾ": "D", "ɽ": "R", "s": "S",
    "ʃ": "SH", "ʂ": "SH", "t": "T", "ʈ": "T", "θ": "TH", "v": "V", "ʋ": "V", "w": "W", "z": "Z", "ʒ": "ZH",
}  # fmt: skip
"""espeak-ng's IPA to ARPABET; what is not here (stress, ties, joiners) has no phoneme of its own."""

_ROMAN_HINDI = {
    "chh": "CH", "ch": "CH", "sh": "SH", "kh": "K", "gh": "G", "th": "T", "dh": "D", "ph": "F", "bh": "B", "jh": "JH",
    "aai": "AA IY", "aiy": "AY Y", "aa": "AA", "ai": "EH", "au": "AO", "ee": "IY", "ii": "IY", "oo": "UW", "uu": "UW",
    "ei": "EY", "ou": "OW", "a": "AH", "b": "B", "c": "K", "d": "D", "e": "EY", "f": "F", "g": "G", "h": "HH",
    "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "OW", "p": "P", "q": "K", "r": "R", "s": "S",
    "t": "T", "u": "UH", "v": "V", "w": "V", "x": "K S", "y": "Y", "z": "Z",
}  # fmt: skip
_ROMAN_ENDINGS = {"AH": "AA", "IH": "IY", "UH": "UW"}
"""A short vowel letter at the end of a Hindi word stands for the long sound."""

_ON_THE_PHONE = {
    "five": ("F", "AY", "IH", "V"),
    "nine": ("N", "AY", "IH", "N"),
    "goodbye": ("UH", "G", "B", "AY"),
}
"""As the line leaves them. Without its faint consonants' help, a five drawn out digit by digit is heard as a nine, and
of a soft "goodbye" the first consonant is lost and the "d" runs into the "b"."""

_HAAN = (("HH", "AO", "N"), ("HH", "AY"))
_HINDI_ON_THE_PHONE = {"हाँ": _HAAN, "हां": _HAAN}
"""Without these a hasty "haan ji" is heard as "nahi", the worst of all mistakes."""

_NASAL = "\u0303"
_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_IPA_MODE = 0x02
_VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))


class Pronouncer:
    """Looks words up in a dictionary file, and guesses the rest."""

    def __init__(self, dictionary: Path) -> None:
        # Kept as one piece of bytes and where its lines begin, in order: 4 MB instead of the 40 MB that a dict of it
        # would take, in every worker.
        lines = dictionary.read_bytes().replace(b"\r\n", b"\n").split(b"\n")
        lines.sort()
        self._dictionary = b"\n".join(lines) + b"\n"
        lengths = np.fromiter((len(line) + 1 for line in lines), np.int64, len(lines))
        self._begins = (np.cumsum(lengths) - lengths).astype(np.int32)

    def pronounce(self, word: str, *, hindi: bool = False) -> tuple[tuple[str, ...], ...]:
        """All ways to say a lower-case word, likeliest first; empty when it cannot be said.

        With `hindi`, as one who talks Hindi or Hinglish says it.
        """
        if word.endswith(HINDI_MARK):
            return _distinct(_hindi(word.removesuffix(HINDI_MARK)))
        if not word.isascii():
            return _distinct(_hindi(word))
        known = self._look_up(word)
        if word in _ON_THE_PHONE and known:
            known = (*known, _ON_THE_PHONE[word])
        if known and not hindi:
            return known
        guesses = [] if known else [_from_ipa(_espeak_ipa(word)), _roman_hindi(word)]
        return _distinct([*_hindi(word), *known, *guesses] if hindi else guesses)

    def _look_up(self, word: str) -> tuple[tuple[str, ...], ...]:
        found = []
        for number in range(1, 6):
            phones = self._line_of(word if number == 1 else f"{word}({number})")
            if phones is None:
                break
            found.append(phones)
        return tuple(found)

    def _line_of(self, entry: str) -> tuple[str, ...] | None:
        """The phonemes on the line of an entry; None when it has none."""
        wanted = entry.encode() + b" "
        place = bisect_left(self._begins, wanted, key=lambda begin: self._dictionary[begin : begin + len(wanted)])
        if place == len(self._begins) or not self._dictionary.startswith(wanted, begin := int(self._begins[place])):
            return None
        return tuple(self._dictionary[begin : self._dictionary.index(b"\n", begin)].decode().split()[1:])


def _distinct(guesses: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    # A "word" without a vowel is an abbreviation read wrongly, or noise; nobody says it.
    return tuple(dict.fromkeys(guess for guess in guesses if _VOWELS.intersection(guess)))


def _hindi(word: str) -> list[tuple[str, ...]]:
    """A Hindi word in either script; nothing for any other."""
    own_script = (HINDI.get(word) or EITHER.get(word)) if word.isascii() else word
    if not own_script:
        return []
    return [*hindi_ways(_espeak_ipa(own_script, "hi")), *_HINDI_ON_THE_PHONE.get(own_script, ())]


def _from_ipa(ipa: str) -> tuple[str, ...]:
    plain = re.sub(r"\([a-z-]+\)|[ˈˌ\u0361\u200d ]", "", ipa)
    return tuple(_parse(plain.replace(_NASAL, "n").replace("ã", "an"), _IPA))


def _roman_hindi(word: str) -> tuple[str, ...]:
    if not re.fullmatch(r"[a-z]+", word):
        return ()
    phones = list(_parse(re.sub(r"([^aeiou])\1", r"\1", word), _ROMAN_HINDI))
    return (*phones[:-1], _ROMAN_ENDINGS.get(phones[-1], phones[-1]))


def _parse(text: str, table: dict[str, str]) -> Iterator[str]:
    """Longest match first; a character that the table lacks is passed over."""
    place = 0
    while place < len(text):
        size = next((size for size in (3, 2, 1) if text[place : place + size] in table), 0)
        if size:
            yield from table[text[place : place + size]].split()
        place += size or 1


@cache
def _espeak() -> ctypes.CDLL:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DO_NOT_EXIT)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    return library


def _espeak_ipa(word: str, voice: str = "en-us") -> str:
    """What a voice, by its tag or identifier, makes of a word."""
    # The library's state is the process's: this runs in a recognition worker, which speaks to nobody.
    library = _espeak()
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        return ""
    text = ctypes.c_char_p(word.encode())
    parts: list[bytes] = []
    # A clause is read at a time, and the pointer moved behind it; null after the last.
    while text.value is not None:
        parts.append(library.espeak_TextToPhonemes(ctypes.byref(text), _UTF8, _IPA_MODE) or b"")
    return b"".join(parts).decode()
