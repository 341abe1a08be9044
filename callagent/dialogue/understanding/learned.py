"""A linear scorer of wishes: weights learnt from labelled sentences, kept in a data file.

`python -m callagent.workshop.learning` makes the file anew after the sentences, the rules or the features changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from callagent.dialogue.understanding.lexicon import INTENTS
from callagent.dialogue.understanding.meaning import NONE, Ranked

NAMES: Final = (*INTENTS, NONE)
WEIGHTS: Final = Path(__file__).parent / "data" / "weights.npz"
_TRUSTED = 0.8
"""How much of what the rules believe holds for a further wish of the same sentence."""
_USUAL = ("price", "stock")
"""What who names a thing wants, without another word."""
_ALONE = 0.8
"""So sure the weights must be of any other wish for which the sentence has no phrase; else ..."""
_UNTOLD = 0.75
"""... it counts for so much: a common word or two may have told it."""
_LISTED = 0.25
"""Further wishes that the rules do not know are at least so likely."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Weights by feature."""

    rows: Mapping[str, int]
    weights: npt.NDArray[Any]
    """A row for each feature and a column for each of NAMES."""
    bias: npt.NDArray[Any]
    scale: float = 1.0
    """What one unit of the weights is worth."""

    def shares(self, features: Iterable[str]) -> dict[str, float]:
        """How likely each of NAMES is; together 1."""
        known = [row for row in map(self.rows.get, features) if row is not None]
        summed = self.weights.take(known, axis=0).sum(axis=0, dtype=np.float64) if known else np.zeros(len(NAMES))
        scores = summed * (self.scale / max(len(known), 1) ** 0.5) + self.bias
        likely = np.exp(scores - scores.max())
        return dict(zip(NAMES, (likely / likely.sum()).tolist(), strict=True))

    def ranked(self, features: Iterable[str], ruled: Iterable[Ranked]) -> list[Ranked]:
        """The wishes of a sentence, the likeliest first, where the rules made `ruled` of it; empty for none."""
        shares = self.shares(features)
        first = max(NAMES, key=lambda name: shares[name])
        if first == NONE:
            return []
        believed = {one.name: one.confidence for one in ruled}
        sure = max(shares[first], min(believed.get(first, 0.0), shares[first] + 0.3))
        if first not in believed and first not in _USUAL and sure < _ALONE:
            sure *= _UNTOLD
        others = {name: max(shares[name], _TRUSTED * believed.get(name, 0.0)) for name in INTENTS if name != first}
        further = [
            Ranked(name, round(min(share, sure, 0.99), 3))
            for name, share in others.items()
            if name in believed or share >= _LISTED
        ]
        return [Ranked(first, round(min(sure, 0.99), 3)), *sorted(further, key=lambda one: -one.confidence)]

    def save(self, path: Path) -> None:
        """Write the data file: one byte for each weight."""
        scale = float(np.abs(self.weights).max()) / 127 or 1.0
        small = np.round(self.weights / scale).astype(np.int8)
        names = np.frombuffer("\n".join(self.rows).encode(), dtype=np.uint8)
        np.savez_compressed(path, names=names, weights=small, bias=self.bias, scale=np.array(scale * self.scale))


@cache
def scorer(path: Path = WEIGHTS) -> Scorer:
    """The scorer of the data file."""
    with np.load(path) as file:
        names = file["names"].tobytes().decode().split("\n")
        rows = {name: row for row, name in enumerate(names)}
        return Scorer(rows, file["weights"], file["bias"].astype(np.float64), float(file["scale"]))
