"""The commands as an operator runs them: in a process of their own."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest
from support.environment import command, environment
from support.phone_call import ROOT

from callagent.cli import main
from callagent.simulator.call_resource import Account, Destination
from callagent.simulator.twilio import TwilioCarrier

pytestmark = pytest.mark.timeout(240)  # each starts a process or two, on whatever machine

SID = "AC0123456789abcdef0123456789abcdef"
SECRET = "d1f3a5b7c9e0d2f4a6b8c0e1d3f5a7b9"


async def run(folder: Path, *arguments: str, **given: str) -> tuple[int | None, str, str]:
    """Run a command to its end: exit status, output, errors."""
    pipe = asyncio.subprocess.PIPE
    async with command(*arguments, cwd=folder, env=environment(folder, **given), stdout=pipe, stderr=pipe) as process:
        async with asyncio.timeout(200):
            output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_serve_without_secrets_says_which(tmp_path: Path) -> None:
    """Each missing setting is named with how to set it; nothing is started."""
    status, _, errors = await run(tmp_path, "serve")

    assert status == 2
    assert all(name in errors for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL", ".env"))
    assert "Traceback" not in errors


async def test_serve_with_a_mistake_in_a_flow_says_where(tmp_path: Path) -> None:
    """File, line, what is wrong and what would be right."""
    shop = tmp_path / "flows" / "electrical"
    shop.mkdir(parents=True)
    for path in (ROOT / "flows" / "electrical").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        (shop / path.name).write_text(text.replace("say: our_hours", "say: our_hour"), encoding="utf-8")
    status, _, errors = await run(
        tmp_path, "serve", CALLAGENT_FLOWS="flows",
        TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=SECRET, PUBLIC_URL="https://shop.example.org",
    )  # fmt: skip

    assert status == 2
    assert "flows/electrical/flow.yaml:" in errors
    assert "our_hours" in errors
    assert SECRET not in errors


async def test_serve_takes_a_call_and_drains(tmp_path: Path) -> None:
    """It gets ready, takes a call, and after SIGTERM ends when the call has ended, with one summary in the log."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    given = environment(tmp_path, TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=SECRET, PUBLIC_URL=url)
    async with (
        TwilioCarrier(Account(SID, SECRET)) as carrier,
        aiohttp.ClientSession() as http,
        command(
            "serve", "--port", str(port), cwd=tmp_path, env=given | {"TWILIO_API_URL": carrier.api_url},
            stderr=asyncio.subprocess.PIPE,
        ) as process,
    ):  # fmt: skip
        assert process.stderr is not None
        async with asyncio.timeout(90):
            while b'"ready"' not in await process.stderr.readline():
                pass
        async with http.get(f"{url}/ready") as ready:
            assert ready.status == 200
        call = await carrier.call(Destination(f"{url}/twilio/voice", f"{url}/twilio/status"))
        process.send_signal(signal.SIGTERM)
        for _ in range(10):
            await call.exchange(bytes(320))
        call.press("9")
        while await call.exchange(bytes(320)) is not None:
            pass
        async with asyncio.timeout(90):
            log = (await process.stderr.read()).decode()
            await process.wait()
    ended = [json.loads(line) for line in log.splitlines() if '"call ended"' in line]

    assert process.returncode == 0
    assert [(entry["disposition"], entry["ended_by"]) for entry in ended] == [("goodbye", "agent")]
    assert (ended[0]["call_id"], ended[0]["flow"]) == (call.ids.call, "electrical")
    assert "9800000000" not in log


async def test_a_demo_in_an_unknown_language_says_which_there_are(tmp_path: Path) -> None:
    """The error names what is shipped."""
    status, _, errors = await run(tmp_path, "demo", "--language", "tlh")

    assert status == 2
    assert "shipped are: en" in errors


async def test_a_demo_with_a_file_that_is_no_recording_says_so(tmp_path: Path) -> None:
    """A text file is not played into a call."""
    (tmp_path / "caller.wav").write_text("this is no sound")
    status, _, errors = await run(tmp_path, "demo", "--caller", "caller.wav")

    assert status == 1
    assert "caller.wav" in errors
    assert "Traceback" not in errors


async def test_a_reader_that_goes_away_is_no_failure_to_tell(tmp_path: Path) -> None:
    """`callagent flows check --json | true` ends without a word on the terminal."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", '"$0" -m callagent flows check electrical --json | true', sys.executable, cwd=ROOT,
        env=environment(tmp_path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, errors = await process.communicate()

    assert (output, errors) == (b"", b"")


async def test_a_bench_measures_what_callers_hear(tmp_path: Path) -> None:
    """A short bench prints one object: nothing failed, and the figures are those of real turns."""
    status, output, errors = await run(tmp_path, "bench", "--calls", "2", "--seconds", "14", "--json")
    result = json.loads(output)

    assert (status, errors) == (0, "")
    assert result["failures"] == {}
    assert result["response_ms"]["count"] >= 1
    assert result["response_ms"]["p50"] > sum(result["floor_ms"].values())
    assert result["listening_s"] > 0
    assert result["server"]["cores"] > 0


async def test_a_bench_calls_over_sip(tmp_path: Path) -> None:
    """A real server takes the simulated telephones' calls, is interrupted and answers."""
    status, output, errors = await run(tmp_path, "bench", "--carrier", "sip", "--sequence", "2", "--json")
    result = json.loads(output)

    assert (status, errors) == (0, "")
    assert result["failures"] == {}
    assert result["response_ms"]["count"] == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """--version names program and version."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])

    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("callagent 0.")


@pytest.mark.parametrize("given", ["--calls=0", "--seconds=0", "--sequence=-1", "--seconds=nan"])
def test_a_bench_of_nothing_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table would look like a result."""
    with pytest.raises(SystemExit) as caught:
        main(["bench", given])

    assert caught.value.code == 2
    assert "give" in capsys.readouterr().err
