"""Something that several checks need, made once."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fedjury.errors import FedjuryError
from fedjury.preflight.finding import CannotCheck

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is made when it is first asked for; a failure is remembered as well, so that
    nobody waits for the same service twice.

    Args:
        what: it is, for whoever goes without it.
        make: makes it, or raises FedjuryError or CannotCheck.
    """

    def __init__(self, what: str, make: Callable[[], T]) -> None:
        self._what, self._make = what, make
        self._made: list[T] = []
        self._error: FedjuryError | CannotCheck | None = None

    def get(self) -> T:
        """The value.

        Raises:
            FedjuryError, CannotCheck: it could not be made.
        """
        if self._error is not None:
            raise self._error
        if not self._made:
            try:
                self._made.append(self._make())
            except (FedjuryError, CannotCheck) as error:
                self._error = error
                raise
        return self._made[0]

    def need(self) -> T:
        """The value, for a check that is about something else.

        Raises:
            CannotCheck: it could not be made; says why.
        """
        try:
            return self.get()
        except FedjuryError as error:
            raise CannotCheck(f"cannot be made without {self._what}: {error}") from error
