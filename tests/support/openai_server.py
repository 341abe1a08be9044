"""Chat completions as OpenAI, Groq, vLLM and Ollama stream them, on loopback."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from support.model_server import ModelServer, Refusal

from callagent.llm.model import ToolCall


class OpenAIServer(ModelServer):
    """POST /v1/chat/completions, and Ollama's own /api/generate."""

    path = "/v1/chat/completions"
    loaded: tuple[str, ...] = ("gemma3:1b",)
    """The models that Ollama would have."""

    @property
    def base_url(self) -> str:
        """What goes into the option."""
        return f"{self.url}/v1"

    def begin(self) -> list[bytes]:
        """The role, with no words yet."""
        return [self._chunk({"role": "assistant", "content": ""})]

    def words(self, text: str) -> list[bytes]:
        """One chunk."""
        return [self._chunk({"content": text})]

    def call(self, call: ToolCall) -> list[bytes]:
        """Its name, then its arguments in two parts."""
        half = len(call.arguments) // 2
        named = {"index": 0, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        parts = [
            {"index": 0, "function": {"arguments": part}} for part in (call.arguments[:half], call.arguments[half:])
        ]
        return [self._chunk({"tool_calls": [part]}) for part in (named, *parts)]

    def finish(self, reason: str | None, *, called: bool) -> list[bytes]:
        """The reason, the usage, and the mark of the end."""
        usage = {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29}
        last = self._chunk({}, reason or ("tool_calls" if called else "stop"))
        return [last, self.event({**_head(), "choices": [], "usage": usage}), b"data: [DONE]\n\n"]

    def refusal(self, refusal: Refusal) -> dict[str, Any]:
        """As the API puts it."""
        return {"error": {"message": "no", "type": "error", "param": None, "code": None, **refusal.error}}

    async def tags(self, _: web.Request) -> web.StreamResponse:
        """Ollama's own list, with digests."""
        return web.json_response({"models": [{"name": name, "digest": "8648f39daa8fbf5b"} for name in self.loaded]})

    async def other(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """Ollama loads a model when it is asked to generate nothing."""
        if request.path != "/api/generate":
            return await super().other(request, body)
        self.asked.append(body)
        if body["model"] not in self.loaded:
            return web.json_response({"error": f"model '{body['model']}' not found"}, status=404)
        return web.json_response({"model": body["model"], "response": "", "done": True, "done_reason": "load"})

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> bytes:
        return self.event({**_head(), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def _head() -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "small"}


def error_event(message: str, code: str) -> bytes:
    """An error in the middle of a stream."""
    return (
        b"data: " + json.dumps({"error": {"message": message, "type": "server_error", "code": code}}).encode() + b"\n\n"
    )
