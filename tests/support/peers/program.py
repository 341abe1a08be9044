"""Other people's programs as processes of a test: found or skipped, listened to, and ended."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from support.peers.ports import is_taken

PACKAGES = {"sipp": "sip-tester", "baresip": "baresip-core", "linphonec": "linphone-cli", "kamailio": "kamailio"}
"""Debian's, by the program that is in them."""
PATIENT_S = 20.0
"""However busy the machine is; what is waited for mostly takes well under a second."""
POLITE_S = 3.0
TAIL = 6000
"""Characters of output that a failure shows."""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips what it marks, saying why, where a program is not installed."""
    missing = [PACKAGES[name] for name in programs if found(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"a peer is missing: apt install {' '.join(missing)}")


def found(program: str) -> str | None:
    """Where it is; daemons are not on every user's path."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Program:
    """A running process and what it has said so far, on both of its outputs."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.output = ""
        self._process = process
        self._grown = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        while data := await self._process.stdout.read(65536):
            async with self._grown:
                self.output += data.decode(errors="replace")
                self._grown.notify_all()
        async with self._grown:
            self._grown.notify_all()

    async def says(self, pattern: str, seconds: float = PATIENT_S, after: int = 0) -> re.Match[str]:
        """The first match in its output from `after` on, once there is one."""
        searched = re.compile(pattern)
        try:
            async with asyncio.timeout(seconds), self._grown:
                while (match := searched.search(self.output, after)) is None:
                    if self._reading.done() or self._process.stdout is None or self._process.stdout.at_eof():
                        pytest.fail(f"{self.name} ended without saying {pattern!r}:\n{self.told()}")
                    await self._grown.wait()
        except TimeoutError:
            pytest.fail(f"{self.name} did not say {pattern!r} within {seconds:g} s:\n{self.told()}")
        return match

    async def listens(self, port: int, *, tcp: bool = False) -> None:
        """Wait until somebody has that port: this program, since it was given a free one."""
        try:
            async with asyncio.timeout(PATIENT_S):
                while not is_taken(port, tcp=tcp):
                    if self._process.returncode is not None:
                        pytest.fail(f"{self.name} ended before it listened at {port}:\n{self.told()}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"{self.name} did not listen at {port} within {PATIENT_S:g} s:\n{self.told()}")

    def types(self, line: str) -> None:
        """Give it a line of input."""
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    async def ended(self, seconds: float = PATIENT_S) -> int:
        """Its exit status, once it has ended by itself."""
        try:
            async with asyncio.timeout(seconds):
                status = await self._process.wait()
                await self._reading
        except TimeoutError:
            pytest.fail(f"{self.name} had not ended after {seconds:g} s:\n{self.told()}")
        return status

    def told(self) -> str:
        """The end of its output, for the message of a failure; of lines written over, the last."""
        return re.sub(r"[^\n]*\r(?!\n)", "", self.output)[-TAIL:]

    async def stop(self) -> None:
        """End it with all that it started, politely at first."""
        if self._process.returncode is None:
            self._process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLITE_S):
                    await self._process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def program(
    name: str, *words: str | Path, cwd: Path, typed: bool = False, env: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """A program with these words, which does not outlive its test.

    `typed` says whether it is given input; `env` is its whole environment, if it is to have another.
    """
    path = found(name) or name
    async with AsyncExitStack() as stack:
        process = await asyncio.create_subprocess_exec(
            path,
            *map(str, words),
            cwd=cwd,
            env=env,
            start_new_session=True,  # what it starts can be ended with it
            stdin=asyncio.subprocess.PIPE if typed else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        running = Program(name, process)
        stack.push_async_callback(running.stop)
        yield running
