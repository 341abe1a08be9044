"""Takes personal data out of all that is kept of one call."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from callagent.recording.redaction.finders import find_personal
from callagent.recording.redaction.finds import Find
from callagent.recording.redaction.pieces import CLOSE, OPEN, cut
from callagent.recording.redaction.private import PrivateValue
from callagent.recording.redaction.promise import glance
from callagent.recording.redaction.tokens import CALLER, TOKEN, numbered, private_token, token

_BRACKETS: Final = re.compile(f"[{OPEN}{CLOSE}]")
_MOST_PASSES: Final = 8
"""One find may be what keeps another from being seen; more than two passes take a text made for it."""
_NATIONAL: Final = 10
"""Digits of a number without its country, in India and elsewhere."""


class Redactor:
    """For one call: the same value has the same token in all its texts, in whichever way it is written or said.

    `caller` is the caller's own number (E.164; empty when withheld). Tokens say no more than the kind of a value and
    which of its kind it is; nothing can be found out from them alone, and the values are forgotten with the redactor.
    """

    def __init__(self, caller: str = "") -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        self._issued: set[str] = set()
        self._private: dict[str, PrivateValue] = {}
        digits = "".join(char for char in caller if char.isdecimal())
        self._public: Container[tuple[str, str]] = ()
        self._own = frozenset({digits, digits[-_NATIONAL:], f"0{digits[-_NATIONAL:]}"} if len(digits) >= 8 else ())
        if digits:
            self._tokens["phone", f"+{digits}"] = CALLER
            self._tokens.update({("phone", own): CALLER for own in self._own})
            self._issued.add(CALLER)

    def spare(self, public: Container[tuple[str, str]]) -> None:
        """Leave these alone, by kind and value: `public_in` finds what a shop tells everybody itself."""
        self._public = public

    def secret(self, value: str) -> str:
        """Hide a private value from now on, wherever it stands; gives the token that it is hidden by."""
        private = PrivateValue(value, "")
        key = private.digits or " ".join(value.split()).casefold()
        known = self._private.get(key)
        if known is not None:
            return known.token
        private.token = private_token(len(self._private) + 1, private.digits or value)
        self._private[key] = private
        self._issued.add(private.token)
        return private.token

    def clean(self, text: str) -> str:
        """The text with tokens for personal data and private values; a second time it stays as it is.

        Of the signs ⟦ and ⟧ only those of tokens that this redactor gave are left: nobody can make up another.
        """
        if OPEN in text or CLOSE in text:
            text = self._without_forged(text)
        for _ in range(_MOST_PASSES):
            hidden = self._hide_personal(self._hide_private(text) if self._private else text)
            if hidden == text:
                break
            text = hidden
        return text

    def clean_value(self, value: Any) -> Any:
        """The same for every text in lists, tuples and dictionaries, keys included; all else stays as it is."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, Mapping):
            return {self.clean_value(key): self.clean_value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            inner = (self.clean_value(one) for one in value)
            return list(inner) if isinstance(value, list) else tuple(inner)
        return value

    def _without_forged(self, text: str) -> str:
        parts: list[str] = []
        end = 0
        for match in TOKEN.finditer(text):
            if match[0] in self._issued:
                parts += (_BRACKETS.sub("", text[end : match.start()]), match[0])
                end = match.end()
        return "".join((*parts, _BRACKETS.sub("", text[end:])))

    def _hide_private(self, text: str) -> str:
        glanced = glance(text)
        likely = [private for private in self._private.values() if private.may_be_in(glanced)]
        if not likely:
            return text
        pieces = cut(text)
        places = [(*place, private.token) for private in likely for place in private.places(pieces)]
        return _replaced(text, sorted(places, key=lambda place: (place[0], -place[1])))

    def _hide_personal(self, text: str) -> str:
        finds = [one for one in find_personal(text, self._own) if (one.kind, one.value) not in self._public]
        return _replaced(text, [(find.begin, find.end, self._token_of(find)) for find in finds]) if finds else text

    def _token_of(self, find: Find) -> str:
        key = find.kind, find.value
        if key not in self._tokens:
            wanted = token(find.kind, numbered(find) or 1)
            number = 1
            while wanted in self._issued:
                number += 1
                wanted = token(find.kind, number)
            self._tokens[key] = wanted
            self._issued.add(wanted)
        return self._tokens[key]


def public_in(texts: Iterable[str]) -> frozenset[tuple[str, str]]:
    """What of personal data stands in texts that are for everybody, such as the shop's own telephone number."""
    return frozenset((find.kind, find.value) for text in texts for find in find_personal(text))


def _replaced(text: str, places: list[tuple[int, int, str]]) -> str:
    """With tokens at places, which are in order; of those that overlap the first."""
    parts: list[str] = []
    end = 0
    for begin, after, instead in places:
        if begin >= end:
            parts += (text[end:begin], instead)
            end = after
    return "".join((*parts, text[end:]))
