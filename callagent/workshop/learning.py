"""Learns the weights of the scorer of wishes from labelled sentences.

`python -m callagent.workshop.learning` reads the sets beside a shop's tests, but for those named "unseen": they tell
how well callers are understood whose sentences nobody has learnt from.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from callagent.dialogue.understanding import Case, Interpreter, read_cases, read_goods
from callagent.dialogue.understanding.learned import NAMES, WEIGHTS, Scorer
from callagent.workshop.evaluating import GOODS_FILE

UNSEEN: Final = "unseen"
"""How the names of sets begin that are never learnt from."""
DEFAULT: Final = Path("flows/electrical/tests/understanding")

_LEAST_SEEN = 2
_ROUNDS, _STEP, _DECAY, _SEED = 12, 0.6, 1e-4, 1
_UNHEARD = 0.5
"""The share of the features that a sentence is learnt without, each round others: no single word may decide alone."""


def sets_to_learn(folder: Path) -> list[Path]:
    """The labelled sentences of a folder and those below it, without the unseen."""
    return sorted(
        path for path in folder.rglob("*.yaml") if path.name != GOODS_FILE and not path.name.startswith(UNSEEN)
    )


def learn(cases: Sequence[Case], interpreter: Interpreter) -> Scorer:
    """A scorer that gets as many of the cases right as it can; the same for the same cases in the same order."""
    features = [interpreter.features(case.text) for case in cases]
    seen = Counter(name for names in features for name in names)
    rows = {name: row for row, name in enumerate(sorted(name for name, count in seen.items() if count >= _LEAST_SEEN))}
    held = [np.array(sorted(rows[name] for name in names if name in rows), dtype=np.int64) for names in features]
    wanted = np.array([[float(name in case.intents) for name in NAMES] for case in cases], dtype=np.float32)
    return Scorer(rows, *_descend(held, wanted / wanted.sum(axis=1, keepdims=True), len(rows)))


def _descend(
    held: Sequence[npt.NDArray[Any]], wanted: npt.NDArray[Any], count: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Weights by stochastic descent with steps that shrink for what is often seen, averaged over the later rounds."""
    weights = np.zeros((count, len(NAMES)), dtype=np.float32)
    pace = np.full((count, 1), 1e-6, dtype=np.float32)
    summed = np.zeros_like(weights)
    order = np.random.default_rng(_SEED)
    for turn in range(_ROUNDS):
        for at in order.permutation(len(held)):
            rows = held[at][order.random(len(held[at])) >= _UNHEARD]
            scale = np.float32(1 / max(len(rows), 1) ** 0.5)
            mine = weights[rows]
            scores = mine.sum(axis=0) * scale
            likely = np.exp(scores - scores.max())
            slope = (likely / likely.sum() - wanted[at]) * scale
            pace[rows] += (slope * slope).sum()
            weights[rows] = mine - _STEP * (slope + _DECAY * mine) / np.sqrt(pace[rows])
        if turn >= _ROUNDS // 2:
            summed += weights
    return summed / (_ROUNDS - _ROUNDS // 2), np.zeros(len(NAMES), dtype=np.float32)


def main(arguments: Iterable[str]) -> None:
    """Learn from the sets of a folder, DEFAULT without arguments, and write the weights."""
    folder = next((Path(argument) for argument in arguments), DEFAULT)
    cases = [case for path in sets_to_learn(folder) for case in read_cases(path)]
    learnt = learn(cases, Interpreter(read_goods(folder / GOODS_FILE)))
    learnt.save(WEIGHTS)
    sys.stdout.write(f"{len(cases)} sentences, {len(learnt.rows)} features: {WEIGHTS}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
