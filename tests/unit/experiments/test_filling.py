"""Tables between markers in a page, written and held against the figures."""

from pathlib import Path

import pytest

from experiments.reporting.filling import check_page, fill_page

TABLES = {"one": lambda: "| a |"}


def test_a_page_is_filled_and_then_has_these_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table: one -->\nold\n<!-- end -->\nafter\n")
    assert check_page(page, TABLES) == 1
    assert "docs/page.md differs" in capsys.readouterr().out
    fill_page(page, TABLES)
    assert page.read_text() == "before\n<!-- table: one -->\n| a |\n<!-- end -->\nafter\n"
    assert check_page(page, TABLES) == 0
