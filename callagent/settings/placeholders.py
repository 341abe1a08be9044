"""Whether a secret was filled in, or is what an example had in its place."""

import re
from typing import Final

PLACEHOLDERS: Final = ("changeme", "change-me", "your", "xxxx", "todo", "placeholder", "<", "example", "secret-here")
"""Beginnings of what people leave in a file that they copied."""
FILL_IN: Final = frozenset(
    {"your", "replace", "replaceme", "changeme", "placeholder", "example", "todo", "fixme"}
    | {"dummy", "fake", "insert", "paste", "redacted"}
)
"""Words of which one is enough, in what consists of words."""
OF_KEYS: Final = frozenset(
    {"a", "the", "my", "me", "here", "goes", "in", "with", "from", "enter", "put", "add", "change", "set", "fill"}
    | {"api", "apikey", "key", "secret", "token", "auth", "password", "value", "string", "real", "new", "some"}
    | {"none", "null", "nil", "unset", "undefined", "empty", "missing", "test", "testing", "na", "tbd"}
    | {"openai", "anthropic", "deepgram", "elevenlabs", "eleven", "labs", "groq", "twilio", "ac", "sk"}
)
"""Words of which a placeholder may consist."""
KEY_BEGINS: Final = re.compile(r"(sk|gsk|dg|xi|pk)[-_]((proj|ant|svcacct|admin|api\d*)[-_])*")
"""What vendors' keys have before what is secret about them."""
REFERENCE: Final = re.compile(r"\$\w+|\$?\{+[^{}]*\}+|%\w+%|.*(\.\.\.|…).*", re.DOTALL)
"""Where a variable's value should have been put in, or where something was left out."""


def is_placeholder(secret: str) -> bool:
    """Whether it was copied from an example and never filled in.

    Keys have no words: each part of one that is long enough to be secret mixes letters and digits.
    """
    text = secret.strip().lower()
    core = text.removeprefix(begins.group()) if (begins := KEY_BEGINS.match(text)) else text
    if text.startswith(PLACEHOLDERS) or len(set(core)) < 4 or REFERENCE.fullmatch(text):
        return True
    words = set(re.split(r"[\W_]+", core)) - {""}
    if not all(word.isalpha() for word in words):
        return False
    return core.startswith(PLACEHOLDERS) or bool(words & FILL_IN) or words <= OF_KEYS
