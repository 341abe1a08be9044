"""Several models in order, and what came of asking them."""

import asyncio
from collections.abc import Callable

from support.faulty import FaultyModel, Written
from support.troubles import troubles

from callagent.errors import ProviderError
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel, Message, ToolCall
from callagent.resilience.incidents import Incident, reporting
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import VirtualClock

ASKED = Conversation("Be brief.", (Message("caller", "What is the fan?"),))
FIRST, SECOND = "The fan is in stock.", "It costs two thousand rupees."


def always(*script: float | str | ToolCall | ProviderError) -> Callable[[Conversation], Written]:
    """The same for each conversation."""
    return lambda _: script


class Answered:
    """What came of a conversation."""

    def __init__(self) -> None:
        self.pieces: list[str | ToolCall] = []
        self.at_s: list[float] = []
        self.error: ProviderError | None = None
        self.incidents: list[Incident] = []

    @property
    def text(self) -> str:
        """The words alone."""
        return " ".join("".join(piece if isinstance(piece, str) else "" for piece in self.pieces).split())


def chain_of(*models: FaultyModel, hedge: bool = False) -> ModelChain:
    """The models in order, on the running loop's clock."""
    clock = VirtualClock(asyncio.get_running_loop())
    members: list[tuple[str, LanguageModel]] = [(model.name, model) for model in models]
    return ModelChain(Lineup(members, clock), hedge=hedge)


async def listen(chain: ModelChain, conversation: Conversation = ASKED) -> Answered:
    """Read an answer to its end."""
    answered = Answered()
    began_s = asyncio.get_running_loop().time()
    with reporting(troubles(answered.incidents)):
        try:
            async for piece in chain.reply(conversation):
                answered.pieces.append(piece)
                answered.at_s.append(asyncio.get_running_loop().time() - began_s)
        except ProviderError as error:
            answered.error = error
    return answered
