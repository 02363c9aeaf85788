"""What small verification sets let through, in numbers."""

import itertools
import math

import pytest

from experiments.small_slices import acceptance, table


@pytest.mark.parametrize(("samples", "percent"), [(100, 30), (500, 25), (1000, 19), (5000, 3.5)])
def test_the_papers_rule_accepts_an_update_that_is_worse_so_often(
    samples: int, percent: float
) -> None:
    found = 100 * acceptance(samples, churn=0.04, difference=-0.005)
    assert float(f"{found:.2g}") == percent


@pytest.mark.parametrize("z", [0.0, 0.9, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("difference", [-0.2, 0.0, 0.1, 0.5, -0.5])
def test_it_is_what_counting_all_cases_gives(z: float, difference: float) -> None:
    samples, churn = 7, 0.5
    shares = {1: (churn + difference) / 2, -1: (churn - difference) / 2, 0: 1 - churn}
    expected = 0.0
    for case in itertools.product(shares, repeat=samples):
        gained, changed = sum(case), sum(map(abs, case))
        if gained > 0 and gained**2 > z * z * changed:
            expected += math.prod(shares[each] for each in case)
    assert acceptance(samples, churn, difference, z) == pytest.approx(expected, abs=1e-11)


def test_the_table_has_a_row_for_each_size_and_a_column_for_each_z() -> None:
    heading, _, *rows = table()
    assert heading == "| samples | z = 0 | z = 1 | z = 1.64 | z = 2 |"
    assert rows[0] == "| 100 | 30 | 8.8 | 3 | 0.4 |"
    assert [row.split(" | ")[0] for row in rows] == ["| 100", "| 500", "| 1,000", "| 5,000"]
