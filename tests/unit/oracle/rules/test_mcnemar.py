"""Whether right answers are more than chance explains, exactly."""

from fractions import Fraction

import pytest

from fedjury.oracle.rules.mcnemar import clearly_more

LARGE = 2**31 - 1


@pytest.mark.parametrize(
    ("won", "lost", "z"),
    # D = 3k of k² that change sides, whose squares float64 rounds; and a z that is no short number
    [
        ((LARGE**2 + 3 * LARGE) // 2, (LARGE**2 - 3 * LARGE) // 2, 3),
        (9, 0, 3.0),
        (2**52, 0, 2.0**26),
        (1, 0, 1),
    ],
)
def test_the_edge_is_exact(won: int, lost: int, z: float) -> None:
    assert (won - lost) ** 2 == Fraction(z) ** 2 * (won + lost)
    assert not clearly_more(won, lost, z)
    assert clearly_more(won + 1, lost, z)
    assert not clearly_more(won, lost + 1, z)
    assert not clearly_more(lost, won, z)


def test_z_is_the_number_that_float64_holds() -> None:
    # 0.1 is a little more than a tenth there: D² = 4 of 400 is not beyond it, of 399 it is
    assert Fraction(0.1) ** 2 * 400 > 4 > Fraction(0.1) ** 2 * 399
    assert not clearly_more(201, 199, 0.1)
    assert clearly_more(200, 198, 0.1)


@pytest.mark.parametrize("z", [0, 0.0, 1e-300, 1.5, 99.0])
def test_without_a_change_nothing_is_more(z: float) -> None:
    assert not clearly_more(0, 0, z)
    assert not clearly_more(7, 7, z)
