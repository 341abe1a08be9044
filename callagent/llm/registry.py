"""The language models there are, by the name that settings use; see `callagent.registry.resolve`."""

from typing import Final

MODELS: Final = {
    "anthropic": "callagent.llm.anthropic:AnthropicModel",
    "groq": "callagent.llm.presets:GroqModel",
    "ollama": "callagent.llm.presets:OllamaModel",
    "openai": "callagent.llm.openai:OpenAIModel",
    "scripted": "callagent.llm.scripted:ScriptedModel",
    "vllm": "callagent.llm.presets:VllmModel",
}
"""Each class has a frozen dataclass `Options` and is built as ``Class(Class.Options(**options))``."""
