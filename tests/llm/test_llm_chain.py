"""Several models in order: what is said when some of them fail."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.faulty import FaultyModel, Written
from support.model_chain import ASKED, FIRST, SECOND, Answered, always, chain_of, listen

from callagent.errors import ProviderTimeoutError, ProviderUnavailableError
from callagent.llm.model import Conversation, ToolCall
from callagent.resilience.breaker import BreakerPolicy
from callagent.resilience.deadlines import ENOUGH
from callagent.resilience.incidents import Failed, Incident, TookOver
from callagent.simulator.virtual_time import run

MEANT = replace(ASKED, schema={"type": "object"})
REFUSED = ProviderUnavailableError("one", "refused")
LOOK_UP = ToolCall("1", "stock", "{}")


good = always("The fan ", "is in stock", ". It ", "costs two ", "thousand rupees.")
"""Both sentences, whatever has been said."""


def ask(*models: FaultyModel, conversation: Conversation = ASKED) -> Answered:
    """Have a chain of models answer; all in virtual time."""

    async def scenario() -> Answered:
        return await listen(chain_of(*models), conversation)

    return run(scenario())


def test_the_first_answers_when_it_can() -> None:
    """By whole sentences; the others are not asked, and nothing is told."""
    two = FaultyModel("two", good)
    answered = ask(FaultyModel("one", good), two)

    assert answered.pieces == [f"{FIRST} ", SECOND]
    assert two.asked == []
    assert answered.incidents == []


def test_markup_is_no_part_of_an_answer() -> None:
    """Neither a long root nor a sentence within a tag is taken for text, wherever the model's tokens end."""
    root = f'<speak xsi:schemaLocation="{"http://www.example.org/synthesis.xsd " * 8}">'
    written = f'{root}The fan is <sub alias="avail. St. George. Now.">in stock</sub>. It costs < 5000 rupees.</speak>'
    answered = ask(FaultyModel("one", always(*(written[at : at + 4] for at in range(0, len(written), 4)))))

    assert answered.text == "The fan is in stock . It costs < 5000 rupees."


def test_a_larger_model_may_take_longer() -> None:
    """Where the flow has asked for it; that it takes longer says nothing of the fast one."""

    async def scenario() -> tuple[list[Incident], int, list[Incident]]:
        one = FaultyModel("one", always(4.0, "The fan is in stock. "))
        chain = chain_of(one, FaultyModel("two", good))
        answered = await listen(chain, replace(ASKED, larger=True))
        noted = len(chain._lineup.first.pace._took_s)
        return answered.incidents, noted, (await listen(chain)).incidents

    incidents, noted, then = run(scenario())

    assert incidents == []
    assert noted == 0
    assert then == [Failed("llm", "one", "ProviderTimeoutError"), TookOver("llm", "one", "two")]


def test_of_the_last_it_is_raised_what_of_the_others_is_told() -> None:
    """Whoever asked tells of what is raised: each failure is known once."""
    two = ProviderUnavailableError("two", "refused")
    answered = ask(FaultyModel("one", always(REFUSED)), FaultyModel("two", always(two)))

    assert answered.incidents == [Failed("llm", "one", "ProviderUnavailableError")]
    assert answered.error is two


@pytest.mark.parametrize("script", [always(60.0), always("{", 60.0)], ids=["hangs", "hangs in the answer"])
def test_the_only_one_is_left_alone_when_it_is_always_too_late(script: Callable[[Conversation], Written]) -> None:
    """Whoever asks has no use for what comes later: the model has failed, though nobody waits for its own deadline."""

    async def scenario() -> tuple[list[float], str]:
        chain = chain_of(FaultyModel("one", script))
        asked = replace(MEANT, within_s=1.5)
        now, waited_s = asyncio.get_running_loop().time, []
        for _ in range(4):
            began_s = now()
            await listen(chain, asked)
            waited_s.append(round(now() - began_s, 3))
        return waited_s, chain._lineup.first.breaker.state

    assert run(scenario()) == ([1.5, 1.5, 1.5, 0.0], "open")


def test_one_that_has_become_slower_is_asked_again() -> None:
    """It was quick, and then takes longer than twice its time, yet not too long: that costs it no more than a rest."""

    async def scenario() -> list[str]:
        slow_s = iter([0.1] * ENOUGH + [0.6] * 10)
        chain = chain_of(FaultyModel("one", lambda _: [next(slow_s), FIRST]), FaultyModel("two", always(SECOND)))
        for _ in range(ENOUGH):
            await listen(chain)
        texts = [(await listen(chain)).text for _ in range(3)]
        await asyncio.sleep(BreakerPolicy().rest_s)
        return [*texts, (await listen(chain)).text]

    assert run(scenario()) == [SECOND] * 3 + [FIRST]


@pytest.mark.parametrize(
    ("script", "at_s", "error"),
    [
        (always(REFUSED), 0.0, "ProviderUnavailableError"),
        (always(60.0), 2.5, "ProviderTimeoutError"),
        (always(), 0.0, "ProviderUnavailableError"),
        (always(" ", "\n", 60.0), 2.5, "ProviderTimeoutError"),
        (always("Wo" * 100_000), 0.0, "ProviderUnavailableError"),
        (always("The fan", 60.0), 4.0, "ProviderTimeoutError"),
        (lambda _: ("slow ", 0.5) * 50, 4.0, "ProviderTimeoutError"),
    ],
    ids=["refuses", "hangs", "says nothing", "writes blanks", "writes a book", "stops in a sentence", "trickles"],
)
def test_the_next_answers_when_the_first_cannot(
    script: Callable[[Conversation], Written], at_s: float, error: str
) -> None:
    """Nothing of the failed one is heard, the whole answer is, and the call hears of it."""
    two = FaultyModel("two", good)
    answered = ask(FaultyModel("one", script), two)

    assert answered.text == f"{FIRST} {SECOND}"
    assert answered.at_s[0] == pytest.approx(at_s, abs=0.01)
    assert two.asked == [ASKED]
    assert answered.incidents == [Failed("llm", "one", error), TookOver("llm", "one", "two")]


def test_the_next_goes_on_behind_what_was_said() -> None:
    """It reads the whole sentences that were given out; the unfinished one was never heard."""
    two = FaultyModel("two", always(SECOND))
    answered = ask(FaultyModel("one", always(f"{FIRST} It costs ", REFUSED)), two)

    assert answered.text == f"{FIRST} {SECOND}"
    assert [one.said for one in two.asked] == [FIRST]


@pytest.mark.parametrize(
    "repeated",
    [
        f"{FIRST} {SECOND}",
        f"the FAN is in stock! {SECOND}",
        f"The fan is in stock, {SECOND}",
        f"{SECOND} {FIRST}",
    ],
    ids=["to the letter", "with other signs", "in one sentence with the rest", "at its end"],
)
def test_nothing_is_said_twice(repeated: str) -> None:
    """A model that repeats what was said all the same has it cut, and what is new is heard."""
    answered = ask(FaultyModel("one", always(f"{FIRST} ", REFUSED)), FaultyModel("two", always(repeated)))

    assert answered.text == f"{FIRST} {SECOND}"


def test_hindi_is_cut_at_its_own_full_stop() -> None:
    """A danda ends a sentence, and vowel signs are letters."""
    said, rest = "पंखा स्टॉक में है।", "दाम दो हज़ार रुपये है।"
    answered = ask(FaultyModel("one", always(f"{said} ", REFUSED)), FaultyModel("two", always(f"{said} {rest}")))

    assert answered.text == f"{said} {rest}"


CLAUSE, REST = "Let me tell you,", "the fan is in stock."


def test_the_first_clause_is_not_waited_with() -> None:
    """What follows comes by sentences, or by clauses that are long enough; put together it is the answer."""
    answered = ask(FaultyModel("one", always(f"{CLAUSE} ", 2.0, f"{REST} It is new, and ", 1.0, "white.")))

    assert answered.pieces == [f"{CLAUSE} ", f"{REST} ", "It is new, and white."]
    assert answered.at_s == pytest.approx([0.0, 2.0, 3.0], abs=0.01)


@pytest.mark.parametrize("repeated", [REST, f"{CLAUSE} {REST}", f"Let me tell you: {REST}"])
def test_a_begun_sentence_is_gone_on_with(repeated: str) -> None:
    """By the next model, in a sentence or in a repetition of the whole; the clause is heard once."""
    two = FaultyModel("two", always(*repeated.partition(", ")))
    answered = ask(FaultyModel("one", always(f"{CLAUSE} the f", REFUSED)), two)

    assert answered.text == f"{CLAUSE} {REST}"
    assert [one.said for one in two.asked] == [CLAUSE]


def test_a_begun_sentence_is_no_answer() -> None:
    """A model that has nothing to add to half a sentence has failed as well."""
    answered = ask(FaultyModel("one", always(f"{CLAUSE} ", REFUSED)), FaultyModel("two", always()))

    assert isinstance(answered.error, ProviderUnavailableError)


def test_three_models_write_one_answer() -> None:
    """Each goes on behind all that was said before it."""
    three = FaultyModel("three", always("Shall I order it?"))
    answered = ask(
        FaultyModel("one", always(f"{FIRST} ", REFUSED)), FaultyModel("two", always(f"{SECOND} And", REFUSED)), three
    )

    assert answered.text == f"{FIRST} {SECOND} Shall I order it?"
    assert three.asked[0].said == f"{FIRST} {SECOND}"


def test_an_answer_that_was_complete_needs_nothing_more() -> None:
    """A model that took over and has nothing to add has not failed."""
    answered = ask(FaultyModel("one", always(f"{FIRST} ", REFUSED)), FaultyModel("two", always()))

    assert answered.text == FIRST
    assert answered.error is None


def test_a_turn_of_calls_alone_is_no_failure() -> None:
    """A model that looks something up before it says a word has done its work."""
    answered = ask(FaultyModel("one", always(0.2, LOOK_UP)), FaultyModel("two", good))

    assert answered.pieces == [LOOK_UP]
    assert answered.incidents == []


def test_calls_of_a_model_that_failed_are_not_performed() -> None:
    """Only an answer that came to its end says what is to be looked up."""
    other = ToolCall("2", "price", "{}")
    answered = ask(
        FaultyModel("one", always("One moment. ", LOOK_UP, REFUSED)), FaultyModel("two", always("One moment. ", other))
    )

    assert answered.pieces == ["One moment. ", other]


def test_when_none_can_the_last_error_is_told() -> None:
    """Whoever asked does something else then."""
    last = ProviderTimeoutError("two", "hangs")
    answered = ask(FaultyModel("one", always(REFUSED)), FaultyModel("two", always(last)))

    assert answered.error is last
    assert answered.pieces == []


@pytest.mark.parametrize(
    ("script", "at_s"),
    [
        (always('{"fan": ', REFUSED), 0.0),
        (always("I think the caller wants a fan."), 0.0),
        (always("[1]"), 0.0),
        (always("[" * 3_000), 0.0),
        (always(60.0), 1.0),
        (always('{"fan": ', 60.0), 1.0),
    ],
    ids=["breaks off", "chats", "writes a list", "nests", "hangs", "hangs in the middle"],
)
def test_json_is_asked_for_anew(script: Callable[[Conversation], Written], at_s: float) -> None:
    """Nothing is given out before it is complete, and the next model starts from scratch."""
    two = FaultyModel("two", always('{"fan"', ": 1}"))
    answered = ask(FaultyModel("one", script), two, conversation=MEANT)

    assert answered.pieces == ['{"fan": 1}']
    assert answered.at_s[0] == pytest.approx(at_s, abs=0.01)
    assert two.asked == [MEANT]


def test_the_last_one_may_be_slower() -> None:
    """There is nobody to be asked after it: a small model on this machine that trickles is better than nothing."""
    trickle: list[float | str] = []
    for word in f"{FIRST} {SECOND}".split():
        trickle += [1.0, f"{word} "]
    answered = ask(FaultyModel("one", always(REFUSED)), FaultyModel("two", lambda _: trickle))

    assert answered.text == f"{FIRST} {SECOND}"
    assert answered.at_s[0] == pytest.approx(5.0)


def test_a_model_that_keeps_failing_is_left_alone() -> None:
    """After three failures it is not asked, until its rest is over and one call tries."""

    async def scenario() -> list[int]:
        one = FaultyModel("one", always(60.0))
        chain = chain_of(one, FaultyModel("two", good))
        asked = []
        for wait_s in (0, 0, 0, 0, 11, 0):
            await asyncio.sleep(wait_s)
            await listen(chain)
            asked.append(len(one.asked))
        return asked

    assert run(scenario()) == [1, 2, 3, 3, 4, 4]


def test_nobody_waits_for_a_last_model_that_is_left_alone() -> None:
    """After it the flow goes on by itself, at once; when its rest is over it is asked again."""
    one = FaultyModel("one", always(60.0))

    async def scenario() -> tuple[list[float], int]:
        chain, waited = chain_of(one), []
        for pause_s in (0.0, 0.0, 0.0, 0.0, 11.0):
            await asyncio.sleep(pause_s)
            began_s = asyncio.get_running_loop().time()
            await listen(chain)
            waited.append(round(asyncio.get_running_loop().time() - began_s, 1))
        return waited, len(one.asked)

    waited, asked = run(scenario())

    assert [patience > 0 for patience in waited] == [True, True, True, False, True]
    assert asked == 4


def test_an_interruption_stops_the_model_and_counts_for_nothing() -> None:
    """A caller who interrupts four times has not broken the provider."""

    async def scenario() -> tuple[str, int]:
        one = FaultyModel("one", always(f"{FIRST} ", 3.0, SECOND))
        models = chain_of(one, FaultyModel("two", good))
        for wait_s in (0.5, 0.0, 0.5, 0.5):
            answering = asyncio.create_task(listen(models))
            await asyncio.sleep(wait_s)
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
        await asyncio.sleep(0.1)
        return models._lineup.members[0].breaker.state, len(one.asked) - one.closed

    assert run(scenario()) == ("closed", 0)


def test_a_probe_that_was_interrupted_leaves_the_next_one_to_probe() -> None:
    """Otherwise a provider that is well again would be left alone for good."""

    async def scenario() -> list[int]:
        one = FaultyModel("one", always(REFUSED))
        chain = chain_of(one, FaultyModel("two", good))
        for _ in range(3):
            await listen(chain)
        one.script = always(0.5, FIRST)
        await asyncio.sleep(11)
        probe = asyncio.create_task(listen(chain))
        await asyncio.sleep(0.1)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        asked = [len(one.asked)]
        answered = await listen(chain)
        return [*asked, len(one.asked), len(answered.incidents)]

    assert run(scenario()) == [4, 5, 0]
