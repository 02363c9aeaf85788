"""What events alone show of a round's opening, and of its report and the report's signatures."""

from fedjury.chain.contracts.events import JuryAnnounced, RoundFinalized
from fedjury.chain.contracts.types import Config
from fedjury.checks.counts import counted
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory

_THOUSANDTHS = 1000


def check_slices(spec: TaskSpec, config: Config) -> None:
    """A task whose rounds have slices of their own has as many rounds.

    Raises:
        Difference: it has not.
    """
    slices = len(spec.verification.slices)
    if spec.verification.each_round and config.rounds != slices:
        raise Difference(
            1,
            f"the spec has {slices} verification slices, one a round, but the task "
            f"{counted(config.rounds, 'round') if config.rounds else 'no last round'}",
        )


def check_opening(history: RoundHistory, model: Digest, config: Config, time_of: BlockTime) -> None:
    """A round starts from the model that the one before left, is as long as all are, and is not
    one after the last.

    Args:
        history: of the round.
        model: that the one before left.
        config: of the task.
        time_of: gives blocks' times.

    Raises:
        Difference: it is not so.
        ChainUnavailable: the block's time cannot be had.
    """
    opened = history.opened
    if 0 < config.rounds < opened.round:
        raise Difference(
            opened.round, f"opens, though the task has {counted(config.rounds, 'round')}"
        )
    if opened.model_digest != model:
        raise Difference(
            history.number,
            f"opens with model {opened.model_digest.cid}, not {model.cid}, which stood before",
        )
    began = time_of(opened.block_number)
    if opened.deadline != began + config.round_seconds:
        raise Difference(
            history.number,
            f"opens at {began} until {opened.deadline}, not for {config.round_seconds} s",
        )


def check_verdicts(history: RoundHistory, finalized: RoundFinalized) -> list[VerdictCode]:
    """The round's verdicts: one an update, each a known code.

    Raises:
        Difference: one of these does not hold.
    """
    posted, updates = finalized.verdicts, history.size
    if len(posted) != updates:
        raise Difference(
            history.number,
            f"{counted(len(posted), 'verdict')} on {counted(updates, 'update')}",
        )
    known = {int(code) for code in VerdictCode}
    for index, code in enumerate(posted):
        if code not in known:
            raise Difference(
                history.number, f"the verdict on update {index} is {code}, which is no code"
            )
    return [VerdictCode(code) for code in posted]


def check_accuracy(finalized: RoundFinalized, spec: TaskSpec) -> None:
    """A report says an accuracy exactly where the spec wants one, in thousandths.

    Raises:
        Difference: it does not.
    """
    told = finalized.accuracy != NO_ACCURACY
    if told != spec.verification.accuracy:
        said = f"says accuracy {finalized.accuracy}" if told else "says no accuracy"
        wants = "wants none" if told else "wants one"
        raise Difference(finalized.round, f"the report {said}, the spec {wants}")
    if told and finalized.accuracy > _THOUSANDTHS:
        raise Difference(
            finalized.round, f"the report says accuracy {finalized.accuracy} of {_THOUSANDTHS}"
        )


def check_signatures(
    history: RoundHistory, finalized: RoundFinalized, domain: ReportDomain
) -> list[str]:
    """The report, on the model that the round opened with, is signed by a quorum of its jury.

    Returns:
        The signers.

    Raises:
        Difference: it is not.
    """
    jury = history.jury
    if finalized.jury_version != jury.version:
        raise Difference(
            history.number, f"judged by jury {finalized.jury_version}, opened for {jury.version}"
        )
    try:
        signers = domain.signers(
            finalized.report,
            history.opened.model_digest,
            finalized.verdicts,
            finalized.signatures,
        )
    except ValueError as error:
        raise Difference(history.number, str(error)) from error
    _check_signers(history.number, signers, jury)
    return signers


def _check_signers(round_number: int, signers: list[str], jury: JuryAnnounced) -> None:
    if strangers := [signer for signer in signers if signer not in jury.jurors]:
        raise Difference(
            round_number,
            f"signed by {strangers[0]}, who is not in the jury: or else this is not the report, "
            "the parent model or the verdicts that were signed",
        )
    if signers != sorted(set(signers), key=lambda signer: int(signer, 16)):
        raise Difference(round_number, "signers are not ascending, or one signed twice")
    if len(signers) < jury.quorum:
        raise Difference(
            round_number,
            f"{counted(len(signers), 'signature')}; quorum {jury.quorum} of "
            f"{counted(len(jury.jurors), 'juror')}",
        )
