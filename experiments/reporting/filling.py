"""Tables between markers in a page of the documentation."""

import re
from collections.abc import Callable, Mapping

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
