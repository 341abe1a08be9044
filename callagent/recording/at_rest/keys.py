"""The keys of encrypted recordings."""

from collections.abc import Mapping

from callagent.errors import KeyNeededError


class KeyRing:
    """Keys of 32 bytes by their ids: the first encrypts, all decrypt. Without any, files are written plain."""

    def __init__(self, keys: Mapping[str, bytes] | None = None) -> None:
        self._keys = dict(keys or {})
        self.first = next(iter(self._keys), "")
        """The id of the key that encrypts; empty for none."""

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"  # a key itself is never shown

    def key(self, key_id: str, file: str) -> bytes:
        """The key that a file needs. Raises KeyNeededError."""
        if key_id not in self._keys:
            known = f"It has {', '.join(self._keys)}." if self._keys else "It is not set."
            raise KeyNeededError(
                file, key_id, f"is encrypted with the key '{key_id}'; put that into CALLAGENT_RECORDING_KEYS. {known}"
            )
        return self._keys[key_id]
