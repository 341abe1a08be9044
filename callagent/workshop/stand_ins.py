"""What stands in a test in place of a caller's private answers: of the same shape, and nobody's."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from callagent.dialogue.spoken import read_digits

HIDDEN: Final = "⟦"
"""What a recording writes in place of something private begins with it."""
SHORTEST: Final = 3
"""Characters of a private answer that is looked for in other texts."""
_WORDS: Final = ("lotus", "river", "mango", "peacock", "banyan", "monsoon", "saffron", "lantern")


class StandIns:
    """Those of one call: the same answer gets the same one again, however it was given."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of_keys(self, keys: str) -> str:
        """Other digits, as many; what is no digit stays where it is."""
        digits = "".join(key for key in keys if key.isdigit())
        others = iter(self._digits(digits)) if digits else iter("")
        return "".join(next(others) if key.isdigit() else key for key in keys)

    def of_words(self, text: str) -> str:
        """A number of as many digits for a number that was said in any way; else as many other words."""
        if HIDDEN in text or not text.strip():
            return text
        reading = read_digits(text.split(), "en", fewest=3) or read_digits(text.split(), "hi", fewest=3)
        if reading is not None:
            return self._digits(reading.value)
        if text not in self._known:
            begin = len(self._known)
            self._known[text] = " ".join(_WORDS[(begin + at) % len(_WORDS)] for at in range(len(text.split())))
        return self._known[text]

    def note(self, secrets: Iterable[str]) -> None:
        """Private answers, as the dialogue keeps them: from now on `hide` knows them."""
        for secret in secrets:
            if HIDDEN not in secret and secret.strip():
                self.of_words(secret)

    def hide(self, text: str) -> str:
        """A text without any private answer that is known by now; one of a letter or two is in too many words."""
        for secret in sorted(self._known, key=len, reverse=True):
            if len(secret) >= SHORTEST and secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", self._known[secret], text)
        return text

    def _digits(self, digits: str) -> str:
        if digits not in self._known:
            # Which number it is must not be told from the other: only the order in which they came counts.
            drawn = sha256(f"{len(self._known)} {len(digits)}".encode()).digest()
            others = "".join(str(drawn[at % len(drawn)] % 10) for at in range(len(digits)))
            # A telephone number of India begins with 6 to 9, no number of another kind with 0.
            self._known[digits] = ("9" if digits[0] in "6789" else "4") + others[1:]
        return self._known[digits]
