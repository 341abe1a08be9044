"""Where a recorded call is had again: the flow of its shop, as it is today or in a draft."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from callagent.dialogue.actions import LookedUp, LookUp
from callagent.errors import ConfigurationError
from callagent.replay.dialogue_replay import AskShop, Theatre
from callagent.settings.settings import Settings
from callagent.workshop.shops import Folders, OpenShop, find_shops, read_shop

FLOW: Final = "flow.yaml"


class Venue:
    """The flows that calls are replayed over, each read once.

    `draft` is a folder that holds flows/ and prompts/, or a flow's own folder beside them, or the name of a shop; empty
    for what is configured.
    """

    def __init__(self, settings: Settings, draft: str = "", *, look_up_anew: bool = False) -> None:
        """With `look_up_anew` the tables of today answer every look-up, else only what the recording does not.

        Raises ConfigurationError for a draft that is nowhere.
        """
        self._settings = settings
        self._draft = draft
        self._look_up_anew = look_up_anew
        self._theatres: dict[str, Theatre] = {}
        if draft and not ((Path(draft) / "flows").is_dir() or (Path(draft) / FLOW).is_file()):
            try:
                find_shops(settings.flows, settings.prompts, [draft])
            except ConfigurationError as error:
                raise ConfigurationError(f"--flow {draft}: is no folder with flows/ or {FLOW} in it. {error}") from None

    def theatre(self, shop: str) -> Theatre:
        """The flow of a shop. Raises ContentError for mistakes in it, ConfigurationError where there is none."""
        if shop not in self._theatres:
            opened = read_shop(self.folders(shop))
            opened.facts.prepare()
            self._theatres[shop] = Theatre(
                opened.flow,
                _asking(opened),
                accept_from=self._settings.understand_accept,
                confirm_from=self._settings.understand_confirm,
                recorded_first=not self._look_up_anew,
            )
        return self._theatres[shop]

    def folders(self, shop: str) -> Folders:
        """Where the flow of a shop is. Raises ConfigurationError when it is nowhere."""
        settings, draft = self._settings, Path(self._draft)
        try:
            if not self._draft:
                [found] = find_shops(settings.flows, settings.prompts, [shop])
                return found
            if (draft / "flows").is_dir():
                [found] = find_shops(draft / "flows", draft / "prompts", [shop])
                return found
            if (draft / FLOW).is_file():
                prompts = draft.resolve().parent.parent / "prompts" / draft.resolve().name
                own = prompts if prompts.is_dir() else settings.prompts / shop
                return Folders(shop, draft, own)
            [found] = find_shops(settings.flows, settings.prompts, [self._draft])
            return replace(found, name=shop)
        except ConfigurationError as error:
            what = f"'{self._draft}'" if self._draft else "the flow"
            raise ConfigurationError(
                f"The call was with the flow '{shop}', and {what} cannot be had for it: {error} Give --flow a folder "
                "that holds flows/ and prompts/, a flow's own folder, or the name of a shop."
            ) from None


def _asking(shop: OpenShop) -> AskShop:
    async def ask(wanted: LookUp, now: datetime) -> LookedUp:
        here = now.astimezone(shop.flow.timezone)
        answer = await shop.facts.look_up(wanted.source, wanted.arguments, wanted.gives, here)
        return LookedUp(answer.status, answer.values, answer.candidates)

    return ask
