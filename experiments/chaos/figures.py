"""What a scenario came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = int | float


@dataclass
class Figures:
    """Numbers that were seen, and what was not as it has to be.

    Attributes:
        values: by their names, in the order in which people read them.
        wrong: a sentence for each thing that is not right; empty where all is.
    """

    values: dict[str, Value] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def count(self, name: str, more: Value = 1) -> None:
        """Add to a number, of which three digits behind the point are kept."""
        self.values[name] = round(self.values.get(name, 0) + more, 3)

    def require(self, holds: bool, sentence: str) -> None:
        """Note a sentence unless something holds."""
        if not holds:
            self.wrong.append(sentence)

    def take(self, others: "Figures") -> None:
        """Add all of another one."""
        for name, value in others.values.items():
            self.count(name, value)
        self.wrong += others.wrong

    def to_json(self) -> Mapping[str, object]:
        """For files."""
        return {"figures": self.values, "wrong": self.wrong}
