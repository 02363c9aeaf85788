"""What `fedjury deploy` says of the task that it created."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fedjury.chain.rpc.receipts import Receipt
from fedjury.cli.displays.deployed import show_deployed
from fedjury.cli.output import Output
from fedjury.deploy.action import Deployed
from fedjury.deploy.plan import DataSource, DeployPlan, TaskPlan
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import FederatedSpec
from fedjury.task.creation import CreatedTask, Members
from tests.support.example_deployment import ADDRESS, deployment
from tests.support.fake_federation import NO_DIGEST, spec, weights
from tests.support.plans import round_limits
from tests.support.plugins import tiny_dataset

PLAN = DeployPlan(
    TaskPlan(spec(), weights(), {}, 1),
    round_limits(),
    Members([ADDRESS], 1, Roster.of([ADDRESS])),
    DataSource("tiny", "iid", 1),
    notes=["it raises for some weights"],
)
RECEIPT = Receipt(bytes(32), 3, 21_000, 1)
CREATED = CreatedTask(ADDRESS, ADDRESS, NO_DIGEST, NO_DIGEST, NO_DIGEST, RECEIPT)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_key_or_password_in_the_rpc_url_is_not_shown(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    known = deployment().model_copy(update={"rpc": "https://m3:p4ss@node.example/v3/key?token=x"})
    deployed = Deployed(CREATED, known)
    output = Output(as_json)
    show_deployed(
        PLAN, deployed, Path("deployment.json"), tiny_dataset(None), output, lambda_given=True
    )
    printed = capsys.readouterr().out
    assert ADDRESS in printed
    assert not [secret for secret in ("m3:", "p4ss@", "v3", "token") if secret in printed]
    if as_json:
        document = json.loads(printed)
        assert document["rpc"] == "https://node.example"
        assert document["deployment"] == "deployment.json"
        assert {**document, "rpc": known.rpc}.items() >= known.model_dump().items()
        assert (document["rule"], document["lambda"]) == ("paper", 0.5)
        assert document["rule_parameters"] == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (True, "rule     paper, λ = 0.5\n"),
        (False, "rule     paper, λ = 0.5, which suits it; --lambda takes another\n"),
    ],
)
def test_a_lambda_that_nobody_gave_is_told(
    given: bool, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed(CREATED, deployment())
    show_deployed(PLAN, deployed, Path("it.json"), tiny_dataset(None), Output(), lambda_given=given)
    assert words in capsys.readouterr().out


def test_how_much_is_federated_and_what_the_model_raises_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    federated = FederatedSpec(names=["weight"], local=["head"])
    task = replace(
        PLAN.task,
        spec=spec().model_copy(update={"federated": federated}),
        rest={"head": torch.zeros(2), "mask": torch.zeros(2)},
    )
    deployed = Deployed(CREATED, deployment())
    for output in (Output(), Output(as_json=True)):
        plan = replace(PLAN, task=task)
        show_deployed(plan, deployed, Path("it"), tiny_dataset(None), output, lambda_given=True)
    printed = capsys.readouterr().out
    words = (
        "model    9 weights in 1 tensor are federated, 1 more stay as they are, "
        "1 more are each client's own\n"
    )
    assert words in printed
    assert "judged   on 6 samples in every round\n" in printed
    assert "members  1 juror, 1 to sign; 1 client\n" in printed
    assert (
        "rounds   3 of 60 s, 1 to 2 updates; files within 60 s, voidable after 240 s\n" in printed
    )
    assert "data     tiny: 3 to train on, 3 classes\n" in printed
    assert "note     it raises for some weights\n" in printed
    document = json.loads(printed[printed.index("{") :])
    assert (document["federated"], document["local"]) == (["weight"], ["head"])
    assert document["notes"] == ["it raises for some weights"]
    assert document["verification"] == spec().verification.model_dump(mode="json")
    assert (document["quorum"], document["clients"]) == (1, 0)
    assert document["limits"] == vars(round_limits())


def test_relayers_and_the_time_for_batches_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    plan = replace(
        PLAN,
        limits=replace(round_limits(2, 60_000), batch_seconds=40),
        members=replace(PLAN.members, relayers=[ADDRESS]),
    )
    deployed = Deployed(CREATED, deployment())
    for output in (Output(), Output(as_json=True)):
        show_deployed(plan, deployed, Path("it"), tiny_dataset(None), output, lambda_given=True)
    printed = capsys.readouterr().out
    assert "members  1 juror, 1 to sign; 1 client; 1 relayer\n" in printed
    words = (
        "rounds   3 of 60 s, 2 updates or more, batches in the first 40 s, up to 60,000 that "
        "clients submit themselves; files within 60 s, voidable after 240 s\n"
    )
    assert words in printed
    document = json.loads(printed[printed.index("{") :])
    assert document["relayers"] == [ADDRESS]
    assert document["limits"]["batch_seconds"] == 40


@pytest.mark.parametrize(
    ("sizes", "changes", "words"),
    [
        (
            [1],
            {"disclosed": True, "depth": 1},
            "1 sample in every round, disclosed 1 block after the last round",
        ),
        ([6], {}, "6 samples in every round"),
        (
            [6000],
            {"disclosed": True},
            "6,000 samples in every round, disclosed 12 blocks after the last round",
        ),
        ([6, 6], {}, "2 slices of 6 samples"),
        (
            [6, 7, 5],
            {"disclosed": True, "depth": 3, "accuracy": True},
            "3 slices of 5 to 7 samples, disclosed 3 blocks after their round, with the accuracy "
            "in each report",
        ),
    ],
)
def test_what_the_jury_judges_on_is_told(
    sizes: list[int], changes: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slices = [
        {"samples": size, "commitment": f"0x{number:064x}"} for number, size in enumerate(sizes)
    ]
    task = replace(PLAN.task, spec=spec(verification={"slices": slices, **changes}))
    deployed, plan = Deployed(CREATED, deployment()), replace(PLAN, task=task)
    show_deployed(plan, deployed, Path("it"), tiny_dataset(None), Output(), lambda_given=True)
    assert f"judged   on {words}\n" in capsys.readouterr().out
