"""Makes callagent/stt/telephone_model.npz anew.

    python tests/stt/tools/fit_telephone_model.py <folder of 16 kHz WAV files> <core-sounds-en.txt.gz>

The folder holds the prompts of Debian's asterisk-core-sounds-en-g722, decoded (any decoder of G.722 will do), the
second file their words (from asterisk-core-sounds-en). The prompts of `digits`, `letters` and `phonetic` are left for
measuring. The same texts are spoken by espeak-ng voices as well, so that the maps do not learn one person's voice.

Each text is aligned with its 16 kHz sound by the unchanged model, which says for each frame which phoneme it belongs
to. For each phoneme an affine map from the 16 kHz features to those of the front end is fitted by least squares, held
near the map of all phonemes as far as its frames are few.
"""

import argparse
import gzip
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.resample import resample
from callagent.stt.front_end import FILTERS, FrontEnd
from callagent.stt.spoken import spoken_words
from callagent.stt.telephone_model import CONSTANTS
from callagent.tts.espeak_library import EspeakLibrary

Matrix = npt.NDArray[np.float64]

WIDE_RATE = 16000
HELD_OUT = {"digits", "letters", "phonetic", "silence"}
VOICES = ("gmw/en-US+m1", "gmw/en+m5", "gmw/en-US+f2", "gmw/en-GB-scotland+m7", "gmw/en-029+f4", "gmw/en-GB-x-rp+m4")
LOUDNESS = 0.5
"""Of the espeak-ng voices, which shout."""
WIDE_NOISE = 16.0
MAP_WEIGHT = 3000.0
"""Frames of a phoneme at which its own map weighs as much as the common one."""
SHIFT_WEIGHT = 1000.0
CEPSTRA = 13
PHONEMES = [
    "+NSN+",
    "+SPN+",
    "AA",
    "AE",
    "AH",
    "AO",
    "AW",
    "AY",
    "B",
    "CH",
    "D",
    "DH",
    "EH",
    "ER",
    "EY",
    "F",
    "G",
    "HH",
    "IH",
    "IY",
    "JH",
    "K",
    "L",
    "M",
    "N",
    "NG",
    "OW",
    "OY",
    "P",
    "R",
    "S",
    "SH",
    "SIL",
    "T",
    "TH",
    "UH",
    "UW",
    "V",
    "W",
    "Y",
    "Z",
    "ZH",
]
"""In the order of the model's codebooks."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One text, as the studio and as the telephone hear it."""

    wide: Matrix
    """Cepstra of the unchanged model's front end."""
    narrow: Matrix
    """Log energies of the telephone front end."""
    phonemes: npt.NDArray[np.str_]
    """One for each frame; empty where the alignment has none."""


class WideBand:
    """The unchanged recogniser: its features of a sound, and where in it the phonemes of a text are."""

    def __init__(self) -> None:
        self._scratch = tempfile.TemporaryDirectory()
        self._logged = Path(self._scratch.name)
        self._features = pocketsphinx.Decoder(lm=None, loglevel="FATAL", mfclogdir=str(self._logged))
        self._aligner = pocketsphinx.Decoder(lm=None, loglevel="FATAL")

    def knows(self, words: tuple[str, ...]) -> bool:
        """Whether the dictionary has all `words`."""
        return all(self._aligner.lookup_word(word) is not None for word in words)

    def cepstra(self, pcm: bytes) -> Matrix:
        """13 for each 10 ms."""
        self._features.set_align_text("a")
        _decode(self._features, pcm)
        (log,) = self._logged.glob("*.mfc")
        data = log.read_bytes()
        log.unlink()
        return np.frombuffer(data[4:], ">f4").reshape(-1, CEPSTRA).astype(np.float64)

    def phonemes(self, pcm: bytes, words: tuple[str, ...], frames: int) -> npt.NDArray[np.str_]:
        """One name for each frame. Raises RuntimeError when the words do not fit the sound."""
        self._aligner.set_align_text(" ".join(words))
        _decode(self._aligner, pcm)
        self._aligner.set_alignment()
        _decode(self._aligner, pcm)
        names = np.full(frames, "", dtype="U5")
        for word in self._aligner.get_alignment():
            for phoneme in word:
                names[phoneme.start : phoneme.start + phoneme.duration] = phoneme.name
        return names


def _decode(decoder: pocketsphinx.Decoder, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def speech(folder: Path, texts: dict[str, str]) -> Iterator[tuple[str, Matrix]]:
    """Texts and their sound at 16 kHz: a person's, then espeak-ng's."""
    for path in sorted(folder.rglob("*.wav")):
        text = texts.get(path.relative_to(folder).with_suffix("").as_posix())
        if text and not HELD_OUT.intersection(path.parts):
            yield text, np.frombuffer(path.read_bytes()[44:], "<i2").astype(np.float64)
    library = EspeakLibrary()
    usable = [text for name, text in sorted(texts.items()) if name.split("/")[0] not in HELD_OUT and len(text) < 200]
    for number, text in enumerate(usable[1::2]):
        rendering = library.speak(text, VOICES[number % len(VOICES)], 175)
        sound = np.frombuffer(resample(rendering.pcm, library.rate, WIDE_RATE), "<i2")
        yield text, sound * LOUDNESS


def pairs(folder: Path, texts: dict[str, str]) -> Iterator[Pair]:
    """All usable stretches of speech, both ways."""
    noise = np.random.default_rng(5)
    wide_band = WideBand()
    for text, sound in speech(folder, texts):
        words = spoken_words(text)
        if not 0.6 <= len(sound) / WIDE_RATE <= 20 or not wide_band.knows(words):
            continue
        clean = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
        noisy = np.clip(sound + noise.normal(0, WIDE_NOISE, len(sound)), -32768, 32767).astype("<i2").tobytes()
        wide = wide_band.cepstra(noisy)
        narrow = FrontEnd().feed(ulaw_decode(ulaw_encode(resample(clean, WIDE_RATE)))).astype(np.float64)
        frames = min(len(wide), len(narrow))
        try:
            phonemes = wide_band.phonemes(noisy, words, len(wide))
        except RuntimeError:
            continue
        yield Pair(wide[:frames], narrow[:frames], phonemes[:frames])


def streams(cepstra: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Cepstra and their first and second differences, as pocketsphinx's feature type 1s_c_d_dd takes them."""
    now = np.arange(3, len(cepstra) - 3)
    first = cepstra[now + 2] - cepstra[now - 2]
    second = (cepstra[now + 3] - cepstra[now - 1]) - (cepstra[now + 1] - cepstra[now - 3])
    return cepstra[now], first, second


def cosine_matrix() -> Matrix:
    """Cepstra out of log energies: a discrete cosine transform."""
    centres = (np.arange(FILTERS) + 0.5) / FILTERS
    cosines: Matrix = np.array([np.cos(np.pi * order * centres) for order in range(CEPSTRA)])
    return cosines * float(np.sqrt(2 / FILTERS))


def fit(found: list[Pair]) -> dict[str, npt.NDArray[np.float32]]:
    """The arrays of telephone_model.npz."""
    matrix = cosine_matrix()
    names = np.concatenate([pair.phonemes[3:-3] for pair in found])
    wide = [streams(pair.wide - pair.wide.mean(axis=0)) for pair in found]
    narrow = [streams((pair.narrow - pair.narrow.mean(axis=0)) @ matrix.T) for pair in found]
    maps = np.zeros((len(PHONEMES), 3, CEPSTRA, CEPSTRA))
    shifts = np.zeros((len(PHONEMES), CEPSTRA))
    spreads = np.zeros((3, CEPSTRA))
    for stream in range(3):
        source = np.concatenate([streams_of[stream] for streams_of in wide])
        target = np.concatenate([streams_of[stream] for streams_of in narrow])
        source = np.concatenate((source, np.ones((len(source), 1))), axis=1)
        common = np.linalg.lstsq(source, target, rcond=None)[0]
        spreads[stream] = (target - source @ common).var(axis=0)
        pull = np.append(np.full(CEPSTRA, MAP_WEIGHT), SHIFT_WEIGHT) * (source**2).mean(axis=0)
        for number, name in enumerate(PHONEMES):
            here, rest = source[names == name], (target - source @ common)[names == name]
            own = common + np.linalg.solve(here.T @ here + np.diag(pull), here.T @ rest)
            maps[number, stream] = own[:CEPSTRA].T
            if stream == 0:
                shifts[number] = own[CEPSTRA]
    arrays = {
        "matrix": matrix,
        "maps": maps,
        "shifts": shifts,
        "spreads": spreads,
        "usual": np.mean([pair.narrow.mean(axis=0) for pair in found], axis=0),
        "usual_peak": np.asarray(np.mean([np.percentile(pair.narrow.mean(axis=1), 95) for pair in found])),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def read_texts(path: Path) -> dict[str, str]:
    """Prompt names to their words, without the ones that are sounds."""
    lines = gzip.decompress(path.read_bytes()).decode(errors="replace").splitlines()
    entries = (line.split(": ", 1) for line in lines if ": " in line and not line.startswith(";"))
    return {name: re.sub(r"\s+", " ", text).strip() for name, text in entries if "[" not in text}


def main() -> None:
    """Fit and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--to", type=Path, default=CONSTANTS)
    arguments = parser.parse_args()
    found = list(pairs(arguments.folder, read_texts(arguments.texts)))
    np.savez_compressed(arguments.to, **fit(found))  # type: ignore[arg-type]  # numpy's stubs take every name for an option
    print(f"{sum(len(pair.wide) for pair in found)} frames of {len(found)} texts; wrote {arguments.to}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
