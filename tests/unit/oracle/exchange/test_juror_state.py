"""How a juror is by its own answer, which may be anything."""

import json
from typing import Any

import pytest

from fedjury.oracle.exchange.juror_state import JurorState, troubles
from fedjury.protocol.digest import Digest

ONE, OTHER = "0x" + "1" * 40, "0x" + "2" * 40
FILE = Digest(bytes(32)).cid
SAID = {
    "juror": ONE,
    "software": "fedjury 1",
    "round": 3,
    "step": "votes",
    "votes": {"0": {}},
    "wrong_macs": {OTHER: 0},
    "differing": {OTHER: 1},
    "unserved": {OTHER: FILE},
    "unclaimed": {OTHER: 2},
    "silent": {OTHER: 3},
    "unreachable": {OTHER: "it cannot be reached"},
}


BLAMES = ("wrong_macs", "differing", "unserved", "unclaimed", "silent", "unreachable")
WELL: dict[str, Any] = {name: {} for name in BLAMES}


def state(ahead: float | None = 0.0, **changes: Any) -> JurorState:
    answer = json.dumps({**SAID, **changes}).encode()
    return JurorState.of(ONE, "http://one.example", answer, ahead)


def test_what_a_juror_answers_is_read() -> None:
    found = state(1.5)
    assert (found.software, found.round, found.step) == ("fedjury 1", 3, "votes")
    assert (found.wrong_macs, found.differing) == ({OTHER: 0}, {OTHER: 1})
    assert (found.unserved, found.unclaimed) == ({OTHER: FILE}, {OTHER: 2})
    assert found.silent == {OTHER: 3}
    assert (found.silence, found.clock_ahead) == (None, 1.5)


def test_a_juror_that_has_seen_no_round_is_well() -> None:
    found = state(round=None, step="no closed round seen yet", wrong_macs={}, differing={})
    assert found.round is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        json.dumps({**SAID, "round": -1}).encode(),
        json.dumps({**SAID, "round": True}).encode(),
        json.dumps({**SAID, "software": "x" * 1000}).encode(),
        json.dumps({**SAID, "wrong_macs": {"x": 0}}).encode(),
        json.dumps({**SAID, "wrong_macs": {OTHER: "no"}}).encode(),
        json.dumps({**SAID, "unserved": {OTHER: "x" * 1000}}).encode(),
        json.dumps({**SAID, "unserved": {OTHER: FILE + "\n"}}).encode(),
        json.dumps({**SAID, "unserved": {OTHER: f"{FILE[:-1]}\n{OTHER} lies"}}).encode(),
        json.dumps({**SAID, "software": f"fedjury 1\n{OTHER} lies"}).encode(),
        json.dumps({**SAID, "step": "votes\n"}).encode(),
        json.dumps({**SAID, "step": "\u202evotes"}).encode(),
        json.dumps({**SAID, "unreachable": {OTHER: f"gone\r{OTHER} lies"}}).encode(),
        json.dumps({**SAID, "unclaimed": {OTHER: 0}}).encode(),
        json.dumps({**SAID, "silent": {OTHER: -1}}).encode(),
        json.dumps({**SAID, "juror": OTHER}).encode(),
        json.dumps({"juror": ONE}).encode(),
    ],
)
def test_what_is_no_status_is_a_value_error(answer: bytes) -> None:
    with pytest.raises(ValueError, match="its status is "):
        JurorState.of(ONE, None, answer, None)


def test_a_jury_in_order_gives_no_trouble() -> None:
    well = state(29.0, **WELL)
    assert list(troubles([well], "fedjury 1", 1)) == []


def test_each_trouble_is_a_sentence() -> None:
    silent = JurorState(OTHER, None, "nobody says where it is")
    assert list(troubles([state(-45.0), silent], "fedjury 2", 1)) == [
        f"{ONE} runs fedjury 1, this machine fedjury 2",
        f"the clock of {ONE} is 45 s behind this machine's",
        f"for {ONE}, {OTHER} has not judged: its MAC in attempt 0 is wrong",
        f"{ONE} and {OTHER} signed different reports in attempt 1",
        f"{ONE} does not reach {OTHER}: it cannot be reached",
        f"{OTHER} does not give {ONE} the file {FILE}, which it says it holds",
        f"for {ONE}, {OTHER} does not claim 2 files that other jurors hold",
        f"for {ONE}, {OTHER} made no proposal in attempt 3, which it leads",
        f"{OTHER} gives no answer: nobody says where it is",
    ]


def test_fewer_jurors_than_have_to_sign_are_a_trouble() -> None:
    well = state(**WELL)
    silent = JurorState(OTHER, None, "nobody says where it is")
    assert next(troubles([well, silent], "fedjury 1", 2)) == (
        "1 of 2 jurors answer, and 2 have to sign: no round ends until more of them do"
    )
