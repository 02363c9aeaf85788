"""One honest update is judged before a task is deployed."""

from dataclasses import replace
from typing import Any

import pytest

from fedjury.deploy.plan import TaskPlan
from fedjury.deploy.rehearsal import rehearse
from fedjury.errors import ModelError, SpecError
from tests.support.fake_federation import dataset, verification
from tests.support.plans import screened_plan
from tests.unit.deploy.test_plan import DRAFT


def rehearsed(plan: TaskPlan, **changes: Any) -> None:
    model, update = plan.build_model(), {**plan.genesis, **changes}
    rehearse(model, plan.genesis, update, plan.spec, verification().samples)


def test_an_update_like_the_first_model_passes() -> None:
    rehearsed(screened_plan(DRAFT, verification(), dataset()))


def test_a_limit_that_no_update_fits_into_is_refused() -> None:
    with pytest.raises(SpecError, match=r"has \d+ bytes: --max-update-bytes 100 is too few"):
        screened_plan(replace(DRAFT, max_update_bytes=100), verification(), dataset())


def test_an_update_that_no_jury_would_look_at_is_refused() -> None:
    plan = screened_plan(DRAFT, verification(), dataset())
    with pytest.raises(ModelError, match=r"would be refused: .* beyond ±1000"):
        rehearsed(plan, weight=1e4 + plan.genesis["weight"])
