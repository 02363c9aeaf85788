"""Scenarios side by side: what varies, and a table."""

from fedjury.simulation.summary import scenario_label, table, varying_keys
from tests.support.results import document, scenario


def test_a_table_has_a_row_for_each_setting_and_a_column_for_what_varies() -> None:
    scenarios = [
        scenario(seed=1),
        scenario(seed=2),
        scenario(rule="median", seed=1),
        scenario(exclude_adversaries=True),
    ]
    documents = {
        scenarios[0].id: document(scenarios[0], 0.90),
        scenarios[1].id: document(scenarios[1], 0.94),
        scenarios[2].id: document(scenarios[2], 0.5),
    }
    assert varying_keys(scenarios) == ["rule", "absent"]
    columns, rows = table(scenarios, documents)
    assert columns[:4] == ["rule", "absent", "seeds", "accuracy %"]
    assert rows == [
        ["paper", "no", "2", "92.00 ± 2.83", "50.0", "100.0", "100.0"],
        ["median", "no", "1", "50.00 ± 0.00", "50.0", "100.0", "100.0"],
    ]


def test_a_scenario_is_labelled_by_what_varies_and_its_seed() -> None:
    one = scenario(rule="median", seed=3)
    assert scenario_label(one, ["rule", "adversaries"]) == "rule=median adversaries=0.34 seed=3"
    assert scenario_label(one, []) == "seed=3"
