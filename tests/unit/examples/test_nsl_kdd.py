"""NSL-KDD's files as a dataset: what connections become, and what is refused."""

import math
from pathlib import Path

import nsl_kdd
import pytest
import torch
from nsl_kdd import ATTACKS, CLASSES, FEATURES, INPUTS, NUMBERS, TEST, TRAIN, TRAIN_20_PERCENT

from fedjury.data import load_dataset
from fedjury.errors import DataError
from tests.support.connections import connection, write_benchmark, write_file

# Two rows as the benchmark has them, of its training and of its test part.
NORMAL_ROW = (
    "0,tcp,ftp_data,SF,491,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2,2,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
    "150,25,0.17,0.03,0.17,0.00,0.00,0.00,0.05,0.00,normal,20"
)
NEPTUNE_ROW = (
    "0,tcp,private,REJ,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,229,10,0.00,0.00,1.00,1.00,0.04,0.06,0.00,"
    "255,10,0.04,0.06,0.00,0.00,0.00,0.00,1.00,1.00,neptune,21"
)


def inputs_of(directory: Path, *rows: str) -> torch.Tensor:
    return nsl_kdd.read_connections(write_file(directory / "rows.txt", rows)).x


def number(x: torch.Tensor, feature: str) -> float:
    return float(x[NUMBERS.index(feature)])


def test_the_benchmark_has_41_features_and_39_attacks_of_four_classes() -> None:
    assert len(FEATURES) == 41
    assert len(NUMBERS) == 38
    assert {feature: len(known) for feature, known in nsl_kdd.WORDS.items()} == {
        "protocol_type": 3,
        "service": 70,
        "flag": 11,
    }
    assert INPUTS == 38 + 3 + 70 + 11
    assert CLASSES == ("normal", "dos", "probe", "r2l", "u2r")
    assert [len(set(attacks)) for attacks in ATTACKS.values()] == [10, 6, 15, 8]
    assert len(set().union(*ATTACKS.values())) == 39


def test_words_become_one_hot_vectors_over_the_benchmarks_lists(tmp_path: Path) -> None:
    x = inputs_of(tmp_path, NORMAL_ROW, NEPTUNE_ROW)
    assert x.shape == (2, 122)
    assert x.dtype == torch.float32
    words = x[:, 38:]
    assert words.sum(dim=1).tolist() == [3.0, 3.0]
    places = [row.nonzero().flatten().tolist() for row in words]
    # tcp is the first of 3 protocols; ftp_data and private the 18th and 48th of 70 services; SF and
    # REJ the 10th and 2nd of 11 flags
    assert places == [[0, 3 + 17, 3 + 70 + 9], [0, 3 + 47, 3 + 70 + 1]]


def test_counts_are_logarithms_and_shares_stay(tmp_path: Path) -> None:
    first, second = inputs_of(tmp_path, NORMAL_ROW, NEPTUNE_ROW)
    assert number(first, "src_bytes") == pytest.approx(math.log(492) / 10)
    assert number(second, "count") == pytest.approx(math.log(230) / 10)
    assert number(second, "dst_host_count") == pytest.approx(math.log(256) / 10)
    assert number(first, "same_srv_rate") == 1.0
    assert number(first, "dst_host_srv_count") == pytest.approx(math.log(26) / 10)
    assert number(second, "dst_host_diff_srv_rate") == pytest.approx(0.06)
    assert number(first, "num_outbound_cmds") == number(second, "num_outbound_cmds") == 0.0


def test_what_a_connection_becomes_does_not_depend_on_the_others(tmp_path: Path) -> None:
    alone = inputs_of(tmp_path, NORMAL_ROW)
    huge = connection(src_bytes="1379963888", service="http_2784", flag="OTH")
    assert torch.equal(inputs_of(tmp_path, huge, NORMAL_ROW)[1], alone[0])


@pytest.mark.parametrize(
    ("attack", "label"),
    [
        ("normal", 0),
        ("neptune", 1),
        ("mailbomb", 1),
        ("satan", 2),
        ("mscan", 2),
        ("warezclient", 3),
        ("snmpguess", 3),
        ("worm", 3),
        ("rootkit", 4),
        ("httptunnel", 4),
    ],
)
def test_an_attack_has_the_class_that_the_benchmark_gives_it(
    attack: str, label: int, tmp_path: Path
) -> None:
    write_file(tmp_path / TRAIN, [connection(attack), connection()])
    write_file(tmp_path / TEST, [connection(attack)])
    assert nsl_kdd.load(tmp_path).train.y.tolist() == [label, 0]
    assert nsl_kdd.load_binary(tmp_path).train.y.tolist() == [int(label > 0), 0]


def test_commands_load_it_by_name(tmp_path: Path) -> None:
    write_benchmark(tmp_path, train=10, test=5)
    dataset = load_dataset("nsl_kdd:load", tmp_path)
    assert (dataset.name, dataset.classes) == ("nsl-kdd", 5)
    assert dataset.train.y.tolist() == [0, 1, 2, 3, 4] * 2
    assert dataset.test.y.tolist() == [0, 1, 2, 3, 4]
    binary = load_dataset("nsl_kdd:load_binary", tmp_path)
    assert (binary.name, binary.classes) == ("nsl-kdd-binary", 2)
    assert torch.equal(binary.test.x, dataset.test.x)


def test_the_whole_training_part_is_taken_before_a_fifth_of_it(tmp_path: Path) -> None:
    write_file(tmp_path / TEST, [connection()])
    write_file(tmp_path / f"{TRAIN_20_PERCENT}.gz", [connection()] * 2)
    assert len(nsl_kdd.load(tmp_path).train) == 2
    write_file(tmp_path / f"{TRAIN}.gz", [connection()] * 10)
    assert len(nsl_kdd.load(tmp_path).train) == 10


def test_the_training_part_alone_gives_every_third_connection_to_the_jury(tmp_path: Path) -> None:
    rows = [connection(src_bytes=str(number)) for number in range(7)]
    write_file(tmp_path / TRAIN, rows)
    write_file(tmp_path / TEST, [connection("saint")])
    whole, alike = nsl_kdd.load(tmp_path), nsl_kdd.load_alike(tmp_path)
    assert torch.equal(alike.train.x, whole.train.x[[0, 1, 3, 4, 6]])
    assert torch.equal(alike.test.x, whole.train.x[[2, 5]])


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(f"{NORMAL_ROW}\r\n{NEPTUNE_ROW}\r\n".encode())
    assert nsl_kdd.read_connections(path).names == ("normal", "neptune")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,2,3", "row 2: 3 fields, not 41 features, label and difficulty"),
        (NORMAL_ROW.rpartition(",")[0], "row 2: 42 fields"),
        ("", "row 2: 1 fields"),
        (connection(protocol_type="sctp"), "row 2: protocol_type 'sctp' is not one of the bench"),
        (connection(service="gopher2"), "row 2: service 'gopher2' is not one of the benchmark's"),
        (connection(flag="sf"), "row 2: flag 'sf' is not one of the benchmark's"),
        (connection("normal."), r"row 2: label 'normal\.' is not one of the benchmark's"),
        (connection(duration="long"), "row 2: duration 'long' is no number"),
        (connection(duration=""), "row 2: duration '' is no number"),
        (connection(count="nan"), "row 2: count 'nan' is no finite number from 0"),
        (connection(src_bytes="1e999"), "row 2: src_bytes '1e999' is no finite number from 0"),
        (connection(dst_bytes="-1"), "row 2: dst_bytes '-1' is no finite number from 0"),
        (connection(serror_rate="1.5"), "row 2: serror_rate '1.5' is not within 0 and 1"),
        (connection(land="2"), "row 2: land '2' is not within 0 and 1"),
        (connection().replace(",21", ",easy"), "row 2: difficulty 'easy' is no number"),
    ],
)
def test_a_row_of_another_form_is_named(row: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"rows\.txt, {says}"):
        inputs_of(tmp_path, NORMAL_ROW, row, NEPTUNE_ROW)


def test_without_a_directory_the_option_is_named() -> None:
    with pytest.raises(DataError, match="say where NSL-KDD's files are: --data-dir DIR"):
        nsl_kdd.load(None)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (TRAIN, r"holds no KDDTrain\+\.txt or KDDTrain\+_20Percent\.txt, plain or with \.gz"),
        (f"{TEST}.gz", r"holds no KDDTest\+\.txt, plain or with \.gz"),
    ],
)
def test_a_file_that_is_missing_is_named(missing: str, says: str, tmp_path: Path) -> None:
    (write_benchmark(tmp_path) / missing).unlink()
    with pytest.raises(DataError, match=says):
        nsl_kdd.load(tmp_path)


def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = write_benchmark(tmp_path) / f"{TEST}.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"KDDTest\+\.txt\.gz cannot be read"):
        nsl_kdd.load(tmp_path)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "holds no connections"), (b"\xff\xfe0,tcp", "is not a file of NSL-KDD")],
)
def test_a_file_of_another_kind_is_refused(data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf"rows\.txt {says}"):
        nsl_kdd.read_connections(path)
