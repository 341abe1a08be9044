"""What goes to a model and what comes back, whichever service it is behind.

What it reads is cut to its limits, and in an order that every model's template takes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from callagent.errors import ConfigurationError
from callagent.llm.model import Conversation, Message, ToolCall

AFTERWARDS_S: Final = 0.2
"""How long the end of a stream is waited for once the answer is complete: a stream read to its end can be reused."""
FEWEST_TOKENS: Final = 16
"""Some services refuse a lower limit of an answer."""
BYTES_PER_TOKEN: Final = 3
"""Of English and of Hindi there are three to four: this errs on the side of what fits."""
MESSAGE_TOKENS: Final = 8
"""What a message costs besides its words."""
GO_ON: Final = "Go on right behind your last word. Do not repeat or sum up anything, and do not begin anew."
"""To a model that takes over an answer; as the caller's side, because many templates know only two sides."""
ON_THE_LINE: Final = Message("caller", "(The caller is on the line.)")
SILENT: Final = Message("caller", "(The caller says nothing.)")
"""Where the agent's side would be the first or the last, which templates and services refuse or take for a half-written
answer."""
UNENFORCED: Final = ("minLength", "maxLength", "pattern", "format")
"""Keywords of JSON schema that some services refuse; whoever asks checks the answer anyway."""
FENCED: Final = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
"""JSON as models write it when nothing holds them to the bare text."""


def check_options(model: str, base_url: str, max_tokens: int, context_tokens: int) -> None:
    """Raises ConfigurationError for options with which no answer could come about."""
    if not model.strip():
        raise ConfigurationError("`model` is empty; name the model as its server does, such as gemma3:1b.")
    if base_url and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", base_url):
        raise ConfigurationError("`base_url` is no address; it looks like http://127.0.0.1:11434/v1.")
    if not FEWEST_TOKENS <= max_tokens <= context_tokens // 2:
        raise ConfigurationError(
            f"`max_tokens` must be {FEWEST_TOKENS} or more, and no more than half of `context_tokens`."
        )


def tokens(text: str) -> int:
    """About so many, rather too many than too few."""
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN


def readable(conversation: Conversation, context_tokens: int, answer_tokens: int) -> tuple[Message, ...]:
    """The messages that fit beside everything else, oldest dropped first; the caller's side is the first and the last.

    The last message stays, whatever it takes.
    """
    fixed = [conversation.instructions, conversation.said, *(json.dumps(asdict(tool)) for tool in conversation.tools)]
    for done in conversation.rounds:
        fixed += [done.said, *done.results, *(call.name + call.arguments for call in done.calls)]
    left = context_tokens - answer_tokens - sum(map(tokens, fixed))
    kept: list[Message] = []
    for message in reversed(conversation.messages):
        left -= tokens(message.text) + MESSAGE_TOKENS
        if kept and left < 0:
            break
        kept.append(message)
    if not kept or kept[0].speaker == "agent":
        kept.insert(0, SILENT)
    if kept[-1].speaker == "agent":
        kept.append(ON_THE_LINE)
    return tuple(reversed(kept))


def enforceable(schema: Any) -> Any:
    """A JSON schema without the keywords that some services refuse."""
    if isinstance(schema, list):
        return [enforceable(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: {key: enforceable(one) for key, one in value.items()} if name == "properties" else enforceable(value)
        for name, value in schema.items()
        if name not in UNENFORCED
    }


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """A tool call's arguments as it goes back to a model: an object, empty where they were none."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def call_id(number: int, place: int) -> str:
    """A name for the call at `place` of round `number`: the ids of one provider are not to another's taste."""
    return f"call{number:02}{place:03}"


def bare_json(text: str) -> str:
    """JSON without the fence that a model put around it."""
    fenced = FENCED.search(text)
    return fenced[1] if fenced else text.strip()


def text_of(value: object) -> str:
    """What must be text, and need not be: no client checks what servers send. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
