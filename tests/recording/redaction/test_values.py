"""What is read of personal data that is found: nothing of the words around it."""

import pytest

from callagent.recording.redaction import find_personal


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("nau aath ek do teen, ek minute, char paanch chhe saat aath", "+919812345678"),
        ("98123, hold on, 45678", "+919812345678"),
        ("नौ आठ एक दो तीन रुकिए चार पाँच छह सात आठ", "+919812345678"),
        ("it ends in six, yes, nine eight one two three four five six seven six", "+919812345676"),
        ("4591 23 haan 74 1840 4948 aur 123", "4591237418404948"),
        ("pan b k l p s, then four four seven one, last letter q", "BKLPS4471Q"),
        ("मेरा पैन बीकेएलपीएस 4471 क्यू", "BKLPS4471Q"),
        ("ramesh at okay axis", "ramesh@okaxis"),
        ("रमेश एट एसबीआई", "रमेश@sbi"),
        ("bhej do nau aath ek do teen char paanch chhe saat aath at paytm", "9812345678@paytm"),
        ("it's priya dot nair at gmail dot com", "priya.nair@gmail.com"),
        ("my mail is r for ramesh, k for kumar at gmail dot com", "rk@gmail.com"),
        ("गुप्ता जी से रमेश एट जीमेल डॉट कॉम", "रमेश@gmail.com"),
        ("रसीद ritu_1988@rediffmail.com पर", "ritu_1988@rediffmail.com"),
        ("मेल दीपक ritu@rediffmail.com पर", "ritu@rediffmail.com"),
        ("ritu@gmail com", "ritu@gmail.com"),
        ("its latajoshi gmail dot com", "latajoshi@gmail.com"),
        ("priya (at) gmail (dot) com", "priya@gmail.com"),
        ("upi is ravi kumar all together, at the rate, ok axis", "ravikumar@okaxis"),
        ("it starts with 98000 and ends with 12345", "+919800012345"),
        ("call 98000_12345", "+919800012345"),
    ],
)
def test_a_value_is_read_without_the_words_around_it(said: str, value: str) -> None:
    """Pauses, examples of letters, and what is asked for."""
    assert [find.value for find in find_personal(said)] == [value]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("nau aath zero zero zero zero do, nahi nahi teen, paanch nau ek", "+919800003591"),
        ("nine eight zero zero zero one, sorry, it's two, three four five six", "+919800023456"),
        ("9 8 0 0 0 1 2, I mean 1 3, 3 4 5", "+919800013345"),
        ("nine eight zero zero zero one two three four five, no, six", "+919800012346"),
        ("number is 98000, no no, 12345", "+919800012345"),
        ("aadhaar nine nine nine nine, zero two zero one, five nine three eight, sorry, nine", "999902015939"),
        (
            "four thousand, double zero twenty two, six four one six, no, one five, three one seven zero",
            "4000002264153170",
        ),
        ("card 4111 1111 1111 1112, sorry, 1111", "4111111111111111"),
        ("my PAN, H N K P B, three four, sorry, three five four one, D", "HNKPB3541D"),
        ("h n k p b, no d, three four four five, d", "HNKPD3445D"),
        ("ashok dot m at yahoo, no sorry, at gmail dot com", "ashok.m@gmail.com"),
    ],
)
def test_digits_that_are_corrected_give_the_right_value(said: str, value: str) -> None:
    """The wrong ones are hidden with it."""
    (find,) = find_personal(said)

    assert find.value == value
    assert not any(word in said[: find.begin] + said[find.end :] for word in ("no", "sorry", "nahi"))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("phone 98000 12345, no, one piece only", "98000 12345"),
        ("aadhaar 2780 2564 4397, no, one more thing", "2780 2564 4397"),
        ("number is 98000 12345, no I want 20", "98000 12345"),
    ],
)
def test_what_follows_a_no_is_kept(said: str, hidden: str) -> None:
    """Where it corrects nothing."""
    (find,) = find_personal(said)

    assert said[find.begin : find.end] == hidden


def test_a_number_with_corrections_that_fits_nothing_is_hidden_as_what_it_is_called() -> None:
    """Hiding it matters more than its value."""
    said = "aadhaar two two two two, I mean, two two two three, one two three four, five six seven eight"
    (find,) = find_personal(said)

    assert find.kind == "aadhaar"
    assert said[find.begin : find.end] == said.removeprefix("aadhaar ")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("nine eight four zeros one two three four", "+919800001234"),
        ("nine eight zero thrice one two three four five", "+919800012345"),
        ("nau aath zero teen baar, ek do teen char paanch", "+919800012345"),
        ("nau aath paanch baar zero ek do teen", "+919800000123"),
        ("nau aath, teen zero, zero, chhe saat do nau", "+919800006729"),
        ("nau sau assi, zero zero zero, do chaar chhe aath", "+919800002468"),
        ("four triple one, four ones, double one double one, four ones", "4111111111111111"),
    ],
)
def test_digits_that_are_counted_are_read(said: str, value: str) -> None:
    """How often each is meant, and amounts that a number begins with."""
    assert [find.value for find in find_personal(said)] == [value]


@pytest.mark.parametrize(
    "said",
    [
        "do you see two orders, 61120 and 61121",
        "slot 9 to 11, 11 to 1, 2 to 4",
        "nine to five, ten to six, nine to four",
        "order 61120, no, 61121",
        "order six one one two zero, sorry, six one one two one",
        "62000 no 45500",
        "8 nos, 6 nos, no 4 nos, 12 nos in that order",
        "nine hundred eighty, five hundred twenty, three hundred ten",
        "fifty two hundred, sixty four hundred, forty two hundred, thirty one hundred",
        "four zeros, that is ten thousand",
        "please open gmail dot com and check",
        "the reading is 88211, last 77210",
        "एलईडी टीवी 4300 के लिए",
        "a for apple at 500 and b for ball at 300",
    ],
)
def test_what_only_looks_like_a_number_that_goes_on_is_left(said: str) -> None:
    """Readings, models, prices, orders, hours."""
    assert not find_personal(said)
