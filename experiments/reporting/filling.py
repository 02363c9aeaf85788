"""Tables between markers in a page of the documentation."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

_MARKED = re.compile(r"(<!-- table: ([\w-]+) -->)\n.*?(<!-- end -->)", re.DOTALL)


def fill(text: str, tables: Mapping[str, Callable[[], str]], family: str = "") -> str:
    """The text with tables between their markers replaced by new ones.

    Args:
        text: a table begins with ``<!-- table: NAME -->`` and ends with ``<!-- end -->``.
        tables: makes each, by name.
        family: what the names of these tables begin with, where a page has others' as well, which
            stay.

    Raises:
        KeyError: a marker of the family names no table.
    """

    def table(found: re.Match[str]) -> str:
        if not found[2].startswith(family):
            return found[0]
        return f"{found[1]}\n{tables[found[2]]()}\n{found[3]}"

    return _MARKED.sub(table, text)


def fill_page(page: Path, tables: Mapping[str, Callable[[], str]], family: str = "") -> None:
    """Write the tables of a page anew; arguments and errors as of `fill`."""
    page.write_text(fill(page.read_text(encoding="utf-8"), tables, family), encoding="utf-8")


def check_page(page: Path, tables: Mapping[str, Callable[[], str]], family: str = "") -> int:
    """Say whether a page has these tables; 1, as an exit code, where it has others."""
    text = page.read_text(encoding="utf-8")
    same = fill(text, tables, family) == text
    print("as the figures give" if same else f"docs/{page.name} differs: say --write-docs")
    return int(not same)
