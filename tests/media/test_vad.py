"""The voice model that all calls share."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from callagent.errors import ConfigurationError
from callagent.media import vad
from callagent.media.vad import CONTEXT, STATE_SIZE, WINDOW, load_voice_model


def test_several_callers_can_be_judged_in_one_run() -> None:
    """The model takes a row for each, and gives the same answers as one by one."""
    model = load_voice_model()
    audio = np.random.default_rng(3).uniform(-0.3, 0.3, (3, CONTEXT + WINDOW)).astype(np.float32)
    states = np.zeros((2, 3, STATE_SIZE), np.float32)
    together, after = model.probabilities(audio, states)
    alone = [model.probabilities(audio[[row]], states[:, [row]])[0][0] for row in range(3)]

    assert together == pytest.approx(alone, abs=1e-5)
    assert after.shape == states.shape


def test_the_model_is_loaded_once() -> None:
    """And pipecat is not, for it."""
    assert load_voice_model() is load_voice_model()
    assert "pipecat.audio.vad.silero" not in sys.modules


@pytest.mark.parametrize(
    ("spec", "problem"), [(None, "pipecat-ai is missing"), ("nowhere/__init__.py", "is missing; install")]
)
def test_a_broken_installation_says_so(spec: str | None, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package or the file in it is not there."""
    found = None if spec is None else ModuleSpec("pipecat", None, origin=str(Path(spec)))
    monkeypatch.setattr(vad, "find_spec", lambda _: found)

    with pytest.raises(ConfigurationError, match=problem):
        load_voice_model.__wrapped__()
