"""The benchmark of large models, with a small one."""

import json

import pytest

from experiments.benchmark_large_models import main
from experiments.large_models.run import roles


def test_every_process_does_its_part_and_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--megabytes", "2", "--json"]) == 0
    (measured,) = json.loads(capsys.readouterr().out)
    stages = {(each["role"], each["name"]): each for each in measured["stages"]}
    assert list(dict.fromkeys(role for role, _ in stages)) == roles(2)
    size = measured["bytes"]
    for client in ("client-1", "client-2"):
        published = stages[client, "publish the update"]
        assert published["asked"] == 1
        assert size <= published["sent"] <= size + 4096
        assert stages[client, "fetch the model"]["received"] >= size
        assert stages[client, "encode, keep and submit the update"]["chain"] > 0
    published = stages["juror", "publish model and record"]
    assert published["asked"] == 2
    assert size <= published["sent"] <= size + 4096
    assert stages["juror", "fetch the updates, judge"]["received"] >= 2 * size
    for audit in ("audit", "full-audit"):
        assert stages[audit, "fetch the files"]["received"] >= 3 * size
