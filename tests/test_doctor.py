"""The doctor: what is said of providers that work, and of those that do not."""

import hashlib
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import SecretStr
from support.bucket_server import bucket_server

from callagent.cli import main
from callagent.clock import ManualClock
from callagent.doctor import Place, examine, examine_places
from callagent.errors import ProviderDeniedError, ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.settings.settings import Settings
from callagent.tts.registry import SYNTHESIZERS
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo


class CloudVoice:
    """A voice that needs the network, and fails as it is told to."""

    error: ClassVar[ProviderError | None] = None
    closed: ClassVar[int] = 0

    @dataclass(frozen=True)
    class Options:
        """None."""

    def __init__(self, options: Options) -> None:
        self.options = options

    @property
    def info(self) -> SynthesizerInfo:
        """As data."""
        return SynthesizerInfo("cloud", "1", (), word_times=False, needs_network=True)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """One sound, or the error."""
        if CloudVoice.error is not None:
            raise CloudVoice.error
        yield SpeechChunk(speech.text.encode())

    async def aclose(self) -> None:
        """Count it."""
        CloudVoice.closed += 1


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice is known by name."""
    monkeypatch.setitem(SYNTHESIZERS, "cloud", f"{__name__}:CloudVoice")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(CloudVoice, "error", None)
    monkeypatch.setattr(CloudVoice, "closed", 0)


SETTINGS = Settings(stt=("scripted",), tts=("cloud", "espeak"), llm=("scripted",))


async def test_each_provider_is_tried_once() -> None:
    """In the order of the configuration, with the time to its first output."""
    findings = await examine(SETTINGS, ManualClock())

    assert [(one.stage, one.provider, one.state) for one in findings] == [
        ("stt", "scripted", "works"),
        ("llm", "scripted", "works"),
        ("tts", "cloud", "works"),
        ("tts", "espeak", "works"),
    ]
    assert all(one.took_ms is not None for one in findings)
    assert all(one.models == () for one in findings)
    assert CloudVoice.closed == 1


async def test_who_is_added_behind_the_last_is_tried_as_well() -> None:
    """Calls rely on it when the network is gone; where somebody named needs none, nobody is added."""
    findings = await examine(Settings(stt=("scripted",), tts=("cloud",)), ManualClock(), offline=True)

    assert [(one.stage, one.provider, one.state) for one in findings] == [
        ("stt", "scripted", "works"),
        ("tts", "cloud", "not tried"),
        ("tts", "espeak", "works"),
    ]


async def test_who_is_added_for_a_language_alone_is_tried() -> None:
    """The usual order ends with a voice on this machine, the one for Hindi does not."""
    settings = Settings(stt=("scripted",), tts=("scripted",), in_language={"hi": {"tts": ("cloud",)}})
    findings = await examine(settings, ManualClock(), offline=True)

    assert [one.provider for one in findings if one.stage == "tts"] == ["scripted", "cloud", "espeak"]


async def test_offline_leaves_out_what_needs_the_network() -> None:
    """It is said, and is no failure."""
    findings = await examine(SETTINGS, ManualClock(), offline=True)

    assert [one.state for one in findings] == ["works", "works", "not tried", "works"]
    assert all(one.well for one in findings)


async def test_a_key_that_was_never_filled_in_is_named() -> None:
    """Nobody is asked with it."""
    settings = Settings(stt=("deepgram",), tts=("espeak",), deepgram_api_key=SecretStr("your-key-here"))
    finding = (await examine(settings, ManualClock()))[0]

    assert (finding.state, finding.says) == ("fails", "its key is a placeholder")
    assert "Check key and account" in finding.remedy


async def test_a_placeholder_among_the_options_is_named() -> None:
    """It is what would be asked with, whatever the setting says."""
    settings = Settings(
        stt=("scripted",), tts=("scripted",), llm=("openai",), options={"llm.openai": {"api_key": "your-key"}}
    )
    finding = (await examine(settings, ManualClock()))[1]

    assert (finding.provider, finding.says) == ("openai", "its key is a placeholder")


async def test_a_missing_key_is_named_without_a_network() -> None:
    """To find that out nobody needs to be asked."""
    findings = await examine(
        Settings(stt=("scripted",), tts=("scripted",), llm=("openai",)), ManualClock(), offline=True
    )

    assert [(one.provider, one.state) for one in findings if not one.well] == [("openai", "fails")]
    assert "OPENAI_API_KEY" in findings[1].says


async def test_a_wrong_name_for_a_language_is_blamed_on_it() -> None:
    """Not on the usual order."""
    settings = Settings(stt=("scripted",), tts=("scripted",), in_language={"hi": {"stt": ("wisper",)}})
    finding = (await examine(settings, ManualClock(), offline=True))[1]

    assert finding.says.startswith("CALLAGENT_IN_LANGUAGE: 'wisper'")


async def test_a_model_on_this_machine_is_told_with_its_memory() -> None:
    """As long as it is loaded."""
    tiny = Path(__file__).parent / "tts" / "data" / "tiny.onnx"
    settings = Settings(stt=("scripted",), tts=("piper",), options={"tts.piper": {"voices": {"en": str(tiny)}}})
    voice = (await examine(settings, ManualClock()))[1]

    assert [(one.provider, one.name, one.memory) for one in voice.models] == [("piper", "tiny", tiny.stat().st_size)]
    assert voice.models[0].digest == hashlib.sha256(tiny.read_bytes()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ProviderDeniedError("cloud", "status 401"), "Check key and account"),
        (ProviderUnavailableError("cloud", "refused"), "its address, the network"),
        (ProviderTimeoutError("cloud", "late"), "status page"),
    ],
)
async def test_a_failure_comes_with_what_to_do(
    error: ProviderError, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose fault it is decides."""
    monkeypatch.setattr(CloudVoice, "error", error)
    findings = {one.provider: one for one in await examine(SETTINGS, ManualClock()) if one.stage == "tts"}

    assert findings["cloud"].state == "fails"
    assert remedy in findings["cloud"].remedy
    assert findings["espeak"].well


def test_the_command_fails_when_a_provider_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, and the whole truth as JSON."""
    monkeypatch.setattr(CloudVoice, "error", ProviderDeniedError("cloud", "status 401"))
    monkeypatch.setenv("CALLAGENT_STT", "scripted")
    monkeypatch.setenv("CALLAGENT_TTS", "cloud, espeak")

    assert main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["providers"]
    assert [(one["provider"], one["state"]) for one in told] == [
        ("scripted", "works"),
        ("cloud", "fails"),
        ("espeak", "works"),
    ]


def test_people_who_may_not_be_rung_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A warning: the exit status is that of the providers. Without a list there is nothing to say."""
    monkeypatch.setenv("CALLAGENT_TTS", "scripted")
    monkeypatch.setenv("CALLAGENT_STT", "scripted")
    assert main(["doctor", "--json"]) == 0
    assert "people_outside" not in json.loads(capsys.readouterr().out)
    monkeypatch.setenv("CALLAGENT_DIAL_ALLOWED", "+919800000002")
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people_outside"] == ["counter", "trade counter"]
    assert main(["doctor"]) == 0
    assert "people counter: no caller can be handed over" in " ".join(capsys.readouterr().out.split())


async def test_places_where_calls_are_kept_are_asked(tmp_path: Path) -> None:
    """Those that are configured; offline, only those on this machine."""
    with bucket_server() as server:
        place = f"s3://{server.new_bucket()}?endpoint={server.url}"
        settings = Settings(calls_url=f"sqlite:///{tmp_path}/calls.db", recordings_bucket=place)
        well = await examine_places(settings)
        offline = await examine_places(settings, offline=True)
        bad = settings.model_copy(
            update={
                "calls_url": "sqlite:////nowhere/calls.db",
                "recordings_bucket": f"s3://missing?endpoint={server.url}",
            }
        )
        failing = await examine_places(bad)

    assert await examine_places(Settings()) == ()
    assert well == (Place("database of calls", "works"), Place("bucket", "works"))
    assert offline == (well[0], Place("bucket", "not tried", "needs the network"))
    assert [one.well for one in failing] == [False, False]
    assert "CALLAGENT_CALLS_URL" in failing[0].says
    assert "CALLAGENT_RECORDINGS_BUCKET" in failing[1].says


def test_the_command_tells_of_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line each, and as JSON; one that does not answer is a failure."""
    monkeypatch.setenv("CALLAGENT_STT", "scripted")
    monkeypatch.setenv("CALLAGENT_TTS", "scripted")
    monkeypatch.setenv("CALLAGENT_CALLS_URL", f"sqlite:///{tmp_path}/calls.db")
    assert main(["doctor"]) == 0
    assert "database of calls works" in capsys.readouterr().out
    monkeypatch.setenv("CALLAGENT_CALLS_URL", "sqlite:////nowhere/calls.db")
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["places"][0]["state"] == "fails"
