"""How an encrypted file is known."""

from typing import Final

MAGIC: Final = b"\x8bCALLREC"
"""Its first bytes; the first one is no letter, and begins no text in UTF-8."""
