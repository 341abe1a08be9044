"""What tests of the shop's facts share."""

from pathlib import Path

import pytest
from support.shop_folder import ShopFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShopFolder:
    """A shop with a small catalogue, in the folder from which the program was started."""
    monkeypatch.chdir(tmp_path)
    return ShopFolder(tmp_path)
