"""Messages as Anthropic streams them, on loopback."""

import json
from collections.abc import Mapping
from typing import Any

from support.model_server import ModelServer, Refusal

from callagent.llm.model import ToolCall

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class AnthropicServer(ModelServer):
    """POST /v1/messages."""

    path = "/v1/messages"

    def event(self, event: Mapping[str, Any]) -> bytes:
        """Named by its type."""
        return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()

    def begin(self) -> list[bytes]:
        """An empty message, and a ping as there may be anywhere."""
        message: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "small",
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": 20, "output_tokens": 1},
        }
        return [self.event({"type": "message_start", "message": message}), self.event({"type": "ping"})]

    def words(self, text: str) -> list[bytes]:
        """A block of its own: the adapter must not care."""
        start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        return [self.event(one) for one in (start, delta, {"type": "content_block_stop", "index": 0})]

    def call(self, call: ToolCall) -> list[bytes]:
        """Its name, then its arguments in two parts."""
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        half = len(call.arguments) // 2
        deltas = [
            {
                "type": "content_block_delta",
                "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": part},
            }
            for part in (call.arguments[:half], call.arguments[half:])
        ]
        start = {"type": "content_block_start", "index": 1, "content_block": block}
        return [self.event(one) for one in (start, *deltas, {"type": "content_block_stop", "index": 1})]

    def finish(self, reason: str | None, *, called: bool) -> list[bytes]:
        """The reason, and the mark of the end."""
        delta = {"stop_reason": reason or ("tool_use" if called else "end_turn"), "stop_sequence": None}
        last = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}}
        return [self.event(last), self.event({"type": "message_stop"})]

    def refusal(self, refusal: Refusal) -> dict[str, Any]:
        """As the API puts it."""
        error = {"type": TYPES.get(refusal.status, "api_error"), "message": "no", **refusal.error}
        return {"type": "error", "error": error}
