"""The code of an earlier commit can be imported beside that of the tree."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.judging_benchmark.before import PACKAGE, code_before, renamed
from experiments.judging_benchmark.engines import PAPER, Engine, verdicts_of
from tests.support.judging_rounds import small_round


def _git(directory: Path, *words: str) -> None:
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
    subprocess.run(["git", "-C", str(directory), *who, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout whose newest state differs from its only commit."""
    files = {
        "fedjury/__init__.py": "",
        "fedjury/numbers.py": "ONE = 1\n",
        "oracle/__init__.py": "",
        "oracle/counting.py": (
            "from fedjury.numbers import ONE\n\n\ndef two() -> int:\n"
            "    from fedjury.numbers import ONE as other\n    return ONE + other\n"
        ),
        "clients/__init__.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "fedjury" / "oracle").symlink_to("../oracle")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "--message", "Begin")
    (tmp_path / "fedjury" / "numbers.py").write_text("ONE = 100\n")
    return tmp_path


def test_code_of_a_commit_calls_only_code_of_that_commit(repository: Path) -> None:
    with code_before(repository, "HEAD") as before:
        assert before == Engine(PACKAGE)
        assert before.module("oracle.counting").two() == 2
    assert not [name for name in sys.modules if name.startswith(PACKAGE)]


def test_a_history_without_the_commit_gives_no_code(repository: Path, tmp_path: Path) -> None:
    with code_before(repository, "0" * 40) as before:
        assert before is None


def test_only_imports_are_renamed() -> None:
    source = (
        'import fedjury.a\nfrom fedjury import b\n    from fedjury.c import d\nX = "fedjury.e"\n'
    )
    expected = source.replace("import fedjury.a", "import fedjury_before.a").replace(
        "from fedjury", "from fedjury_before"
    )
    assert renamed(source) == expected
    assert renamed("from fedjury_other import a\n") == "from fedjury_other import a\n"


def test_the_code_before_judges_beside_that_of_the_tree() -> None:
    with code_before() as before:
        if before is None:
            pytest.skip("the history lacks the commit")
        was = verdicts_of(before.ready(small_round(), PAPER)())
        assert before.module("oracle.judging").judge.__module__ == f"{PACKAGE}.oracle.judging"
    assert was == verdicts_of(Engine().ready(small_round(), PAPER)())
