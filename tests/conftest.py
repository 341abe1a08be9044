"""What holds for all tests."""

import logging
import os
from collections.abc import Generator

import pytest
import structlog

SUBPROCESSES = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage has the processes that a test starts measured too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole calls in real time begin first: they mostly wait, and the others run beside them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Without being traced, a test with its fixtures and processes takes less than half the time."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    controller = plugin and plugin.cov_controller
    if not controller or _is_measured(item):
        return (yield)
    processes = os.environ.pop(SUBPROCESSES, None)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()
        if processes is not None:
            os.environ[SUBPROCESSES] = processes


def _is_measured(item: pytest.Item) -> bool:
    """Properties are tried with hundreds of values; what they go through, examples beside them go through too."""
    is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return not is_property and item.get_closest_marker("unmeasured") is None


@pytest.fixture(autouse=True)
def _own_logs() -> Generator[None]:
    """Where a test has the logs go, and from which level on, those of the next do not."""
    root, ours = logging.getLogger(), logging.getLogger("callagent")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    if structlog.is_configured():
        structlog.reset_defaults()
