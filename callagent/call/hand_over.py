"""Handing the caller over to a person, and taking the call up again when nobody picks up."""

from callagent.call.deeds import Deeds
from callagent.call.memory import Memory
from callagent.call.services import ParkedCall, Services
from callagent.call.stage_keeper import StageKeeper
from callagent.dialogue.actions import Transfer
from callagent.telephony.leg import Leg


class HandOver:
    """One per call."""

    def __init__(
        self,
        leg: Leg,
        services: Services,
        deeds: Deeds,
        memory: Memory,
        stages: StageKeeper,
        parked: ParkedCall | None,
    ) -> None:
        self._leg = leg
        self._services = services
        self._deeds = deeds
        self._memory = memory
        self._stages = stages
        """Whose dialogue's state goes with the call."""
        self._parked = parked
        """This call as it was when it was handed over; None for a new one."""
        self.under_way = False
        """Whether somebody is being rung: the agent is done."""

    def take_up(self) -> bool:
        """Go on with a call that comes back; False for a new one."""
        if self._parked is None:
            return False
        self._stages.dialogue.take_up(self._parked.state)
        self._memory.learned = self._parked.learned
        if self._parked.declined:
            self._deeds.decline()
        return True

    async def ring(self, wanted: Transfer, language: str) -> bool:
        """Have somebody else rung; the call is kept, should nobody pick up. False when nobody could be rung."""
        clock, parking, call_id = self._services.clock, self._services.parking, self._leg.info.call_id
        shop = (self._services.dialogue, self._services.look_up, self._services.subjects)
        parked = ParkedCall(*shop, self._stages.dialogue.state, self._deeds.declined, self._memory.learned)
        parking.park(call_id, parked, clock.now_s())
        if await self._deeds.transfer(wanted, language):
            parking.take(call_id, clock.now_s())
            self.under_way = False
            return False
        return True
