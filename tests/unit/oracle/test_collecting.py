"""A juror without others to ask."""

import pytest

from fedjury.errors import ConfigError
from fedjury.oracle.collecting import LoneSigner
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import NO_ACCURACY, Certificate, Report
from fedjury.protocol.signing import ReportDomain
from tests.support.fake_federation import CHAIN_ID, JUROR, TASK_ADDRESS

DOMAIN = ReportDomain(CHAIN_ID, TASK_ADDRESS)
PARENT = Digest(b"\3" * 32)
REPORT = Report(
    round=3,
    jury_version=1,
    updates_hash=b"\1" * 32,
    attempt=0,
    accuracy=NO_ACCURACY,
    model_digest=Digest(b"\2" * 32),
    record_digest=Digest(b"\4" * 32),
    next_jury=b"\5" * 32,
)
VERDICTS = bytes.fromhex("01")


def test_a_jury_of_one_is_satisfied_at_once() -> None:
    own = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS)
    signer = LoneSigner()
    signer.require(jury_version=1, quorum=1)
    certificate = signer.collect(own, quorum=1)
    assert certificate == Certificate(REPORT, VERDICTS, own.signature)
    assert DOMAIN.signers(REPORT, PARENT, VERDICTS, own.signature) == [JUROR.address]


@pytest.mark.parametrize("quorum", [2, 3])
def test_a_larger_quorum_can_never_be_reached(quorum: int) -> None:
    with pytest.raises(ConfigError, match=f"jury 7 needs {quorum} signatures.*signs alone"):
        LoneSigner().require(jury_version=7, quorum=quorum)
