"""A task on a real chain whose clients send what is made to part jurors; judged in this process.

python -m tests.support.equality.federation RPC DIRECTORY RULE
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from fedjury.chain.contracts.limits import GRACE_FACTOR, NOTICE_MIN
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import Dataset
from fedjury.data.verification import VerificationSet, save_verification_set
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import plan_task
from fedjury.deploy.terms import public_terms
from fedjury.devnet import devnet_accounts
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import CallableSpec, RuleSpec
from fedjury.protocol.update_file import encode_update
from fedjury.runtime.events import ignore
from fedjury.store import DirectoryStore
from fedjury.task.creation import Members, RoundLimits, create_task
from fedjury.task.opened import open_task
from tests.support.equality.rounds import Round, adversarial_round
from tests.support.federation import Federation, judge_round

VERIFICATION = "verification.safetensors"
_SECONDS = 3600


def run(rpc: str, directory: Path, rule: str) -> dict[str, object]:
    """Have a round of updates made to part jurors submitted and judged.

    Args:
        rpc: URL of the chain.
        directory: for the store, in `store`, and the verification set, in `VERIFICATION`.
        rule: name of the verification rule.

    Returns:
        The task's address, and the labels of the verdicts.
    """
    judged = adversarial_round()
    federation = _create(rpc, directory, rule, judged)
    save_verification_set(federation.verification, directory / VERIFICATION)
    for client, update in zip(federation.clients, judged.updates, strict=True):
        data = encode_update(update, federation.task.tag(1, client.address))
        digest = federation.task.store.add(data)
        federation.submit(client, digest)
    judge_round(federation, federation.juror(ignore))
    labels = federation.labels(1)
    return {
        "task": federation.task.contract.address,
        "labels": [labels[client.address] for client in federation.clients],
    }


def _create(rpc: str, directory: Path, rule: str, judged: Round) -> Federation:
    chain, count = Chain.connect(rpc), len(judged.updates)
    coordinator, juror, *clients = devnet_accounts(2 + count)
    store = DirectoryStore(directory / "store")
    verification = VerificationSet(judged.case.samples, bytes(32))
    hidden, inputs = judged.case.weights["1.weight"].shape
    model = CallableSpec(
        callable="fedjury.models:mlp", arguments={"inputs": inputs, "hidden": hidden}
    )
    draft, samples = SpecDraft("parting", model, 0.0, RuleSpec(name=rule), {}), judged.case.samples
    plan = plan_task(
        draft, public_terms(verification), Dataset("parting", samples, samples), verification
    )
    created = create_task(
        TransactionSender(chain, coordinator, poll_interval=0.1),
        store,
        replace(plan, genesis=judged.case.weights).files,
        RoundLimits(
            round_seconds=_SECONDS,
            availability_seconds=_SECONDS // GRACE_FACTOR,
            grace_seconds=_SECONDS,
            notice_seconds=NOTICE_MIN,
            min_updates=count,
            max_updates=count,
            rounds=1,
        ),
        Members([juror.address], 1, Roster.of(client.address for client in clients)),
    )
    task = open_task(chain, store, created.address, created.receipt.block_number)
    return Federation(task, coordinator, [juror], clients, [], verification, directory)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
