"""The acoustic model that ships with pocketsphinx, shifted from studio speech to telephone speech.

`telephone_model.npz` holds what was learnt from pairs of the same speech, once at 16 kHz and once as a telephone
carries it (µ-law at 8 kHz): for each phoneme an affine map from the studio's features to the telephone's, and the
variance that the maps leave. Every mean m of the model becomes A·m + b, every variance v becomes A²·v + R. The fit used
prompts of Debian's asterisk-core-sounds-en-g722 (no digits, no letters) and the same texts spoken by espeak-ng;
`tests/stt/tools/fit_telephone_model.py` makes the file anew.

The rewritten means and variances (1.7 MB) are kept in a cache folder; all else is read where pocketsphinx has it.
Formats: Sphinx-3 parameter files (text header, byte-order mark, dimensions, floats, checksum), little-endian here.
"""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callagent.errors import ConfigurationError
from callagent.stt.front_end import Floats

CONSTANTS = Path(__file__).with_name("telephone_model.npz")
_FEATURES = "-feat 1s_c_d_dd\n-svspec 0-12/13-25/26-38\n-agc none\n-cmn none\n-varnorm no\n-model ptm\n"
"""What pocketsphinx still has to do with our cepstra: nothing but differences in time."""
_HEADER_END = b"endhdr\n"
_Words = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class TelephoneModel:
    """Where the parts of the model are, and what the front end needs to know of it."""

    folder: Path
    """Holds the rewritten parts."""

    @cached_property
    def base(self) -> Path:
        """The model as it came with pocketsphinx."""
        return _vendor_folder() / "en-us"

    @property
    def dictionary(self) -> Path:
        """Pronunciations of 134 000 English words."""
        return _vendor_folder() / "cmudict-en-us.dict"

    @cached_property
    def _constants(self) -> dict[str, Floats]:
        with np.load(CONSTANTS) as stored:
            return {name: stored[name] for name in ("matrix", "usual", "usual_peak")}

    @property
    def matrix(self) -> Floats:
        """13 cepstra out of the front end's filters."""
        return self._constants["matrix"]

    @property
    def usual(self) -> Floats:
        """Mean spectrum of telephone speech, one value for each filter."""
        return self._constants["usual"]

    @property
    def usual_peak(self) -> float:
        """Level of the loud frames of telephone speech, log energy."""
        return float(self._constants["usual_peak"])


def prepare_model(cache: Path) -> TelephoneModel:
    """The model, rewritten into `cache` unless it is there already; takes half a second, once.

    Several processes may do this at the same time. Raises ConfigurationError when `cache` cannot be written to.
    """
    key = hashlib.sha256(CONSTANTS.read_bytes()).hexdigest()[:12]
    folder = cache / f"telephone-model-{version('pocketsphinx')}-{key}"
    if folder.is_dir():
        return TelephoneModel(folder)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".telephone-model-", dir=cache))
    except OSError as error:
        raise ConfigurationError(
            f"the speech model cannot be kept in {cache} ({error.strerror}); set cache_dir to a folder of your own"
        ) from error
    try:
        _rewrite(_vendor_folder() / "en-us", scratch)
        scratch.replace(folder)
    except OSError:
        # Somebody else was faster, and a folder is not replaced by another.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return TelephoneModel(folder)


def _vendor_folder() -> Path:
    spec = find_spec("pocketsphinx")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the package pocketsphinx is not installed; install callagent with its dependencies")
    return Path(spec.submodule_search_locations[0]) / "model" / "en-us"


def _rewrite(base: Path, target: Path) -> None:
    with np.load(CONSTANTS) as constants:
        maps, shifts, spreads = (constants[name].astype(np.float64) for name in ("maps", "shifts", "spreads"))
    means, variances = read_parameters(base / "means"), read_parameters(base / "variances")
    # Axes: phoneme, stream (static, first and second difference), Gaussian, dimension.
    new_means = np.einsum("psgj,psij->psgi", means, maps)
    new_means[:, 0] += shifts[:, None, :]
    new_variances = np.einsum("psgj,psij->psgi", variances, maps**2) + spreads[None, :, None, :]
    write_parameters(base / "means", target / "means", new_means)
    write_parameters(base / "variances", target / "variances", new_variances)
    (target / "feat.params").write_text(_FEATURES)


def read_parameters(path: Path) -> npt.NDArray[np.float64]:
    """Means or variances of a Sphinx-3 file: phoneme, stream, Gaussian, dimension."""
    _, words = _split(path)
    shape, size = _shape(words)
    return words[8 : 8 + size].view("<f4").reshape(shape).astype(np.float64)


def write_parameters(like: Path, target: Path, values: npt.NDArray[np.float64]) -> None:
    """Write `values` in the form of the file `like`, whose header and dimensions are kept."""
    header, words = _split(like)
    body = np.concatenate((words[:8], values.astype("<f4").ravel().view("<u4")))
    target.write_bytes(header + body.tobytes() + _checksum(body[1:]).to_bytes(4, "little"))


def _split(path: Path) -> tuple[bytes, _Words]:
    data = path.read_bytes()
    begin = data.index(_HEADER_END) + len(_HEADER_END)
    return data[:begin], np.frombuffer(data[begin:], "<u4")


def _shape(words: _Words) -> tuple[tuple[int, int, int, int], int]:
    phonemes, streams, gaussians, dimension = (int(word) for word in words[1:5])
    return (phonemes, streams, gaussians, dimension), int(words[7])


def _checksum(words: _Words) -> int:
    # sphinxbase, bio.c: rotate left by 20 bits and add, word by word.
    total = 0
    for word in words.tolist():
        total = (((total << 20) | (total >> 12)) + word) & 0xFFFFFFFF
    return total
