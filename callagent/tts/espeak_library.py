"""The espeak-ng library through ctypes: its C functions, and nothing of what callagent makes of them.

Follows espeak-ng 1.52's `speak_lib.h`, whose structures are an ABI that has not changed since 2006. The library's state
is global to the process: one thread at a time may use it, and `EspeakLibrary` is made once.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import espeakng_loader

AUDIO_SYNCHRONOUS: Final = 2
DO_NOT_EXIT: Final = 0x8000
"""Report trouble at start instead of ending the process."""
UTF8: Final = 1
END_PAUSE: Final = 0x1000
"""Without the pause at the end, the last sound is cut short. No flag asks for SSML or phoneme brackets."""
RATE_PARAMETER: Final = 1
WORD_EVENT: Final = 1
LONGEST_S: Final = 180
"""Seconds of audio after which a speech is stopped: no sentence is as long."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_int64),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class EspeakFailure(Exception):  # noqa: N818 - an error of this file only; callers get ProviderError
    """The library said no."""


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """A voice file of the library."""

    name: str
    identifier: str
    """What it is selected by, such as "gmw/en"."""
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A text spoken."""

    pcm: bytes
    """16-bit mono at the library's own rate."""
    words: tuple[tuple[int, int], ...]
    """For each word event: character of the text, counted from 0, and sample of the audio."""


class EspeakLibrary:
    """The loaded library."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            folder = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as error:
            raise EspeakFailure(f"cannot be loaded ({error}); install espeakng-loader anew") from error
        self.rate = int(self._library.espeak_Initialize(AUDIO_SYNCHRONOUS, 0, folder.encode(), DO_NOT_EXIT))
        """Hertz."""
        if self.rate <= 0:
            # A fixed buffer of 160 bytes holds the path.
            raise EspeakFailure(f"cannot start with its data in {folder}; a path must be shorter than 160 bytes")
        self._pcm = bytearray()
        self._words: list[tuple[int, int]] = []
        # The library keeps only the address: without this reference the callback would be collected.
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def voices(self, language: str | None = None) -> tuple[EspeakVoice, ...]:
        """All voices, or with "variant" the variants that can be put after a voice and a plus."""
        wanted = None
        if language is not None:
            # A string of the library's own kind: no length, only a zero at the end.
            kept = ctypes.create_string_buffer(language.encode())
            wanted = ctypes.byref(_Voice(languages=ctypes.addressof(kept)))
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        listed = self._library.espeak_ListVoices(wanted)
        voices: list[EspeakVoice] = []
        while listed[len(voices)]:
            voice = listed[len(voices)].contents
            tags = tuple(_languages(voice.languages)) if language is None else ()
            voices.append(EspeakVoice(voice.name.decode(), voice.identifier.decode(), tags))
        return tuple(voices)

    def speak(self, text: str, voice: str, words_per_minute: int) -> Rendering:
        """Speak `text` with a voice selected by identifier, perhaps with "+" and a variant. Raises EspeakFailure."""
        # Whoever else initializes the library in this process takes the callback and the voice away: set both anew,
        # which costs a fraction of the synthesis.
        self._library.espeak_SetSynthCallback(self._callback)
        self._select(voice, words_per_minute)
        self._pcm.clear()
        self._words.clear()
        data = text.encode()
        if self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8 | END_PAUSE, None, None) != 0:
            raise EspeakFailure("could not speak the text")
        return Rendering(bytes(self._pcm), tuple(self._words))

    def _select(self, voice: str, words_per_minute: int) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EspeakFailure(f"has no voice {voice!r}")
        self._library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)

    def _take(self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        # At the end the pointer is null and the count 0.
        if count > 0:
            self._pcm += ctypes.string_at(wave, 2 * count)
        number = 0
        while events[number].type != 0:
            event = events[number]
            if event.type == WORD_EVENT:
                self._words.append((event.text_position - 1, event.sample))
            number += 1
        return int(len(self._pcm) > 2 * self.rate * LONGEST_S)


def _languages(address: int | None) -> Iterator[str]:
    """The tags of a voice: for each a byte of priority and a string, and a zero after the last."""
    while address and ctypes.string_at(address, 1) != b"\0":
        tag = ctypes.string_at(address + 1)
        yield tag.decode()
        address += len(tag) + 2
