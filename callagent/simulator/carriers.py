"""The carriers that a server can be measured over, by name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from callagent.simulator.bench_carrier import ServedCarrier
from callagent.simulator.impairment import Impairment
from callagent.simulator.sip_trunk import SipTrunk
from callagent.simulator.twilio import TwilioCarrier

CARRIERS: Final[Mapping[str, Callable[[Impairment], ServedCarrier[Any]]]] = {
    "twilio": lambda _: TwilioCarrier(),
    "sip": SipTrunk,
}
"""Made of what goes wrong on the way, which only calls over UDP can suffer."""
