"""A call's pipeline: TRANSCRIBE, then DIALOGUE, then SPEAK, with pipecat's interruption between them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from pipecat.frames.frames import Frame, InterruptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

from callagent.media.audio import SAMPLE_RATE
from callagent.resilience.supervision import how_it_died

OnDeath = Callable[[str, str], None]


class CallPipeline:
    """The stages of one call, running.

    `on_death` hears, once, which of its tasks died though nobody stopped it, and of what. What is sent from then on is
    lost: make another one, of other stages.
    """

    def __init__(self, stages: list[FrameProcessor], on_death: OnDeath) -> None:
        self._worker = PipelineWorker(
            Pipeline(stages),
            # The rates are the line's own: pipecat's resamplers hold audio back by a tenth of a second and more.
            params=PipelineParams(audio_in_sample_rate=SAMPLE_RATE, audio_out_sample_rate=SAMPLE_RATE),
            # Silence, limits and turns are the call's own business.
            idle_timeout_secs=None,
            cancel_on_idle_timeout=False,
            enable_turn_tracking=False,
            enable_rtvi=False,
            check_dangling_tasks=False,
        )
        self._runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
        self._running: asyncio.Task[None] | None = None
        self._pump: asyncio.Task[None] | None = None
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()
        self._on_death: OnDeath | None = on_death

    async def start(self) -> None:
        """Have the stages take frames."""
        await self._runner.add_workers(self._worker)
        self._running = asyncio.create_task(self._runner.run(), name="pipeline")
        self._pump = asyncio.create_task(self._pass_on(), name="pipeline pump")
        for task in (self._running, self._pump):
            task.add_done_callback(self._died)

    def send(self, frame: Frame) -> None:
        """Put a frame in at the front, behind those already there.

        Does not wait, so that whoever decides what to send cannot be overtaken between two frames.
        """
        self._frames.put_nowait(frame)

    def interrupt(self) -> None:
        """Cancel what the stages are doing; what is sent afterwards is not touched."""
        self.send(InterruptionFrame())

    async def _pass_on(self) -> None:
        while True:
            await self._worker.queue_frame(await self._frames.get())

    def _died(self, task: "asyncio.Task[None]") -> None:
        on_death, self._on_death = self._on_death, None
        error = how_it_died(task)
        if on_death is not None:
            on_death(task.get_name(), error)

    async def stop(self, within_s: float) -> bool:
        """End the stages; False when they had to be left behind, which is reported and harms nobody else."""
        self._on_death = None
        if self._running is None or self._pump is None:
            return True
        self._pump.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._worker.cancel()
                await asyncio.shield(self._running)
                return True
        self._running.cancel()
        return False
