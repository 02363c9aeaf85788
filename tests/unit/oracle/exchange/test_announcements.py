from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.checks.json_values import canonical_json
from fedjury.errors import ConfigError
from fedjury.oracle.exchange.announcements import Announcements, require_url
from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.docket_file import DocketUnwritable
from fedjury.oracle.exchange.http_events import AnnouncementsNotKept
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.http.limits import RateLimit
from fedjury.store import DirectoryStore
from tests.support.recorder import Recorder

ME, OTHER, STRANGER = (Account.from_key(bytes([each]) * 32) for each in (1, 2, 3))
DOMAIN = TaskDomain(31337, "0x" + "12" * 20)
JURY = {ME.address.lower(), OTHER.address.lower()}
UNLIMITED = RateLimit(0, 0)


def announcements(
    directory: Path, pace: RateLimit = UNLIMITED, listener: Listener = ignore
) -> Announcements:
    """What is known of a docket in this directory."""
    return Announcements(docket(directory), DOMAIN, JURY.__contains__, listener, pace)


def docket(directory: Path) -> Docket:
    directory.mkdir(exist_ok=True)
    return Docket(directory / "jury.sqlite", {"task": "a", "juror": "b", "chain": "c"})


def served(directory: Path) -> bytes:
    """What a juror with a docket in this directory answers."""
    identity = {"juror": ME.address.lower()}
    board = Board(identity, docket(directory), DirectoryStore(directory / "files"), lambda _: None)
    return board.answer("", "/announcements").body


def announced(
    at: int, url: str = "http://a:1", account: LocalAccount = OTHER, domain: TaskDomain = DOMAIN
) -> Signed[Announcement]:
    return sign(account, Announcement(url=url, issued_at=at), domain)


def where(known: Announcements, account: LocalAccount = OTHER) -> str | None:
    return known.url_of(account.address.lower())


def test_the_latest_announcement_of_a_juror_counts(tmp_path: Path) -> None:
    known = announcements(tmp_path)
    assert where(known) is None
    assert known.take(announced(5, "http://a:5"))
    assert known.take(announced(7, "http://a:7"))
    assert not known.take(announced(6, "http://a:6"))
    assert not known.take(announced(7, "http://b:7"))
    assert where(known) == "http://a:7"


def test_what_is_known_is_known_after_a_restart(tmp_path: Path) -> None:
    announcements(tmp_path).take(announced(5, "http://a:5"))
    assert where(announcements(tmp_path)) == "http://a:5"


def test_only_jurors_are_taken_and_only_their_own_words(tmp_path: Path) -> None:
    known = announcements(tmp_path)
    assert not known.take(announced(5, account=STRANGER))
    assert not known.take(announced(5, domain=TaskDomain(1, DOMAIN.task)))
    mine = announced(5, account=ME)
    assert not known.take(Signed(mine.statement, OTHER.address.lower(), mine.signature))
    assert [where(known, each) for each in (ME, OTHER, STRANGER)] == [None] * 3


def test_what_one_serves_another_takes_up(tmp_path: Path) -> None:
    one, other = announcements(tmp_path / "one"), announcements(tmp_path / "other")
    one.take(announced(5, "http://a:5"))
    one.announce(ME, "http://me:1", 9.5)
    assert sorted(other.take_all(served(tmp_path / "one"))) == sorted(JURY)
    assert other.take_all(served(tmp_path / "one")) == []
    assert (where(other), where(other, ME)) == ("http://a:5", "http://me:1")


@pytest.mark.parametrize("data", [b"", b"{}", b"no", b"[]", b"[" * 50_000, b'{"announcements":1}'])
def test_what_is_no_list_of_announcements_is_a_value_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no JSON|no list"):
        announcements(tmp_path).take_all(data)


def test_ones_own_announcement_is_later_than_all_before_whatever_the_clock(tmp_path: Path) -> None:
    known = announcements(tmp_path)
    assert known.announce(ME, "http://me:1", 1000.0).statement.issued_at == 1000
    assert known.announce(ME, "http://me:1", 2000.0).statement.issued_at == 1000
    assert known.announce(ME, "http://me:2", 500.0).statement.issued_at == 1001
    again = announcements(tmp_path)
    assert again.announce(ME, "http://me:3", 500.0).statement.issued_at == 1002


def test_an_announcement_that_outlived_ones_own_disk_is_answered_with_a_later_one(
    tmp_path: Path,
) -> None:
    lost = announced(5000, "http://me:1", account=ME)
    known = announcements(tmp_path / "new")
    assert known.announce(ME, "http://me:2", 1000.0).statement.issued_at == 1000
    assert known.take(lost)
    mine = known.of(ME.address.lower())
    assert mine is not None
    assert mine.is_right(DOMAIN)
    assert (mine.statement.url, mine.statement.issued_at) == ("http://me:2", 5001)
    other = announcements(tmp_path / "other")
    other.take(lost)
    assert other.take_all(served(tmp_path / "new")) == [ME.address.lower()]
    assert where(other, ME) == "http://me:2"


def test_one_that_names_the_same_url_is_not_made_anew(tmp_path: Path) -> None:
    known, lost = announcements(tmp_path), announced(5000, "http://me:1", account=ME)
    known.announce(ME, "http://me:1", 1000.0)
    assert known.take(lost)
    assert known.of(ME.address.lower()) == lost


def test_what_the_disk_does_not_take_is_told_once_and_known_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Recorder()
    known = announcements(tmp_path, listener=told)

    def full(*_: object) -> None:
        raise DocketUnwritable("no space left")

    monkeypatch.setattr(Docket, "keep_announcement", full)
    assert known.take(announced(5, "http://a:5"))
    assert not known.take(announced(5, "http://a:5"))
    assert where(known) == "http://a:5"
    assert known.announce(ME, "http://me:1", 1000.0).statement.url == "http://me:1"
    assert [each.reason for each in told.of(AnnouncementsNotKept)] == ["no space left"] * 2
    assert where(announcements(tmp_path)) is None


def test_a_juror_that_moves_all_the_time_is_not_followed_each_time(tmp_path: Path) -> None:
    known = announcements(tmp_path, RateLimit(0.001, 3))
    assert [known.take(announced(at)) for at in range(1, 6)] == [True, True, True, False, False]
    assert known.take(announced(1, account=ME))


def test_among_others_what_is_no_announcement_is_left_out(tmp_path: Path) -> None:
    known, right = announcements(tmp_path), announced(5, "http://a:5")
    listed = [1, {}, None, [], {"kind": "have"}, right.to_document(), {"kind": "announcement"}]
    assert known.take_all(canonical_json({"announcements": listed})) == [right.signer]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8490", "http://127.0.0.1:8490"),
        (" https://juror.example/exchange/ ", "https://juror.example/exchange"),
        ("http://[::1]:8490", "http://[::1]:8490"),
    ],
)
def test_a_juror_is_announced_at_a_url(text: str, url: str) -> None:
    assert require_url(text, "--announce") == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "juror.example:8490",
        "ftp://juror.example",
        "http://user:secret@juror.example",
        "http://juror.example/?token=secret",
        "http://juror.example/#secret",
        "http://juror.example/" + "secret" * 100,
        "http://juror .example",
        "http://",
    ],
)
def test_another_url_is_a_config_error_that_does_not_show_it(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--peer takes a URL") as refused:
        require_url(text, "--peer")
    assert "secret" not in str(refused.value)
