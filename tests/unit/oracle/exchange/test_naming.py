"""Events name jurors as `fedjury status` does."""

from typing import Any

import pytest

from fedjury.oracle.exchange import events, http_events
from fedjury.runtime.events import Event
from tests.support.fake_federation import JUROR

ME, LOW = JUROR.address, JUROR.address.lower()
VALUES: dict[str, Any] = {
    "round": 1,
    "attempt": 0,
    "juror": LOW,
    "jurors": [LOW],
    "signers": [LOW],
    "reason": f"it is {LOW}",
    "software": "one",
    "other_software": "two",
    "kind": "vote",
    "cid": "bafy",
    "slice": 1,
    "url": "http://a",
    "seconds": 40,
}
NAMING = [
    kind
    for module in (events, http_events)
    for kind in vars(module).values()
    if isinstance(kind, type)
    and issubclass(kind, Event)
    and {"juror", "jurors", "signers"} & set(getattr(kind, "__dataclass_fields__", {}))
]


@pytest.mark.parametrize("kind", NAMING, ids=lambda kind: kind.__name__)
def test_an_event_names_jurors_with_their_checksum(kind: type[Event]) -> None:
    wanted = kind.__dataclass_fields__
    told = kind(**{name: value for name, value in VALUES.items() if name in wanted})
    assert LOW not in f"{told.sentence} {told.fields()}"
    assert ME in str(told.fields())


def test_all_events_that_name_a_juror_are_looked_at() -> None:
    assert len(NAMING) >= 13
