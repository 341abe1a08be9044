"""Finding out what there is in an encrypted file, which may have been left in the middle of a write.

Chunk i has its home in slot i. The last chunk, while it grows, is written in turn at home and in the slot behind, so
one whole copy is always there; whichever of the two is free also takes a copy of a chunk that is about to be
overwritten at home. So copies are in the last two slots only.
"""

import os
from dataclasses import dataclass, field

from callagent.errors import TamperedError
from callagent.recording.at_rest.cipher import AROUND, SLOTS_BEGIN, Chunk, Cipher, State


@dataclass(slots=True)
class Survey:
    """What there is."""

    size: int
    """Bytes of content."""
    state: State
    generation: int = 0
    """The highest seen."""
    elsewhere: dict[int, int] = field(default_factory=dict)
    """By chunk: its slot, where that is not its home."""


def read_slot(descriptor: int, cipher: Cipher, slot: int) -> bytes:
    """What is there of it."""
    return os.pread(descriptor, cipher.slot, cipher.place(slot))


def read_chunk(descriptor: int, cipher: Cipher, index: int, found: Survey, file: str) -> Chunk:
    """Raises TamperedError."""
    sealed = read_slot(descriptor, cipher, found.elsewhere.get(index, index))
    chunk = cipher.open(sealed)
    if chunk is None:
        what = "is not what was written, or is of another file." if cipher.is_whole(sealed) else "is cut off."
        raise TamperedError(file, f"chunk {index}", what)
    if chunk.index != index:
        raise TamperedError(file, f"chunk {index}", f"chunk {chunk.index} is in its place: chunks were moved.")
    if len(chunk.content) < min(cipher.chunk, found.size - index * cipher.chunk):
        raise TamperedError(file, f"chunk {index}", "is older than the rest of the file.")
    return chunk


def survey(descriptor: int, cipher: Cipher, file: str) -> Survey:
    """Raises TamperedError when that cannot be how a write was left."""
    state = cipher.open_state(os.pread(descriptor, SLOTS_BEGIN, 0))
    if state is None:
        raise TamperedError(file, "header", "is not what was written.")
    slots = -(-max(0, os.fstat(descriptor).st_size - SLOTS_BEGIN) // cipher.slot)
    if state.finished:
        found = Survey(state.size, state)
        last = -(-state.size // cipher.chunk)
        _check_length(os.fstat(descriptor).st_size, slots, state.size, cipher, file)
        ends = [last] if slots > last else []
    else:
        ends = [slot for slot in (slots - 2, slots - 1) if slot >= 0]
        found = Survey(0, state)
    copies = {slot: chunk for slot in ends if (chunk := cipher.open(read_slot(descriptor, cipher, slot)))}
    if not state.finished and ends:
        _find_last(found, copies, descriptor, cipher, file)
    for slot, copy in copies.items():
        _heed(copy, slot, found, descriptor, cipher)
    return found


def _check_length(length: int, slots: int, size: int, cipher: Cipher, file: str) -> None:
    """Of the file, which was closed when it held `size` bytes."""
    chunks, rest = divmod(size, cipher.chunk)
    if length < (cipher.place(chunks) + AROUND + rest if rest else cipher.place(chunks)):
        there = max(0, length - SLOTS_BEGIN) // cipher.slot
        raise TamperedError(
            file, f"chunk {there}", f"is cut off; the file was closed with {size} bytes. Look for a copy of it."
        )
    if slots > chunks + bool(rest) + 1:
        raise TamperedError(file, f"slot {slots - 1}", "was added after the file was closed.")


def _find_last(found: Survey, copies: dict[int, Chunk], descriptor: int, cipher: Cipher, file: str) -> None:
    """The last chunk of a file that was not closed is in one of the last two slots."""
    if not copies:
        slots = -(-(os.fstat(descriptor).st_size - SLOTS_BEGIN) // cipher.slot)
        if slots == 1 and not cipher.is_whole(read_slot(descriptor, cipher, 0)):
            return  # its very first write was cut short
        raise TamperedError(file, f"chunk {slots - 1}", "is not what was written.")
    slot, last = max(copies.items(), key=lambda one: (one[1].index, one[1].generation, -one[0]))
    if slot not in (last.index, last.index + 1):
        raise TamperedError(file, f"slot {slot}", f"holds chunk {last.index}: chunks were moved.")
    found.size = last.index * cipher.chunk + len(last.content)


def _heed(copy: Chunk, slot: int, found: Survey, descriptor: int, cipher: Cipher) -> None:
    """A copy counts where its chunk is older at home, or was left in the middle of being overwritten there."""
    found.generation = max(found.generation, copy.generation)
    if slot == copy.index or copy.index * cipher.chunk >= found.size:
        return
    home = cipher.open(read_slot(descriptor, cipher, copy.index))
    if home is None or home.index != copy.index or home.generation < copy.generation:
        found.elsewhere[copy.index] = slot
