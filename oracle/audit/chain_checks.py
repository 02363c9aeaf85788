"""What events alone show: members, order, running hash, signatures, the succession of models."""

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.checks.counts import counted
from fedjury.oracle.audit.records import Difference
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import Verdict
from fedjury.task.history import RoundRecord, TaskHistory


def check_opening(record: RoundRecord, model: Digest) -> None:
    """A round starts from the model that the one before left.

    Raises:
        Difference: it does not.
    """
    if record.opened.model_digest != model:
        raise Difference(
            record.number,
            f"opens with model {record.opened.model_digest.cid}, "
            f"not {model.cid}, which stood before",
        )


def check_members(record: RoundRecord) -> None:
    """Updates come from those who are clients then, one each, in order, and hash as finalized.

    Raises:
        Difference: one of these does not hold.
    """
    seen: set[str] = set()
    for index, update in enumerate(record.updates):
        if update.index != index:
            raise Difference(record.number, f"update {index} calls itself {update.index}")
        if update in record.unregistered:
            raise Difference(record.number, f"update {index}: {update.client} is no client")
        if update.client in seen:
            raise Difference(record.number, f"{update.client} submitted twice")
        seen.add(update.client)
    if (closing := record.finalized or record.voided) is None:
        return
    computed = updates_hash(record.number, record.updates)
    if closing.updates_hash != computed:
        raise Difference(
            record.number,
            f"updates hash to 0x{computed.hex()}, the event says 0x{closing.updates_hash.hex()}",
        )


def check_verdicts(record: RoundRecord) -> list[Verdict]:
    """The round's verdicts: one an update, known codes, a count only where p was built.

    Raises:
        Difference: one of these does not hold.
    """
    try:
        verdicts = record.verdicts()
    except ValueError as error:
        raise Difference(record.number, str(error)) from error
    for index, verdict in enumerate(verdicts):
        if verdict.correct and not verdict.code.evaluated:
            raise Difference(
                record.number, f"update {index} is {verdict.code.label} but has a count"
            )
    return verdicts


def check_counts(record: RoundRecord, samples: int) -> None:
    """No count exceeds the number of samples.

    Raises:
        Difference: one does.
    """
    finalized = record.finalized
    assert finalized is not None
    counts = {
        "baseline": finalized.baseline_correct,
        "new model's count": finalized.model_correct,
    }
    for what, count in counts.items():
        if count > samples:
            raise Difference(
                record.number, f"the {what} is {count} of {counted(samples, 'sample')}"
            )
    for index, (_, verdict) in enumerate(record.judged()):
        if verdict.correct > samples:
            raise Difference(
                record.number, f"the count of update {index} is {verdict.correct} of {samples}"
            )


def check_signatures(
    record: RoundRecord, finalized: RoundFinalized, history: TaskHistory, domain: ReportDomain
) -> list[str]:
    """The report is signed by a quorum of the jury that the round opened with.

    Returns:
        The signers.

    Raises:
        Difference: it is not.
    """
    if finalized.jury_version != record.opened.jury_version:
        raise Difference(
            record.number,
            f"judged by jury {finalized.jury_version}, opened for {record.opened.jury_version}",
        )
    jury = history.juries.get(finalized.jury_version)
    if jury is None:
        raise Difference(record.number, f"jury {finalized.jury_version} was never set")
    report = report_of(finalized)
    try:
        signers = domain.signers(report, finalized.verdicts, finalized.signatures)
    except ValueError as error:
        raise Difference(record.number, str(error)) from error
    if strangers := [signer for signer in signers if signer not in jury.jurors]:
        raise Difference(record.number, f"signed by {strangers[0]}, who is not in the jury")
    if signers != sorted(set(signers), key=lambda signer: int(signer, 16)):
        raise Difference(record.number, "signers are not ascending, or one signed twice")
    if not 2 * jury.quorum > len(jury.jurors) or len(signers) < jury.quorum:
        raise Difference(
            record.number,
            f"{counted(len(signers), 'signature')}; quorum {jury.quorum} of "
            f"{counted(len(jury.jurors), 'juror')}",
        )
    return signers


def report_of(finalized: RoundFinalized) -> Report:
    """The report that an event carries."""
    return Report(
        round=finalized.round,
        jury_version=finalized.jury_version,
        updates_hash=finalized.updates_hash,
        baseline_correct=finalized.baseline_correct,
        model_correct=finalized.model_correct,
        model_digest=finalized.model_digest,
    )
