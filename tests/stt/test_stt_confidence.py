"""How far an answer is believed."""

from dataclasses import replace

from callagent.stt.confidence import Signs, confidence


def test_confidence_follows_every_witness() -> None:
    """It grows with the ratio and the worst word, falls with the share of fillers, and stays within 0 to 1."""
    middling = confidence(Signs(ratio=0.0, worst=-6.0, fillers=0.2))

    assert 0 <= confidence(Signs(ratio=-9.0, worst=-20.0, fillers=1.0)) < middling
    assert middling < confidence(Signs(ratio=0.5, worst=-6.0, fillers=0.2)) <= 1
    assert middling < confidence(Signs(ratio=0.0, worst=-4.0, fillers=0.2)) <= 1
    assert middling < confidence(Signs(ratio=0.0, worst=-6.0, fillers=0.0)) <= 1


def test_a_number_in_hindi_must_be_surer() -> None:
    """The same score is believed less of Hindi digits than of anything else."""
    signs = Signs(ratio=-0.5, worst=-7.0, fillers=0.0)

    assert confidence(replace(signs, hindi_number=True)) < 0.45 < confidence(signs)
