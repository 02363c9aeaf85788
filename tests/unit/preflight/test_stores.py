"""What a content store has to do, and which files it has to have."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.errors import StoreUnavailable
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.stores import check_stores
from fedjury.preflight.subject import Role
from fedjury.preflight.task_files import check_models, check_spec
from fedjury.protocol.tensors import encode
from tests.support.checked_role import STORE, CheckedRole, DownStore
from tests.support.fake_federation import weights

OTHER = "dir:other"


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.AUDITOR, tmp_path)


def test_a_store_that_does_all_is_well_and_is_left_as_it_was(role: CheckedRole) -> None:
    before = set(role.federation.store.digests())
    (found,) = role.found(check_stores)
    assert (found.outcome, found.subject) == (Outcome.OK, f"store {STORE}")
    assert role.federation.store.added == 4  # spec, model, roster, and the random file
    assert set(role.federation.store.digests()) == before


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("add", "it does not add a file: no room"),
        ("fetch", "it does not give it back: no room"),
        ("keep", "it does not keep (pin) it: no room"),
        ("release", "it does not release (unpin) it: no room"),
    ],
)
def test_the_step_that_fails_is_named(
    role: CheckedRole, step: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Any:
        raise StoreUnavailable("no room")

    monkeypatch.setattr(role.federation.store, step, refuse)
    assert role.one(check_stores) == (Outcome.PROBLEM, words)


def test_a_store_that_is_down_is_a_problem_only_where_there_is_no_other(role: CheckedRole) -> None:
    role.stores[STORE] = DownStore()
    assert role.one(check_stores) == (Outcome.PROBLEM, "the store does not answer")
    role.lies(stores=(STORE, OTHER))
    role.stores[OTHER] = role.federation.store
    well, down = role.found(check_stores)
    assert (well.outcome, well.subject) == (Outcome.OK, f"store {OTHER}")
    assert (down.outcome, down.found) == (Outcome.WARNING, "the store does not answer")


@pytest.mark.parametrize("check", [check_stores, check_spec, check_models])
def test_without_a_store_nothing_is_known(role: CheckedRole, check: Any) -> None:
    role.lies(stores=())
    with pytest.raises(CannotCheck, match="say --store"):
        role.found(check)


def test_spec_and_models_are_fetched(role: CheckedRole) -> None:
    outcome, found = role.one(check_spec)
    config = role.federation.task.config
    assert outcome is Outcome.OK
    assert config.spec_digest.cid in found
    first, current = role.found(check_models)
    assert first.found.startswith(config.genesis_digest.cid)
    assert (first.outcome, current.outcome) == (Outcome.OK, Outcome.OK)
    assert current.found == "it is the first one"


def test_a_spec_that_cannot_be_had_is_a_problem_and_leaves_the_models_unknown(
    role: CheckedRole,
) -> None:
    role.federation.store.forget(role.federation.task.config.spec_digest)
    outcome, found = role.one(check_spec)
    assert outcome is Outcome.PROBLEM
    assert "the task's spec" in found
    with pytest.raises(CannotCheck, match="without the task's spec"):
        role.found(check_models)


def test_a_current_model_that_cannot_be_had_is_a_problem(role: CheckedRole) -> None:
    store = role.federation.store
    model = store.add(encode(weights(0)))
    role.federation.contract.model = model
    _, current = role.found(check_models)
    assert (current.outcome, current.found.split(",")[0]) == (Outcome.OK, model.cid)
    store.forget(model)
    _, current = role.found(check_models)
    assert current.outcome is Outcome.PROBLEM
    assert model.cid in current.found
