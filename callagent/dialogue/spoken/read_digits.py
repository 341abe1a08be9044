"""Numbers dictated digit by digit: "nine eight triple zero", "double nau", "forty five twelve", "oh seven", "45-12".

Also what is dictated so: telephone numbers and PIN codes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import AND, GIVING, listed, number_word
from callagent.dialogue.spoken.read_numbers import CORRECTING, REJECTING, WITH
from callagent.dialogue.spoken.tokens import Reading, Utterance, Words, utterance

REPEATS: Final = {
    **dict.fromkeys(("double", "dabal", "dubble", "डबल"), 2),
    **dict.fromkeys(("triple", "treble", "tripple", "ट्रिपल", "ट्रिप्पल"), 3),
}
_AGAIN: Final = frozenset({"baar", "bar", "बार", "times"})
_ZEROS: Final = frozenset({"oh", "o", "nought", "ओ"})
_SOUNDS_LIKE: Final = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
_JOINING: Final = AND | listed("then dash hyphen um uh er hmm plus phir fir uske baad + - फिर डैश प्लस उसके बाद")


@dataclass(slots=True)
class Run:
    """Digits that follow each other with nothing but joining words between."""

    text: str = ""
    begin: int = 0
    end: int = 0
    """Tokens."""
    ambiguous: bool = False
    after_tens: bool = False
    times: int = 1
    times_at: int | None = None
    """Where "double" was said, while its digit is to come."""

    def put(self, digits: str, begin: int, end: int) -> None:
        """Take in one more word's digits."""
        if not self.text:
            self.begin = begin if self.times_at is None else self.times_at
        self.text += digits
        self.end = end
        self.times_at = None


@dataclass(slots=True)
class _Dictation:
    """Digits as they come."""

    said: Utterance
    sixty: str
    """What "saath" stands for: 60, or a 7 that was heard wrong."""
    runs: list[Run] = field(default_factory=list)
    now: Run = field(default_factory=Run)

    def read(self) -> list[Run]:
        """All runs."""
        at = 0
        while at < len(self.said.tokens):
            at += self._take(at)
        self._close()
        return self.runs

    def _close(self) -> None:
        if self.now.text:
            self.runs.append(self.now)
        self.now = Run()

    def _take(self, at: int) -> int:
        """Read what stands at a token; how many tokens that was."""
        text = self.said.text(at)
        times = REPEATS.get(text) or self._counted(at)
        if times:
            self.now.times, self.now.times_at, self.now.after_tens = times, at, False
            return 1 if text in REPEATS else 2
        digits = self._digits(at)
        if digits is None:
            if text in _JOINING:
                self.now.times, self.now.times_at, self.now.after_tens = 1, None, False
            else:
                self._close()
            return 1
        word = number_word(text)
        unit = len(digits) == 1 and digits != "0" and word is not None and word.kind in ("english", "figure")
        run = self.now
        if run.after_tens and unit:
            run.text = run.text[:-1]
        run.put(digits * run.times if len(digits) == 1 else digits, at, at + 1)
        run.after_tens = word is not None and word.kind == "tens" and run.times == 1
        run.times = 1
        return 1

    def _counted(self, at: int) -> int:
        """The times in "teen baar zero"."""
        word = number_word(self.said.text(at))
        if word is None or self.said.text(at + 1) not in _AGAIN or self._digits(at + 2) is None:
            return 0
        return int(word.value) if word.kind in ("english", "hindi", "figure") and 2 <= word.value <= 5 else 0

    def _digits(self, at: int) -> str | None:
        text = self.said.text(at)
        if text in _SOUNDS_LIKE and self._is_plain(at - 1) and self._is_plain(at + 1):
            self.now.ambiguous = True
            return _SOUNDS_LIKE[text]
        asking = text in ("do", "दो") and self.said.text(at - 1) in GIVING and not self._is_plain(at + 1)
        if asking or not self._is_plain(at) or text in REPEATS:
            return None
        if text in WITH:
            self.now.ambiguous = True
            return self.sixty
        word = number_word(text)
        if word is None:
            return "0"
        return text if word.kind == "figure" else str(int(word.value))

    def _is_plain(self, at: int) -> bool:
        """Whether a token is a digit, or a word such as "double" that goes with one."""
        text = self.said.text(at)
        word = number_word(text)
        if word is None:
            return text in _ZEROS or text in REPEATS
        return word.kind in ("tens", "english", "hindi") or text.isdecimal()


def _find(said: Utterance, fits: Callable[[str], str | None]) -> Reading[str] | None:
    """The last run that fits, or all of them together."""
    if any(word is not None and word.kind == "scale" for word in (number_word(token.text) for token in said.tokens)):
        return None  # an amount
    doubtful = any(token.text in WITH for token in said.tokens)
    for sixty in ("60", "7") if doubtful else ("60",):
        runs = _Dictation(said, sixty).read()
        if not runs:
            return None
        fitting = [run for run in runs if fits(run.text) is not None]
        if fitting:
            run = fitting[-1]
            rivals = {fits(other.text) for other in fitting} - {fits(run.text)}
            corrected = any(said.text(at) in CORRECTING for at in range(fitting[0].end, run.begin))
            return _found(said, run, fits, ambiguous=bool(rivals) and not corrected)
        rejected = max((at for at, token in enumerate(said.tokens) if token.text in REJECTING), default=-1)
        runs = [run for run in runs if run.begin > rejected]
        if len(runs) < 2:
            continue
        joined = Run("".join(run.text for run in runs), runs[0].begin, runs[-1].end, any(r.ambiguous for r in runs))
        if fits(joined.text) is not None:
            return _found(said, joined, fits, ambiguous=False)
    return None


def _found(said: Utterance, run: Run, fits: Callable[[str], str | None], *, ambiguous: bool) -> Reading[str]:
    return said.reading(fits(run.text) or "", run.begin, run.end, ambiguous=ambiguous or run.ambiguous)


def read_digits(words: Words, language: Language, fewest: int = 1, most: int = 20) -> Reading[str] | None:
    """A number of a fitting length that is dictated; None when there is none, or when it is an amount ("do sau").

    Where the caller dictates two that fit, it is the last, which corrects the first.
    """
    said = utterance(words)
    if language == "en":
        said = _without_helping_do(said)
    return _find(said, lambda text: text if fewest <= len(text) <= most else None)


def _without_helping_do(said: Utterance) -> Utterance:
    kept = tuple(
        token
        for at, token in enumerate(said.tokens)
        if token.text != "do" or any(number_word(said.text(at + step)) is not None for step in (-1, 1))
    )
    return Utterance(said.words, kept)


def phone_number(text: str) -> str | None:
    """Digits as an Indian telephone number: ten for a mobile, 0 and ten for a landline; None for anything else."""
    local = re.sub(r"^(?:00)?91(?=\d{10}$)", "", text)
    local = re.sub(r"^0(?=[6-9]\d{9}$)", "", local)
    return local if re.fullmatch(r"[6-9]\d{9}|0[1-8]\d{9}", local) else None


def read_phone(words: Words, language: Language) -> Reading[str] | None:
    """A telephone number without its country: ten digits for a mobile; one with an impossible beginning is none."""
    del language  # digits of all languages are mixed in one number
    return _find(utterance(words), phone_number)


def read_pin_code(words: Words, language: Language) -> Reading[str] | None:
    """A PIN code: six digits, the first of which is not 0."""
    del language
    return _find(utterance(words), lambda text: text if re.fullmatch(r"[1-9]\d{5}", text) else None)
