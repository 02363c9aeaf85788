"""The task spec: one canonical form, and nothing but SpecError for what is not one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.errors import SpecError
from fedjury.protocol.task_spec import SliceSpec, TaskSpec, VerificationSpec
from tests.support.fuzzing import FUZZ

SLICE: dict[str, Any] = {"samples": 10, "commitment": "0x" + "0" * 64}
GOOD: dict[str, Any] = {
    "name": "tiny",
    "model": {"callable": "fedjury.models:mlp"},
    "federated": {"names": ["weight"]},
    "genesis_bytes": 500,
    "labels": {"classes": 10},
    "lambda": 0.5,
    "update": {"max_bytes": 1000},
    "verification": {"slices": [SLICE]},
}


def _changed(path: str, value: object) -> bytes:
    document = json.loads(json.dumps(GOOD))
    *outer, last = path.split("/")
    place = document
    for key in outer:
        place = place.setdefault(key, {})
    place[last] = value
    return json.dumps(document).encode()


def test_canonical_bytes_are_sorted_and_without_white_space() -> None:
    spec = TaskSpec.from_bytes(json.dumps(GOOD, indent=4).encode())
    assert spec.to_bytes() == (
        b'{"federated":{"exclude":[],"include":[],"local":[],"names":["weight"]},'
        b'"format":"fedjury-task/2","genesis_bytes":500,'
        b'"labels":{"classes":10,"padding":null},"lambda":0.5,'
        b'"model":{"arguments":{},"callable":"fedjury.models:mlp"},"name":"tiny","output":null,"retention_days":365,'
        b'"rule":{"name":"paper","parameters":{}},'
        b'"training":{"batch_size":32,"epochs":1,"learning_rate":0.001,"optimizer":"adam"},'
        b'"update":{"max_bytes":1000,"max_magnitude":1000.0},'
        b'"verification":{"accuracy":false,"depth":12,"disclosed":false,'
        b'"slices":[{"commitment":"0x' + b"0" * 64 + b'","samples":10}]}}'
    )


def test_canonical_bytes_come_back_the_same() -> None:
    written = TaskSpec.from_bytes(_changed("name", "Prüfung λ")).to_bytes()
    assert "Prüfung λ".encode() in written
    assert TaskSpec.from_bytes(written).to_bytes() == written


def test_a_spec_cannot_be_changed_after_reading() -> None:
    spec = TaskSpec.from_bytes(json.dumps(GOOD).encode())
    with pytest.raises(ValueError, match="frozen"):
        spec.lam = 0.1


def _slices(count: int, **changes: Any) -> VerificationSpec:
    slices = [SliceSpec(samples=10 + each, commitment=f"0x{each:064x}") for each in range(count)]
    return VerificationSpec(slices=slices, **changes)


def test_a_single_slice_serves_every_round() -> None:
    verification = _slices(1)
    assert [verification.number_for(number) for number in (1, 2, 99)] == [1, 1, 1]
    assert verification.slice_for(99).samples == 10
    assert not verification.each_round


def test_of_several_slices_each_serves_the_round_of_its_number() -> None:
    verification = _slices(3)
    assert [verification.slice_for(number).samples for number in (1, 2, 3)] == [10, 11, 12]
    with pytest.raises(IndexError):
        verification.slice_for(4)


@pytest.mark.parametrize(
    ("slices", "disclosed", "told"),
    [(1, False, False), (1, True, False), (3, False, False), (3, True, True)],
)
def test_counts_are_told_only_of_samples_that_are_disclosed_and_serve_no_other_round(
    slices: int, disclosed: bool, told: bool
) -> None:
    assert _slices(slices, disclosed=disclosed).counts_are_told is told


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_every_required_field_is_required(missing: str) -> None:
    document = {key: value for key, value in GOOD.items() if key != missing}
    with pytest.raises(SpecError, match=missing):
        TaskSpec.from_bytes(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", "fedjury-task/1"),
        ("surprise", 1),
        ("model/surprise", 1),
        ("training/surprise", 1),
        ("name", ""),
        ("name", "x" * 201),
        ("name", 7),
        ("name", "\ud800"),
        ("lambda", 1),
        ("lambda", 1.0),
        ("lambda", -0.001),
        ("lambda", "0.5"),
        ("lambda", True),
        ("lambda", None),
        ("lambda", float("nan")),
        ("lambda", float("inf")),
        ("model", "fedjury.models:mlp"),
        ("model/callable", "fedjury.models"),
        ("model/callable", "fedjury.models:"),
        ("model/callable", ":mlp"),
        ("model/callable", "a:b:c"),
        ("model/callable", "a:b.c"),
        ("model/callable", "../evil:x"),
        ("model/callable", "a b:c"),
        ("model/callable", "a:b\n"),
        ("model/arguments", []),
        ("model/arguments", {"x": float("nan")}),
        ("model/arguments", {"x": float("-inf")}),
        ("model/arguments", {"x": "\ud800"}),
        ("federated", {}),
        ("federated/names", []),
        ("federated/names", ["weight", "weight"]),
        ("federated/local", ["weight"]),
        ("federated/names", [1]),
        ("federated/surprise", 1),
        ("genesis_bytes", 0),
        ("genesis_bytes", 2**40),
        ("labels/classes", 0),
        ("labels/classes", 2.0),
        ("labels/padding", 2**63),
        ("labels/padding", 1.0),
        ("output", ""),
        ("output", 1),
        ("rule/name", 1),
        ("rule/parameters", {"x": float("inf")}),
        ("update/max_bytes", 0),
        ("update/max_bytes", 1.5),
        ("update/max_bytes", 2**40),
        ("update/max_bytes", 10**4000),
        ("update/max_magnitude", 0),
        ("update/max_magnitude", 10**4000),
        ("update/max_magnitude", float("inf")),
        ("update/max_magnitude", float("nan")),
        ("verification/slices", []),
        ("verification/slices", [SLICE, SLICE]),
        ("verification/slices", [{**SLICE, "samples": 0}]),
        ("verification/slices", [{**SLICE, "samples": 2**32}]),
        ("verification/slices", [{**SLICE, "samples": 10.0}]),
        ("verification/slices", [{**SLICE, "commitment": "0x" + "0" * 63}]),
        ("verification/slices", [{**SLICE, "commitment": "0x" + "A" * 64}]),
        ("verification/slices", [{**SLICE, "commitment": "0x" + "0" * 64 + "\n"}]),
        ("verification/slices", [{**SLICE, "cid": "Qm"}]),
        ("verification/disclosed", 1),
        ("verification/depth", -1),
        ("verification/depth", 2**32),
        ("verification/accuracy", "yes"),
        ("retention_days", -1),
        ("retention_days", 2**20),
        ("training/optimizer", "lion"),
        ("training/learning_rate", 0),
        ("training/learning_rate", float("nan")),
        ("training/batch_size", 0),
        ("training/batch_size", 10**30),
        ("training/epochs", 10**30),
    ],
)
def test_what_is_out_of_range_is_a_spec_error(path: str, value: object) -> None:
    with pytest.raises(SpecError):
        TaskSpec.from_bytes(_changed(path, value))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"spec"',
        b"{",
        b"\xff\xfe\xfd",
        b"[" * 30_000,
        b'{"a":' * 10_000,
        json.dumps(GOOD).encode() + b"x",
        json.dumps(GOOD).replace("1000", "9" * 5000).encode(),
        json.dumps(GOOD).replace("0.5", "1e999").encode(),
        json.dumps(GOOD).replace('"lambda"', '"lambda": 0.1, "lambda"').encode(),
    ],
)
def test_what_is_no_json_is_a_spec_error(data: bytes) -> None:
    with pytest.raises(SpecError):
        TaskSpec.from_bytes(data)


@pytest.mark.parametrize("depth", [300, 900, 3000, 20_000])
def test_arguments_nested_too_deep_to_write_are_a_spec_error(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    data = _changed("model/arguments", {"x": "HERE"}).replace(b'"HERE"', nested.encode())
    with pytest.raises(SpecError):
        TaskSpec.from_bytes(data)


def test_an_argument_without_json_is_refused_when_written() -> None:
    spec = TaskSpec.model_validate(
        {**GOOD, "model": {"callable": "a:b", "arguments": {"x": float("inf")}}}
    )
    with pytest.raises(SpecError, match="written"):
        spec.to_bytes()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@FUZZ
@given(st.sampled_from(sorted(GOOD)), _JSON)
def test_no_value_in_any_field_gives_another_error(field: str, value: object) -> None:
    try:
        spec = TaskSpec.from_bytes(json.dumps({**GOOD, field: value}).encode())
    except SpecError:
        return
    assert TaskSpec.from_bytes(spec.to_bytes()) == spec


@FUZZ
@given(st.binary(max_size=200))
def test_random_bytes_are_a_spec_error(data: bytes) -> None:
    with pytest.raises(SpecError):
        TaskSpec.from_bytes(data)
