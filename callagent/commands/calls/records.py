"""What commands that change something about a call have the database of calls know as well."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from callagent.errors import CallagentError
from callagent.quality.records import record_in, written_about
from callagent.recording.folder import CallFolder
from callagent.recordings import make_call_store_if_any
from callagent.settings.loading import load_settings


def tell_records(folder: CallFolder, recordings: Path | None, **more: Any) -> None:
    """Have a call's record say what people wrote about the call; where that fails it is told, and the folder has it."""
    try:
        asyncio.run(_tell(folder, recordings, more))
    except (CallagentError, OSError, ValueError) as error:
        print(f"{folder.name}: its folder has it, but `callagent calls list` does not: {error}", file=sys.stderr)


async def _tell(folder: CallFolder, recordings: Path | None, more: dict[str, Any]) -> None:
    store = make_call_store_if_any(load_settings(), recordings)
    if store is None:
        return  # it is made of all folders, with what is in them
    try:
        await store.open()
        if not await store.change(folder.name, **written_about(folder.path, folder.keys), **more):
            await store.put([record_in(folder.path, folder.keys)])
    finally:
        await store.aclose()
