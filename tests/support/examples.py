"""The recorded examples: how they were made, and what they are replayed with.

`uv run python tests/support/examples.py` makes them anew, after a change of what is recorded.
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from support.phone_call import CALLER, MORNING, ROOT, Setting
from support.recorded_call import kept_call

from callagent.dialogue.written import written_for_all
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.recording.folder import CallFolder, Recordings
from callagent.recording.redaction import public_in
from callagent.simulator.script import parse_script
from callagent.stt.scripted import ScriptedTranscriber

EXAMPLES = ROOT / "recordings" / "examples"
SHOP = EXAMPLES / "shop"
SCRIPTS = Path(__file__).parent.parent / "replay" / "examples"
LANGUAGES = {"rate_in_hinglish": "hinglish"}
"""That calls begin in, where it is not English."""


@cache
def dialogue(language: str) -> FlowDialogue:
    """The flow of the examples' shop."""
    flow = SHOP / "flows" / "corner"
    return FlowDialogue(flow, SHOP / "prompts" / "corner", open_shop(flow), language=language)


@cache
def public() -> frozenset[tuple[str, str]]:
    """What that shop tells everybody."""
    return public_in(written_for_all(dialogue("en").flow))


def setting(language: str, cache: Path) -> Setting:
    """What a call of theirs has around it."""
    return Setting(
        cache,
        flow=SHOP / "flows" / "corner",
        began=MORNING,
        dialogue=dialogue(language),
        transcriber=ScriptedTranscriber(ScriptedTranscriber.Options(interims=True)),
        info=replace(CALLER, call_id="CAexample", caller="+919000000001"),
    )


def examples() -> list[CallFolder]:
    """All of them."""
    return list(Recordings(EXAMPLES).all())


def make(script: Path) -> CallFolder:
    """Have a call, and keep it in place of the one that there was."""
    place = EXAMPLES / script.stem
    shutil.rmtree(place, ignore_errors=True)
    language = LANGUAGES.get(script.stem, "en")
    with tempfile.TemporaryDirectory() as cache:
        spoken = parse_script(script.read_text(encoding="utf-8"), script.name)
        return kept_call(setting(language, Path(cache)), spoken, place, public())


if __name__ == "__main__":
    for script in sorted(SCRIPTS.glob("*.yaml")):
        sys.stdout.write(f"{make(script).path}\n")
