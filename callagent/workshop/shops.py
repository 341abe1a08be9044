"""A shop's files: where they are, and all of them read at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from callagent.clock import Clock
from callagent.content.files import TESTS_FOLDER, files_below
from callagent.dialogue.flow import Flow
from callagent.dialogue.loader import check_flow, leaves_out_bad_rows, load_flow
from callagent.errors import ConfigurationError, ContentError, Problem
from callagent.knowledge.shop import Shop, open_shop

_PACKAGED = Path(__file__).parent.parent / "_shops"
MOST_NAME: Final = 60
"""Letters of the name of a shop."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where one shop's files are."""

    name: str
    flow: Path
    prompts: Path

    def files(self) -> Iterator[Path]:
        """Every file that a call may depend on, sorted."""
        for folder in (self.flow, self.prompts):
            yield from files_below(folder)

    @property
    def tests(self) -> Path:
        """The folder of its transcript tests."""
        return self.flow / TESTS_FOLDER


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop that was read without a mistake."""

    folders: Folders
    facts: Shop
    flow: Flow


def shop_folder(root: Path, shop: str) -> Path:
    """The folder of a shop below flows/ or prompts/: as configured, else as it came with the package.

    Raises ConfigurationError with the shops that there are, and where to look for others.
    """
    folder = _folder(root, shop)
    if folder is None:
        known = shop_names(root)
        near = get_close_matches(shop, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigurationError(
            f"There is no shop '{shop}' in {root}/; known are: {', '.join(known) or 'none'}.{hint} Start callagent in "
            "the folder that holds flows/ and prompts/, or set CALLAGENT_FLOWS and CALLAGENT_PROMPTS to where they are."
        )
    return folder


def shop_names(root: Path) -> list[str]:
    """Every shop that `shop_folder` would find."""
    return sorted({entry.name for base in _bases(root) if base.is_dir() for entry in base.iterdir() if entry.is_dir()})


def find_shops(flows: Path, prompts: Path, names: Iterable[str] = ()) -> list[Folders]:
    """The folders of the shops of those names, all there are when none is given.

    Raises ConfigurationError for a shop that does not exist. One without prompts is found: reading it tells of them.
    """
    return [
        Folders(name, shop_folder(flows, name), _folder(prompts, name) or prompts / name)
        for name in names or shop_names(flows)
    ]


def open_tables(flow_folder: Path, clock: Clock | None = None) -> Shop:
    """A shop's tables, without their bad rows where its flow says so. Raises ContentError with every mistake."""
    return open_shop(flow_folder, tolerate_bad_rows=leaves_out_bad_rows(flow_folder), clock=clock)


def read_shop(folders: Folders) -> OpenShop:
    """Read tables, flow and prompts. Raises ContentError with every mistake that can be known."""
    shop = open_tables(folders.flow)
    return OpenShop(folders, shop, load_flow(folders.flow, folders.prompts, shop))


def remarks_of(folders: Folders, now: datetime | None = None) -> tuple[OpenShop | None, tuple[Problem, ...]]:
    """The shop if it can be used, and its errors and warnings; `now` is for finding what has expired.

    With mistakes in rows that must not be left out, the flow is checked against the other rows all the same.
    """
    usable = True
    try:
        shop = open_tables(folders.flow)
        told = tuple(replace(problem, severity="warning") for problem in shop.problems)
    except ContentError as error:
        try:
            shop = open_shop(folders.flow, tolerate_bad_rows=True, quiet=True)
        except ContentError:
            return None, error.problems
        usable, told = False, shop.problems
    flow, found = check_flow(folders.flow, folders.prompts, shop, now=now)
    problems = tuple(sorted((*told, *found)))
    return OpenShop(folders, shop, flow) if flow is not None and usable else None, problems


def _folder(root: Path, shop: str) -> Path | None:
    if Path(shop).parts != (Path(shop).name,) or shop == ".." or len(shop) > MOST_NAME:
        return None  # recordings tell names of shops, and may be from anywhere
    return next((base / shop for base in _bases(root) if (base / shop).is_dir()), None)


def _bases(root: Path) -> tuple[Path, Path]:
    return root, _PACKAGED / root.name
