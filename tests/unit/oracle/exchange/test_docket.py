"""What stands in a juror's docket, and what its disk does to it."""

import sqlite3
from pathlib import Path

import pytest

from fedjury.errors import TransientError
from fedjury.oracle.exchange.docket import AlreadySaid, Docket
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import RoundKey, Signed, TaskDomain, sign
from tests.support.joint import FOUR

KEY = RoundKey(3, b"\x07" * 32)
DOMAIN = TaskDomain(31337, "0x" + "ab" * 20)


def have(entries: int) -> Signed[Have]:
    said = Have(round=3, updates_hash=KEY.updates_hash, batches=b"", entries=bytes([entries]))
    return sign(FOUR[0], said, DOMAIN)


@pytest.fixture
def docket(tmp_path: Path) -> Docket:
    made = Docket(tmp_path / "jury.sqlite", {})
    made.open(KEY, [each.address.lower() for each in FOUR])
    return made


def test_what_a_juror_that_lost_its_disk_hears_of_itself_is_gone_by(docket: Docket) -> None:
    docket.hear(have(1))
    with pytest.raises(AlreadySaid) as refused:
        docket.say(have(2))
    assert isinstance(refused.value, TransientError)  # the next cycle goes by what it heard
    assert docket.have(KEY, FOUR[0].address.lower()) == have(1)
    assert docket.contradictions() == []


def test_a_disk_that_gives_nothing_is_no_end(
    docket: Docket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docket._file._database, "reading", _broken)
    for ask in (docket.announcements, docket.contradictions, lambda: docket.body(b"", "report")):
        with pytest.raises(TransientError, match="does not give what jurors said"):
            ask()


def _broken() -> None:
    raise sqlite3.OperationalError("disk I/O error")
