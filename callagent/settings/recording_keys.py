"""The keys of encrypted recordings as operators write them down."""

import base64
import binascii
import re
from typing import Final

KEY_BYTES: Final = 32
"""AES-256."""
KEY_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,16}")
FORM: Final = "write them as in k2:BASE64,k1:BASE64, where `openssl rand -base64 32` makes a key"


def read_keys(text: str) -> dict[str, bytes]:
    """Keys by their ids, in order, from "k2:BASE64,k1:BASE64"; none from an empty text.

    Raises ValueError for what is wrong with them; its text shows no part of a key.
    """
    keys: dict[str, bytes] = {}
    entries = [entry.strip() for entry in text.split(",")] if text.strip() else []
    for number, entry in enumerate(entries, start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not KEY_ID.fullmatch(key_id):
            raise ValueError(
                f"has no id in its key number {number}; {FORM}, and an id is 1 to 16 letters, digits, dots, hyphens "
                "and underscores"
            )
        if key_id in keys:
            raise ValueError(f"has two keys '{key_id}'; a key keeps its id for as long as files are encrypted with it")
        keys[key_id] = _key(key_id, encoded)
    if len(set(keys.values())) < len(keys):
        raise ValueError("has the same key under two ids; a new id needs a new key")
    return keys


def _key(key_id: str, encoded: str) -> bytes:
    padded = encoded.strip().rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        key = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise ValueError(f"has a key '{key_id}' that is no base64; {FORM}") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"has a key '{key_id}' of {len(key)} bytes, and it takes {KEY_BYTES}; {FORM}")
    return key
