"""Any model behind the chat completions interface, through OpenAI's own client: OpenAI, Groq, vLLM, Ollama and others.

What a server may lack, and is asked for once: answers held to a schema, tools, a temperature.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from callagent.errors import ProviderError, ProviderRejectedError, ProviderTimeoutError, ProviderUnavailableError
from callagent.llm.chat_request import CALLS_FAILED, TOO_LONG, ChatRequest, unsupported
from callagent.llm.model import Conversation, Message, Tool, ToolCall
from callagent.llm.options import ServedOptions
from callagent.llm.prompt import FEWEST_TOKENS, bare_json, text_of
from callagent.llm.served import ServedModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

WARM_UP: Final = Conversation(
    'Answer with {"ready": true} as JSON.',
    (Message("caller", "Hello."),),
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["ready"],
        "properties": {"ready": {"type": "boolean"}},
    },
)
WARM_UP_TOOLS: Final = Conversation(
    "Answer with one word.",
    (Message("caller", "Hello."),),
    tools=(Tool("time_of_day", "Tells the time of day.", {"type": "object", "properties": {}}),),
)


@dataclass(frozen=True, slots=True)
class OpenAIOptions(ServedOptions):
    """With an empty `base_url`, OpenAI's own."""

    model: str = "gpt-4.1-mini"
    temperature: float = 0.3
    """0 to 2: how freely words are chosen."""
    load_s: float = 10.0
    """As `silence_s`, while the model is loaded, before the first call."""


class OpenAIModel(ServedModel[OpenAIOptions, "AsyncOpenAI", "AsyncStream[ChatCompletionChunk]"]):
    """One model of one server, shared by all calls of the process."""

    Options: ClassVar[type[OpenAIOptions]] = OpenAIOptions
    name: ClassVar[str] = "openai"
    limit_name: ClassVar[str] = "max_completion_tokens"
    """What the server calls the limit of an answer; OpenAI's newer models refuse the older name."""

    async def warm_up(self) -> None:
        """Load the client and the model, and learn what its server can do. Raises ProviderError."""
        client = await self._connected()
        options = replace(self._options, max_tokens=FEWEST_TOKENS, silence_s=self._options.load_s)
        with self._translated():
            await self._load(client)
            for conversation in (WARM_UP_TOOLS, WARM_UP):
                async with await self._ask(client, conversation, options) as stream:
                    async for _ in stream:
                        pass

    async def _load(self, client: "AsyncOpenAI") -> None:
        """Whatever else a server needs before its first request."""

    def _make_client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        from callagent.llm.wire import NO_KEY, http_client, keep_quiet, timeouts

        keep_quiet("openai")
        options = self._options
        return AsyncOpenAI(
            api_key=options.api_key or NO_KEY,
            base_url=options.base_url or "https://api.openai.com/v1",
            timeout=timeouts(options.connect_s, options.silence_s),
            max_retries=0,
            http_client=http_client(self.name, options.connect_s, options.silence_s),
        )

    async def _ask(
        self, client: "AsyncOpenAI", conversation: Conversation, options: OpenAIOptions
    ) -> "AsyncStream[ChatCompletionChunk]":
        """The stream of an answer; asked for anew as long as the server refuses something that can be left out."""
        from openai import BadRequestError, UnprocessableEntityError

        from callagent.llm.wire import timeouts

        while True:
            lacks = frozenset(self._lacks[options.model])
            request = ChatRequest.of(conversation, options, self.limit_name, lacks)
            try:
                stream: AsyncStream[ChatCompletionChunk] = await client.chat.completions.create(
                    model=options.model,
                    messages=request.messages,
                    stream=True,
                    timeout=timeouts(options.connect_s, options.silence_s),
                    extra_body=dict(options.extra),
                    **request.fields,
                )
            except (BadRequestError, UnprocessableEntityError) as error:
                lacking = unsupported(request, error.code, error.param, str(error.body))
                if lacking is None:
                    raise
                self._do_without(options.model, lacking)
            else:
                return stream

    async def _pieces(
        self, stream: "AsyncStream[ChatCompletionChunk]", conversation: Conversation
    ) -> AsyncGenerator[str | ToolCall, None]:
        """Text and calls up to the end of the answer."""
        calls = _Calls(self.name)
        held = "" if conversation.schema is not None else None
        """JSON is of use only when it is complete, and only then can it be taken out of its fence."""
        ended = ""
        while not ended and (chunk := await anext(stream, None)) is not None:
            for choice in chunk.choices or ():
                for part in choice.delta.tool_calls or ():
                    if (call := calls.add(part)) and conversation.tools:
                        yield call
                text = choice.delta.content
                if text and not calls.begun:
                    if held is None:
                        yield text_of(text)
                    else:
                        held += text_of(text)
                ended = choice.finish_reason or ended
        self._check_end(ended, conversation)
        if held:
            yield bare_json(held)
        if (call := calls.finish()) and conversation.tools:
            yield call

    def _check_end(self, ended: str, conversation: Conversation) -> None:
        if not ended:
            raise ProviderUnavailableError(self.name, "broke off in its answer")
        if ended == "content_filter":
            raise ProviderRejectedError(self.name, "would not answer (content_filter)")
        if ended == "length" and conversation.schema is not None:
            raise ProviderUnavailableError(self.name, "did not come to the end of its JSON; `max_tokens` may be low")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The client's errors as ours; without their texts, which may quote the caller."""
        import httpx2
        import openai

        from callagent.llm.wire import refusal

        name = self.name
        try:
            yield
        except ProviderError:
            raise
        except openai.APITimeoutError:
            raise ProviderTimeoutError(name, "did not connect or answer in time") from None
        except openai.APIStatusError as error:
            if error.code in CALLS_FAILED:
                raise ProviderUnavailableError(name, f"wrote what its server took back ({error.code})") from None
            if TOO_LONG.search(str(error.body)):
                raise ProviderRejectedError(name, "cannot read so much; lower `context_tokens`") from None
            raise refusal(name, error.status_code, error.response.headers, error.code) from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise ProviderUnavailableError(name, f"failed ({type(error).__name__})") from None
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            raise ProviderUnavailableError(name, f"sent what is no answer ({type(error).__name__})") from None


class _Calls:
    """Tool calls, put together from the parts they come in."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._at = -1
        self._id = ""
        self._name = ""
        self._arguments = ""

    @property
    def begun(self) -> bool:
        """Whether there has been one: no text is to follow."""
        return self._at >= 0

    def add(self, part: "ChoiceDeltaToolCall") -> ToolCall | None:
        """Take a part in; the call before it, when this one is another."""
        # Some servers count all calls as the first and tell them apart by their ids alone.
        other = part.index > self._at or bool(part.id and self._id and part.id != self._id)
        complete = self.finish() if other else None
        if other:
            self._at, self._id, self._name, self._arguments = max(part.index, self._at), "", "", ""
        self._id = part.id or self._id
        if part.function is not None:
            self._name = part.function.name or self._name
            self._arguments += part.function.arguments or ""
        return complete

    def finish(self) -> ToolCall | None:
        """The call that was begun, which is complete now."""
        if not self.begun:
            return None
        if not self._name:
            raise ProviderUnavailableError(self._provider, "asked for a tool without a name")
        return ToolCall(self._id or f"call_{self._at}", text_of(self._name), self._arguments or "{}")
