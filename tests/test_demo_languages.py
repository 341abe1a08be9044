"""`callagent demo` in Hindi and Hinglish, for real: one whole call each, from the sound of words to their meaning."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from support.environment import environment
from support.phone_call import ROOT

PATIENT_S = 240.0
"""A call takes a minute, and the first start a while; neither is what is tested here."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["hi", "hinglish"])
async def test_a_demo_reaches_its_end(tmp_path: Path, language: str) -> None:
    """Every word of the caller is understood, over the agent's voice too, and the agent says goodbye."""
    given = environment(tmp_path, CALLAGENT_STT="pocketsphinx", CALLAGENT_TTS="espeak", CALLAGENT_OPTIONS="{}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callagent", "demo", "--json", "--language", language, cwd=ROOT, env=given,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENT_S):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, errors.decode() + output.decode()
    result = json.loads(output)
    lines = (Path(result["folder"]) / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]

    assert result["reached_end"]
    assert result["summary"]["disposition"] == "goodbye"
    assert [one["by"] for one in result["summary"]["barge_ins"]] == ["voice"]
    assert [event["value"] for event in events if event["event"] == "AnswerTaken"] == [
        "price", {"hi": "ceiling fan", "hinglish": "tube light"}[language], "order status", "45127", "opening hours",
        "goodbye",
    ]  # fmt: skip
