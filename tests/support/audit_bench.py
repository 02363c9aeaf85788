"""Rounds on a chain that jurors report on honestly or not, and what the command says of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fedjury.checks.json_values import canonical_json
from fedjury.data.verification import save_verification_set
from fedjury.oracle.judging import Judgement
from fedjury.oracle.reporting import Draft
from fedjury.protocol.digest import Digest
from fedjury.protocol.signing import join_signatures
from tests.support.commands import command
from tests.support.federation import Federation
from tests.support.machines import draft_of, evaluate, finalize, signed_by
from tests.support.processes import Finished

Lie = Callable[[Federation, Judgement], Judgement]
Misreport = Callable[[Draft], Draft]


class Bench:
    """A round that is to be judged honestly or not, and then audited by the command line.

    Args:
        federation: whose round 1 is closed.

    Attributes:
        federation: the same.
    """

    def __init__(self, federation: Federation) -> None:
        self.federation = federation
        self._verification = federation.directory / "verification.safetensors"
        save_verification_set(federation.verification, self._verification)

    def judge(self, lie: Lie | None = None) -> None:
        """Finalize round 1 with the juror's own key, through the contract directly."""
        judged = evaluate(self.federation)
        if lie is not None:
            judged = replace(judged, judgement=lie(self.federation, judged.judgement))
        finalize(self.federation, judged, self.federation.jurors)

    def misreport(self, lie: Misreport) -> None:
        """Finalize round 1 with an honest judgement, but another report or record of it."""
        draft = draft_of(self.federation, evaluate(self.federation))
        assert draft.model_file is not None
        self.federation.task.store.add(draft.model_file)
        draft = lie(draft)
        self.federation.task.store.add(draft.record_file)
        signed = signed_by(self.federation, draft, self.federation.jurors)
        contract, signatures = self.federation.task.contract, join_signatures(signed)
        self.federation.coordinate(
            contract.finalize_round(draft.report, draft.verdicts, signatures)
        )

    def audit(self, full: bool = False) -> tuple[int, str]:
        """Exit code of `fedjury audit`, and the difference it names."""
        done = self.run(full)
        assert done.document["passed"] is (done.code == 0)
        difference = done.document["difference"]
        if difference is None:
            assert done.document["full"] is full
            return done.code, ""
        assert difference["round"] == 1
        return done.code, str(difference["what"])

    def notes(self) -> list[str]:
        """What an audit that passes without the samples says of round 1."""
        done = self.run()
        assert done.code == 0
        noted: list[str] = done.document["rounds"][0]["notes"]
        return noted

    def run(self, full: bool = False) -> Finished:
        """`fedjury audit`, which knows nothing but addresses."""
        return command(
            *("audit", "--json", "--task", self.federation.task.contract.address),
            *("--rpc", self.federation.chain.url, "--store", f"dir:{self._store}"),
            *(("--verification", self._verification) if full else ()),
        )

    def file(self, digest: Digest) -> Path:
        """Where the store keeps a file."""
        return self._store / digest.cid

    @property
    def _store(self) -> Path:
        return self.federation.directory / "store"


def with_record(draft: Draft, *path: str | int, value: object) -> Draft:
    """A draft whose record says something else in one place."""
    document = place = json.loads(draft.record_file)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    record = canonical_json(document)
    return replace(
        draft,
        record_file=record,
        report=replace(draft.report, record_digest=Digest.of(record)),
    )
