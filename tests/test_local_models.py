"""Fetching the models that run on this machine, with the hub's own client against a hub on this machine."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from support.environment import environment
from support.hub_server import Files, Hub, hub_server, sha256
from support.tiny_whisper import make_tiny_whisper

from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.local_models import LocalModel, fetch, look, named_models
from callagent.settings.settings import Settings
from callagent.stt.whisper_worker import Setup, find
from callagent.tts.piper import PiperOptions

BASE = "Systran/faster-whisper-base"
VOICES = "rhasspy/piper-voices"
ALBA = "en/en_GB/alba/medium/en_GB-alba-medium.onnx"


def whisper_files(weights: bytes) -> Files:
    """What a model's repository holds, more or less."""
    small = {name: f'{{"{name}": 1}}'.encode() for name in ("config.json", "tokenizer.json", "vocabulary.json")}
    return {"model.bin": weights, **small, "README.md": b"not fetched"}


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub that has a model and a voice, and that the client takes for the real one."""
    import huggingface_hub
    from huggingface_hub import constants

    async with hub_server() as hub:
        hub.publish(BASE, whisper_files(b"one" * 1000))
        hub.publish(VOICES, {ALBA: b"a voice", f"{ALBA}.json": b"{}", "en/en_GB/alba/low/other.onnx": b"another"})
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
        yield hub
        huggingface_hub.close_session()


def settings(folder: Path, **options: Any) -> Settings:
    """Whisper and Piper, each with a named model."""
    given: dict[str, dict[str, Any]] = {
        "stt.whisper": {"model": "base"},
        "tts.piper": {"voices": {"en": "en_GB-alba-medium"}},
    }
    whisper, piper = options.get("whisper", {}), options.get("piper", {})
    given["stt.whisper"] |= whisper
    given["tts.piper"] |= piper
    return Settings(stt=("whisper", "pocketsphinx"), tts=("piper",), options=given, cache=folder / "cache")


def model(folder: Path, provider: str = "whisper", **options: Any) -> LocalModel:
    """One of the models of the settings."""
    return next(one for one in named_models(settings(folder, **{provider: options})) if one.provider == provider)


def setup(folder: Path, revision: str = "") -> Setup:
    """What the process that loads Whisper's model is started with."""
    cache = folder / "cache" / "models" / "whisper"
    return Setup("base", str(cache), revision, "", "int8", 1, 0, ("en",), 2.4)


async def test_a_model_is_fetched_and_found_by_whoever_loads_it(hub: Hub, tmp_path: Path) -> None:
    """All that it is made of and nothing else, with its version, digest and size; the second time nothing is sent."""
    told: list[tuple[int, int]] = []
    kept = await asyncio.to_thread(fetch, model(tmp_path), lambda got, of: told.append((got, of)))
    sent = list(hub.sent)
    again = await asyncio.to_thread(fetch, model(tmp_path))

    assert sorted(sent) == ["config.json", "model.bin", "tokenizer.json", "vocabulary.json"]
    assert (kept.version, kept.digest) == (hub.refs[BASE, "main"], sha256(b"one" * 1000))
    assert told[-1] == (kept.size, kept.size)
    assert again == kept == look(model(tmp_path))
    assert hub.sent == sent
    assert (find(setup(tmp_path)) / "model.bin").read_bytes() == b"one" * 1000


async def test_a_voice_is_fetched_and_found_by_its_name(hub: Hub, tmp_path: Path) -> None:
    """Until then the provider says how to get it."""
    voices = {"voices": {"en": "en_GB-alba-medium"}, "cache_dir": tmp_path / "cache"}
    with pytest.raises(ConfigurationError, match=r"'en_GB-alba-medium' is not there; fetch it with `callagent models"):
        PiperOptions(**voices)  # type: ignore[arg-type]
    await asyncio.to_thread(fetch, model(tmp_path, "piper"))
    options = PiperOptions(**voices)  # type: ignore[arg-type]

    assert options.file_of("en_GB-alba-medium").read_bytes() == b"a voice"
    assert sorted(hub.sent) == [ALBA, f"{ALBA}.json"]


async def test_an_earlier_version_can_be_gone_back_to(hub: Hub, tmp_path: Path) -> None:
    """By a provider's option, without fetching anything that is here."""
    old = hub.refs[BASE, "main"]
    await asyncio.to_thread(fetch, model(tmp_path))
    hub.publish(BASE, whisper_files(b"two" * 1000))
    await asyncio.to_thread(fetch, model(tmp_path))
    sent = len(hub.sent)
    back = await asyncio.to_thread(fetch, model(tmp_path, revision=old))

    assert (find(setup(tmp_path)) / "model.bin").read_bytes() == b"two" * 1000
    assert (find(setup(tmp_path, old)) / "model.bin").read_bytes() == b"one" * 1000
    assert back == look(model(tmp_path, revision=old))
    assert len(hub.sent) == sent


async def test_a_version_that_was_fetched_in_part_is_not_in_use(hub: Hub, tmp_path: Path) -> None:
    """The one before it stays; the next try has the rest."""
    before = await asyncio.to_thread(fetch, model(tmp_path))
    hub.publish(BASE, whisper_files(b"two" * 1000))
    hub.cut.add("model.bin")
    with pytest.raises(ProviderUnavailableError, match=r"'base' cannot be fetched"):
        await asyncio.to_thread(fetch, model(tmp_path))
    meanwhile = look(model(tmp_path)), (find(setup(tmp_path)) / "model.bin").read_bytes()
    hub.cut.clear()
    after = await asyncio.to_thread(fetch, model(tmp_path))

    assert meanwhile == (before, b"one" * 1000)
    assert after.digest == sha256(b"two" * 1000)


async def test_a_damaged_file_is_not_taken_for_a_whole_one(hub: Hub, tmp_path: Path) -> None:
    """It is fetched once more; when that is damaged as well, so it is said."""
    hub.damaged = {"model.bin": 1, "config.json": 1}
    kept = await asyncio.to_thread(fetch, model(tmp_path))
    hub.publish(BASE, whisper_files(b"two" * 1000))
    hub.damaged = {"model.bin": 2}
    with pytest.raises(ProviderUnavailableError, match=r"damaged model.bin"):
        await asyncio.to_thread(fetch, model(tmp_path))

    assert kept.digest == sha256(b"one" * 1000)
    assert look(model(tmp_path)) == kept


async def test_a_hub_that_lies_reaches_no_file_outside(hub: Hub, tmp_path: Path) -> None:
    """It calls a file by the path of another one, which is neither taken for a model nor deleted as a damaged one."""
    private = tmp_path / "private"
    private.write_bytes(b"not the hub's")
    hub.etags["model.bin"] = "../" * len(("cache", "models", "whisper", "models--of", "blobs")) + private.name
    with pytest.raises(ProviderRejectedError, match=r"wants model\.bin outside .* do not trust it"):
        await asyncio.to_thread(fetch, model(tmp_path))

    assert private.read_bytes() == b"not the hub's"
    assert look(model(tmp_path)) is None


async def test_a_file_that_was_damaged_on_this_machine_is_mended(hub: Hub, tmp_path: Path) -> None:
    """Fetching again is how an operator mends a disk's mistake."""
    await asyncio.to_thread(fetch, model(tmp_path))
    weights = find(setup(tmp_path)) / "model.bin"
    weights.resolve().write_bytes(b"junk")
    kept = await asyncio.to_thread(fetch, model(tmp_path))

    assert kept.digest == sha256(b"one" * 1000)
    assert weights.read_bytes() == b"one" * 1000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"model": "nobody/nothing"}, "nobody/nothing is not there"),
        ({"revision": "v9"}, "has no revision 'v9'"),
        ({"digest": "abc"}, "and not abc as the option `digest` says"),
    ],
)
async def test_what_the_hub_does_not_have_is_said(hub: Hub, tmp_path: Path, options: dict[str, str], says: str) -> None:
    """With its place; nothing is in use then."""
    wanted = model(tmp_path, **options)
    with pytest.raises(ProviderRejectedError, match=says):
        await asyncio.to_thread(fetch, wanted)

    assert look(wanted) is None


async def test_a_hub_that_is_down_is_named(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address and what it answers; without a network, the address and what to do."""
    hub.broken = 503
    with pytest.raises(ProviderUnavailableError, match=rf"{hub.url}/{BASE} answers 503"):
        await asyncio.to_thread(fetch, model(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ProviderUnavailableError, match=r"http://127.0.0.1:9/.*cannot be reached.*Check the network"):
        await asyncio.to_thread(fetch, model(tmp_path))


def test_only_models_that_are_in_use_are_named(tmp_path: Path) -> None:
    """A provider that no chain has needs none; files of one's own are named, and known by their digest."""
    tiny = make_tiny_whisper(tmp_path / "tiny")
    mine = model(tmp_path, model=str(tiny))
    kept = look(mine)

    assert named_models(Settings()) == ()
    assert mine.repository == ""
    assert kept is not None
    assert kept.digest == sha256((tiny / "model.bin").read_bytes())
    with pytest.raises(ConfigurationError, match=r"no model 'bse'. Did you mean 'base'"):
        model(tmp_path, model="bse")


async def command(folder: Path, hub: Hub, *arguments: str, **more: str) -> tuple[int | None, str]:
    """Run `callagent models ...`: exit status and output."""
    given = {"stt.whisper": {"model": "base"}, "tts.piper": {"voices": {"en": "en_GB-alba-medium"}}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callagent", "models", *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE,
        env=environment(
            folder, CALLAGENT_STT="whisper", CALLAGENT_TTS="piper,espeak", CALLAGENT_OPTIONS=json.dumps(given),
            HF_ENDPOINT=hub.url, HF_HOME=str(folder / "hub"), **more,
        ),
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_commands(hub: Hub, tmp_path: Path) -> None:
    """One model by name, then the table, which says what is missing."""
    pulled = await command(tmp_path, hub, "pull", "whisper", "--json")
    listed = await command(tmp_path, hub, "list")

    assert pulled[0] == 0
    assert [(one["model"], one["here"]) for one in json.loads(pulled[1])["models"]] == [("base", True)]
    assert listed[0] == 1
    assert sha256(b"one" * 1000)[:12] in listed[1]
    assert "callagent models pull" in listed[1]


async def test_the_list_tells_what_a_running_server_has_loaded(hub: Hub, tmp_path: Path) -> None:
    """It is asked where the settings say that it listens."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"models": [{"provider": "whisper", "name": "base", "memory": 123_000_000}]})

    await asyncio.to_thread(fetch, model(tmp_path))
    app = web.Application()
    app.router.add_get("/health", health)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, listed = await command(tmp_path, hub, "list", CALLAGENT_PORT=str(runner.addresses[0][1]))
    await runner.cleanup()

    assert "123 MB" in listed
