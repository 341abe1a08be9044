"""Reading an encrypted file, a chunk at a time."""

import io
import os
from typing import TYPE_CHECKING

from callagent.errors import TamperedError
from callagent.recording.at_rest.cipher import Cipher
from callagent.recording.at_rest.survey import read_chunk, survey

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SealedReader(io.RawIOBase):
    """The content of an encrypted file, from any place; of one that is still written, what was there at the opening.

    Raises TamperedError where it is not what was written.
    """

    def __init__(self, descriptor: int, cipher: Cipher, file: str) -> None:
        """Takes over the descriptor."""
        super().__init__()
        self._descriptor = -1
        self._found = survey(descriptor, cipher, file)
        self._descriptor = descriptor
        self._cipher = cipher
        self._file = file
        self._place = 0
        self._newest = (-1, b"")
        """The chunk that was read last."""

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self._found.size

    @property
    def finished(self) -> bool:
        """Whether the file was closed."""
        return self._found.state.finished

    def content(self, index: int) -> bytes:
        """Of a chunk."""
        known, content = self._newest
        if known != index:
            try:
                content = self._read(index)
            except TamperedError:
                if self._found.state.finished:
                    raise
                # Whoever writes it may have moved it meanwhile.
                now = survey(self._descriptor, self._cipher, self._file)
                self._found.elsewhere = now.elsewhere
                content = self._read(index)
            self._newest = (index, content)
        return content

    def _read(self, index: int) -> bytes:
        content = read_chunk(self._descriptor, self._cipher, index, self._found, self._file).content
        return content[: self.size - index * self._cipher.chunk]

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """What there is from here on, as far as it fits."""
        into = memoryview(buffer).cast("B")
        done = 0
        while done < len(into) and self._place < self.size:
            index, begin = divmod(self._place, self._cipher.chunk)
            part = self.content(index)[begin : begin + len(into) - done]
            into[done : done + len(part)] = part
            done += len(part)
            self._place += len(part)
        return done

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """The place from the beginning that reading goes on at."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError(f"{self._file}: no place before its beginning")
        self._place = base + offset
        return self._place

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Close the file as well."""
        if not self.closed and self._descriptor >= 0:
            os.close(self._descriptor)
        super().close()
