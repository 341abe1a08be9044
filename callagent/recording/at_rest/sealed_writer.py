"""Writing an encrypted file so that a kill at any moment costs no more than the append that it fell into."""

import os
from dataclasses import replace

from callagent.recording.at_rest.cipher import AROUND, Cipher, State
from callagent.recording.at_rest.disk import write_all
from callagent.recording.at_rest.survey import Survey, read_chunk, survey


class SealedWriter:
    """Appends to an encrypted file, and overwrites in it. For one thread; see `survey` for what lies where.

    The one whole copy of a chunk is never overwritten: there is another one by then.
    """

    def __init__(self, descriptor: int, cipher: Cipher, file: str, *, new: bool = False) -> None:
        """Takes over the descriptor. Raises OSError, and TamperedError for what is there already."""
        self._descriptor = descriptor
        self._cipher = cipher
        self._file = file
        self._overwritten = (-1, b"")
        """The chunk that was overwritten last: a WAV's header is again and again."""
        if new:
            states = [State(finished=False, size=0, generation=generation) for generation in (0, 1)]
            found = Survey(0, states[1])
            write_all(descriptor, cipher.header + b"".join(cipher.seal_state(state)[0] for state in states), 0)
        else:
            found = survey(descriptor, cipher, file)
        self._state = found.state
        self._generation = found.generation
        self._last, rest = divmod(found.size, cipher.chunk)
        """The chunk that grows."""
        self._slot = found.elsewhere.get(self._last, self._last) if rest else -1
        """Where its newest copy is; -1 while there is none."""
        self._growing = bytearray(self._read(self._last, found)[:rest] if rest else b"")
        for index in [index for index in found.elsewhere if index != self._last]:
            # A killed process left it in the middle of being overwritten.
            self._write(self._sealed(index, self._read(index, found)), index)

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self._last * self._cipher.chunk + len(self._growing)

    def append(self, data: bytes) -> None:
        """Add to the end. Raises OSError; `size` tells then how much of it was added."""
        if self._state.finished and data:
            self._write_state(finished=False)
        rest = memoryview(data)
        while rest:
            part = rest[: self._cipher.chunk - len(self._growing)]
            self._grow(self._growing + part)
            rest = rest[len(part) :]

    def write_at(self, offset: int, data: bytes) -> None:
        """Overwrite what is there, so that nothing of it is left in the file. Raises OSError, and ValueError beyond."""
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"bytes {offset} to {offset + len(data)} are not all among the file's {self.size}")
        rest = memoryview(data)
        while rest:
            index, begin = divmod(offset, self._cipher.chunk)
            part = rest[: self._cipher.chunk - begin]
            self._overwrite(index, begin, part)
            rest, offset = rest[len(part) :], offset + len(part)

    def close(self) -> None:
        """Finish the file: nothing can be cut off it unnoticed. Raises OSError; it is closed, not finished, then."""
        try:
            if self._growing and self._slot != self._last:
                self._write(self._sealed(self._last, self._growing), self._last)
            if not self._state.finished:
                self._write_state(finished=True)
            end = AROUND + len(self._growing) if self._growing else 0
            os.ftruncate(self._descriptor, self._cipher.place(self._last) + end)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as a killed process would have left it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _grow(self, content: bytearray) -> None:
        """Have the last chunk hold more."""
        is_full = len(content) == self._cipher.chunk
        sealed = self._sealed(self._last, content)
        if not is_full:
            self._slot = self._write(sealed, self._free)
            self._growing = content
            return
        if self._slot == self._last:
            self._slot = self._write(sealed, self._free)
        self._write(sealed, self._last)
        self._last, self._slot = self._last + 1, -1
        self._growing = bytearray()

    def _overwrite(self, index: int, begin: int, data: memoryview) -> None:
        last = index == self._last
        content = bytearray(self._growing if last else self._read(index))
        content[begin : begin + len(data)] = data
        sealed = self._sealed(index, content)
        other = self._slot if last else index
        self._overwritten = (-1, b"")
        free = self._write(sealed, self._free)
        if last:
            self._slot, self._growing = free, content
            self._write(sealed, other)
            return
        try:
            self._write(sealed, other)
        except OSError:
            self.abandon()  # the only whole copy is where the next append would go
            raise
        self._overwritten = (index, bytes(content))

    def _read(self, index: int, found: Survey | None = None) -> bytes:
        known, content = self._overwritten
        if known == index:
            return content
        found = found or Survey(self.size, self._state)  # all is at home by then
        chunk = read_chunk(self._descriptor, self._cipher, index, found, self._file)
        self._generation = max(self._generation, chunk.generation)
        return chunk.content

    @property
    def _free(self) -> int:
        """The slot of those two for the last chunk that may be overwritten."""
        return self._last + 1 if self._slot == self._last else self._last

    def _sealed(self, index: int, content: bytes | bytearray) -> bytes:
        self._generation += 1
        return self._cipher.seal(index, self._generation, content)

    def _write(self, sealed: bytes, slot: int) -> int:
        write_all(self._descriptor, sealed, self._cipher.place(slot))
        return slot

    def _write_state(self, *, finished: bool) -> None:
        state = replace(self._state, finished=finished, size=self.size, generation=self._state.generation + 1)
        sealed, place = self._cipher.seal_state(state)
        write_all(self._descriptor, sealed, place)
        self._state = state
