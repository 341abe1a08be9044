"""The tea shop for all tests of this room."""

from pathlib import Path

import pytest
from support.tea_shop import TeaShop


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TeaShop:
    """The tea shop, below the folder from which the program was started."""
    monkeypatch.chdir(tmp_path)
    shop = TeaShop(tmp_path)
    shop.write()
    return shop
