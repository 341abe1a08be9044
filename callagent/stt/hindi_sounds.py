"""Hindi words in the phonemes of an English acoustic model (ARPABET), out of the IPA that espeak-ng makes of them.

English has no aspiration that tells words apart, no retroflex and no nasal vowel, so a Hindi sound is heard as one of
several English neighbours. `hindi_ways` tells the two accents in which most of a word is heard: with each letter taken
for its English namesake, and with what an English ear makes of it. Unaspirated stops are short, so that a dental "t" is
near to the "th" of "the"; "v" is as often a "w"; a short "a" is darker than in English; a nasal vowel has an "n" behind
it, or has not.
"""

# ruff: noqa: RUF001 - phonetic letters look like others, and are meant

import re
from collections.abc import Iterator, Mapping
from typing import Final

_NAMESAKES: Final[Mapping[str, str]] = {
    "kʰ": "K", "ɡʰ": "G", "cʰ": "CH", "ɟʰ": "JH", "ʈʰ": "T", "ɖʰ": "D", "tʰ": "T", "dʰ": "D", "pʰ": "F", "bʰ": "B",
    "tʃh": "CH", "tʃ": "CH", "dʒ": "JH", "k": "K", "ɡ": "G", "c": "CH", "ɟ": "JH", "ʈ": "T", "ɖ": "D", "t": "T",
    "d": "D", "p": "P", "b": "B", "q": "K", "x": "K", "ɣ": "G", "f": "F", "v": "V", "ʋ": "V", "w": "W", "z": "Z",
    "ʒ": "ZH", "ŋ": "NG", "ɲ": "N", "ɳ": "N", "n": "N", "m": "M", "j": "Y", "l": "L", "ɭ": "L", "ɾ": "R", "r": "R",
    "ɽ": "R", "s": "S", "ʃ": "SH", "ʂ": "SH", "h": "HH", "ɦ": "HH", "əl": "AH L",
    "əɾ": "ER",
    "aː": "AA", "a": "AA", "ɐ": "AH", "ə": "AH", "ʌ": "AH", "ɪ": "IH", "i": "IY", "iː": "IY", "ʊ": "UH", "u": "UW",
    "uː": "UW", "e": "EY", "eː": "EY", "ɛ": "EH", "ɛː": "EH", "o": "OW", "oː": "OW", "ɔ": "AO", "ɔː": "AO", "æ": "AE",
    "ɔɪ": "OY", "ɒ": "AA",
}  # fmt: skip
_HEARD: Final[Mapping[str, str]] = {
    "t": "DH", "d": "DH", "ʋ": "W", "v": "W", "ə": "UH", "ʌ": "AH", "cʰ": "SH", "pʰ": "P", "p": "B", "ɛː": "AE",
    "ʊ": "UW", "oː": "AO", "bʰ": "W", "ɟ": "Y", "z": "JH", "əɾ": "AH",
}  # fmt: skip
"""Where the second accent is another."""
_NASAL: Final = "\u0303"
_NASALS: Final = ("m", "n", "ŋ", "ɲ", "ɳ")
_STRESS: Final = re.compile(r"\([a-z-]+\)|[ˈˌ\u0361\u200d ]")
_LONGEST: Final = max(map(len, _NAMESAKES))


def hindi_ways(ipa: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which a word may be heard, likeliest first; empty when there is no sound in it."""
    sounds = tuple(_sounds(_STRESS.sub("", ipa).replace("ã", "a" + _NASAL)))
    ways = [
        tuple(phone for sound in part for phone in _phones(sound, accent, nasal=nasal))
        for nasal in (True, False)
        for part, accent in ((sounds, _NAMESAKES), (_without_last_r(sounds), {**_NAMESAKES, **_HEARD}))
    ]
    return tuple(dict.fromkeys(way for way in ways if way))


def _without_last_r(sounds: tuple[str, ...]) -> tuple[str, ...]:
    """A tap at the end of a word is too short for an English ear."""
    return sounds[:-1] if sounds[-1:] == ("ɾ",) and len(sounds) > 2 else sounds


def _phones(sound: str, accent: Mapping[str, str], *, nasal: bool) -> Iterator[str]:
    yield from accent[sound.removesuffix(_NASAL)].split()
    if sound.endswith(_NASAL) and nasal:
        yield "N"


def _sounds(ipa: str) -> Iterator[str]:
    """Longest match first, a nasal vowel with its sign; a letter that stands for no sound is passed over."""
    place = 0
    while place < len(ipa):
        size = next((size for size in range(_LONGEST, 0, -1) if ipa[place : place + size] in _NAMESAKES), 0)
        if size:
            nasal = ipa[place + size : place + size + 1] == _NASAL
            # A nasal consonant behind it is the nasal that is heard.
            heard = nasal and ipa[place + size + 1 : place + size + 2] not in _NASALS
            yield ipa[place : place + size + heard]
            size += nasal
        place += size or 1
