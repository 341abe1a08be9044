"""The model as adapted to the telephone."""

from pathlib import Path

import numpy as np
import pytest

from callagent.errors import ConfigurationError
from callagent.stt import telephone_model
from callagent.stt.telephone_model import prepare_model, read_parameters, write_parameters


def test_written_once(tmp_path: Path) -> None:
    """The second time finds the first one's files, and no scratch folder is left."""
    first = prepare_model(tmp_path / "cache")
    written = (first.folder / "means").stat().st_mtime_ns
    second = prepare_model(tmp_path / "cache")

    assert second == first
    assert (second.folder / "means").stat().st_mtime_ns == written
    assert list((tmp_path / "cache").iterdir()) == [first.folder]


def test_parameters_come_back(tmp_path: Path) -> None:
    """Writing what was read gives the same file, checksum and all."""
    original = prepare_model(tmp_path).base / "means"

    write_parameters(original, tmp_path / "copy", read_parameters(original))

    assert (tmp_path / "copy").read_bytes() == original.read_bytes()


def test_the_telephone_differs_from_the_studio(tmp_path: Path) -> None:
    """Means move, variances stay positive, shapes are kept."""
    model = prepare_model(tmp_path)
    studio, telephone = read_parameters(model.base / "means"), read_parameters(model.folder / "means")

    assert studio.shape == telephone.shape == (42, 3, 128, 13)
    assert not np.allclose(studio, telephone)
    assert read_parameters(model.folder / "variances").min() > 0


def test_two_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds that another was faster takes the other's files."""
    other = prepare_model(tmp_path / "other")

    def rewrite(_base: Path, target: Path) -> None:
        (target / "means").write_text("mine")
        (tmp_path / "mine").mkdir(exist_ok=True)
        other.folder.rename(tmp_path / "mine" / other.folder.name)

    monkeypatch.setattr(telephone_model, "_rewrite", rewrite)

    model = prepare_model(tmp_path / "mine")

    assert (model.folder / "means").stat().st_size > 4


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """The error names the folder and the setting."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"file/cache .* set cache_dir"):
        prepare_model(tmp_path / "file" / "cache")


def test_without_pocketsphinx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is told by its name."""
    monkeypatch.setattr(telephone_model, "find_spec", lambda _name: None)

    with pytest.raises(ConfigurationError, match="pocketsphinx is not installed"):
        prepare_model(tmp_path)
