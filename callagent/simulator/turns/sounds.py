"""What is heard on a line besides words, made from noise: the same sound every time.

Plain shapes, no recordings: a cough is a burst of breath and a rougher rest, a door a thump and its rattle. What counts
is that they have the length, the attack and the spectrum of the real thing, since that is what a voice detector hears.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from callagent.media.audio import SAMPLE_RATE, samples

Floats = npt.NDArray[np.float64]

FULL_SCALE: Final = 32768.0


def noise_pcm(name: str, lasts_s: float, dbfs: float, seed: int = 0) -> bytes:
    """One of `NOISES` as PCM, `lasts_s` seconds long, with the RMS level `dbfs` over its loud part."""
    made = NOISES[name](samples(lasts_s), np.random.default_rng([seed, *name.encode()]))
    return at_level(made, dbfs)


def background_pcm(name: str, lasts_s: float, dbfs: float, seed: int = 0) -> bytes:
    """One of `BACKGROUNDS`, without a break; `dbfs` is the RMS level of all of it."""
    made = BACKGROUNDS[name](samples(lasts_s), np.random.default_rng([seed, *name.encode()]))
    return _pcm(made * (10 ** (dbfs / 20) / max(float(np.sqrt(np.mean(made**2))), 1e-9)))


def at_level(sound: Floats, dbfs: float) -> bytes:
    """As PCM with the RMS level `dbfs`; pauses, 20 ms that are 30 dB below the loudest, do not count."""
    window = SAMPLE_RATE // 50
    whole = len(sound) - len(sound) % window
    powers = (sound[:whole].reshape(-1, window) ** 2).mean(axis=1) if whole else np.array([(sound**2).mean()])
    rms = float(np.sqrt(powers[powers >= powers.max() / 1000].mean())) if powers.max() > 0 else 0.0
    return _pcm(sound * (10 ** (dbfs / 20) / rms)) if rms else _pcm(sound)


def _pcm(sound: Floats) -> bytes:
    """Of samples whose full scale is 1."""
    return np.rint(np.clip(sound, -0.99, 0.99) * FULL_SCALE).astype("<i2").tobytes()


Band: TypeAlias = tuple[float, float, float]
"""A bump in a spectrum: its middle and its width in Hz, and its strength."""


def _shaped(length: int, random: np.random.Generator, *bands: Band) -> Floats:
    """Noise with bumps in its spectrum."""
    return _filtered(random.standard_normal(length), bands)


def _voiced(length: int, random: np.random.Generator, hertz: tuple[float, float], *bands: Band) -> Floats:
    """The buzz of a throat, its pitch moving from one to the other and rough, with bumps in its spectrum."""
    pitch = np.linspace(*hertz, length) * (1 + 0.02 * np.repeat(random.standard_normal(length // 60 + 1), 60)[:length])
    turns = np.cumsum(pitch) / SAMPLE_RATE
    pulses = np.diff(np.floor(turns), prepend=0.0) * (1 + 0.15 * random.standard_normal(length))
    return _filtered(pulses + 0.01 * random.standard_normal(length), bands)


def _filtered(sound: Floats, bands: Sequence[Band]) -> Floats:
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    shape = np.zeros_like(hertz)
    for middle, width, strength in bands:
        shape += strength * np.exp(-(((hertz - middle) / width) ** 2))
    made = np.fft.irfft(np.fft.rfft(sound) * shape, len(sound))
    return np.asarray(made / max(float(np.sqrt(np.mean(made**2))), 1e-9), np.float64)


def _burst(length: int, at: int, attack_s: float, decay_s: float) -> Floats:
    """An envelope that rises at `at` and dies away."""
    time_s = (np.arange(length) - at) / SAMPLE_RATE
    rise = np.clip(time_s / attack_s, 0.0, 1.0)
    return np.asarray(rise * np.exp(-np.maximum(time_s - attack_s, 0.0) / decay_s), np.float64)


def _cough(length: int, random: np.random.Generator) -> Floats:
    """One for every half second: an explosion of breath, then a hoarse voice that dies away."""
    coughs = max(1, round(length / samples(0.5)))
    made = np.zeros(length)
    for number in range(coughs):
        at = number * length // coughs
        blast = _shaped(length, random, (1100, 700, 1.0), (2300, 900, 0.7)) * _burst(length, at, 0.008, 0.035)
        rest = _burst(length, at + samples(0.05), 0.03, 0.14)
        hoarse = _voiced(length, random, (330, 190), (650, 200, 1.0), (1250, 250, 0.6), (2500, 400, 0.2)) * rest
        made += (blast + 0.9 * hoarse) * 0.75**number
    return made


def _throat(length: int, random: np.random.Generator) -> Floats:
    """Clearing the throat: a rough, low buzz with the mouth closed."""
    swell = np.sin(np.pi * np.arange(length) / length) ** 0.5
    buzz = _voiced(length, random, (120, 95), (300, 150, 1.0), (950, 200, 0.5), (2200, 400, 0.1))
    return np.asarray((buzz + 0.4 * _shaped(length, random, (600, 400, 1.0))) * swell)


def _sneeze(length: int, random: np.random.Generator) -> Floats:
    """A breath drawn in, and the hiss of its leaving."""
    drawn = 0.25 * _shaped(length, random, (900, 500, 1.0)) * _burst(length, 0, 0.2, 0.08)
    hiss = _shaped(length, random, (2600, 900, 1.0), (1500, 500, 0.5)) * _burst(length, length // 2, 0.01, 0.09)
    return np.asarray(drawn + hiss)


def _breath(length: int, random: np.random.Generator) -> Floats:
    """Into the mouthpiece."""
    swell = np.sin(np.pi * np.arange(length) / length) ** 2
    return np.asarray(_shaped(length, random, (700, 500, 1.0), (2000, 800, 0.3)) * swell)


def _click(length: int, random: np.random.Generator) -> Floats:
    """A telephone that is put down and taken up."""
    first = _shaped(length, random, (2000, 1500, 1.0)) * _burst(length, 0, 0.0005, 0.004)
    second = _shaped(length, random, (1500, 1200, 1.0)) * _burst(length, length // 2, 0.0005, 0.006)
    return np.asarray(first + 0.6 * second)


def _door(length: int, random: np.random.Generator) -> Floats:
    """A thump, and what rattles after it."""
    thump = _shaped(length, random, (220, 120, 1.0), (450, 150, 0.5)) * _burst(length, 0, 0.003, 0.06)
    rattle = _shaped(length, random, (1400, 600, 1.0)) * _burst(length, samples(0.08), 0.005, 0.04)
    return np.asarray(thump + 0.2 * rattle)


def _horn(length: int, random: np.random.Generator) -> Floats:
    """Of a car in the street: two notes, a little unsteady."""
    time_s = np.arange(length) / SAMPLE_RATE
    wobble = 1 + 0.002 * np.cumsum(random.standard_normal(length)) / np.sqrt(length)
    notes = 0.0 * time_s
    for order in (1, 2, 3):
        for hertz in (420 * order, 510 * order):
            notes += np.sin(2 * np.pi * hertz * time_s * wobble) / order
    edges = np.clip(np.minimum(time_s, time_s[::-1]) / 0.03, 0.0, 1.0)
    return np.asarray(notes * edges)


def _typing(length: int, random: np.random.Generator) -> Floats:
    """A keyboard near by."""
    made = np.zeros(length)
    for at in range(0, length, samples(0.16)):
        made += _shaped(length, random, (2400, 1000, 1.0)) * _burst(
            length, at + int(random.integers(400)), 0.001, 0.008
        )
    return made


def _hiss(length: int, random: np.random.Generator) -> Floats:
    """A bad line."""
    return _shaped(length, random, (1800, 1600, 1.0))


def _street(length: int, random: np.random.Generator) -> Floats:
    """Traffic: mostly low, swelling as it passes."""
    low = _shaped(length, random, (250, 250, 1.0), (700, 500, 0.35), (1800, 900, 0.08))
    return np.asarray(low * (1 + 0.4 * np.sin(2 * np.pi * np.arange(length) / samples(3.7))))


def _fan(length: int, random: np.random.Generator) -> Floats:
    """A ceiling fan above the caller: air, and the beat of its blades."""
    air = _shaped(length, random, (350, 300, 1.0), (1200, 700, 0.3))
    return np.asarray(air * (1 + 0.3 * np.sin(2 * np.pi * 4.5 * np.arange(length) / SAMPLE_RATE)))


NOISES: Final[dict[str, Callable[[int, np.random.Generator], Floats]]] = {
    "cough": _cough,
    "throat": _throat,
    "sneeze": _sneeze,
    "breath": _breath,
    "click": _click,
    "door": _door,
    "horn": _horn,
    "typing": _typing,
}
"""Sounds that come once."""
BACKGROUNDS: Final[dict[str, Callable[[int, np.random.Generator], Floats]]] = {
    "street": _street,
    "fan": _fan,
    "hiss": _hiss,
}
"""Sounds that do not end."""
TELEVISION: Final = "television"
"""Somebody talks in the room, but not to the agent: made by whoever has a voice."""
