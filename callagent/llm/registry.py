"""The language models there are, by the name that settings use; see `callagent.registry.resolve`."""

from typing import Final

MODELS: Final = {
    "scripted": "callagent.llm.scripted:ScriptedModel",
}
"""Each class has a frozen dataclass `Options` and is built as ``Class(Class.Options(**options))``."""
