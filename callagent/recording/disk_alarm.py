"""One alarm for a disk that takes no more, whatever it takes it from."""

import errno
import os
import time
from pathlib import Path
from typing import Final

import structlog

OUTAGES: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENODEV, errno.ESTALE})
"""What a disk says that no recording can be written to."""
ENOUGH: Final = 16 * 1024 * 1024
"""Bytes free with which a disk that was full is not full any more: less would run full again at once."""

log = structlog.get_logger("callagent.recording")


def is_outage(error: Exception) -> bool:
    """Whether an error is the disk's, and not that of one file."""
    return isinstance(error, OSError) and error.errno in OUTAGES


class DiskAlarm:
    """For all calls of a process; used by one thread."""

    def __init__(self, enough: int = ENOUGH) -> None:
        self._enough = enough
        self._since_s: float | None = None
        self._place = Path()
        self._cut: set[str] = set()
        """Calls whose recordings lack something."""

    @property
    def is_raised(self) -> bool:
        """Whether the disk takes nothing, as far as is known."""
        return self._since_s is not None

    def failed(self, folder: Path, error: OSError) -> None:
        """Something of a call, which has this folder, could not be written."""
        self._cut.add(folder.name)
        if self._since_s is not None:
            return
        self._since_s = time.monotonic()
        self._place = folder.parent
        log.error(
            "recordings cannot be written",
            folder=str(folder.parent),
            error=error.strerror,
            remedy="make room there, or set CALLAGENT_RECORDINGS to another disk; calls go on, and those whose "
            "recordings are cut are marked as incomplete",
        )

    def worked(self, folder: Path) -> None:
        """Something was written; it tells once that all is well again, when there is room for more."""
        if self._since_s is None or folder.parent != self._place or _free(folder.parent) < self._enough:
            return
        log.warning(
            "recordings are written again",
            folder=str(folder.parent),
            after_s=round(time.monotonic() - self._since_s, 1),
            incomplete=len(self._cut),
        )
        self._since_s = None
        self._cut.clear()


def _free(folder: Path) -> int:
    try:
        room = os.statvfs(folder)
    except OSError:
        return 0
    return room.f_bavail * room.f_frsize
