"""A sample of the spoiled files, events, records and statements; `make chaos` tries them all."""

from collections.abc import Callable

import pytest

from experiments.chaos.figures import Figures
from experiments.chaos.mutated.batch_files import expand_spoiled_batches
from experiments.chaos.mutated.events import decode_malformed
from experiments.chaos.mutated.records import SOUND, is_record, read_malformed
from experiments.chaos.mutated.right_verdict import GOOD, right_verdicts
from experiments.chaos.mutated.sound_files import Draft, Piece, tag_of
from experiments.chaos.mutated.statements import follow_lies
from experiments.chaos.mutated.update_files import judge_spoiled_files
from fedjury.checks.json_values import canonical_json
from fedjury.protocol.reasons import Reason
from fedjury.protocol.verdicts import VerdictCode

CLIENT, OTHER = "0x" + "ab" * 20, "0x" + "ac" * 20


@pytest.mark.parametrize(
    ("trial", "count", "seen"),
    [
        (judge_spoiled_files, 400, {"malformed", "to the rule", "not-the-senders", "not-finite"}),
        (
            expand_spoiled_batches,
            300,
            {"malformed", "bad-signature", "superseded", "not-in-roster"},
        ),
        (follow_lies, 200, {"refused", "kept"}),
        (decode_malformed, 300, {"refused", "decoded"}),
        (read_malformed, 400, {"refused", "taken"}),
    ],
)
def test_what_is_spoiled_comes_to_what_it_should(
    trial: Callable[[int, int], Figures], count: int, seen: set[str]
) -> None:
    figures = trial(7, count)
    assert figures.wrong == []
    assert all(figures.values[each] for each in seen)


def test_the_reference_of_records_knows_one() -> None:
    assert is_record(canonical_json(SOUND))
    assert not is_record(canonical_json(SOUND) + b" ")
    assert not is_record(canonical_json({**SOUND, "round": 0}))


def test_the_reference_of_verdicts_says_what_the_protocol_says() -> None:
    weights = bytes.fromhex("0000803f")
    good = Draft(tag_of(CLIENT).metadata(), (Piece("w", "F32", (1,), weights),))
    copy = Draft(tag_of(OTHER).metadata(), good.pieces)
    endless = good.with_piece(0, values=bytes.fromhex("0000807f"))
    files = [(good.file(), CLIENT), (copy.file(), OTHER), (good.file(), OTHER)]
    files += [(endless.file(), CLIENT), (b"", CLIENT)]
    assert right_verdicts(files, {"w": (1,)}) == [
        GOOD,
        (VerdictCode.DUPLICATE, Reason.SAME_TENSORS, (0,)),
        (VerdictCode.NOT_THE_SENDERS, Reason.METADATA_OTHERS, (0,)),
        (VerdictCode.NOT_FINITE, Reason.WEIGHT_NOT_FINITE, (0,)),
        (VerdictCode.MALFORMED, Reason.NO_SAFETENSORS, ()),
    ]
