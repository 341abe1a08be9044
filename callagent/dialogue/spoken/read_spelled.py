"""Codes of letters and digits as callers spell them: "em see bee, c thirty two"."""

import re
from collections.abc import Iterator
from typing import Final

from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import folded, number_word
from callagent.dialogue.spoken.read_digits import REPEATS, Run
from callagent.dialogue.spoken.say_digits import HINDI_LETTERS
from callagent.dialogue.spoken.tokens import Reading, Utterance, Words, utterance

_ENGLISH_SOUNDS: Final = {
    "a": "ay",
    "b": "bee be",
    "c": "cee see sea",
    "d": "dee",
    "f": "ef eff",
    "g": "gee jee",
    "h": "aitch",
    "i": "eye",
    "j": "jay",
    "k": "kay",
    "l": "el",
    "m": "em",
    "n": "en",
    "p": "pee",
    "q": "cue queue",
    "r": "ar",
    "s": "ess",
    "t": "tee tea",
    "u": "you",
    "v": "vee",
    "x": "ex",
    "y": "why",
    "z": "zed zee",
}
_HINDI_SOUNDS: Final = {"q": "क्यु", "u": "यु", "w": "डबल्यू डब्लू डब्ल्यु", "y": "वाय", "z": "ज़ैड"}
LETTER_SOUNDS: Final = {
    **{folded(sound): letter.lower() for letter, sound in HINDI_LETTERS.items()},
    **{folded(sound): letter for letter, sounds in _HINDI_SOUNDS.items() for sound in sounds.split()},
    **{sound: letter for letter, sounds in _ENGLISH_SOUNDS.items() for sound in sounds.split()},
}


def read_spelled(words: Words, language: Language) -> Reading[str] | None:
    """A code of letters and digits, in capitals without anything between; the longest there is."""
    del language
    said = utterance(words)
    best: Run | None = None
    for run in _codes(said):
        if len(run.text) > 1 and (best is None or len(run.text) >= len(best.text)):
            best = run
    return None if best is None else said.reading(best.text.upper(), best.begin, best.end, ambiguous=best.ambiguous)


def _codes(said: Utterance) -> Iterator[Run]:
    run = Run()
    at = 0
    while at < len(said.tokens):
        text, step = said.text(at), 1
        letters: str | None
        if (text, said.text(at + 1)) in (("double", "u"), ("double", "you")):
            letters, step = "w", 2
        elif text in REPEATS:
            run.times, run.times_at, letters = REPEATS[text], at, ""
        else:
            letters = _letters(text)
        if letters is None:
            if text not in ("dash", "hyphen", "-", "/"):
                if run.text:
                    yield run
                run = Run()
        elif letters:
            word = number_word(text)
            if run.after_tens and word is not None and word.kind == "english" and 1 <= word.value <= 9:
                run.text = run.text[:-1]
            run.put(letters * run.times if len(letters) == 1 else letters, at, at + step)
            run.ambiguous |= text in ("o", "oh", "ओ") or (len(text) > 1 and text.isascii() and text in LETTER_SOUNDS)
            run.after_tens = word is not None and word.kind == "tens"
            run.times = 1
        at += step
    if run.text:
        yield run


def _letters(text: str) -> str | None:
    if re.fullmatch(r"[a-z]", text) or text.isdecimal():
        return text
    if text == "oh":
        return "0"
    word = number_word(text)
    if word is not None:
        return str(int(word.value)) if word.kind in ("tens", "english", "hindi") else None
    sound = LETTER_SOUNDS.get(folded(text)) or LETTER_SOUNDS.get(text)
    if sound is not None:
        return sound
    return text if re.fullmatch(r"[b-df-hj-np-tv-xz]{2,5}", text) else None
