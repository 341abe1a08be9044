"""Anthropic's models, through its own client; the package comes with callagent's extra "anthropic"."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from callagent.errors import (
    ConfigurationError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.llm.model import Conversation, Message, ToolCall
from callagent.llm.options import ServedOptions
from callagent.llm.prompt import (
    GO_ON,
    arguments_of,
    bare_json,
    call_id,
    enforceable,
    readable,
    text_of,
)
from callagent.llm.served import ServedModel

if TYPE_CHECKING:
    from anthropic import APIStatusError, AsyncAnthropic, AsyncStream
    from anthropic.types import RawMessageStreamEvent

WARM_UP: Final = Conversation("Answer with one word.", (Message("caller", "Hello."),))
STATUS_BY_TYPE: Final = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What an error in the middle of a stream stands for: its own status is the 200 that the stream began with."""
OPTIONAL: Final = ("output_config", "thinking")
"""Fields that older or newer models may refuse, and that can be left out."""


@dataclass(frozen=True, slots=True)
class AnthropicOptions(ServedOptions):
    """With an empty `base_url`, Anthropic's own."""

    model: str = "claude-haiku-4-5"


class AnthropicModel(ServedModel[AnthropicOptions, "AsyncAnthropic", "AsyncStream[RawMessageStreamEvent]"]):
    """One model, shared by all calls of the process."""

    Options = AnthropicOptions
    name: ClassVar[str] = "anthropic"

    async def warm_up(self) -> None:
        """Load the client and open a connection. Raises ProviderError; ConfigurationError without the package."""
        client = await self._connected()
        with self._translated():
            async with await self._ask(client, WARM_UP, self._options) as stream:
                async for _ in stream:
                    pass

    def _make_client(self) -> "AsyncAnthropic":
        try:
            from anthropic import AsyncAnthropic
        except ImportError:
            raise ConfigurationError(
                "The package 'anthropic' is not installed. Install it with: pip install 'callagent[anthropic]'."
            ) from None
        from callagent.llm.wire import NO_KEY, http_client, keep_quiet, timeouts

        keep_quiet("anthropic")
        options = self._options
        return AsyncAnthropic(
            api_key=options.api_key or NO_KEY,
            base_url=options.base_url or "https://api.anthropic.com",
            timeout=timeouts(options.connect_s, options.silence_s),
            max_retries=0,
            http_client=http_client(self.name, options.connect_s, options.silence_s),
        )

    async def _ask(
        self, client: "AsyncAnthropic", conversation: Conversation, options: AnthropicOptions
    ) -> "AsyncStream[RawMessageStreamEvent]":
        """The stream of an answer; asked for anew as long as the model refuses something that can be left out."""
        from anthropic import BadRequestError

        lacks = self._lacks[options.model]
        while True:
            optional = {name: value for name, value in _optional(conversation).items() if name not in lacks}
            try:
                stream: AsyncStream[RawMessageStreamEvent] = await client.messages.create(
                    model=options.model,
                    max_tokens=options.max_tokens,
                    messages=_messages(conversation, options),
                    stream=True,
                    extra_body=dict(options.extra),
                    **_fields(conversation),
                    **optional,
                )
            except BadRequestError as error:
                lacking = next((name for name in optional if name in str(error.body)), None)
                if lacking is None:
                    raise
                self._do_without(options.model, lacking)
            else:
                return stream

    async def _pieces(
        self, stream: "AsyncStream[RawMessageStreamEvent]", conversation: Conversation
    ) -> AsyncGenerator[str | ToolCall, None]:
        """Text and calls up to the end of the answer."""
        blocks = _Blocks()
        held = ""
        """JSON is of use only when it is complete."""
        ended = ""
        while not ended and (event := await anext(stream, None)) is not None:
            piece = blocks.take(event)
            if isinstance(piece, ToolCall):
                if conversation.tools:
                    yield piece
            elif piece and conversation.schema is None:
                yield piece
            else:
                held += piece
            if event.type == "message_delta":
                ended = event.delta.stop_reason or ""
        self._check_end(ended, conversation)
        if held:
            yield bare_json(held)

    def _check_end(self, ended: str, conversation: Conversation) -> None:
        if not ended:
            raise ProviderUnavailableError(self.name, "broke off in its answer")
        if ended == "refusal":
            raise ProviderRejectedError(self.name, "would not answer (refusal)")
        if ended == "max_tokens" and conversation.schema is not None:
            raise ProviderUnavailableError(self.name, "did not come to the end of its JSON; `max_tokens` may be low")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The client's errors as ours; without their texts, which may quote the caller."""
        import anthropic
        import httpx2

        name = self.name
        try:
            yield
        except ProviderError:
            raise
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise ProviderTimeoutError(name, "did not connect or answer in time") from None
        except anthropic.APIStatusError as error:
            raise self._refusal(error) from None
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            raise ProviderUnavailableError(name, f"failed ({type(error).__name__})") from None
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            raise ProviderUnavailableError(name, f"sent what is no answer ({type(error).__name__})") from None

    def _refusal(self, error: "APIStatusError") -> ProviderError:
        from callagent.llm.wire import refusal

        kind = str(error.type or "")
        status = error.status_code if error.status_code >= 400 else STATUS_BY_TYPE.get(kind, 500)
        return refusal(self.name, status, error.response.headers, kind)


class _Blocks:
    """The blocks of an answer, as they are written."""

    def __init__(self) -> None:
        self._call: ToolCall | None = None
        self._called = False

    def take(self, event: "RawMessageStreamEvent") -> str | ToolCall:
        """What an event adds to the answer: text, or a call that is complete; empty for nothing."""
        if event.type == "content_block_start" and event.content_block.type == "tool_use":
            self._call = ToolCall(text_of(event.content_block.id), text_of(event.content_block.name), "")
            self._called = True
        elif event.type == "content_block_stop" and self._call is not None:
            call, self._call = self._call, None
            return call if call.arguments else replace(call, arguments="{}")
        elif event.type == "content_block_delta" and event.delta.type == "text_delta" and not self._called:
            return text_of(event.delta.text)
        elif event.type == "content_block_delta" and event.delta.type == "input_json_delta" and self._call is not None:
            self._call = replace(self._call, arguments=self._call.arguments + text_of(event.delta.partial_json))
        return ""


def _fields(conversation: Conversation) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if conversation.instructions:
        fields["system"] = conversation.instructions
    if conversation.tools:
        fields["tools"] = [
            {"name": one.name, "description": one.description, "input_schema": dict(one.parameters)}
            for one in conversation.tools
        ]
    return fields


def _optional(conversation: Conversation) -> dict[str, Any]:
    fields: dict[str, Any] = {"thinking": {"type": "disabled"}}
    if conversation.schema is not None:
        fields["output_config"] = {"format": {"type": "json_schema", "schema": enforceable(conversation.schema)}}
    return fields


def _messages(conversation: Conversation, options: AnthropicOptions) -> list[Any]:
    roles = {"caller": "user", "agent": "assistant"}
    told: list[Any] = [
        {"role": roles[message.speaker], "content": message.text}
        for message in readable(conversation, options.context_tokens, options.max_tokens)
    ]
    for number, done in enumerate(conversation.rounds):
        said: list[Any] = [{"type": "text", "text": done.said}] if done.said else []
        calls = [
            {"type": "tool_use", "id": call_id(number, place), "name": call.name, "input": arguments_of(call)}
            for place, call in enumerate(done.calls)
        ]
        results = [
            {"type": "tool_result", "tool_use_id": call_id(number, place), "content": result}
            for place, result in enumerate(done.results)
        ]
        told += [{"role": "assistant", "content": [*said, *calls]}, {"role": "user", "content": results}]
    if conversation.said:
        told += [{"role": "assistant", "content": conversation.said}, {"role": "user", "content": GO_ON}]
    return told
