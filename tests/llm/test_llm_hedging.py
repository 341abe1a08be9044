"""A model that is later than usual has the next one asked beside it."""

import asyncio
from collections.abc import Callable

import pytest
from support.faulty import FaultyModel, Written
from support.model_chain import FIRST, SECOND, Answered, always, chain_of, listen

from callagent.errors import ProviderUnavailableError
from callagent.llm.model import Conversation
from callagent.resilience.incidents import TookOver
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
        await asyncio.sleep(0)
        return answered, one, two, chain._lineup.members[0].breaker.state

    return run(scenario())


def test_the_first_answer_is_taken() -> None:
    """The slow one is stopped, which counts for nothing; nobody waited for its deadline."""
    answered, one, two, state = after_twenty_answers(always(30.0), good)

    assert answered.text == f"{FIRST} {SECOND}"
    assert answered.at_s[0] == pytest.approx(0.4, abs=0.01)
    assert (len(one.asked), len(two.asked)) == (21, 1)
    assert one.closed == 21
    assert state == "closed"
    assert answered.incidents == [TookOver("llm", "one", "two")]


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
