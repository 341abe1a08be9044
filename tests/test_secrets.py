"""No secret of the settings ever comes out, whatever providers do: each is planted, and every sink is searched."""

import asyncio
import gc
import json
import traceback
from base64 import b64encode
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from support.blabber import Blabber, Manner, blabber
from support.caller_voice import chunks
from support.logged import everything_logged
from support.phone_call import ROOT

from callagent.app import App
from callagent.cli import main
from callagent.errors import CallagentError
from callagent.events import Event, ProviderFailed
from callagent.hooks import Hooks
from callagent.llm.model import Conversation, Message
from callagent.media.audio import SILENCE
from callagent.providers import make_provider
from callagent.recording.at_rest.files import key_id, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.settings.loading import load_settings
from callagent.settings.origins import fields_by_name
from callagent.settings.recording_keys import read_keys
from callagent.settings.settings import HIDDEN, Settings
from callagent.simulator.call_resource import Destination
from callagent.simulator.twilio import TwilioCarrier
from callagent.stt.transcriber import Hints
from callagent.tts.synthesizer import Speech

MARK = "canary"
SECRETS = sorted(name for name, info in Settings.model_fields.items() if info.annotation is SecretStr)
"""From the settings themselves: a new one is planted without anybody's thinking of it."""
SOUNDS_SECRET = ("key", "token", "secret", "password", "passphrase", "credential")
CHAINS = {"stt": "deepgram, scripted", "tts": "elevenlabs, scripted", "llm": "openai, groq, anthropic, scripted"}
CLOUD = [("stt", "deepgram"), ("tts", "elevenlabs"), ("llm", "openai"), ("llm", "groq"), ("llm", "anthropic")]
ADDRESSES = {"summary_webhook": "https://127.0.0.1:9/"}
"""How the value of a secret begins that has to be an address; nobody is there."""
ASKS = "can you help me choose something for a small room"
MANNERS: tuple[Manner, ...] = ("denies", "streams an error", "refuses")
SHOP = ROOT / "callagent" / "simulator" / "bench_shop"
"""Where every question goes to the model."""


KEY = b64encode(f"{MARK}-recordings".encode().ljust(32, b"."))
"""What encrypts the recordings: base64, of which no part may be marked."""


def planted(name: str) -> str:
    """The value of a secret setting."""
    if name == "recording_keys":
        return f"k1:{KEY.decode()}"
    return f"{ADDRESSES.get(name, '')}{MARK}-{name.replace('_', '-')}-0123456789abcdef"


IN_ADDRESS = f"shop:{planted('options')}"
"""User and password."""
SIGNS = (MARK, b64encode(IN_ADDRESS.encode()).decode(), KEY.decode().rstrip("="))
"""What must not come out: it, an address's password as it stands in a header, and the recordings' key as it is set."""


@dataclass
class Told:
    """Everything that came out of a server, by where."""

    sinks: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """What the providers were sent."""

    def add_files(self, folder: Path) -> None:
        """All below it; of what is encrypted, also what that says."""
        keys = KeyRing(read_keys(planted("recording_keys")))
        for path in folder.rglob("*"):
            if path.is_file():
                self.sinks[str(path.relative_to(folder))] = path.read_bytes().decode("latin-1")
                if key_id(path):
                    self.sinks[f"{path.name}, read"] = read_whole(path, keys).decode("latin-1")


def environment(server: Blabber, carrier: TwilioCarrier, folder: Path) -> Mapping[str, str]:
    """Of a server whose providers all are at one address, with every secret planted."""
    names = {field: name for name, field in reversed(fields_by_name().items())}
    url = f"http://{IN_ADDRESS}@{server.address}"
    options: dict[str, Mapping[str, Any]] = {
        "stt.deepgram": {"url": f"ws://{server.address}"},
        "tts.elevenlabs": {"base_url": url},
        "tts.scripted": {"first_audio_ms": 0, "speed": 1000.0},
        "llm.openai": {"base_url": f"http://{server.address}/v1"},
        "llm.groq": {"base_url": f"http://{server.address}/v1"},
        "llm.anthropic": {"base_url": f"http://{server.address}"},
        "stt.scripted": {"lines": [ASKS]},
    }
    database = f"sqlite+aiosqlite:///file:{folder}/callers.db?uri=true&nonsense={planted('database-url')}"
    given: dict[str, Any] = {
        **{name: planted(name) for name in SECRETS},
        **CHAINS,
        "options": json.dumps(options),
        "database_url": database,
        "twilio_account_sid": carrier.account.sid,
        "twilio_auth_token": carrier.account.auth_token,
        "twilio_api_url": carrier.api_url,
        "public_url": "https://shop.example.com",
        "shop": "bench",
        "flows": str(SHOP / "flows"),
        "prompts": str(SHOP / "prompts"),
        "recordings": str(folder / "recordings"),
        "cache": str(folder / "cache"),
        "port": "0",
        "log_level": "DEBUG",
    }
    return {names[name]: value for name, value in given.items()}


async def call_that_fails(manner: Manner, folder: Path, patch: pytest.MonkeyPatch) -> Told:
    """A server, a call in which every provider fails in that manner, and all that can be read of it."""
    told = Told()
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(repr(context)))
    async with blabber(manner) as server, TwilioCarrier() as carrier:
        for name, value in environment(server, carrier, folder).items():
            patch.setenv(name, value)
        settings = load_settings()
        app = App(settings, hooks=Hooks([told.events.append]))
        url = f"http://127.0.0.1:{app.port}"
        try:
            await app.start(url)
            await app.ready()
            call = await carrier.call(Destination(f"{url}/twilio/voice", f"{url}/twilio/status"))
            for chunk in [SILENCE] * 20 + await chunks(ASKS) + [SILENCE] * 100:
                await call.exchange(chunk)
            async with aiohttp.ClientSession() as http:
                for page in ("health", "ready", "metrics"):
                    async with http.get(f"{url}/{page}") as answer:
                        told.sinks[page] = f"{answer.headers} {await answer.text()}"
            await call.hang_up()
        finally:
            await app.stop()
        told.sinks["tracebacks"] = "\n".join([await traceback_of(*cloud, settings) for cloud in CLOUD])
        # What a client left half read belongs to this loop: the garbage of it must not be found in the doctor's thread.
        gc.collect()
        await asyncio.sleep(0)
        await asyncio.to_thread(main, ["doctor"])
        await asyncio.to_thread(main, ["doctor", "--json"])
        told.keys = server.keys
        told.sinks |= {"events": repr(told.events), "event loop": repr(complaints)}
        for sink, text in told.sinks.items():
            assert carrier.account.auth_token not in text, sink
    told.add_files(folder)
    return told


async def traceback_of(stage: str, name: str, settings: Settings) -> str:
    """How a provider's failure would look if nothing caught it."""
    provider = make_provider(stage, name, settings)
    outputs: Mapping[str, Any] = {
        "stt": lambda: provider.transcribe(audio(), Hints()),
        "tts": lambda: provider.synthesize(Speech("Hello.")),
        "llm": lambda: provider.reply(Conversation("Be brief.", (Message("caller", "Hello?"),))),
    }
    try:
        async with aclosing(outputs[stage]()) as pieces:
            async for _ in pieces:
                pass
    except CallagentError as error:
        return "".join(traceback.format_exception(error))
    finally:
        await provider.aclose()
    pytest.fail(f"{name} did not fail")


async def audio() -> Any:
    """A moment of it."""
    yield SILENCE


@pytest.mark.slow
@pytest.mark.parametrize("manner", MANNERS)
def test_no_secret_comes_out(
    manner: Manner, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in logs, events, summaries, the store, tracebacks, the doctor's words, or a page that the server shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("callagent.commands.doctor.configure_logs", lambda *_, **__: None)
    with everything_logged():
        told = asyncio.run(call_that_fails(manner, tmp_path, monkeypatch))
    told.sinks["output"], errors = capfd.readouterr()
    told.sinks["errors"] = errors
    failed = {event.provider for event in told.events if isinstance(event, ProviderFailed)}

    assert {sink for sink, text in told.sinks.items() if any(sign in text for sign in SIGNS)} == set()
    assert {"summary.json, read", "events.jsonl, read", "callers.db", "calls.db"} <= {Path(s).name for s in told.sinks}
    assert "call ended" in errors
    # Nor the caller's words or number: the fence in the logs had nothing to take out but the shop's own number.
    assert ASKS not in errors
    assert errors.count("⟦") == errors.count('"called": "⟦phone⟧"')
    assert told.sinks["output"].count("elevenlabs") >= 2  # once in each of the doctor's reports
    # Each was asked, and failed: the voice already when the prompts were made, so that it may be left alone since.
    assert failed >= {name for stage, name in CLOUD if stage != "tts"}
    assert "elevenlabs" in failed or '"provider": "elevenlabs", "before": "closed", "after": "open"' in errors
    assert manner == "refuses" or len([key for key in told.keys if any(sign in key for sign in SIGNS)]) > len(CLOUD)


def test_what_sounds_like_a_secret_is_one() -> None:
    """A setting with such a name has a value that hides itself, and that no error about settings shows."""
    suspicious = {name for name in Settings.model_fields if any(word in name for word in SOUNDS_SECRET)}

    assert suspicious <= set(SECRETS)
    assert set(SECRETS) <= HIDDEN


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_hides_itself(name: str) -> None:
    """Whoever prints the settings prints no secret."""
    given: dict[str, Any] = {name: SecretStr(planted(name))}
    settings = Settings(**given)

    assert not any(sign in repr(settings) or sign in str(settings.model_dump()) for sign in SIGNS)
