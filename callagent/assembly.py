"""What a server is put together from: who works in its calls, who knows callers, the places it writes to.

Everything here is read and checked before anything is started.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callagent.call.ahead import PromptsAhead
from callagent.call.callers import Reception
from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Limits, Services
from callagent.clock import Clock
from callagent.edition import Edition
from callagent.errors import ConfigurationError
from callagent.hooks import Hooks
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.providers import make_model, make_synthesizer, make_transcriber
from callagent.resilience.roster import Roster
from callagent.settings.origins import origin_of
from callagent.settings.settings import Settings
from callagent.telephony.destinations import Destinations
from callagent.telephony.twilio.account import TwilioAccount
from callagent.tts.cache import CachedSynthesizer
from callagent.turn.smart_turn import SmartTurn, load_turn_model

if TYPE_CHECKING:
    from callagent.recording.delivery import Delivery
    from callagent.store.callers import SqlCallerMemory

UNDELIVERED: Final = ".undelivered"
"""Below the recordings: summaries on their way to the shop."""


def make_services(
    settings: Settings,
    clock: Clock,
    heartbeat: Heartbeat,
    edition: Edition,
    roster: Roster,
    memory: "SqlCallerMemory | None",
    turn_judge: SmartTurn | None,
    hooks: Hooks,
) -> Services:
    """Everybody who works in calls; the providers enter themselves in the roster. Raises ConfigurationError."""
    refit = hooks.refit
    model = refit("llm", make_model(settings, clock, roster))
    synthesizer = refit("tts", make_synthesizer(settings, clock, roster))
    voice = CachedSynthesizer(synthesizer, settings.cache.expanduser() / "speech")
    return Services(
        clock=clock,
        heartbeat=heartbeat,
        voice_pool=VoicePool(load_voice_model()),
        dialogue=edition.dialogue,
        transcriber=refit("stt", make_transcriber(settings, clock, roster)),
        synthesizer=voice,
        look_up=edition.look_up,
        model=model,
        ahead=PromptsAhead(voice, heartbeat),
        voice=settings.voice,
        voices=settings.voices,
        reception=make_reception(memory, settings),
        subjects=edition.subjects,
        noise=settings.noise,
        turn_judge=turn_judge,
        may_ring=Destinations(settings.dial_allowed).allow_transfer,
        limits=Limits(
            call_s=settings.longest_call_s,
            silent_s=settings.silent_call_s,
            understand_s=settings.understand_within_s,
        ),
    )


def make_turn_judge(settings: Settings) -> SmartTurn | None:
    """Who judges whether a turn sounds complete; None where nobody is to. Raises ConfigurationError."""
    return SmartTurn(load_turn_model()) if settings.smart_turn else None


def make_account(settings: Settings, public_url: str = "") -> TwilioAccount | None:
    """The shop's account with Twilio, if it has one; `public_url` is where Twilio reaches us, if not as set."""
    if not settings.twilio_account_sid:
        return None
    return TwilioAccount(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        public_url=public_url or settings.public_url,
        api_url=settings.twilio_api_url or None,
    )


def make_memory(settings: Settings) -> "SqlCallerMemory | None":
    """Where callers are remembered from call to call; None without a database. Raises ConfigurationError."""
    if not settings.database_url:
        return None
    from callagent.store.callers import SqlCallerMemory  # a second that most servers need not wait

    return SqlCallerMemory(settings.database_url)


def make_delivery(settings: Settings) -> "Delivery | None":
    """Who posts the calls' summaries to the shop; None where nobody is to."""
    url = settings.summary_webhook.get_secret_value()
    if not url:
        return None
    from callagent.recording.delivery import Delivery  # most servers need not wait for it

    return Delivery(url, settings.recordings / UNDELIVERED)


def make_reception(memory: "SqlCallerMemory | None", settings: Settings) -> Reception | None:
    """Who knows callers from earlier calls; None without a memory. Raises ConfigurationError."""
    if memory is None:
        return None
    try:
        return Reception(memory, settings.callers_secret.get_secret_value())
    except ValueError as error:
        raise ConfigurationError(f"{origin_of('callers_secret')}: {error}.") from None


def check_recordings(folder: Path) -> None:
    """Make the folder of the recordings. Raises ConfigurationError when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{origin_of('recordings')}: recordings cannot be kept in {folder} ({error.strerror}). Set "
            "CALLAGENT_RECORDINGS to a folder that this user may write to."
        ) from error
