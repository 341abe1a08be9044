"""A conversation as a request for chat completions, without what the server is known not to support."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from callagent.llm.model import Conversation, ToolRound
from callagent.llm.prompt import GO_ON, arguments_of, call_id, enforceable, readable

CALLS_FAILED: Final = frozenset({"tool_use_failed", "json_validate_failed", "output_parse_failed"})
"""Codes of a 400 that is the model's fault, this once: it wrote a call or JSON that its server cannot read."""
TOO_LONG: Final = re.compile(r"context.?(length|window|size)|too (long|many tokens)|reduce the length", re.IGNORECASE)
UNSUPPORTED: Final = re.compile(
    r"support|unrecogni|unknown|unexpected|invalid|extra.?(field|input|forbidden)|not (permitted|allowed|available)",
    re.IGNORECASE,
)
"""What servers say of a field that they do not take, rather than of a value that they do not like."""
NAMES: Final = {
    "tools": re.compile(r"\btools?\b|tool_choice|function.?call", re.IGNORECASE),
    "temperature": re.compile("temperature", re.IGNORECASE),
    "max_completion_tokens": re.compile("max_completion_tokens", re.IGNORECASE),
    "max_tokens": re.compile("max_tokens", re.IGNORECASE),
    "json_schema": re.compile("response_format|schema|json|structured|stream", re.IGNORECASE),
    "json_object": re.compile("response_format|json|stream", re.IGNORECASE),
}
"""By feature: how a refusal names it."""
LIMITS: Final = ("max_completion_tokens", "max_tokens")


class Options(Protocol):
    """What of a model's options goes into its requests."""

    @property
    def max_tokens(self) -> int:
        """Of an answer."""
        ...

    @property
    def temperature(self) -> float:
        """How freely words are chosen."""
        ...

    @property
    def context_tokens(self) -> int:
        """Of everything together."""
        ...


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The body of one request, but for the model's name."""

    messages: list[Any]
    fields: dict[str, Any]
    features: tuple[str, ...]
    """Which of `NAMES` it uses."""

    @classmethod
    def of(cls, conversation: Conversation, options: Options, limit_name: str, lacks: Collection[str]) -> "ChatRequest":
        """The request for an answer; `lacks` are features to do without."""
        fields: dict[str, Any] = {}
        if "temperature" not in lacks:
            fields["temperature"] = options.temperature
        limit = next((name for name in (limit_name, *LIMITS) if name not in lacks), None)
        if limit is not None:
            fields[limit] = options.max_tokens
        features = list(fields)
        if conversation.schema is not None and "json_schema" not in lacks:
            shape = {"name": "answer", "strict": True, "schema": enforceable(conversation.schema)}
            fields["response_format"] = {"type": "json_schema", "json_schema": shape}
            features.append("json_schema")
        elif conversation.schema is not None and "json_object" not in lacks:
            fields["response_format"] = {"type": "json_object"}
            features.append("json_object")
        tools = bool(conversation.tools) and "tools" not in lacks
        if tools:
            fields["tools"] = [
                {
                    "type": "function",
                    "function": {"name": one.name, "description": one.description, "parameters": dict(one.parameters)},
                }
                for one in conversation.tools
            ]
            features.append("tools")
        messages = _messages(conversation, options, as_calls=tools)
        return cls(messages, fields, tuple(features))


def unsupported(request: ChatRequest, code: str | None, param: str | None, body: str) -> str | None:
    """Which feature of a refused request to do without; None when the refusal is about something else."""
    if code in CALLS_FAILED or TOO_LONG.search(body):
        return None
    named = [feature for feature in request.features if param and NAMES[feature].search(param)]
    if not named and UNSUPPORTED.search(body):
        named = [feature for feature in request.features if NAMES[feature].search(body)]
    return named[0] if named else None


def _messages(conversation: Conversation, options: Options, *, as_calls: bool) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    if conversation.instructions:
        told.append({"role": "system", "content": conversation.instructions})
    roles = {"caller": "user", "agent": "assistant"}
    messages = readable(conversation, options.context_tokens, options.max_tokens)
    told += [{"role": roles[message.speaker], "content": message.text} for message in messages]
    for number, done in enumerate(conversation.rounds):
        told += _as_calls(number, done) if as_calls else _as_text(done)
    if conversation.said:
        told += [{"role": "assistant", "content": conversation.said}, {"role": "user", "content": GO_ON}]
    return _alternating(told)


def _alternating(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with neighbours of one side joined: many templates refuse two turns of one side."""
    joined: list[dict[str, Any]] = []
    for one in told:
        before = joined[-1] if joined else {}
        if one["role"] in ("user", "assistant") and before.keys() == one.keys() and before["role"] == one["role"]:
            joined[-1] = {**one, "content": f"{before['content']}\n{one['content']}"}
        else:
            joined.append(one)
    return joined


def _as_calls(number: int, done: ToolRound) -> Sequence[dict[str, Any]]:
    calls = [
        {
            "id": call_id(number, place),
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(arguments_of(call), ensure_ascii=False)},
        }
        for place, call in enumerate(done.calls)
    ]
    results = [
        {"role": "tool", "tool_call_id": call_id(number, place), "content": result}
        for place, result in enumerate(done.results)
    ]
    return [{"role": "assistant", "content": done.said or None, "tool_calls": calls}, *results]


def _as_text(done: ToolRound) -> Sequence[dict[str, Any]]:
    """Another model's look-ups, for one that has no tools."""
    found = [
        {"looked up": call.name, "with": arguments_of(call), "result": result}
        for call, result in zip(done.calls, done.results, strict=False)
    ]
    said = [{"role": "assistant", "content": done.said}] if done.said else []
    return [*said, {"role": "user", "content": json.dumps(found, ensure_ascii=False)}]
