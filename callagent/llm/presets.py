"""Servers that speak OpenAI's language, each with its own address and a model that is quick enough for the phone."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from callagent.errors import ProviderRejectedError
from callagent.llm.model import ModelInfo
from callagent.llm.openai import OpenAIModel, OpenAIOptions

if TYPE_CHECKING:
    from openai import AsyncOpenAI

DIGEST: Final = 12
"""Characters of one that are told."""


@dataclass(frozen=True, slots=True)
class GroqOptions(OpenAIOptions):
    """As OpenAI's."""

    model: str = "llama-3.1-8b-instant"
    base_url: str = "https://api.groq.com/openai/v1"


class GroqModel(OpenAIModel):
    """Open models on Groq's own chips, which are made for quick answers."""

    Options = GroqOptions
    name = "groq"


@dataclass(frozen=True, slots=True)
class VllmOptions(OpenAIOptions):
    """As OpenAI's; `model` is what vLLM was started with."""

    model: str = "Qwen/Qwen2.5-7B-Instruct"
    base_url: str = "http://127.0.0.1:8000/v1"
    load_s: float = 60.0


class VllmModel(OpenAIModel):
    """A vLLM server of one's own; tools need it to be started with --enable-auto-tool-choice and a parser."""

    Options = VllmOptions
    name = "vllm"
    needs_network = False
    limit_name = "max_tokens"


@dataclass(frozen=True, slots=True)
class OllamaOptions(OpenAIOptions):
    """As OpenAI's, for a model on this machine.

    Two models are small enough to answer on a processor while somebody waits: ``gemma3:1b`` (0.8 GB) and
    ``phi3:mini`` (2.2 GB). Both are at home in English alone; for Hindi take a larger one, such as
    ``gemma3:4b``. Ollama gives none of these tools: they talk from the instructions, and read what a caller meant.
    """

    model: str = "gemma3:1b"
    base_url: str = "http://127.0.0.1:11434/v1"
    context_tokens: int = 4_000
    """Ollama reads 4096 tokens unless it is told otherwise, and drops what is more without a word."""
    silence_s: float = 10.0
    load_s: float = 60.0
    keep_alive: str = "1h"
    """How long an unused model stays in memory, as Ollama writes it; "-1m" for ever."""


class OllamaModel(OpenAIModel):
    """A model on this machine, under Ollama. It is loaded before the first call, and stays loaded between calls."""

    Options = OllamaOptions
    name = "ollama"
    needs_network = False
    limit_name = "max_tokens"

    def __init__(self, options: OllamaOptions) -> None:
        super().__init__(options)
        self._keep_alive = options.keep_alive
        self._digest = ""

    @property
    def info(self) -> ModelInfo:
        """What it is; with the digest's beginning, once it was loaded."""
        info = super().info
        return replace(info, version=f"{info.version} {self._digest}") if self._digest else info

    async def _load(self, client: "AsyncOpenAI") -> None:
        """Ollama's own request for it: the common interface cannot say how long a model is to stay."""
        from openai import APIStatusError, NotFoundError

        from callagent.llm.wire import timeouts

        options = self._options
        root = str(client.base_url).rstrip("/").removesuffix("/v1")
        # The one that is to answer first comes last: where there is room for one model only, it is that one.
        for model in reversed(options.models):
            try:
                await client.post(
                    f"{root}/api/generate",
                    cast_to=object,
                    body={"model": model, "keep_alive": self._keep_alive, "stream": False},
                    options={"timeout": timeouts(options.connect_s, options.load_s)},
                )
            except NotFoundError:
                raise ProviderRejectedError(self.name, f"has no model '{model}'; run `ollama pull {model}`") from None
        # A name such as gemma3:1b may stand for another model tomorrow.
        with suppress(APIStatusError, LookupError, TypeError):
            found: Any = await client.get(f"{root}/api/tags", cast_to=object)
            names = (options.model, f"{options.model}:latest")
            self._digest = next((str(one["digest"]) for one in found["models"] if one["name"] in names), "")[:DIGEST]
