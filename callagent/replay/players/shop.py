"""A shop whose data answers what it answered in the recording."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from callagent.call.services import LookUp
from callagent.dialogue.actions import LookedUp
from callagent.evidence import ShopAnswered
from callagent.recording.redaction import restore
from callagent.replay.players.notes import Notes

DOWN: Final = LookedUp("down")


class RecordedShop:
    """Answers the look-ups of one replay; the same question asked once more gets the last answer again."""

    def __init__(self, recorded: Iterable[ShopAnswered], notes: Notes, today: LookUp | None = None) -> None:
        """`today` is asked for what is not in the recording; without it that is as if the data were down."""
        self._recorded = list(recorded)
        self._given: list[ShopAnswered] = []
        self._notes = notes
        self._today = today

    async def look_up(self, source: str, arguments: Mapping[str, str], gives: Sequence[str]) -> LookedUp:
        """As it was answered. Never raises."""

        def fits(one: ShopAnswered) -> bool:
            return (
                one.source == source
                and {name: restore(value) for name, value in one.arguments.items()} == dict(arguments)
                and (set(gives) <= set(one.gives) or set(gives) <= set(one.values))
            )

        answer = _first(self._recorded, fits)
        if answer is not None:
            self._recorded.remove(answer)
            self._given.append(answer)
        else:
            answer = _first(self._given[::-1], fits)
        if answer is None:
            asked = f"{source}: " + ", ".join(f"{name} = {value}" for name, value in arguments.items())
            self._notes.miss("look-up", asked, "asked today's tables" if self._today else "down")
            return await self._today(source, arguments, gives) if self._today else DOWN
        await asyncio.sleep(answer.took_s)
        values = {name: restore(value) for name, value in answer.values.items()}
        return LookedUp(answer.status, values, tuple(map(restore, answer.candidates)))


def _first(among: Iterable[ShopAnswered], fits: Callable[[ShopAnswered], bool]) -> ShopAnswered | None:
    return next(filter(fits, among), None)
