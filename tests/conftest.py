"""What holds for all tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole calls in real time begin first: they mostly wait, and the others run beside them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
