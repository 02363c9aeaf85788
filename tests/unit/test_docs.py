"""The documentation says what the code says, and its links lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from scripts.write_reference import EVENT_MODULES, PAGES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
PAGES_WITH_LINKS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *EXAMPLES.rglob("*.md")])
README_LINES = 150


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_page_of_events_has_all_that_are_printed() -> None:
    folders = [ROOT / name for name in ("fedjury", "oracle", "clients")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    kinds = re.compile(r"^class \w+\((NamesJurors, )?(Round)?Event\):", re.MULTILINE)
    having = {path.resolve() for path in files if kinds.search(path.read_text(encoding="utf-8"))}
    printed = {Path(str(module.__file__)).resolve() for module in EVENT_MODULES.values()}
    assert having - printed == {ROOT / "fedjury" / "simulation" / "sweep_events.py"}
    assert printed <= having


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES_WITH_LINKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in _anchors(path), f"{page.name}: {link}"


def test_every_page_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert set(PAGES_WITH_LINKS) <= seen


def test_what_the_readme_says_of_gas_was_measured() -> None:
    measured = json.loads((ROOT / "tests/contracts/gas_snapshot.json").read_text())["gas"]
    life = {key: round(gas) for key, gas in measured.items() if key.startswith("life of an update")}
    alone, *batched = (
        life[f"life of an update, {kind}"]
        for kind in ("1000x10 alone", "1000x10 batched", "100x10 batched", "10000x10 batched")
    )
    words = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"costs {alone:,} gas where each submits itself" in words
    assert "and {:,} in a batch (of 100: {:,}, of 10,000: {:,})".format(*batched) in words


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES
