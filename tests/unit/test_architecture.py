"""The page on the architecture lists the modules that there are, each where it lies."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
TOPS = ("fedjury", "oracle", "clients")
# The page says what these folders' files are about, and lists none.
DESCRIBED = {
    "fedjury/cli",
    "fedjury/devnet",
    "fedjury/simulation",
    "oracle/aggregation",
    "oracle/audit",
    "oracle/evaluation/fast",
    "oracle/evaluation/reference",
    "oracle/rules",
    "clients/attacks",
}
CONTINUED = 20  # spaces before a line that goes on with the one above


class Listing:
    """What the page lists.

    Attributes:
        said: by folder, all words that are said of it.
        named: folders and modules that stand before a description, as paths without a suffix.
    """

    def __init__(self, page: str) -> None:
        self.said: dict[str, set[str]] = defaultdict(set)
        self.named: list[str] = []
        above, current = list[tuple[int, str]](), ""
        for line in page.split("```")[1].splitlines():
            indent = len(line) - len(line.lstrip())
            if indent < CONTINUED:
                above = [each for each in above if each[0] < indent]
                current = above[-1][1] if above else ""
                names = re.split(" {2,}", line.strip())[0].split()
                self.said[current] |= set(names)
                self.named += [f"{current}/{name}".strip("/") for name in names]
                if names and names[-1].endswith("/"):
                    current = self.named[-1]
                    above.append((indent, current))
            self.said[current] |= set(re.findall(r"\w+", line))


LISTED = Listing(PAGE.read_text(encoding="utf-8"))


def _modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}


def _folders() -> list[str]:
    """All packages with modules of their own, but those that are only described."""
    every = [path.parent for top in TOPS for path in sorted((ROOT / top).rglob("__init__.py"))]
    found = [str(path.relative_to(ROOT)) for path in every if _modules(path)]
    return [path for path in found if not any(f"{path}/".startswith(f"{d}/") for d in DESCRIBED)]


@pytest.mark.parametrize("folder", _folders())
def test_every_module_of_a_folder_is_named(folder: str) -> None:
    assert _modules(ROOT / folder) - LISTED.said[folder] == set()


def test_everything_that_is_named_lies_where_the_page_says() -> None:
    named = [each for each in LISTED.named if each.partition("/")[0] in TOPS]
    assert len(named) > 100
    gone = [
        each for each in named if not (ROOT / each).is_dir() and not (ROOT / f"{each}.py").is_file()
    ]
    assert gone == []


def test_what_is_written_like_a_module_is_one_of_the_folder() -> None:
    """A name of several words, wherever it stands in a folder's description."""
    for folder in (each for each in LISTED.said if each.partition("/")[0] in TOPS):
        inside = {path.stem for path in (ROOT / folder).rglob("*.py")}
        written = {word for word in LISTED.said[folder] if re.fullmatch("[a-z]+(_[a-z]+)+", word)}
        assert written - inside == set(), folder


def test_folders_that_are_only_described_have_a_line() -> None:
    assert set(LISTED.named) >= DESCRIBED
