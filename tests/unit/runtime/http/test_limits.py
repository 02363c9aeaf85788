import pytest

from fedjury.runtime.http.limits import RateLimit, address_key, forwarded_address


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def allowed(limit: RateLimit, key: str, most: int = 100) -> int:
    """How many requests a key has left."""
    for number in range(most):
        if limit.wait(key):
            return number
        limit.take(key)
    return most


def test_a_burst_is_allowed_and_then_as_many_as_fill_in() -> None:
    clock = Clock()
    limit = RateLimit(2.0, 5, clock=clock)
    assert allowed(limit, "a") == 5
    clock.now += 1.5
    assert allowed(limit, "a") == 3
    clock.now += 1000
    assert allowed(limit, "a") == 5


def test_it_says_when_the_next_request_is_allowed() -> None:
    clock = Clock()
    limit = RateLimit(0.5, 1, clock=clock)
    assert limit.wait("a") == 0.0
    limit.take("a")
    assert limit.wait("a") == 2.0
    clock.now += 1.5
    assert limit.wait("a") == 0.5
    clock.now += 0.5
    assert limit.wait("a") == 0.0


def test_what_is_taken_beyond_what_is_left_fills_in_first() -> None:
    clock = Clock()
    limit = RateLimit(10.0, 100, clock=clock)
    limit.take("a", 130)
    assert limit.wait("a") == pytest.approx(3.1)
    clock.now += 3.1
    assert limit.wait("a") == pytest.approx(0.0)


def test_nobody_owes_more_than_a_bucket() -> None:
    limit = RateLimit(10.0, 100, clock=Clock())
    limit.take("a", 1e9)
    limit.take("a", 1e9)
    assert limit.wait("a") == pytest.approx(10.1)


def test_one_key_costs_no_other_anything() -> None:
    limit = RateLimit(1.0, 3, clock=Clock())
    allowed(limit, "a")
    assert allowed(limit, "b") == 3


def test_asking_costs_nothing() -> None:
    limit = RateLimit(1.0, 1, clock=Clock())
    assert [limit.wait("a") for _ in range(10)] == [0.0] * 10


def test_what_is_remembered_is_bounded() -> None:
    limit = RateLimit(1.0, 1, most_keys=10, clock=Clock())
    for number in range(1000):
        limit.take(str(number))
    assert len(limit) == 10
    assert allowed(limit, "999") == 0
    assert allowed(limit, "1") == 1


def test_no_limit_remembers_nothing() -> None:
    limit = RateLimit(0, 0, clock=Clock())
    assert allowed(limit, "a") == 100
    assert len(limit) == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", None),
        ("127.8.9.10", None),
        ("::1", None),
        ("unix", "unix"),
    ],
)
def test_what_an_address_is_counted_as(address: str, key: str | None) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 198.51.100.2", " 198.51.100.3 ,\t203.0.113.7 "], "203.0.113.7"),
        (["203.0.113.7", "2001:DB8::0001"], "2001:db8::1"),
        (["fe80::1%" + "a" * 1000], "fe80::1"),
        (["203.0.113.7", "made-up"], None),
        (["203.0.113.7,"], None),
        (["203.0.113.7:4711"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_last_of_all_forwarded_addresses_counts(lines: list[str], address: str | None) -> None:
    assert forwarded_address(lines) == address
