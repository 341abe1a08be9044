"""Files that are not encrypted, with the manners of those that are."""

import os

from callagent.recording.at_rest.disk import write_all


class PlainWriter:
    """Appends to a file, and overwrites in it. For one thread."""

    def __init__(self, descriptor: int) -> None:
        """Takes over the descriptor."""
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def append(self, data: bytes) -> None:
        """Add to the end. Raises OSError; none of it was added then."""
        try:
            write_all(self._descriptor, data, self._size)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def write_at(self, offset: int, data: bytes) -> None:
        """Overwrite what is there. Raises OSError, and ValueError beyond."""
        if offset < 0 or offset + len(data) > self._size:
            raise ValueError(f"bytes {offset} to {offset + len(data)} are not all among the file's {self._size}")
        write_all(self._descriptor, data, offset)

    def close(self) -> None:
        """Close it."""
        self.abandon()

    def abandon(self) -> None:
        """Likewise."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
