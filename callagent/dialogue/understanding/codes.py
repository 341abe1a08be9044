"""Numbers that are said figure by figure: order numbers, telephone numbers and PIN codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.measures import Found, forms_of
from callagent.dialogue.understanding.numbers import is_scale, word_value
from callagent.dialogue.understanding.tokens import Token

_ORDER, _PIN, _PHONE = range(4, 11), 6, 10
_CUE_REACH = 6
"""Words between a cue such as "order" and the figures."""
_JOINING = frozenset({"dash", "hyphen", "um", "uh", "er", "hmm", "aur", "phir"})


@dataclass(frozen=True, slots=True)
class _Run:
    figures: str
    groups: int
    begin: int
    end: int


def codes(tokens: Sequence[Token]) -> Iterator[Found]:
    """Order numbers, telephone numbers and PIN codes."""
    words = lexicon().entities.lists
    for run in _runs(tokens):
        near = tokens[max(0, run.begin - _CUE_REACH) : run.begin] + tokens[run.end : run.end + 4]  # type: ignore[operator]
        said = {form for token in near for form in forms_of(token)}
        order, pin, phone = (bool(said & words[f"{name} cues"]) for name in ("order", "pin", "phone"))
        alone = len(tokens) - (run.end - run.begin) <= 3
        figures = _national(run.figures)
        if len(figures) == _PHONE and figures[0] in "6789" and not (order and not phone):
            yield Found("phone number", figures, run.begin, run.end)
        elif len(figures) == _PIN and figures[0] != "0" and (pin or alone or run.groups == 1) and not order:
            yield Found("pin code", figures, run.begin, run.end)
        elif len(figures) in _ORDER and (order or (run.groups > 3 and not pin) or alone):
            yield Found("order number", run.figures, run.begin, run.end, 1.0 if order else 0.7)
        elif len(figures) == _PIN and figures[0] != "0" and run.groups > 3:
            yield Found("pin code", figures, run.begin, run.end, 0.7)


def _national(figures: str) -> str:
    """A number without the country's or the trunk prefix."""
    if len(figures) == _PHONE + 2 and figures.startswith("91"):
        return figures[2:]
    return figures[1:] if len(figures) == _PHONE + 1 and figures.startswith("0") else figures


def _runs(tokens: Sequence[Token]) -> Iterator[_Run]:
    """Figures that follow each other; amounts such as "do hazaar" are none."""
    at = 0
    while at < len(tokens):
        run = _run_at(tokens, at)
        if run is not None and len(run.figures) >= _ORDER.start and not _is_amount(tokens, run):
            yield run
        at = max(at + 1, run.end if run else 0)


def _is_amount(tokens: Sequence[Token], run: _Run) -> bool:
    words = lexicon()
    around = tokens[max(0, run.begin - 1) : run.begin] + tokens[run.end : run.end + 1]  # type: ignore[operator]
    forms = {form for token in around for form in forms_of(token)}
    money = words.entities.lists["amount after"] | words.entities.lists["amount before"]
    measured = {
        phrase[0]
        for name in ("ratings", "sizes", "units")
        for phrase in words.entities.tables[name]
        if len(phrase) == 1 and len(phrase[0]) > 1
    }
    after = {form for token in tokens[run.end : run.end + 1] for form in forms_of(token)}
    return bool(forms & money or any(is_scale(form) for form in forms) or (run.groups < 3 and after & measured))


def _run_at(tokens: Sequence[Token], begin: int) -> _Run | None:
    words = lexicon().numbers
    figures, groups, end, times, tens = "", 0, begin, 1, False
    at = begin
    while at < len(tokens):
        token = tokens[at]
        repeat = next((words.repeats[form] for form in forms_of(token) if form in words.repeats), None)
        if repeat is not None:
            times, tens = repeat, False
        elif token.text in _JOINING and figures:
            pass
        else:
            part = _figures(tokens, at)
            if part is None:
                break
            if tens and len(part) == 1 and part != "0":
                figures = figures[:-1] + part
            else:
                figures, groups = figures + part * (times if len(part) == 1 else 1), groups + 1
            tens = token.text.endswith("ty") and len(part) == 2 and times == 1
            times, end = 1, at + 1
        at += 1
    return _Run(figures, groups, begin, end) if figures else None


def _figures(tokens: Sequence[Token], at: int) -> str | None:
    token = tokens[at]
    if token.text.count("-") < 2 and (plain := token.text.replace("-", "")).isdecimal() and plain.isascii():
        return plain
    if token.text in lexicon().numbers.digits:
        return lexicon().numbers.digits[token.text]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.text == "do":
        if word_value(token, following, None) is None:
            return None
        near = [tokens[place] for place in (at - 1, at + 1) if 0 <= place < len(tokens)]
        return "2" if any(each.text != "do" and _figures(tokens, tokens.index(each)) for each in near) else None
    value = word_value(token, following, tokens[at - 1] if at else None)
    return str(int(value)) if value is not None and value == int(value) and value < 100 else None
