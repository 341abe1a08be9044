"""`callagent flows try`: a conversation with the flow in the terminal."""

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from callagent.commands.console import console_for
from callagent.commands.exit_status import OK
from callagent.commands.flows import show_told, stage_of
from callagent.settings.loading import load_settings
from callagent.workshop.shops import Folders, find_shops, read_shop
from callagent.workshop.transcripts import Told
from callagent.workshop.trying import Trial, TryError
from callagent.workshop.writing import write_transcript

PROMPT: Final = "you> "


def run(options: argparse.Namespace) -> int:
    """Talk until /quit or the end of the input; each line of `--json` is what one typed line came to."""
    settings = load_settings()
    [folders] = find_shops(settings.flows, settings.prompts, [options.shop or settings.shop])
    return asyncio.run(_Terminal(folders, as_json=options.json).run())


class _Terminal:
    """A person, or a pipe, at the keyboard."""

    def __init__(self, folders: Folders, *, as_json: bool) -> None:
        self._folders = folders
        self._trial = Trial(stage_of(read_shop(folders)))
        self._json = as_json
        self._console: Console = console_for(quiet=as_json)

    async def run(self) -> int:
        self._console.print(Text(f"{self._folders.name}: type what the caller says; /help tells what else.", "dim"))
        self._show(await self._trial.begin())
        while (line := self._read()) is not None and line.strip() not in ("/quit", "/exit"):
            try:
                self._show(await self._do(line.strip()))
            except TryError as error:
                self._show([], problem=str(error))
        return OK

    def _read(self) -> str | None:
        """The next line; None at the end."""
        if sys.stdin.isatty():
            try:
                return input(PROMPT)
            except EOFError:
                return None
        return sys.stdin.readline() or None

    async def _do(self, line: str) -> list[Told]:
        if line == "/save" or line.startswith("/save "):
            return [Told("given", f"kept as {self._save(line.removeprefix('/save').strip())}")]
        return await self._trial.type(line)

    def _save(self, name: str) -> Path:
        stem = re.sub(r"[^\w-]+", "_", name.casefold()).strip("_")
        if not stem:
            raise TryError("A test needs a name: /save price of a fan")
        path = self._folders.tests / f"{stem}.yaml"
        try:
            self._folders.tests.mkdir(exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(write_transcript(self._trial.transcript(name)))
        except FileExistsError:
            raise TryError(f"{path} is there already: choose another name.") from None
        except OSError as error:
            raise TryError(f"{path} cannot be written: {error.strerror}.") from None
        return path

    def _show(self, story: list[Told], problem: str = "") -> None:
        if self._json:
            told = [{"who": one.who, "what": one.what} for one in story]
            print(json.dumps({"told": told, "over": self._trial.over, "problem": problem}, ensure_ascii=False))
            return
        for one in story:
            if one.who != "caller" or not sys.stdin.isatty():  # a person sees what they typed
                show_told(self._console, one)
        if problem:
            self._console.print(Text(problem, style="yellow"))
        if self._trial.over and not problem:
            self._console.print(Text("The call is over: /undo, /again, /save NAME or /quit.", style="dim"))
