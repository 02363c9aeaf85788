"""The threat model names tests and proofs that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/.]+\.(?:py|sol))::(\w+)`", TEXT)))
SHOWN = re.compile(r"(`[\w/.]+::\w+`(, `[\w/.]+::\w+`)*|–)")
_DEFINES = {".py": "def", ".sol": "function"}


def test_it_names_many() -> None:
    assert len(NAMED) > 80
    assert TEXT.count("::") == len(re.findall(r"`[\w/.]+\.(?:py|sol)::\w+`", TEXT)) + 1


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part)
def test_what_it_names_exists(path: str, name: str) -> None:
    source = ROOT / path
    assert source.is_file()
    pattern = rf"^ *{_DEFINES[source.suffix]} {name}\("
    assert re.search(pattern, source.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_line_of_the_threats_says_what_shows_it_or_that_nothing_does() -> None:
    threats, inside = [], False
    for line in TEXT.splitlines():
        if line.startswith("|") and line.endswith("| shown by |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            threats.append(line)
    assert len(threats) > 45
    for line in threats:
        assert SHOWN.fullmatch(line.split(" | ")[-1].removesuffix(" |")), line
