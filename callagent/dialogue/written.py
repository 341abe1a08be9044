"""What staff have written for callers to hear."""

from collections.abc import Iterator

from callagent.dialogue.flow import Flow


def written_for_all(flow: Flow) -> Iterator[str]:
    """The sentences of all prompts, in all languages, without the values that are filled in."""
    for prompts in flow.prompts.values():
        for line in prompts.lines.values():
            for template in line.wordings.values():
                for sentence in template.sentences:
                    yield "".join(piece if isinstance(piece, str) else "…" for piece in sentence)
