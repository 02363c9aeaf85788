"""What is measured of large models, and how it is told."""

import json
import logging
import mmap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.benchmark_large_models import main
from experiments.large_models.measured_store import MeasuredStore
from experiments.large_models.model import of_size, stack
from experiments.large_models.results import Measured, read_results, write_results
from experiments.large_models.run import roles
from experiments.large_models.stages import Stage, Stages
from fedjury.store import DirectoryStore
from fedjury.task.state import weights_of

COMMITTED = Path(__file__).parents[3] / "experiments" / "results" / "large_models.json"
_HELD = 40_000_000  # bytes
MEASURED = Measured(
    100,
    101_000_000,
    "files on jsipfs",
    2,
    [Stage("juror", "judge", 1.25, 202_000_000, 3, 4, 5_000_000, 303_000_000)],
)


@pytest.mark.parametrize("megabytes", [1, 20])
def test_a_model_has_about_the_size_that_was_asked_for(megabytes: int) -> None:
    weights = weights_of(stack(**of_size(megabytes).arguments))
    size = sum(tensor.nbytes for tensor in weights.values())
    assert megabytes * 10**6 <= size <= megabytes * 10**6 + 10**6


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """What counts requests takes the log of urllib3 for its process: give it back."""
    log = logging.getLogger("urllib3.connectionpool")
    level, handlers = log.level, list(log.handlers)
    yield
    log.setLevel(level)
    log.handlers[:], log.propagate = handlers, True


def test_every_process_of_a_federation_has_its_turn() -> None:
    assert roles(2) == ["coordinator", "client-1", "client-2", "juror", "audit", "full-audit"]


def test_what_happens_counts_to_the_stage_that_the_process_is_in(tmp_path: Path) -> None:
    stages = Stages("client-1", "open")
    store = MeasuredStore(DirectoryStore(tmp_path), stages, "publish", "fetch")
    digest = store.add(b"12345")
    stages.enter("train")
    held = mmap.mmap(-1, _HELD)  # pages of its own: an allocator may have some left to give
    held.write(b"1" * _HELD)
    assert store.fetch(digest, 10, 1.0) == b"12345"
    assert store.receive(digest, 10, 1.0)() == b"12345"
    found = {each.name: each for each in stages.all()}
    assert list(found) == ["open", "publish", "train", "fetch"]
    assert (found["publish"].sent, found["fetch"].received, found["train"].received) == (5, 5, 5)
    assert all(each.role == "client-1" for each in found.values())
    assert found["train"].peak >= _HELD * 0.9
    assert found["open"].peak < _HELD


def test_a_stage_that_is_entered_again_goes_on() -> None:
    stages = Stages("juror", "one")
    time.sleep(0.02)
    with stages.during("other"):
        time.sleep(0.01)
    time.sleep(0.02)
    one, other = stages.all()
    assert (one.name, other.name) == ("one", "other")
    assert one.seconds >= 0.04
    assert other.seconds >= 0.01


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_results([MEASURED, MEASURED], path)
    assert read_results(path) == [MEASURED, MEASURED]


def test_the_table_tells_peaks_in_sizes_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    write_results([MEASURED], path)
    assert main(["--measured", str(path)]) == 0
    assert "| juror | judge | 1.2 | 2.0 | 3 | 4 | 5 | 303 |" in capsys.readouterr().out
    assert main(["--measured", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["stages"][0]["peak"] == 202_000_000


def test_a_file_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"a": 1}')
    assert main(["--measured", str(path)]) == 10
    assert "holds no figures" in capsys.readouterr().err


def test_in_the_committed_figures_no_program_holds_more_than_the_sum_of_its_parts() -> None:
    """Module, global model, an update twice, and a sum or the reference's weights in float64."""
    measured = read_results(COMMITTED)
    assert [each.megabytes for each in measured] == [100, 500]
    for each in measured:
        programs = [stage for stage in each.stages if stage.role != "coordinator"]
        assert max(stage.peak / each.bytes for stage in programs) < 7.0
        sending = [stage for stage in programs if stage.sent]
        assert len(sending) == 3
        assert all(stage.asked == 1 for stage in sending)
