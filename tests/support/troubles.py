"""Of what providers did, only what went wrong."""

from collections.abc import Callable

from callagent.resilience.incidents import Answered, Incident


def troubles(kept: list[Incident]) -> Callable[[Incident], None]:
    """A listener that keeps every incident but that a provider did its work."""

    def listen(incident: Incident) -> None:
        if not isinstance(incident, Answered):
            kept.append(incident)

    return listen
