"""Card, Aadhaar and telephone numbers among digits that follow each other."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from callagent.dialogue.spoken.lexicon import listed
from callagent.dialogue.spoken.units import LONGEST, MEASURES, SALES, unit_of
from callagent.recording.redaction.corrections import (
    MOST_CORRECTED,
    as_told_with_corrections,
    corrected,
    is_begun_again,
    parts_of,
)
from callagent.recording.redaction.counts import amount_joined, begins_as_amount, is_of_times, zeros_counted
from callagent.recording.redaction.finds import Find
from callagent.recording.redaction.judgements import (
    FEWEST_DIGITS,
    MOST_DIGITS,
    Judgement,
    aadhaar,
    abroad,
    as_told,
    card,
    indian,
    international,
    metro,
)
from callagent.recording.redaction.pieces import Piece
from callagent.recording.redaction.runs import Atom, Run, runs_of

_LOOK_BACK: Final = 8
"""Pieces before a number that may say what it is."""

_FREE: Final = re.compile(r"18[06]0\d{6,8}")
"""Numbers of companies that cost nothing: nobody's own."""
_SHOP_ORDER: Final = (3, 7, 7)
"""Digits between the hyphens of the order numbers of a large web shop."""

_SAYS: Final = {
    **dict.fromkeys(
        listed(
            "phone fone fon mobile mobil mob whatsapp watsapp landline telephone contact cell "
            "फोन फ़ोन मोबाइल मोबाईल व्हाट्सएप व्हाट्सऐप लैंडलाइन टेलीफोन टेलीफ़ोन"
        ),
        "phone",
    ),
    **dict.fromkeys(listed("aadhaar aadhar adhar adhaar uid uidai आधार"), "aadhaar"),
    **dict.fromkeys(listed("card debit credit visa mastercard rupay amex कार्ड डेबिट क्रेडिट रुपे"), "card"),
    **dict.fromkeys(
        listed(
            "order orders bill bills invoice serial model docket tracking awb consignment challan receipt ticket "
            "complaint reference price rate amount rupees rs gst hsn ऑर्डर आर्डर बिल मॉडल सीरियल रसीद शिकायत कीमत दाम"
        ),
        "",
    ),
}
"""Words that say what the number after them is: one of a person's, or one that is not."""
_NUMBER: Final = listed("number no nambar call ring नंबर नम्बर कॉल")
_USUAL_SIZES: Final = (12, 16)
"""Digits of an Aadhaar and of most cards."""
_MOST_BEHIND: Final = 5
"""Digits that are corrected when the number has been told."""
_ENDS_SAYING: Final = listed("hai h है ok okay please sir madam theek ठीक जी")


def find_numbers_in(pieces: list[Piece], own: frozenset[str]) -> Iterator[Find]:
    """Cards, Aadhaars and phones, in order; `own` are digits that are always a phone."""
    for run in runs_of(pieces):
        if sum(len(atom.digits) for atom in run) >= FEWEST_DIGITS:
            yield from sorted(_Judge(pieces, own).finds_in(run), key=lambda find: find.begin)


class _Judge:
    """Says what of a run is a number of a person's."""

    def __init__(self, pieces: list[Piece], own: frozenset[str]) -> None:
        self._pieces = pieces
        self._own = own

    def finds_in(self, run: Run) -> list[Find]:
        """What a run is once its corrections are made; else what is found where none is."""
        if not any(atom.corrects for atom in run):
            return self._plain(run)
        if find := self._corrected(run):
            return [find]
        return [find for part in parts_of(run, "" if is_begun_again(run) else "no") for find in self._plain(part)]

    def _corrected(self, run: Run) -> Find | None:
        """What all of a run is with the digits that are said again in the place of the wrong ones."""
        parts = parts_of(run)
        told = self._told(run)
        if len(parts) > MOST_CORRECTED or told == "" or sum(atom.scaled for atom in run) > 1:
            return None
        if not told and self._unit_after(run[-1]):
            return None
        finds = (self._find(part, told) for part in parts)
        wholes = [find if find and find.kind == (told or find.kind) else None for find in finds]
        if wholes[0] and not self._is_last_said(parts):
            return None
        for reading in corrected(run, self._pieces, asked=self._is_asked(run)):
            if told or wholes[0] or not reading.doubtful:
                find = self._find(reading.run, told)
                sure = find and (reading.likely or find.kind == told or len(find.value) in _USUAL_SIZES)
                if find and (sure or find.kind == "phone") and not (any(wholes[1:]) and find.kind == "phone"):
                    return Find(find.kind, find.value, run[0].begin, run[-1].end)
        if any(wholes[1:]):
            again = wholes[-1] if not any(wholes[:-1]) and (run[0].spoken or is_begun_again(run)) else None
            return again and Find(again.kind, again.value, run[0].begin, again.end)
        judged = as_told_with_corrections(run, self._pieces, told)
        return Find(*judged, run[0].begin, run[-1].end) if judged and not any(wholes) else None

    def _is_last_said(self, parts: list[Run]) -> bool:
        """Whether some digits of a whole number are corrected behind it, and nothing else begins there."""
        if len(parts) > 2 or sum(len(atom.digits) for atom in parts[1]) > _MOST_BEHIND:
            return False
        after = self._pieces[parts[1][-1].last + 1 :][:1]
        return not after or after[0].sort == "sign" or after[0].text.lower() in _ENDS_SAYING

    def _plain(self, run: Run) -> list[Find]:
        """What stands in one piece first, unless a country stands before it; the whole; in one breath; at both ends."""
        told = self._told(run)
        digits = "".join(atom.digits for atom in run)
        if _FREE.fullmatch(digits):
            return []
        country = run[0].plus and len(run[0].digits) < 10
        alone = list(self._alone(run))
        whole = None if alone and not country else self._find(run, told)
        if whole is not None:
            return [whole]
        finds = self._beside(run, alone or self._in_breaths(run))
        if not alone:  # a breath of a card may look like a telephone
            finds = max(finds, list(self._at_ends(run)), key=lambda found: sum(len(find.value) for find in found))
        if sum(len(find.value) for find in finds) < len(digits) - 1:
            finds = self._counted(run, told) or finds
        if not finds and (judged := as_told(digits, told)):
            finds.append(Find(*judged, run[0].begin, run[-1].end))
        return finds

    def _counted(self, run: Run, told: str | None) -> list[Find]:
        """The whole, where "teen zero" is three zeros, or "nau sau assi" 980."""
        if told == "":
            return []
        readings = (zeros_counted(run, self._pieces, sure=bool(told)), amount_joined(run, self._pieces))
        found = (self._find(reading, told) for reading in readings if reading)
        return [Find(find.kind, find.value, run[0].begin, run[-1].end) for find in found if find][:1]

    def _beside(self, run: Run, stretches: Iterable[tuple[int, int, Find]]) -> list[Find]:
        """What was found in stretches of a run, and what is found before, between and after them."""
        finds: list[Find] = []
        begin = 0
        for first, end, find in stretches:
            rest = run[begin:first]
            place = self._begin_of_country(rest, find)
            finds += (*self._at_ends(rest), Find(find.kind, find.value, place, find.end))
            begin = end
        finds += self._at_ends(run[begin:])
        return finds

    def _alone(self, run: Run) -> Iterator[tuple[int, int, Find]]:
        for at, atom in enumerate(run):
            if not atom.spoken and len(atom.digits) >= 10 and (find := self._find([atom])):
                yield at, at + 1, find

    def _in_breaths(self, run: Run) -> Iterator[tuple[int, int, Find]]:
        """What stands between two words, such as after "it ends in six, yes"."""
        begin = 0
        for end in range(1, len(run) + 1):
            if end == len(run) or any(piece.sort == "word" for piece in self._between(run[end - 1], run[end])):
                if find := self._find(run[begin:end]):
                    yield begin, end, find
                begin = end

    @staticmethod
    def _begin_of_country(before: Run, find: Find) -> int:
        """Where a number with its 91 or 0 begins; these are taken off what stands before it."""
        if find.kind == "phone" and before and before[-1].digits in ("91", "0", "091", "0091"):
            return before.pop().begin
        return find.begin

    def _at_ends(self, run: Run) -> Iterator[Find]:
        begin, end = 0, len(run)
        while begin < end:
            size, find = self._longest(run, begin, end, forward=True)
            if find is None:
                break
            yield find
            begin += size
        while begin < end:
            size, find = self._longest(run, begin, end, forward=False)
            if find is None:
                break
            yield find
            end -= size

    def _longest(self, run: Run, begin: int, end: int, *, forward: bool) -> tuple[int, Find | None]:
        """The longest number at one end, and how many atoms it takes."""
        count, best_size, best = 0, 0, None
        near = run[begin : begin + MOST_DIGITS] if forward else run[max(begin, end - MOST_DIGITS) : end][::-1]
        for size, atom in enumerate(near, 1):
            count += len(atom.digits)
            if count > MOST_DIGITS:
                break
            if count >= 10:
                find = self._find(run[begin : begin + size] if forward else run[end - size : end])
                if find is not None:
                    best, best_size = find, size
        return best_size, best

    def _find(self, atoms: Run, told: str | None = None) -> Find | None:
        if not atoms or any(atom.solid for atom in atoms):
            return None
        readings = ["".join(atom.digits for atom in atoms)]
        if any(atom.other for atom in atoms):
            readings.append("".join(atom.other or atom.digits for atom in atoms))
        for digits in readings:
            judged = self._judge(digits, atoms, told)
            if judged is not None:
                return Find(*judged, atoms[0].begin, atoms[-1].end)
        return None

    def _judge(self, digits: str, atoms: Run, told: str | None) -> Judgement:
        if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            return None
        if digits in self._own:
            return "phone", digits
        if atoms[0].plus and (phone := international(digits)):
            return phone
        groups = tuple(len(atom.digits) for atom in atoms)
        if self._is_something_else(digits, atoms, groups, told):
            return None
        return (
            (aadhaar(digits) if told == "aadhaar" or groups == (4, 4, 4) else None)
            or indian(digits)
            or aadhaar(digits)
            or (card(digits) if groups != _SHOP_ORDER else None)
            or (metro(digits) if told or groups[0] in (2, 10) else None)
            or (abroad(digits) if not atoms[0].spoken else None)
        )

    def _is_something_else(self, digits: str, atoms: Run, groups: tuple[int, ...], told: str | None) -> bool:
        """Whether it is a list, or an amount: "hundred" is said only of a landline's or of what is called a phone's."""
        if not told and self._is_a_list(atoms, groups):
            return True
        if not any(atom.scaled for atom in atoms) or told == "phone" or digits[0] == "0":
            return False
        return told == "" or not begins_as_amount(atoms, digits)

    def _told(self, run: Run) -> str | None:
        """What the nearest word before a run says that it is: "" for none of a person's; None where none says it."""
        at = run[0].piece - 1
        for piece in self._pieces[max(0, at - _LOOK_BACK + 1) : at + 1][::-1]:
            if piece.sort == "word" and (told := _SAYS.get(piece.text.lower())) is not None:
                return told
        return None

    def _is_a_list(self, atoms: Run, groups: tuple[int, ...]) -> bool:
        """Whether figures look like sizes, prices or a date that are told one after the other."""
        if len(atoms) < 3:
            return len(atoms) == 2 and self._are_two(atoms)
        if any(atom.sounds for atom in atoms) and is_of_times(atoms):
            return True
        values = [int(atom.digits) for atom in atoms]
        if len(set(groups)) < 2:
            steps = {second - first for first, second in pairwise(values)}
            return groups[0] > 1 and len(steps) == 1 and steps != {0} and self._unit_after(atoms[-1])
        dialled = any(atom.digits[0] == "0" for atom in atoms)
        if not dialled and all(first < second for first, second in pairwise(values)):
            return True
        if not any(atom.spoken for atom in atoms) and any(self._and_between(*pair) for pair in pairwise(atoms)):
            return True
        return self._unit_after(atoms[-1])

    def _are_two(self, atoms: Run) -> bool:
        """Whether it is "61120 and 61121", and nobody was asked for a number."""
        if any(atom.spoken for atom in atoms) or not self._and_between(*atoms):
            return False
        if len(self._between(*atoms)) > 1:
            return False  # "98000 and ends with 12345"
        return self._told(atoms) == "" or not self._is_asked(atoms)

    def _is_asked(self, run: Run) -> bool:
        """Whether a word before it says that it is a number, of whatever kind."""
        before = self._pieces[max(0, run[0].piece - _LOOK_BACK) : run[0].piece]
        return any(piece.text.lower() in _NUMBER for piece in before)

    def _and_between(self, first: Atom, second: Atom) -> bool:
        return any(piece.means is not None and piece.means.role == "and" for piece in self._between(first, second))

    def _between(self, first: Atom, second: Atom) -> list[Piece]:
        return self._pieces[first.last + 1 : second.piece]

    def _unit_after(self, atom: Atom) -> bool:
        after = self._pieces[atom.last + 1 : atom.last + 1 + LONGEST]
        words = [piece.text.lower() for piece in after if piece.sort == "word"]
        if not words or after[0].sort == "token":
            return False
        if words[0] in _MONEY:
            return True
        return any(
            unit_of(tuple(words[:count]), among) is not None
            for count in range(1, len(words) + 1)
            for among in (MEASURES, SALES)
        )


_MONEY: Final = listed("rupees rupee rupaye rupaya rupay rs inr रुपये रुपया रुपए")
