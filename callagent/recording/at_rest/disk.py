"""Writing to a file at a place."""

import errno
import os


def write_all(descriptor: int, data: bytes | memoryview, place: int) -> None:
    """All of it. Raises OSError when the disk does not take all."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, place)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # A full disk may take a part; the next try tells why.
        rest, place = rest[written:], place + written
