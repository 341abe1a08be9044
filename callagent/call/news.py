"""What providers did, as events of the call that they did it in."""

from callagent.events import (
    BreakerChanged,
    Event,
    ProviderAnswered,
    ProviderConnected,
    ProviderDemoted,
    ProviderFailed,
    ProviderFellBack,
    ProviderRestored,
)
from callagent.resilience.incidents import (
    Answered,
    BreakerMoved,
    Connected,
    Demoted,
    Failed,
    Incident,
    Restored,
    TookOver,
)


def event_of(at_s: float, incident: Incident) -> Event:  # noqa: PLR0911 one for each kind
    """An incident, at the time at which the call heard of it."""
    match incident:
        case Failed(stage, provider, error):
            return ProviderFailed(at_s=at_s, stage=stage, provider=provider, error=error)
        case TookOver(stage, failed, provider, after_s):
            after_s = round(after_s, 4)
            return ProviderFellBack(at_s=at_s, stage=stage, failed=failed, took_over=provider, after_s=after_s)
        case Connected(stage, provider, ready):
            return ProviderConnected(at_s=at_s, stage=stage, provider=provider, ready=ready)
        case Answered(stage, provider, first_s, flaw):
            first_s = round(first_s, 4)
            return ProviderAnswered(at_s=at_s, stage=stage, provider=provider, first_s=first_s, flaw=flaw)
        case BreakerMoved(stage, provider, before, after):
            return BreakerChanged(at_s=at_s, stage=stage, provider=provider, before=before, after=after)
        case Demoted(stage, provider, reason):
            return ProviderDemoted(at_s=at_s, stage=stage, provider=provider, reason=reason)
        case Restored(stage, provider):
            return ProviderRestored(at_s=at_s, stage=stage, provider=provider)
