"""What the models behind a vendor's own client have in common: one client for all calls, and how its answers are read.

A client keeps its connections open between turns, for a minute, and never tries again by itself, since a fallback chain
has better things to do with the time. What a server cannot do it is asked for once and no more in the life of the
process.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, suppress
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog

from callagent.llm.model import Conversation, ModelInfo, ToolCall
from callagent.llm.options import ServedOptions
from callagent.llm.prompt import AFTERWARDS_S

log = structlog.get_logger("callagent.llm")


class Client(Protocol):
    """A vendor's."""

    async def close(self) -> None:
        """Close the connections."""
        ...


class Stream(AbstractAsyncContextManager[Any], AsyncIterable[Any], Protocol):
    """An answer as it comes."""


OptionsT = TypeVar("OptionsT", bound=ServedOptions)
ClientT = TypeVar("ClientT", bound=Client)
StreamT = TypeVar("StreamT", bound=Stream)


class ServedModel(ABC, Generic[OptionsT, ClientT, StreamT]):
    """One model of one server, shared by all calls of the process."""

    name: ClassVar[str]
    needs_network: ClassVar[bool] = True

    def __init__(self, options: OptionsT) -> None:
        self._options = options
        self._lacks: defaultdict[str, set[str]] = defaultdict(set)
        """By model: what the server has been found not to support."""
        self._client: ClientT | None = None
        self._connecting = asyncio.Lock()

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        return ModelInfo(self.name, " or ".join(self._options.models), self.needs_network)

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Answer. Raises ProviderError; ConfigurationError without the vendor's package."""
        client = await self._connected()
        with self._translated():
            async with await self._ask(client, conversation, self._options.meant_for(conversation)) as stream:
                async with aclosing(self._pieces(stream, conversation)) as pieces:
                    async for piece in pieces:
                        yield piece
                with suppress(TimeoutError):
                    async with asyncio.timeout(AFTERWARDS_S):
                        async for _ in stream:
                            pass

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _connected(self) -> ClientT:
        async with self._connecting:
            if self._client is None:
                # The package takes most of a second to import, and its certificates some more.
                self._client = await asyncio.to_thread(self._make_client)
        return self._client

    def _do_without(self, model: str, feature: str) -> None:
        self._lacks[model].add(feature)
        log.warning("a model's server lacks a feature", provider=self.name, feature=feature)

    @abstractmethod
    def _make_client(self) -> ClientT:
        """A client without retries; in a thread."""

    @abstractmethod
    async def _ask(self, client: ClientT, conversation: Conversation, options: OptionsT) -> StreamT:
        """The stream of an answer; asked for anew as long as the server refuses something that can be left out."""

    @abstractmethod
    def _pieces(self, stream: StreamT, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Text and calls up to the end of the answer."""

    @abstractmethod
    def _translated(self) -> AbstractContextManager[None]:
        """The client's errors as ours; without their texts, which may quote the caller."""
