"""A model that is later than usual has the next one asked beside it."""

import asyncio
from collections.abc import Callable

import pytest
from support.faulty import FaultyModel, Written
from support.model_chain import FIRST, SECOND, Answered, always, chain_of, listen

from callagent.errors import ProviderUnavailableError
from callagent.llm.model import Conversation
from callagent.resilience.incidents import Failed, TookOver
from callagent.simulator.virtual_time import run

REFUSED = ProviderUnavailableError("two", "refused")
good = always(f"{FIRST} ", SECOND)


def after_twenty_answers(
    script: Callable[[Conversation], Written],
    other: Callable[[Conversation], Written],
    *,
    hedge: bool = True,
) -> tuple[Answered, FaultyModel, FaultyModel, str]:
    """What comes of a turn once it is known that the first model usually takes 0.4 s."""

    async def scenario() -> tuple[Answered, FaultyModel, FaultyModel, str]:
        one, two = FaultyModel("one", always(0.4, FIRST)), FaultyModel("two", other)
        chain = chain_of(one, two, hedge=hedge)
        for _ in range(20):
            await listen(chain)
        assert two.asked == []
        one.script = script
        answered = await listen(chain)
        await asyncio.sleep(1)
        return answered, one, two, chain._lineup.members[0].breaker.state

    return run(scenario())


def test_the_first_answer_is_taken() -> None:
    """Nobody waited for the slow one's deadline; it is stopped when that is over."""
    answered, one, two, state = after_twenty_answers(always(30.0), good)

    assert answered.text == f"{FIRST} {SECOND}"
    assert answered.at_s[0] == pytest.approx(0.4, abs=0.01)
    assert (len(one.asked), len(two.asked)) == (21, 1)
    assert one.closed == 21
    assert state == "closed"
    assert answered.incidents == [TookOver("llm", "one", "two"), Failed("llm", "one", "ProviderTimeoutError")]


def test_one_that_hangs_is_left_alone_however_fast_the_other_is() -> None:
    """The other outruns it every time: its deadlines pass all the same, and after three it is asked no more."""

    async def scenario() -> tuple[str, int, int]:
        one, two = FaultyModel("one", always(0.4, FIRST)), FaultyModel("two", always(0.3, SECOND))
        chain = chain_of(one, two, hedge=True)
        for _ in range(20):
            await listen(chain)
        one.script = always(600.0)
        for _ in range(3):
            await listen(chain)
            await asyncio.sleep(1)
        state = chain._lineup.members[0].breaker.state
        await listen(chain)
        return state, len(one.asked) - 20, one.closed - 20

    assert run(scenario()) == ("open", 3, 3)


def test_one_that_is_outrun_and_still_in_time_has_not_failed() -> None:
    """A model that has become a little slower is not left alone; soon it is known that it takes so long."""

    async def scenario() -> tuple[str, bool, list[object]]:
        one, two = FaultyModel("one", always(0.4, FIRST)), FaultyModel("two", always(0.1, SECOND))
        chain = chain_of(one, two, hedge=True)
        for _ in range(20):
            await listen(chain)
        one.script = always(0.6, FIRST)
        incidents: list[object] = []
        for _ in range(5):
            answered = await listen(chain)
            await asyncio.sleep(1)
            incidents += answered.incidents
        return chain._lineup.members[0].breaker.state, one.closed == len(one.asked), incidents

    assert run(scenario()) == ("closed", True, [TookOver("llm", "one", "two")] * 3)


def test_a_barge_in_counts_for_nothing_whoever_was_outrun() -> None:
    """The caller interrupts while the other speaks: of the one that hung nothing was seen to the end."""

    async def scenario() -> tuple[str, int, bool]:
        one = FaultyModel("one", always(0.4, FIRST))
        two = FaultyModel("two", always(0.1, f"{FIRST} ", 5.0, SECOND))
        chain = chain_of(one, two, hedge=True)
        for _ in range(20):
            await listen(chain)
        one.script = always(600.0)
        for _ in range(4):
            listening = asyncio.create_task(listen(chain))
            await asyncio.sleep(0.6)
            listening.cancel()
            await asyncio.sleep(2)
        breaker = chain._lineup.members[0].breaker
        return breaker.state, len(two.asked), one.closed == len(one.asked)

    assert run(scenario()) == ("closed", 4, True)


def test_a_late_one_may_still_be_first() -> None:
    """The next was asked, and was slower yet."""
    answered, _, two, _ = after_twenty_answers(always(0.5, f"{FIRST} {SECOND}"), always(1.0, "No."))

    assert answered.text == f"{FIRST} {SECOND}"
    assert (len(two.asked), two.closed) == (1, 1)
    assert answered.incidents == []


def test_who_was_stopped_is_asked_again_when_the_other_breaks() -> None:
    """The faster one failed after its first sentence; the slower one is all there is."""
    late = always(0.6, "No.")
    answered, *_ = after_twenty_answers(
        lambda asked: (SECOND,) if asked.said else late(asked), always(f"{FIRST} ", 0.1, REFUSED)
    )

    assert answered.text == f"{FIRST} {SECOND}"


def test_one_that_fails_leaves_the_other_to_answer() -> None:
    """A hedge that comes to nothing costs nothing."""
    answered, *_ = after_twenty_answers(always(0.6, FIRST), always(REFUSED))

    assert answered.text == FIRST
    assert answered.error is None


def test_it_is_a_matter_of_choice() -> None:
    """Without it the next is asked only when the first has failed."""
    answered, _, two, _ = after_twenty_answers(always(0.5, FIRST), good, hedge=False)

    assert answered.text == FIRST
    assert two.asked == []
