"""The options that all models behind an HTTP interface have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from callagent.errors import ConfigurationError
from callagent.llm.model import Conversation
from callagent.llm.prompt import check_options


@dataclass(frozen=True, slots=True)
class ServedOptions:
    """Which model, where, and how it is to answer on a telephone."""

    model: str = ""
    """As its server names it. On the phone a small model that does not think first is worth more than a clever one."""
    larger_model: str = ""
    """Another of the same server, for the talks that a flow wants it for (`model: larger`); empty for none."""
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    """Of any server with the same interface, up to and with its version, as in http://127.0.0.1:8000/v1."""
    max_tokens: int = 200
    """Of one answer: three or four spoken sentences, or the JSON of what a caller meant."""
    context_tokens: int = 8_000
    """For instructions, conversation and answer together; the oldest turns are left out to keep to it."""
    connect_s: float = 1.5
    """How long a connection may take."""
    silence_s: float = 5.0
    """How long the server may send nothing; a fallback chain is stricter."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request, such as {"reasoning_effort": "none"} for a model that would think first."""

    def __post_init__(self) -> None:
        check_options(self.model, self.base_url, self.max_tokens, self.context_tokens)
        if self.connect_s <= 0 or self.silence_s <= 0:
            raise ConfigurationError("`connect_s` and `silence_s` must be above 0, such as 1.5 and 5.")

    @property
    def models(self) -> tuple[str, ...]:
        """All that may be asked."""
        return (self.model, self.larger_model) if self.larger_model else (self.model,)

    def meant_for(self, conversation: Conversation) -> Self:
        """With the model that is to answer this."""
        return replace(self, model=self.larger_model) if conversation.larger and self.larger_model else self
