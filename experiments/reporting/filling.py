"""Tables between markers in a page of the documentation."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

_MARKED = re.compile(r"(<!-- table: ([\w-]+) -->)\n.*?(<!-- end -->)", re.DOTALL)


def fill(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The text with every table between its markers replaced by a new one.

    Args:
        text: a table begins with ``<!-- table: NAME -->`` and ends with ``<!-- end -->``.
        tables: makes each, by name.

    Raises:
        KeyError: a marker names no table.
    """

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}\n{tables[found[2]]()}\n{found[3]}"

    return _MARKED.sub(table, text)


def fill_page(page: Path, tables: Mapping[str, Callable[[], str]]) -> None:
    """Write the tables of a page anew; raises KeyError where a marker names none."""
    page.write_text(fill(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


def check_page(page: Path, tables: Mapping[str, Callable[[], str]]) -> int:
    """Say whether a page has these tables; 1, as an exit code, where it has others."""
    text = page.read_text(encoding="utf-8")
    same = fill(text, tables) == text
    print("as the figures give" if same else f"docs/{page.name} differs: say --write-docs")
    return int(not same)
