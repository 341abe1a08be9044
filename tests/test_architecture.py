"""The map in the README holds: imports point down, nothing goes in circles, vendors stay behind their wall."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "callagent"

ROOT_ROOMS = {
    "app",
    "assembly",
    "call_taker",
    "diallers",
    "doctor",
    "edition",
    "elsewhere",
    "event_loop",
    "flow_dialogue",
    "health",
    "hooks",
    "keeping",
    "late_store",
    "live_calls",
    "local_models",
    "overhead",
    "oversight",
    "providers",
    "quality",
    "recordings",
    "replay",
    "sip_assembly",
    "turn_bench",
    "views",
    "warm_up",
    "workers",
}
COMMANDS = {"__main__", "cli", "commands"}

LAYERS = [
    {"errors"},
    {"alone", "clock", "registry", "events", "evidence", "media", "content"},
    {"resilience"},
    {"telephony", "turn", "stt", "llm", "tts", "dialogue", "knowledge", "simulator"},
    {"call", "workshop"},
    {"store", "recording", "monitor"},
    {"web"},
    {"settings", "logs"},
    ROOT_ROOMS,
    COMMANDS,
]
"""From the bottom up. A room may import any room of a lower layer, and none of its own layer or above."""

FAMILIES = [
    {"alone", "clock", "registry", "events", "evidence", "media", "content"},
    ROOT_ROOMS,
    COMMANDS,
]
"""Layers whose members may import each other, without going in circles."""

SEALED = {"settings": {"errors"}, "logs": {"recording"}, "simulator": {"errors", "clock", "media", "content"}}
"""Rooms that may import only these."""

WALLS = {
    "pipecat": {"call/frames.py", "call/pipeline.py", "call/stages/"},
    "loguru": {"call/__init__.py"},
    "twilio": {
        "telephony/twilio/account.py",
        "telephony/twilio/client.py",
        "telephony/twilio/queueing.py",
        "telephony/twilio/rest.py",
        "telephony/twilio/routes.py",
        "telephony/twilio/transfers.py",
    },
    "sipmessage": {"telephony/sip/"},
    "dns": {"telephony/sip/network/resolve.py"},
    "pylibsrtp": {"media/srtp.py"},
    "pocketsphinx": {"stt/"},
    "deepgram": {"stt/deepgram"},
    "websockets": {"stt/deepgram_wire.py"},
    "faster_whisper": {"stt/whisper"},
    "huggingface_hub": {"local_models.py"},
    "tqdm": {"local_models.py"},
    "espeakng_loader": {"stt/", "tts/espeak"},
    "edge_tts": {"tts/edge.py"},
    "av": {"tts/mp3.py"},
    "elevenlabs": {"tts/elevenlabs.py"},
    "httpx": {"tts/elevenlabs.py"},
    "piper": {"tts/piper.py"},
    "onnxruntime": {"media/vad.py", "turn/smart_turn.py", "tts/piper.py"},
    "soxr": {"media/resample.py"},
    "openai": {"llm/openai.py", "llm/presets.py"},
    "anthropic": {"llm/anthropic.py"},
    "httpx2": {"llm/"},
    "aiohttp": {
        "knowledge/http_service.py",
        "telephony/",
        "simulator/",
        "tts/edge",
        "recording/delivery.py",
        "web/",
    },
    "aiohttp_retry": {"recording/delivery.py"},
    "pydantic": {"settings/", "providers.py", "doctor.py"},
    "pydantic_settings": {"settings/"},
    "prometheus_client": {"web/metrics.py"},
    "sqlalchemy": {"store/"},
    "aiosqlite": {"store/"},
    "rapidfuzz": {"dialogue/understanding/", "knowledge/", "replay/compare.py"},
    "boto3": {"recording/buckets.py"},
    "botocore": {"recording/buckets.py"},
    "types_boto3_s3": {"recording/buckets.py"},
    "cryptography": {"recording/at_rest/cipher.py"},
    "alembic": {"store/migrations/"},
    "pybreaker": {"resilience/breaker.py"},
    "num2words": {"content/english_numbers.py"},
    "resvg_py": {"quality/pixels.py"},
    "uvloop": {"event_loop.py"},
    "rich": {"commands/", "simulator/bench_table.py", "simulator/turns/table.py"},
}
"""Vendors' packages and the only files that may import them, as beginnings of paths."""


def modules() -> list[Path]:
    """Every file of the package."""
    return sorted(ROOT.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a file is in, or is."""
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Dotted names of all modules that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return frozenset(found)


def rooms_imported(path: Path) -> set[str]:
    """The rooms that a file imports from."""
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("callagent.")}


def layer_of(room: str) -> int:
    """How high a room lies."""
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    """A room imports only rooms below it."""
    room = room_of(path)
    if room == "__init__":
        assert rooms_imported(path) == set()
        return
    family = next((family for family in FAMILIES if room in family), set())
    allowed = {other for other in set().union(*LAYERS) if layer_of(other) < layer_of(room)} | family | {room}
    if room in SEALED:
        allowed = SEALED[room] | {room}

    assert rooms_imported(path) - allowed == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_vendors_stay_behind_their_wall(path: Path) -> None:
    """A vendor's package is imported only in the files that exist for it."""
    relative = str(path.relative_to(ROOT))
    trespassers = {
        vendor
        for vendor, homes in WALLS.items()
        if vendor in {name.split(".")[0] for name in imports_of(path)} and not relative.startswith(tuple(homes))
    }

    assert trespassers == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    """Module by module, the imports make no circle."""
    names = {".".join(("callagent", *path.relative_to(ROOT).with_suffix("").parts)): path for path in modules()}
    graph = {name: {target for target in imports_of(path) if target in names} for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in graph[name]:
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())

    assert done == set(graph)


def test_the_call_knows_no_provider_and_no_carrier() -> None:
    """The call's room imports contracts: never a file that implements one."""
    contracts = {"callagent.stt.transcriber", "callagent.llm.model", "callagent.tts.synthesizer"}
    contracts |= {"callagent.telephony.leg", "callagent.telephony.masking", "callagent.dialogue.actions"}
    # What a model may be told and may say; pure, and nothing to be exchanged for another.
    pure = ("answers", "commands", "evidence", "grounding", "guard", "lead_in", "privacy", "records", "standing")
    contracts |= {f"callagent.dialogue.{name}" for name in pure}
    outside = ("callagent.stt.", "callagent.llm.", "callagent.tts.", "callagent.telephony.", "callagent.dialogue.")
    named = {
        name.rsplit(".", 1)[0] if name.rsplit(".", 1)[0] in contracts else name
        for path in modules()
        if room_of(path) == "call"
        for name in imports_of(path)
        if name.startswith(outside)
    }

    assert named - contracts == set()
