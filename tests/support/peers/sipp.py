"""sipp, which plays a scenario to the letter: as whoever calls, or as whoever is called."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from support.peers.ports import HOST, free_ports
from support.peers.program import PATIENT_S, TAIL, Program, program
from support.peers.scenario import Scenario

_number = count(1)
_MESSAGE = re.compile(r"(?ms)^-{20,}[^\n]*\n(?:UDP|TCP) message (sent|received)[^\n]*\n\n(.*?)(?=^-{20,}|\Z)")


class Sipp:
    """One running sipp."""

    def __init__(self, process: Program, folder: Path, port: int) -> None:
        self.port = port
        self._process = process
        self._folder = folder

    async def passed(self, seconds: float = PATIENT_S) -> None:
        """Once all its calls are over: fails unless each went by the scenario."""
        status = await self._process.ended(seconds)
        if status:
            errors, messages = (self._read(name)[-TAIL:] for name in ("errors.log", "messages.log"))
            pytest.fail(f"sipp ended with {status}; its errors:\n{errors}\nand its last messages:\n{messages}")

    def received(self, begins: str = "") -> list[str]:
        """The messages that came to it and begin so; to be asked once it has ended."""
        messages = _MESSAGE.findall(self._read("messages.log").replace("\r", ""))
        return [text for way, text in messages if way == "received" and text.startswith(begins)]

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@asynccontextmanager
async def sipp(
    scenario: Scenario,
    folder: Path,
    *words: str,
    to: int | None = None,
    calls: int = 1,
    tcp: bool = False,
) -> AsyncIterator[Sipp]:
    """A scenario being played: it calls 100 at a port, or takes calls at its own."""
    own = folder / f"sipp{next(_number)}"
    own.mkdir()
    (own / "scenario.xml").write_text(scenario.xml(), encoding="utf-8")
    port, media = free_ports(), free_ports(4)
    given = [
        *("-sf", "scenario.xml", "-i", HOST, "-p", str(port), "-mi", HOST, "-mp", str(media), "-s", "100"),
        *("-m", str(calls), "-r", str(calls), "-l", str(calls), "-t", "t1" if tcp else "u1"),
        *("-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"),
        *("-nostdin", "-timeout", "60", "-timeout_error", *words),
    ]
    target = [f"{HOST}:{to}"] if to else []
    async with program("sipp", *target, *given, cwd=own) as process:
        if to is None:
            await process.listens(port, tcp=tcp)
        yield Sipp(process, own, port)
