"""When a caller's turn is over: what the endpointing policy is told, and what it learns of one caller."""

from callagent.call.caller_turn import CallerTurn
from callagent.call.question import Question
from callagent.turn.barge_in import Manners
from callagent.turn.endpointing import Pause, Tempo, silence_s
from callagent.turn.patience import NEVER_S


class TurnEnd:
    """One per call."""

    def __init__(self, question: Question, manners: Manners) -> None:
        self._question = question
        self._manners = manners
        self._tempo = Tempo()

    def due_s(self, turn: CallerTurn, stopped_s: float) -> float:
        """When the turn is over, if the caller, who was last heard at `stopped_s`, says nothing more."""
        question, said = self._question, turn.said
        fewest, most = question.listen.digits if question.listen and question.listen.digits else (0, 0)
        pause = Pause(
            patience=question.patience,
            has_words=bool(said.words),
            is_complete=said.is_answer,
            is_unfinished=self._is_unfinished(turn),
            digits=said.digits,
            fewest=fewest,
            most=most,
            over=turn.over,
        )
        return stopped_s + silence_s(pause, self._tempo.usual_s)

    def may_be_over(self, turn: CallerTurn) -> bool:
        """Whether the words so far can be all, and are worth being answered before that is known."""
        return bool(turn.said.words) and self._may_be_short and (turn.said.is_answer or not self._is_unfinished(turn))

    def is_doubtful(self, turn: CallerTurn) -> bool:
        """Whether neither the words nor the question tell that it is over, or that it is not."""
        return self._may_be_short and not turn.said.is_answer and not self._is_unfinished(turn)

    def went_on(self, after_s: float) -> None:
        """The caller was silent for so long and then went on in the same turn."""
        self._tempo.went_on(after_s)

    @property
    def _may_be_short(self) -> bool:
        """Whether a pause in an answer to what is asked may be its end; between groups of digits it is not."""
        return self._question.patience.early_s < NEVER_S

    def _is_unfinished(self, turn: CallerTurn) -> bool:
        return self._manners.is_unfinished(turn.said.words)
