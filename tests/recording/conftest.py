"""What tests of recordings share."""

from collections.abc import Iterator

import pytest
from support.bucket_server import BucketServer, bucket_server


@pytest.fixture(scope="module")
def shared() -> Iterator[BucketServer]:
    """One for all tests of a file: it takes a while to start."""
    with bucket_server() as server:
        yield server


@pytest.fixture
def server(shared: BucketServer) -> Iterator[BucketServer]:
    """It fails no more when a test is over."""
    shared.requests.clear()
    shared.knocks = shared.refused = 0
    yield shared
    shared.fault = lambda _method, _path: False
    shared.open.set()
