"""What a server is put together from: who works in its calls, who knows callers, the places it writes to.

Everything here is read and checked before anything is started.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from callagent.call.ahead import PromptsAhead
from callagent.call.callers import Reception
from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Limits, Services
from callagent.clock import Clock, SystemClock
from callagent.edition import Edition
from callagent.errors import ConfigurationError
from callagent.hooks import Hooks
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.providers import make_model, make_synthesizer, make_transcriber
from callagent.recording.callers_key import make_key_of
from callagent.recording.folder_names import UNDELIVERED
from callagent.recordings import make_call_store_if_any, open_recordings
from callagent.resilience.roster import Roster
from callagent.settings.origins import origin_of
from callagent.settings.recordings_bucket import read_bucket
from callagent.settings.settings import Settings
from callagent.telephony.destinations import Destinations
from callagent.telephony.twilio.account import TwilioAccount
from callagent.tts.cache import CachedSynthesizer
from callagent.turn.smart_turn import SmartTurn, load_turn_model

if TYPE_CHECKING:
    from callagent.recording.buckets import Bucket
    from callagent.recording.delivery import Delivery
    from callagent.recording.forgetting import Forgets
    from callagent.store.callers import SqlCallerMemory


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
        key_of=make_key_of(settings.recordings, settings.callers_secret.get_secret_value()),
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
    from callagent.recording.changes import WholeFiles
    from callagent.recording.delivery import Delivery  # most servers need not wait for it

    return Delivery(url, settings.recordings / UNDELIVERED, WholeFiles(open_recordings(settings).keys))


def make_bucket(settings: Settings) -> "Bucket | None":
    """Where recordings are copied to; None for nowhere. For one thread at a time. Raises ConfigurationError."""
    place = read_bucket(settings.recordings_bucket)
    if place is None:
        return None
    from callagent.recording.buckets import Bucket

    return Bucket(place.bucket, place.prefix, place.endpoint)


def make_forgets(settings: Settings, recordings: Path | None = None) -> "tuple[Forgets, ...]":
    """Whoever keeps something of callers or calls besides their folders. Raises ConfigurationError."""
    memory, bucket = make_memory(settings), make_bucket(settings)
    from callagent.elsewhere import BucketCalls, RecordedCalls
    from callagent.recording.sound_tests import SoundTests

    folder, keys = recordings or settings.recordings, open_recordings(settings).keys
    records = RecordedCalls(folder, lambda: make_call_store_if_any(settings, folder), keys)
    files = () if bucket is None else (BucketCalls(folder, bucket, records),)
    return (*(() if memory is None else (_RememberedCallers(memory),)), SoundTests(settings.flows), *files, records)


class _RememberedCallers:
    """What callers chose to be known by; nothing in it is by call."""

    name = "callers known from earlier calls"

    def __init__(self, memory: "SqlCallerMemory") -> None:
        self._memory = memory

    async def forget(self, caller_key: str) -> int:
        """Delete all that is kept of a caller. Raises StoreError."""
        now = SystemClock().wall()
        try:
            await self._memory.open(now)
            known = await self._memory.recall(caller_key, now) is not None
            await self._memory.forget(caller_key)
        finally:
            await self._memory.aclose()
        return int(known)

    async def delete(self, _call: str) -> int:
        """Nothing is kept of a call."""
        return 0


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
