"""A sentence that is still being written, cut where a voice may take a breath: its beginning can be spoken already."""

import re
from typing import Final

FIRST_WORDS: Final = 3
"""Of the clause that an answer may begin with: fewer sound like a stammer."""
LATER_WORDS: Final = 8
"""Of a clause further on: what is being heard meanwhile lasts longer than writing a short one."""

_WHO: Final = "i|we|you|they|he|she|it|there|then|also|main|hum|aap|ve|woh|phir|मैं|हम|आप|वे|वह|फिर"
_EDGE: Final = re.compile(
    rf"""[,;:][\"')\]”’]*\s+ | \s[–—-]\s+ | [–—]\s*(?=\w)
    | \s+(?=(?:but|because|which|who|where|when|while|although|though|unless|if
        |lekin|magar|kyunki|kyonki|taaki|jo|jab|agar|लेकिन|मगर|क्योंकि|ताकि|जो|जब|अगर)\s)
    | \s+(?=(?:and|so|or|aur|ya|और|या)\s+(?:{_WHO})\s)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Behind a comma, colon or dash, and before a word that begins a clause; it must be there to its end."""
_SIGN: Final = re.compile(
    r"""[,;:–—-]|\b(?:but|because|which|who|where|when|while|although|though|unless|if|and|so|or
    |lekin|magar|kyunki|kyonki|taaki|jo|jab|agar|aur|ya|लेकिन|मगर|क्योंकि|ताकि|जो|जब|अगर|और|या)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNTED: Final = re.compile(r"[^\W_]")
_NO_EDGE: Final = re.compile(r"\d\W*$|\b(?:rs|no|mr|mrs|dr)\W*$|[₹$]\W*$", re.IGNORECASE)
"""What belongs to what follows it: figures, and the signs before them."""


def may_end_clause(text: str) -> bool:
    """Whether there is a sign in it that clauses end with, or a word that begins one."""
    return _SIGN.search(text) is not None


def clause_end(text: str, least_words: int) -> int:
    """Where the first clause of `text`, the beginning of a sentence, ends with the space behind it; 0 for none yet.

    A clause has `least_words` or more, and does not end in a figure.
    """
    for edge in _EDGE.finditer(text):
        clause = text[: edge.start() + 1].strip()
        words = sum(1 for word in clause.split() if _COUNTED.search(word))
        if words >= least_words and not _NO_EDGE.search(clause):
            return edge.end()
    return 0
