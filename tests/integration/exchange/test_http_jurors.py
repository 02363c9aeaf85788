"""Where the other jurors are found, with servers on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedjury.oracle.exchange.announcements import Announcements
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.http_events import PeerFound, SeedUnusable
from fedjury.oracle.exchange.http_jurors import HttpJurors, juror_at
from fedjury.oracle.exchange.paths import ANNOUNCEMENTS
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign
from fedjury.protocol.update_tag import task_name
from fedjury.runtime.redaction import document_without_secrets
from tests.support.exchange_server import DOMAIN, JURY, ME, OTHER, THIRD, ServedBoard, served_board
from tests.support.recorder import Recorder
from tests.support.recording_server import Reply, recording_server

SERVED, ASKING, THIRDS = (each.address.lower() for each in (ME, OTHER, THIRD))
DEAD = "http://127.0.0.1:9"  # the discard port, where nothing listens
SECONDS = 20.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedBoard]:
    """The first juror."""
    with served_board(tmp_path) as made:
        yield made


class Asking:
    """The second juror, who looks for the others.

    Args:
        seeds: URLs that it was given.
    """

    def __init__(self, *seeds: str) -> None:
        self.told = Recorder()
        owner = {"juror": ASKING, "task": "a"}
        self.known = Announcements(Docket(None, owner), DOMAIN, JURY.__contains__, self.told)
        self.known.announce(OTHER, "http://asking.example", 1000.0)
        self.jurors = HttpJurors(OTHER, DOMAIN, self.known, seeds, self.told)

    def get(self, juror: str = SERVED) -> bytes:
        """What a juror answers."""
        found = self.jurors.find(juror)
        assert found is not None
        return found.get(ANNOUNCEMENTS, 100_000, SECONDS)


def at(url: str, issued_at: int, whose: int = 0) -> Signed[Announcement]:
    return sign((ME, OTHER, THIRD)[whose], Announcement(url=url, issued_at=issued_at), DOMAIN)


def test_a_seed_leads_to_its_juror_and_that_one_to_all_others(served: ServedBoard) -> None:
    served.announcements.take(at("http://third.example", 5, whose=2))
    asking = Asking(served.url)
    assert asking.jurors.find(SERVED) is None
    asking.jurors.look_up_seeds()
    asking.jurors.learn(asking.jurors.at_seeds())
    assert asking.jurors.url_of(SERVED) == served.url
    assert asking.jurors.url_of(THIRDS) == "http://third.example"
    assert served.announcements.url_of(ASKING) == "http://asking.example"


def test_a_juror_is_not_its_own_peer(served: ServedBoard) -> None:
    asking = Asking()
    assert asking.jurors.url_of(ASKING) == "http://asking.example"
    assert asking.jurors.find(ASKING) is None


def test_a_seed_at_which_nobody_answers_is_told_once_and_tried_again(served: ServedBoard) -> None:
    asking = Asking(DEAD, served.url)
    asking.jurors.look_up_seeds()
    asking.jurors.look_up_seeds()
    (told,) = asking.told.of(SeedUnusable)
    assert told.url == DEAD
    assert "nothing answers there" in told.reason
    assert asking.jurors.url_of(SERVED) == served.url


def test_an_announced_url_that_is_dead_gives_way_to_the_one_that_a_person_gave(
    served: ServedBoard,
) -> None:
    asking = Asking(served.url)
    asking.known.take(at(DEAD, 5))
    asking.jurors.look_up_seeds()
    assert asking.jurors.url_of(SERVED) == DEAD
    with pytest.raises(PeerUnavailable):
        asking.get()
    assert asking.jurors.url_of(SERVED) == served.url
    assert b"asking.example" in asking.get()
    assert asking.jurors.url_of(SERVED) == served.url
    asking.jurors.find(SERVED)
    assert [each.url for each in asking.told.of(PeerFound)] == [DEAD, served.url]


def test_a_juror_cannot_choose_words_that_others_leave_out_of_their_logs(
    served: ServedBoard,
) -> None:
    asking = Asking(f"{served.url}/jurors-differ")
    asking.known.take(at(f"{served.url}/equivocation", 5))
    asking.jurors.look_up_seeds()
    with pytest.raises((PeerUnavailable, PeerRefused)):
        asking.get()
    told = {"event": "equivocation", "kind": "jurors-differ", "url": f"{served.url}/equivocation"}
    assert document_without_secrets(told) == told


def test_a_later_announcement_counts_again(served: ServedBoard) -> None:
    asking = Asking(DEAD)
    asking.known.take(at(DEAD + "/old", 5))
    with pytest.raises(PeerUnavailable):
        asking.get()
    assert asking.jurors.url_of(SERVED) == DEAD + "/old"
    asking.known.take(at(served.url, 6))
    assert b"asking.example" in asking.get()


def test_who_is_at_a_seed_is_looked_up_again_once_it_does_not_answer(tmp_path: Path) -> None:
    with served_board(tmp_path / "one") as served:
        place, url = served.place, served.url
        asking = Asking(url)
        asking.jurors.look_up_seeds()
        assert asking.get()
    with pytest.raises(PeerUnavailable):
        asking.get()
    with served_board(tmp_path / "two", port=place[1], whose=THIRD):
        with pytest.raises(PeerUnavailable, match="another juror answers"):
            asking.get()
        asking.jurors.look_up_seeds()
        assert asking.jurors.url_of(SERVED) is None
        assert asking.jurors.url_of(THIRDS) == url
        assert asking.get(THIRDS)


@pytest.mark.parametrize("lies_first", [False, True])
def test_a_seed_that_says_it_is_another_juror_hides_nobody(
    served: ServedBoard, tmp_path: Path, lies_first: bool
) -> None:
    served.announcements.announce(ME, served.url, 1000.0)
    with served_board(tmp_path / "liar") as liar:
        seeds = (liar.url, served.url) if lies_first else (served.url, liar.url)
        asking = Asking(*seeds)
        asking.jurors.look_up_seeds()
        asking.jurors.learn(asking.jurors.at_seeds())
        assert asking.jurors.url_of(SERVED) == served.url
    assert served.announcements.url_of(ASKING) == "http://asking.example"


@pytest.mark.parametrize("said", ["0x" + "z" * 40, "0x" + "1" * 39 + "\n", 7, None])
def test_who_says_that_it_is_no_address_is_no_juror(said: object) -> None:
    document = {"juror": said, "task": task_name(*DOMAIN)}
    answer = Reply(body=json.dumps(document).encode())
    with (
        recording_server(lambda _: answer) as server,
        pytest.raises(PeerUnavailable, match="no juror"),
    ):
        juror_at(f"http://{server.place}", DOMAIN)


def test_ones_own_announcement_goes_along_as_it_is_now(served: ServedBoard) -> None:
    asking = Asking(served.url)
    asking.jurors.look_up_seeds()
    asking.get()
    asking.known.announce(OTHER, "http://moved.example", 2000.0)
    asking.get()
    assert served.announcements.url_of(ASKING) == "http://moved.example"


def test_a_juror_of_another_task_is_none(served: ServedBoard) -> None:
    assert juror_at(served.url, DOMAIN) == SERVED
    with pytest.raises(PeerUnavailable, match="of another task"):
        juror_at(served.url, TaskDomain(DOMAIN.chain_id, "0x" + "99" * 20))
