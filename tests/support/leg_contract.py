"""What the tests of the contract of legs share: all carriers, and how much time things may take."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from support.legs import IN_PROCESS, Carrier
from support.sip_legs import OVER_SIP

from callagent.media.audio import CHUNK_MS, CHUNK_SAMPLES

TICK_S: Final = CHUNK_MS / 1000
SOON_S: Final = 0.2
"""What a line may add to what has to be waited for."""
HANG_UP_S: Final = 4.0
"""The longest that ending a call may take, whatever the peer does."""

CARRIERS: Final = (*IN_PROCESS, *OVER_SIP)
"""A new one is one more entry of these."""


def those(that: Callable[[Carrier], bool]) -> pytest.MarkDecorator:
    """The carriers of which something holds."""
    return pytest.mark.parametrize("carrier", [one for one in CARRIERS if that(one)], ids=lambda one: one.name)


carriers = those(lambda _: True)


def words(count: int, carrier: Carrier, seed: int = 1) -> list[bytes]:
    """So many chunks of sound, no two alike, as the carrier's coding leaves them."""
    noise = np.random.default_rng(seed).integers(-8000, 8000, (count, CHUNK_SAMPLES))
    return [carrier.coded(one.astype("<i2").tobytes()) for one in noise]


def now_s() -> float:
    """On the loop's clock."""
    return asyncio.get_running_loop().time()
