"""What an encrypted file consists of, byte by byte.

A header, two places for the file's state, then slots of equal size. A slot holds a chunk: its head in plain (index,
generation, length), a nonce, the chunk encrypted with AES-256-GCM, the tag. The header and the head are authenticated
with it. Each file has a key of its own, made by HKDF-SHA256 from the operator's key and the file's random id, so
random nonces of 96 bits stay far from repeating themselves however many calls there are (NIST SP 800-38D, 8.3).
"""

import os
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from callagent.errors import KeyNeededError, TamperedError
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.magic import MAGIC

VERSION: Final = 1
CHUNK: Final = 4096 - 40
"""Bytes of content in a chunk: with what is around it, a page of memory. Larger ones cost more with each append."""
LARGEST_CHUNK: Final = 1 << 20
NONCE: Final = 12
TAG: Final = 16
_HEADER: Final = struct.Struct(">8sBBxxI16s16s16s")
"""Magic, version, length of the key's id, bytes in a chunk, the file's id, the key's id, what tells another key."""
_HEAD: Final = struct.Struct(">III")
_STATE: Final = struct.Struct(">?QI")
STATE: Final = NONCE + _STATE.size + TAG
SLOTS_BEGIN: Final = _HEADER.size + 2 * STATE
AROUND: Final = _HEAD.size + NONCE + TAG
"""Bytes of a slot besides the chunk's content."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One that was read, and is what was written."""

    index: int
    generation: int
    """Of copies of the same chunk, the one of the highest is what holds."""
    content: bytes


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the file as a whole."""

    finished: bool
    """Whether it was closed."""
    size: int
    """Bytes of content; of use once it is finished."""
    generation: int


class Cipher:
    """Of one file."""

    def __init__(self, header: bytes, key: bytes) -> None:
        self.header = header
        self._key = AESGCM(key)
        fields: tuple[bytes, int, int, int, bytes, bytes, bytes] = _HEADER.unpack(header)
        self.chunk = fields[3]
        """Bytes of content in each chunk but the last."""
        self.slot = self.chunk + AROUND
        """Bytes from one slot to the next."""

    def place(self, slot: int) -> int:
        """Where in the file a slot begins."""
        return SLOTS_BEGIN + slot * self.slot

    def seal(self, index: int, generation: int, content: bytes | bytearray) -> bytes:
        """What goes into a slot."""
        head = _HEAD.pack(index, generation, len(content))
        nonce = os.urandom(NONCE)
        return head + nonce + self._key.encrypt(nonce, content, self.header + head)

    def open(self, slot: bytes) -> Chunk | None:
        """The chunk in a slot; None when it is not what was written, or not all of it is there."""
        if len(slot) < AROUND:
            return None
        index, generation, length = _HEAD.unpack_from(slot)
        content = self._open(slot[_HEAD.size : AROUND + length], self.header + slot[: _HEAD.size])
        return None if content is None or len(content) != length else Chunk(index, generation, content)

    def is_whole(self, slot: bytes) -> bool:
        """Whether all bytes are there that a slot claims to have, right or not."""
        return len(slot) >= AROUND and len(slot) >= AROUND + _HEAD.unpack_from(slot)[2]

    def seal_state(self, state: State) -> tuple[bytes, int]:
        """What is to be written, and where in the file: the two places take turns."""
        nonce = os.urandom(NONCE)
        plain = _STATE.pack(state.finished, state.size, state.generation)
        return nonce + self._key.encrypt(nonce, plain, self.header), _HEADER.size + state.generation % 2 * STATE

    def open_state(self, beginning: bytes) -> State | None:
        """The newer of the states at the beginning of a file; None when one of them is not what was written.

        There are always two, so that none can be cut off. A kill leaves none half written: the kernel heeds it between
        pages, and they are in one.
        """
        places = (beginning[_HEADER.size :][:STATE], beginning[_HEADER.size + STATE :][:STATE])
        plain = [self._open(place, self.header) for place in places]
        states = [State(*_STATE.unpack(found)) for found in plain if found]
        return max(states, key=lambda state: state.generation) if len(states) == len(places) else None

    def _open(self, sealed: bytes, beside: bytes) -> bytes | None:
        if len(sealed) < NONCE + TAG:
            return None
        try:
            return self._key.decrypt(sealed[:NONCE], sealed[NONCE:], beside)
        except InvalidTag:
            return None


def new_cipher(keys: KeyRing, chunk: int = CHUNK) -> Cipher:
    """For a new file, with the ring's first key."""
    file_id, key_id = os.urandom(16), keys.first.encode()
    key, check = _derive(keys.key(keys.first, ""), file_id)
    return Cipher(_HEADER.pack(MAGIC, VERSION, len(key_id), chunk, file_id, key_id, check), key)


def key_id_of(beginning: bytes, file: str) -> str:
    """Which key an encrypted file needs. Raises TamperedError."""
    if len(beginning) < _HEADER.size:
        raise TamperedError(file, "header", "is cut off; there is nothing in it.")
    _, version, length, chunk, _, key_id, _ = _HEADER.unpack_from(beginning)
    if version != VERSION:
        raise TamperedError(file, "header", f"names version {version} of the format, and this callagent knows 1.")
    if not 0 < chunk <= LARGEST_CHUNK or not 0 < length <= len(key_id) or any(key_id[length:]):
        raise TamperedError(file, "header", "is not what was written.")
    return str(key_id[:length].decode("ascii", "backslashreplace"))


def cipher_of(beginning: bytes, keys: KeyRing, file: str) -> Cipher:
    """For a file that begins so. Raises KeyNeededError and TamperedError."""
    key_id = key_id_of(beginning, file)
    header = beginning[: _HEADER.size]
    *_, file_id, _, check = _HEADER.unpack(header)
    key, own_check = _derive(keys.key(key_id, file), file_id)
    if check != own_check:
        what = (
            f"was encrypted with another key of the id '{key_id}' than the one in CALLAGENT_RECORDING_KEYS, or its "
            "header was changed since; put the right key there."
        )
        raise KeyNeededError(file, key_id, what)
    return Cipher(header, key)


def _derive(key: bytes, file_id: bytes) -> tuple[bytes, bytes]:
    """The file's own key, and what tells that the operator's key is the right one."""
    both = HKDF(algorithm=SHA256(), length=48, salt=file_id, info=b"callagent recording 1").derive(key)
    return both[:32], both[32:]
