"""Models asked for the same answer, one after the other or, where that is allowed, the next beside a late one.

The first that begins to answer leads. Another that was asked meanwhile is stopped, which counts for nothing; but one
that was late by its own measure has the rest of its time to begin: only so a model that hangs is told from a slow one.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.llm.model import Conversation, LanguageModel, ToolCall
from callagent.resilience.breaker import Permit
from callagent.resilience.incidents import Answered, Failed, TookOver, tell
from callagent.resilience.lineup import Lineup, Member
from callagent.resilience.outputs import Outputs

Piece: TypeAlias = str | ToolCall
FirstWithin: TypeAlias = Callable[[Member[LanguageModel], bool], float]
"""How many seconds a model has for the beginning of its answer; whether nobody is left to be asked after it."""

_outrun: "set[asyncio.Task[None]]" = set()
"""Beginnings that are waited for although another model answers: kept, because the event loop does not."""


class Attempt:
    """One model's answer, while it is written."""

    def __init__(
        self, member: Member[LanguageModel], permit: Permit, conversation: Conversation, within_s: float
    ) -> None:
        self.member = member
        self.permit = permit
        self._asked_s = self.begun_s = asyncio.get_running_loop().time()
        self._within_s = within_s
        self._is_usual = not conversation.larger
        """Whether how soon it begins says something of the model that usually answers."""
        self._outputs = Outputs(member.name, member.provider.reply(conversation))
        self._first: Piece | None = None
        self.first_s: float | None = None
        """From the request until something useful came; None before that."""

    @property
    def late_in_s(self) -> float | None:
        """Seconds until it is later than nine of ten of this model's answers; None where these are not known."""
        usual_s = self.member.pace.p90_s
        if usual_s is None or not self._is_usual:
            return None
        return max(0.0, self._asked_s + usual_s - asyncio.get_running_loop().time())

    async def begin(self) -> None:
        """Wait for something useful: a word or a call. Raises ProviderError when that does not come in time."""
        now = asyncio.get_running_loop().time
        due_s = self._asked_s + self._within_s
        try:
            while (piece := await self._outputs.next(max(0.0, due_s - now()))) is not None:
                if isinstance(piece, ToolCall) or piece.strip():
                    self.begun_s = now()
                    self.first_s = self.begun_s - self._asked_s
                    if self._is_usual:
                        self.member.pace.note(self.first_s)
                    break
        except ProviderTimeoutError:
            if self._is_usual:
                self.member.pace.miss()
            raise
        self._first = piece

    async def stretch(self, is_enough: Callable[[Piece], bool], within_s: float, *, each: bool = False) -> list[Piece]:
        """More of it once it has begun, see `Outputs.stretch`; empty after the last. Raises ProviderError."""
        first, self._first = self._first, None
        return await self._outputs.stretch(is_enough, within_s, each=each) if first is None else [first]

    def close(self) -> None:
        """Stop it, where it has not ended; that counts for nothing unless it was said how it went."""
        self._outputs.close()
        self.permit.abandoned()


class Attempts:
    """The models of a lineup that may be asked for one answer."""

    def __init__(
        self, lineup: Lineup[LanguageModel], language: str, first_within: FirstWithin, *, hedge: bool = False
    ) -> None:
        self._order = lineup.order(language)
        # After the last model the flow goes on by itself: nobody has to wait for one that is left alone.
        self._admitted = lineup.admitted(language, last_anyway=False)
        self._first_within = first_within
        self._hedge = hedge
        self._outrun: list[Member[LanguageModel]] = []
        """Who was slower: they may yet be needed."""
        self._late: dict[asyncio.Task[None], Attempt] = {}
        """Those of them that have the rest of their time to begin."""
        self._nobody_else = False
        self._untold: Failed | None = None
        """The last failure: that of the last model is raised, and told by whoever asked."""
        self._error: ProviderError | None = None
        self._failed_s = asyncio.get_running_loop().time()
        """When the last failure was noticed; before that, when the answer was asked for."""

    def is_last(self, attempt: Attempt) -> bool:
        """Whether nobody is left to be asked after this one."""
        return self._is_last(attempt.member)

    async def lead(self, conversation: Conversation) -> Attempt:
        """The first that begins to answer. Raises the last model's ProviderError when none does."""
        if not self._hedge:
            return await self._one_by_one(conversation)
        running: dict[asyncio.Task[None], Attempt] = {}
        try:
            while True:
                if not running and not self._start(conversation, running):
                    raise self._error or ProviderUnavailableError("llm", "there is nobody to be asked")
                done, _ = await asyncio.wait(running, timeout=self._patience_s(running), return_when="FIRST_COMPLETED")
                if not done:
                    self._start(conversation, running)
                leader = self._sort_out([(one, running.pop(one)) for one in [*running] if one in done])
                if leader is not None:
                    for task, other in running.items():
                        self._outrun.append(other.member)
                        if other.late_in_s == 0:
                            self._watch(task, other)
                    return leader
        finally:
            for task, attempt in running.items():
                if task not in self._late:
                    _stop(task, attempt)

    def stop(self) -> None:
        """The caller interrupted or hung up: nothing more is to be learned from this answer."""
        late, self._late = self._late, {}
        for task, attempt in late.items():
            _stop(task, attempt)

    async def _one_by_one(self, conversation: Conversation) -> Attempt:
        """As `lead`, without a task for each: there is nothing to be waited for but the one."""
        while (attempt := self._ask(conversation)) is not None:
            try:
                await attempt.begin()
            except ProviderError as error:
                self.failed(attempt, error)
            except BaseException:
                attempt.close()
                raise
            else:
                return attempt
        raise self._error or ProviderUnavailableError("llm", "there is nobody to be asked")

    def failed(self, attempt: Attempt, error: ProviderError) -> None:
        """Say that it did not do its work; close it."""
        self._error = error
        self._failed_s = asyncio.get_running_loop().time()
        attempt.permit.failed(error)
        self._tell_failure()
        self._untold = Failed("llm", attempt.member.name, type(error).__name__)
        attempt.close()

    def succeeded(self, attempt: Attempt) -> None:
        """Say that it did; close it."""
        attempt.permit.succeeded()
        self._tell_failure()
        if attempt.first_s is not None:
            tell(Answered("llm", attempt.member.name, attempt.first_s))
        if attempt.member is not self._order[0]:
            after_s = max(0.0, attempt.begun_s - self._failed_s)
            tell(TookOver("llm", self._order[0].name, attempt.member.name, after_s))
        attempt.close()

    def _watch(self, task: asyncio.Task[None], attempt: Attempt) -> None:
        """See whether one that another outran begins within its own deadline, which is as much as can be known."""
        self._late[task] = attempt
        _outrun.add(task)
        task.add_done_callback(self._judge)

    def _judge(self, task: asyncio.Task[None]) -> None:
        _outrun.discard(task)
        attempt = self._late.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if attempt is None:
            return
        if isinstance(error, ProviderError):
            attempt.permit.failed(error)
            tell(Failed("llm", attempt.member.name, type(error).__name__))
        attempt.close()

    def _sort_out(self, begun: list[tuple[asyncio.Task[None], Attempt]]) -> Attempt | None:
        """Of those that have begun or failed, the one that leads."""
        leader: Attempt | None = None
        for task, attempt in begun:
            try:
                task.result()
            except ProviderError as error:
                self.failed(attempt, error)
                continue
            if leader is None:
                leader = attempt
            else:
                attempt.close()
                self._outrun.append(attempt.member)
        return leader

    def _patience_s(self, running: dict[asyncio.Task[None], Attempt]) -> float | None:
        """How long to wait before another is asked as well; None for as long as it takes."""
        first, *others = running.values()
        if not self._hedge or others or self.is_last(first):
            return None
        return first.late_in_s

    def _start(self, conversation: Conversation, running: dict[asyncio.Task[None], Attempt]) -> bool:
        """Ask the next one; whether there was one."""
        attempt = self._ask(conversation)
        if attempt is None:
            return False
        running[asyncio.create_task(attempt.begin(), name=f"begin {attempt.member.name}")] = attempt
        return True

    def _ask(self, conversation: Conversation) -> Attempt | None:
        if self._outrun:
            member = self._outrun.pop(0)
            for task in [task for task, late in self._late.items() if late.member is member]:
                _stop(task, self._late.pop(task))
            permit = member.breaker.admit_anyway()
        else:
            admitted = next(self._admitted, None)
            if admitted is None:
                self._nobody_else = True
                return None
            member, permit = admitted
        self._tell_failure()
        return Attempt(member, permit, conversation, self._first_within(member, self._is_last(member)))

    def _tell_failure(self) -> None:
        untold, self._untold = self._untold, None
        if untold is not None:
            tell(untold)

    def _is_last(self, member: Member[LanguageModel]) -> bool:
        return not self._outrun and (self._nobody_else or member is self._order[-1])


def _stop(task: asyncio.Task[None], attempt: Attempt) -> None:
    """It counts for nothing."""
    task.cancel()
    task.add_done_callback(_forget)
    attempt.close()


def _forget(task: asyncio.Task[None]) -> None:
    """How an attempt went that nobody waits for any more: asyncio would complain of it."""
    if not task.cancelled():
        task.exception()
