"""How long to wait for what."""

from callagent.turn.patience import DEFAULT, patience_for


def test_a_yes_is_complete_sooner_than_a_number() -> None:
    """The pause that ends a turn depends on what was asked."""
    pauses = [patience_for(kind).pause_s for kind in ("yes or no", "choice", "catalogue item", "digits")]

    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]


def test_an_unknown_kind_gets_the_middle_way() -> None:
    """A kind of answer that came later is waited for like any other."""
    assert patience_for("colour") == DEFAULT
