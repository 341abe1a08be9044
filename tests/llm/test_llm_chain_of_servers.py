"""A chain over the real clients: a model's server fails in the middle of a turn, and another goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from support.leaks import nothing_is_left
from support.model_server import ASKED, Answer, Break, Refusal
from support.openai_server import OpenAIServer
from support.troubles import troubles

from callagent.clock import ManualClock
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel
from callagent.llm.openai import OpenAIModel
from callagent.llm.presets import OllamaModel
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.incidents import Connected, Failed, Incident, TookOver, reporting
from callagent.resilience.lineup import Lineup

ANSWER = "The fan is in stock. It costs two thousand."


class Chain:
    """Two models, their servers, and what was told."""

    def __init__(self, cloud: OpenAIServer, local: OpenAIServer, clock: ManualClock) -> None:
        self.cloud = cloud
        self.local = local
        self.clock = clock
        self.incidents: list[Incident] = []
        members: list[tuple[str, LanguageModel]] = [
            ("openai", OpenAIModel(OpenAIModel.Options(base_url=cloud.base_url))),
            ("ollama", OllamaModel(OllamaModel.Options(base_url=local.base_url))),
        ]
        self.lineup = Lineup(members, clock)
        self.chain = ModelChain(self.lineup, Deadlines(first_s=0.6, stall_s=0.6), read_s=0.6)

    async def ask(self, conversation: Conversation = ASKED) -> str:
        """An answer, whole."""
        with reporting(troubles(self.incidents)):
            pieces = [piece async for piece in self.chain.reply(conversation) if isinstance(piece, str)]
        return " ".join("".join(pieces).split())


@asynccontextmanager
async def chain(*answers: Answer) -> AsyncIterator[Chain]:
    """The first server answers like this, and then as usual; the second one always works."""
    async with nothing_is_left(), OpenAIServer(*answers) as cloud, OpenAIServer() as local:
        made = Chain(cloud, local, ManualClock())
        await made.lineup.members[1].provider.warm_up()
        local.asked.clear()
        try:
            yield made
        finally:
            await made.chain.aclose()


async def test_a_connection_that_drops_in_the_middle() -> None:
    """The sentence that was spoken stays, the broken one is written anew, and nothing twice."""
    async with chain(("The fan is in stock. ", "It co", Break.DROPPED)) as made:
        assert await made.ask() == ANSWER
        assert made.local.asked[0]["messages"][-2] == {"role": "assistant", "content": "The fan is in stock."}
        assert [one for one in made.incidents if not isinstance(one, Connected)] == [
            Failed("llm", "openai", "ProviderUnavailableError"),
            TookOver("llm", "openai", "ollama"),
        ]


async def test_a_server_that_hangs_is_asked_no_more_than_three_times() -> None:
    """Its requests are ended, later turns go to the other at once, and after a rest one turn finds it well."""
    hangs: Answer = (60.0,)
    async with chain(hangs, hangs, hangs) as made:
        for _ in range(5):
            assert await made.ask() == ANSWER
        async with asyncio.timeout(60):
            await made.cloud.idle.wait()
        assert len(made.cloud.asked) == 3

        made.clock.advance(11)
        assert await made.ask() == ANSWER
        assert (len(made.cloud.asked), len(made.local.asked)) == (4, 5)


async def test_a_server_that_asks_to_be_left_alone_is() -> None:
    """At once, and for as long as it says."""
    async with chain(Refusal(429, headers={"Retry-After": "40"})) as made:
        asked = []
        for wait_s in (0, 39, 2):
            made.clock.advance(wait_s)
            assert await made.ask() == ANSWER
            asked.append(len(made.cloud.asked))

        assert asked == [1, 1, 2]


async def test_json_from_whoever_can_write_it() -> None:
    """One chats, the other answers."""
    async with chain(("I think so.",)) as made:
        made.local.answers = [('{"fan"', ": 1}")]

        assert await made.ask(replace(ASKED, schema={"type": "object"})) == '{"fan": 1}'
