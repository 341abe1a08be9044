"""What a server loads in the background so that the first caller need not wait for it."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import structlog

from callagent.call.faults import fault
from callagent.call.services import Services
from callagent.call.stored import StoredPrompt
from callagent.dialogue.actions import CallBegan, Say
from callagent.dialogue.standing import NAMES as STANDING
from callagent.errors import ConfigurationError, ProviderError, ProviderRejectedError
from callagent.flow_dialogue import FlowDialogue
from callagent.resilience.incidents import Failed, Incident, reporting
from callagent.settings.origins import origin_of
from callagent.stt.transcriber import Hints, Preparable
from callagent.tts.cache import joined
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer

log = structlog.get_logger("callagent.app")


class WarmUp:
    """The providers of a server and the audio of its prompts, on their way; `on_ready` is called when calls may come.

    `reserve` speaks the prompts that are stored for the time when nobody else does, as far as the synthesizer cannot,
    or not at once. `further` are warm-ups besides the providers'.
    """

    def __init__(
        self,
        services: Services,
        dialogue: FlowDialogue,
        on_ready: Callable[[], None],
        reserve: Synthesizer,
        further: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
    ) -> None:
        self._services = services
        self._dialogue = dialogue
        self._on_ready = on_ready
        self._reserve = reserve
        self._further = tuple(further)
        self._warming: asyncio.Task[None] | None = None
        self._rendering: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; call from within the event loop."""
        self._warming = asyncio.create_task(self._run(), name="warm-up")

    async def ready(self) -> None:
        """Wait until the first caller would not have to.

        Raises ProviderError when a provider cannot be had, ConfigurationError when it is set up wrongly.
        """
        if self._warming:
            await asyncio.shield(self._warming)

    async def stop(self) -> None:
        """End, whatever came of it: how it failed is for `ready` to say."""
        tasks = [task for task in (self._warming, self._rendering) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        services = self._services
        try:
            await services.synthesizer.warm_up()
            await self._check_voice()
            await _all(
                self._prepare_transcriber(),
                self._render_opening(),
                self.store(self._dialogue, STANDING, at_once=True),
                *([services.model.warm_up()] if services.model else []),
                *(warm_up() for warm_up in self._further),
            )
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise ConfigurationError(
                f"The server cannot get ready: {place}{error.strerror or type(error).__name__}. Is there room on the "
                f"disk, and may this user write to the cache ({origin_of('cache')})?"
            ) from error
        # What is loaded stays: a full collection that walks it stops all calls for a twentieth of a second.
        gc.collect()
        gc.freeze()
        self._on_ready()
        self.render_prompts(self._dialogue)

    async def _prepare_transcriber(self) -> None:
        transcriber = self._services.transcriber
        await transcriber.warm_up()
        if isinstance(transcriber, Preparable):
            listens = self._dialogue.listens()
            await transcriber.prepare([Hints(one.language, one.phrases, one.fillers, one.digits) for one in listens])

    def render_prompts(self, dialogue: FlowDialogue) -> None:
        """Make the audio of a flow's prompts in the background, instead of those that were still on their way."""
        if self._rendering:
            self._rendering.cancel()
        self._rendering = asyncio.create_task(self._render_prompts(dialogue), name="prompts")

    async def _check_voice(self) -> None:
        """A voice that the synthesizer does not have would make every call mute; any other failure may pass."""
        flow = self._dialogue.flow
        for language in flow.languages:
            text = next(iter(flow.fixed_lines(language)), "ready")
            for voice in self._services.voices_of(language):
                await self._check_one_voice(Speech(text, language, voice))

    async def _check_one_voice(self, speech: Speech) -> None:
        incidents: list[Incident] = []
        try:
            with reporting(incidents.append):
                async with aclosing(self._services.synthesizer.fixed(speech)) as chunks:
                    async for _ in chunks:
                        pass
        except ProviderRejectedError as error:
            raise self._no_voice(speech, str(error)) from error
        except ProviderError as error:
            log.warning("voice not checked", provider=error.provider, error=type(error).__name__)
        for failed in incidents:
            if isinstance(failed, Failed) and speech.voice and failed.error == ProviderRejectedError.__name__:
                # Another voice would speak in its place for ever.
                raise self._no_voice(speech, f"{failed.provider} does not have it")

    def _no_voice(self, speech: Speech, why: str) -> ConfigurationError:
        setting = "voice" if speech.voice == self._services.voice else "voices"
        return ConfigurationError(
            f"{origin_of(setting)}: nothing can be said in '{speech.language}' with the voice "
            f"'{speech.voice or 'default'}' ({why})."
        )

    async def _render_opening(self) -> None:
        """What a caller hears before they have said anything: by a slow voice, all the prompts would take minutes."""
        now = self._services.clock.wall()
        openings = [self._dialogue.begin(CallBegan(now, outbound=outbound)) for outbound in (False, True)]
        language = self._dialogue.language
        await self._services.synthesizer.prepare(
            Speech(action.text, language, self._services.voice_for(language, action.mood), action.pace)
            for opening in openings
            for action in opening.actions
            if isinstance(action, Say) and action.fixed
        )

    async def _render_prompts(self, dialogue: FlowDialogue) -> None:
        """One by one; a caller who needs a line before it is there waits for two at most."""
        flow = dialogue.flow
        clauses = self._services.synthesizer.info.splices
        speeches = [
            Speech(text, language, voice)
            for language in flow.languages
            for text in (*flow.fixed_lines(language), *flow.beginnings(language, clauses=clauses))
            for voice in self._services.voices_of(language)
        ]
        try:
            prepared = await self._services.synthesizer.prepare(speeches)
            await self.store(dialogue, None)
        except Exception as error:  # noqa: BLE001  # a prompt that is missing here is made in the call that needs it
            log.error("prompts not prepared", **fault(error))
        else:
            log.info("prompts prepared", prepared=prepared, prompts=len(speeches))

    async def store(self, dialogue: FlowDialogue, lines: Sequence[str] | None, *, at_once: bool = False) -> None:
        """Keep the audio of fixed prompts where no provider is needed for it; of all of them, unless `lines` says."""
        flow = dialogue.flow
        for language in flow.languages:
            voice = self._services.voice_for(language, "business")
            stored: dict[str, list[StoredPrompt]] = {}
            for line, text in flow.fixed_wordings(language):
                if lines is not None and line not in lines:
                    continue
                audio = await self._audio(Speech(text, language, voice), at_once=at_once)
                if audio is not None:
                    stored.setdefault(line, []).append(StoredPrompt(line, text, audio))
            for line, prompts in stored.items():
                self._services.stored.keep(language, line, prompts)

    async def _audio(self, speech: Speech, *, at_once: bool) -> SpeechChunk | None:
        synthesizer = self._services.synthesizer
        if synthesizer.is_cached(speech) or not (at_once and synthesizer.info.needs_network):
            with suppress(ProviderError):  # which has been told
                return joined([chunk async for chunk in synthesizer.fixed(speech)])
        try:
            return joined([chunk async for chunk in self._reserve.synthesize(replace(speech, voice=""))])
        except ProviderError as error:
            log.warning("prompt not stored", provider=error.provider, error=type(error).__name__)
            return None


async def _all(*works: Coroutine[Any, Any, None]) -> None:
    """Do them at the same time; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
