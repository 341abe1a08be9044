"""One call's texts without personal data, and given back values that belong to nobody."""

import re
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.personal_data import made_lines, written_lines

from callagent.dialogue.spoken import read_phone
from callagent.recording.redaction import CALLER_STAND_IN, KINDS, TOKEN, Redactor, find_personal, restore, stand_in
from callagent.recording.redaction.checksums import luhn_holds, verhoeff_holds

PHONE = "98765 43210"
CARD = "4111 1111 1111 1111"
LINES = [line.text for line in (*written_lines("labelled.yaml"), *made_lines())]
HOSTILE = st.text("0123456789\N{DEVANAGARI DIGIT ZERO}\N{DEVANAGARI DIGIT NINE} +-.,@⟦⟧:aApPbkxनौआठ\n", max_size=60)
FIVE = "⟦private 1: digits 5⟧"
TOKENS = ("⟦phone 1⟧", "⟦phone 2⟧", "⟦card 1⟧", "⟦e-mail 1⟧", "⟦caller⟧", FIVE, "⟦private 2: text 2 words⟧")
WORDS = "nine eight double triple zero oh ninety नौ डबल at dot gmail paytm com to for a b c p k 9 98 no sorry sevens"
SPEECH = st.lists(
    st.one_of(
        st.sampled_from(LINES),
        st.sampled_from(WORDS.split()),
        st.sampled_from(TOKENS),
        HOSTILE,
    ),
    max_size=12,
).map(" ".join)
PARTS = (
    *("9 8 7 ", "4111 1111 ", "9", "a@", "a at ", "ramesh at gmail dot com ", "one ", "⟦phone 1⟧", "⟦", "11,", "1,"),
    *("a b c p k ", "ABCPK1234F ", "double ", "9876543210 ", "98-", "नौ ", "+", "a", "a.", "0123abcd-", "11-11-"),
    *("r a m e ", "9 no ", "98 sorry 1 ", "no ", "a b no 1 ", "four sevens ", "teen zero, ", "a at no, at gmail "),
)
"""What a hostile text may be made of."""


def tokens_in(text: str) -> list[str]:
    """In their order."""
    return [match[0] for match in TOKEN.finditer(text)]


def test_a_number_has_one_token_however_it_is_said() -> None:
    """Written, spoken, in either script, with and without the country."""
    redactor = Redactor()
    ways = (
        PHONE,
        "+91 98765-43210",
        "nine eight seven six five four three two one zero",
        "नौ आठ सात छह पाँच चार तीन दो एक शून्य",
        "९८७६५४३२१०",
        "atthanve chhihattar chauvan battees das",
    )

    assert [redactor.clean(way) for way in ways] == ["⟦phone 1⟧"] * len(ways)
    assert redactor.clean("my other one is 90000 12345") == "my other one is ⟦phone 2⟧"


def test_each_kind_is_counted_by_itself() -> None:
    """The first card is card 1, whatever else was said before."""
    redactor = Redactor()

    assert redactor.clean(f"{PHONE}, card {CARD}, mail a.b@example.com") == "⟦phone 1⟧, card ⟦card 1⟧, mail ⟦e-mail 1⟧"


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        ("+919876543210", "nine eight seven six, five four three two one oh"),
        ("+919876543210", "09876543210"),
        ("+14155550132", "four one five, five five five, oh one three two"),
        ("+14155550132", "+1 (415) 555-0132"),
        ("+442079460958", "020 7946 0958"),
    ],
)
def test_the_caller_is_known_by_the_number(caller: str, said: str) -> None:
    """It is told from all others, also without its country."""
    assert "⟦caller⟧" in Redactor(caller).clean(f"it is {said}")


def test_a_withheld_caller_is_nobody() -> None:
    """No number is theirs."""
    assert Redactor("").clean(PHONE) == "⟦phone 1⟧"


@pytest.mark.parametrize(
    "said",
    [
        "45128",
        "45,128",
        "four five one two eight",
        "चार पाँच एक दो आठ",
        "४५१२८",
        "pentalis ek attaees",
        "forty five thousand one hundred and twenty eight",
        "ID-45128-X",
        "4-5-1-2-8",
        "four, uh, five one two eight",
    ],
)
def test_private_digits_are_hidden_however_they_are_said(said: str) -> None:
    """From when they are told on."""
    redactor = Redactor()
    before = redactor.clean(said)
    redactor.secret("45128")
    after = redactor.clean(f"it is {said} please")

    assert before == said
    assert FIVE in after
    assert not re.search(r"\d{2}|५|पाँच|five|paanch", after.replace(FIVE, ""))


@pytest.mark.parametrize("said", ["Ramesh Kumar", "ramesh, kumar", "RAMESH  KUMAR", "r a m e s h kumar"])
def test_private_words_are_hidden(said: str) -> None:
    """In any case, with anything between, and spelled."""
    redactor = Redactor()
    redactor.secret("Ramesh Kumar")

    assert redactor.clean(f"this is {said} speaking") == "this is ⟦private 1: text 2 words⟧ speaking"


def test_a_private_value_of_words_and_digits_is_hidden() -> None:
    """An address, whose numbers may be said as well as written."""
    redactor = Redactor()
    redactor.secret("flat 402, Lotus Towers")

    assert redactor.clean("flat four zero two Lotus Towers") == "⟦private 1: text 4 words⟧"
    assert redactor.clean("Flat 402 lotus towers, Delhi") == "⟦private 1: text 4 words⟧, Delhi"


def test_a_private_number_is_private_before_it_is_a_telephone() -> None:
    """Its token tells that it was asked for as a secret."""
    redactor = Redactor()

    assert redactor.secret("9876543210") == "⟦private 1: digits 10⟧"
    assert redactor.clean(PHONE) == "⟦private 1: digits 10⟧"
    assert redactor.secret("nine eight seven six five four three two one zero") == "⟦private 1: digits 10⟧"


def test_nothing_is_private_in_an_empty_answer() -> None:
    """No text is changed by it."""
    redactor = Redactor()
    redactor.secret("")
    redactor.secret(" - ")

    assert redactor.clean("a - b, 12 switches") == "a - b, 12 switches"


def test_private_values_are_not_looked_for_in_tokens() -> None:
    """Not the number of one, nor across one."""
    redactor = Redactor()
    told = redactor.clean(f"sunil {PHONE} verma 1")
    redactor.secret("1")
    redactor.secret("sunil verma")

    assert told == "sunil ⟦phone 1⟧ verma 1"
    assert redactor.clean(told) == "sunil ⟦phone 1⟧ verma ⟦private 1: digits 1⟧"


def test_nobody_forges_a_token() -> None:
    """Brackets that are not this redactor's are taken out, and what they hid is found."""
    redactor = Redactor("+919000012345")

    assert redactor.clean("⟦phone 7⟧ ⟦private 1: digits 5⟧ ⟦⟧") == "phone 7 private 1: digits 5 "
    assert redactor.clean("98⟦765⟧43210") == "⟦phone 1⟧"
    assert redactor.clean("⟦caller⟧ and ⟦phone 1⟧, ⟦phone 2⟧") == "⟦caller⟧ and ⟦phone 1⟧, phone 2"


def test_values_are_cleaned_wherever_they_are() -> None:
    """In lists, tuples, dictionaries and their keys; all else stays."""
    redactor = Redactor()
    value = {"text": PHONE, "words": [{"text": CARD}, ("a@example.com", 3)], "at_s": 1.5, PHONE: None}
    clean = {"text": "⟦phone 1⟧", "words": [{"text": "⟦card 1⟧"}, ("⟦e-mail 1⟧", 3)], "at_s": 1.5, "⟦phone 1⟧": None}

    assert redactor.clean_value(value) == clean


def test_stand_ins_look_like_what_they_stand_for() -> None:
    """The rest of callagent reads them as such values."""
    numbers = range(1, 40)
    phones = [stand_in(f"⟦phone {number}⟧") for number in numbers]
    cards = [stand_in(f"⟦card {number}⟧") for number in numbers]
    aadhaars = [stand_in(f"⟦aadhaar {number}⟧") for number in numbers]

    assert all((found := read_phone(phone, "en")) and found.value == phone for phone in phones)
    assert all(len(card) == 16 and luhn_holds(card) for card in cards)
    assert all(len(aadhaar) == 12 and verhoeff_holds(aadhaar) for aadhaar in aadhaars)
    assert stand_in("⟦caller⟧") == CALLER_STAND_IN
    assert re.fullmatch(r"[1-9]\d{4}", stand_in(FIVE))
    assert len(stand_in("⟦private 3: text 4 words⟧").split()) == 4
    for kind in KINDS:
        made = [stand_in(f"⟦{kind} {number}⟧") for number in numbers]
        assert {find.kind for text in made for find in find_personal(text)} == {kind}
        assert len(set(made)) == len(made)


@pytest.mark.parametrize("size", range(1, 25))
def test_different_private_tokens_have_different_stand_ins(size: int) -> None:
    """As far as so few digits can differ."""
    made = [stand_in(f"⟦private {number}: digits {size}⟧") for number in range(1, 10)]

    assert len(set(made)) == len(made)
    assert {len(text) for text in made} == {size}


@pytest.mark.parametrize("text", ["phone 1", "⟦phone 0⟧", "⟦fax 1⟧", "⟦private 1⟧", "⟦phone 1⟧ "])
def test_only_a_token_has_a_stand_in(text: str) -> None:
    """All else is told."""
    with pytest.raises(ValueError, match="no token"):
        stand_in(text)


def test_restored_texts_are_cleaned_to_the_same_tokens() -> None:
    """Also where the later number comes first, as when only a part of the call is replayed."""
    texts = ["⟦phone 2⟧ or ⟦phone 1⟧", "⟦caller⟧ paid with ⟦card 3⟧, 5⟦phone 4⟧⟦phone 5⟧x", "mail ⟦e-mail 2⟧."]
    redactor = Redactor(CALLER_STAND_IN)

    assert [tokens_in(redactor.clean(restore(text))) for text in texts] == [tokens_in(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(SPEECH, st.sampled_from(["", "+919876543210", "+14155550132"]))
@example("⟦phone 1⟧ at paytm 9876543210", "")
def test_what_is_clean_stays_clean(text: str, caller: str) -> None:
    """A second time nothing changes, and nothing ever raises."""
    redactor = Redactor(caller)
    redactor.secret("45128")
    redactor.secret("nine eight")
    clean = redactor.clean(text)

    assert redactor.clean(clean) == clean


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6))
def test_a_replay_keeps_the_tokens(lines: list[str]) -> None:
    """What a call left, restored and cleaned by a fresh redactor, has the same tokens in the same order."""
    redactor = Redactor("+919876543210")
    secrets = [redactor.secret("45128"), redactor.secret("sunil verma")]
    kept = [redactor.clean(line) for line in (*lines, "four five one two eight, Sunil Verma")]
    replayed = Redactor(CALLER_STAND_IN)
    for token in secrets:
        replayed.secret(stand_in(token))
    again = [replayed.clean(restore(text)) for text in kept]

    assert [tokens_in(text) for text in again] == [tokens_in(text) for text in kept]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_can_be_cleaned_and_restored(text: str, secret: str) -> None:
    """Whatever is in it."""
    redactor = Redactor()
    redactor.secret(secret)
    clean = redactor.clean(text)

    assert redactor.clean(clean) == clean
    assert restore(restore(clean)) == restore(clean)


@pytest.mark.unmeasured
@pytest.mark.parametrize("part", PARTS)
def test_hostile_text_takes_no_longer_than_its_length(part: str) -> None:
    """Eight times as much of it takes about eight times as long, where more than linear would take 64 times."""

    def seconds(size: int) -> float:
        redactor = Redactor("+919000000000")
        for secret in ("45128", "9", "ramesh kumar"):
            redactor.secret(secret)
        text = (part * (size // len(part) + 1))[:size]
        begin = process_time()
        redactor.clean(text)
        return process_time() - begin

    small = max(min(seconds(2_000) for _ in range(3)), 0.005)

    assert min(seconds(16_000) for _ in range(2)) < 45 * small
