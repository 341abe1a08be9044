"""A provider's outputs are read by stretches, and a provider that hangs is not waited for; all in virtual time."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from callagent.errors import ProviderTimeoutError, ProviderUnavailableError
from callagent.resilience.outputs import WAITING, Outputs
from callagent.simulator.virtual_time import run

WITHIN_S = 1.0


def outputs(*script: str | float | Exception) -> Outputs[str]:
    """A provider that gives texts, waits for seconds and raises errors, in order."""

    async def source() -> AsyncGenerator[str, None]:
        for step in script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, str):
                yield step
            else:
                await asyncio.sleep(step)

    return Outputs("one", source())


def has_stop(text: str) -> bool:
    """Whether a sentence may end with it."""
    return "." in text


def stretches(*script: str | float | Exception, each: bool = False) -> tuple[list[str], float, str]:
    """All that is read, one text for each stretch; how long it took, and the class of the error it ended with."""

    async def scenario() -> tuple[list[str], float, str]:
        now = asyncio.get_running_loop().time
        began_s, read, error = now(), [], ""
        reader = outputs(*script)
        try:
            while taken := await reader.stretch(has_stop, WITHIN_S, each=each):
                read.append("".join(taken))
        except (ProviderTimeoutError, ProviderUnavailableError) as failed:
            error = type(failed).__name__
        finally:
            reader.close()
        return read, round(now() - began_s, 3), error

    return run(scenario())


def test_a_stretch_ends_where_it_is_enough() -> None:
    """And what is left at the end is one as well."""
    assert stretches("a", 0.1, "b", 0.1, "c.", 0.1, "d", "e.", "f") == (["abc.", "de.", "f"], 0.3, "")


def test_the_reader_is_not_woken_before() -> None:
    """That is what stretches are for: each time costs as much as all the rest."""

    async def scenario() -> int:
        reader = outputs(0.1, "a", 0.1, "b", 0.1, "c.")
        reading = asyncio.create_task(reader.stretch(has_stop, 9.0))
        await asyncio.sleep(0.25)
        waiting = len(reader._waiting)
        assert await reading == ["a", "b", "c."]
        return waiting

    assert run(scenario()) == 2


@pytest.mark.parametrize(("each", "read", "took_s"), [(False, [], 1.0), (True, ["abcdef."], 2.4)])
def test_the_deadline_is_for_all_or_for_each(each: bool, read: list[str], took_s: float) -> None:
    """A provider that trickles is late, unless it may take so long for each."""
    trickle = ("a", 0.4, "b", 0.4, "c", 0.4, "d", 0.4, "e", 0.4, "f.", 0.4)
    expected = "" if each else "ProviderTimeoutError"

    assert stretches(*trickle, each=each) == (read, took_s, expected)


def test_one_that_stops_within_a_stretch_is_late_once() -> None:
    """Whatever it gave before does not double the wait."""
    assert stretches("a", 0.5, "b", 60.0, each=True) == ([], 1.5, "ProviderTimeoutError")


def test_what_came_before_an_error_is_read() -> None:
    """A whole sentence may be among it."""
    assert stretches("a.", "b", ProviderUnavailableError("one", "broke")) == (
        ["a.", "b"],
        0.0,
        "ProviderUnavailableError",
    )


def test_a_provider_that_is_far_ahead_wakes_its_reader() -> None:
    """Nothing is enough, and it gives no more while so many wait: who reads decides."""
    read, took_s, error = stretches(*["a"] * (WAITING + 10))

    assert (sum(map(len, read)), took_s, error) == (WAITING + 10, 0.0, "")
