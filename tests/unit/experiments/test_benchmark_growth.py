"""What a client and a juror ask for does not grow with the number of clients."""

import json

import pytest

from experiments.benchmark_growth import Growth, main, measure, table_of


@pytest.fixture(scope="module")
def measured() -> list[Growth]:
    return [measure("embedded", clients, 2) for clients in (2, 8)]


def test_a_client_asks_for_as_much_among_many_as_among_few(measured: list[Growth]) -> None:
    few, many = (each.client for each in measured)
    # its own update and the round's end, and of two rounds once the roster
    assert (many.logs, few.logs) == (2.5, 2.5)
    assert many.requests < few.requests + 1  # a receipt that comes late is looked for once more
    assert few.requests < 20


def test_the_juror_reads_one_log_an_update_and_asks_once_a_round(measured: list[Growth]) -> None:
    few, many = (each.juror for each in measured)
    # and once the roster, beside two rounds' updates
    assert (few.logs, many.logs) == (1 + 1 / 4, 1 + 1 / 16)
    assert 8 * many.requests < 2 * few.requests + 4


def test_the_figures_are_shown_a_row_for_each_size(measured: list[Growth]) -> None:
    table = table_of(measured)
    assert [list(column.cells) for column in table.columns][1] == ["2", "8"]


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--json", "--clients", "2", "--rounds", "1", "--chain", "embedded"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["chain"], found["clients"], found["client"]["logs"]) == ("embedded", 2, 3)
