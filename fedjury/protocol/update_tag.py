"""Whose update a file is: the metadata that keeps a copied file from counting for its copier."""

from dataclasses import dataclass

FORMAT = "fedjury-update/2"
RESERVED_KEYS = frozenset({"format", "task", "round", "client"})
"""Metadata keys that say whose update a file is; all others are free."""


def task_name(chain_id: int, address: str) -> str:
    """A task's name across chains (CAIP-10 form)."""
    return f"eip155:{chain_id}:{address.lower()}"


@dataclass(frozen=True)
class UpdateTag:
    """Whose update a file is.

    Attributes:
        task: ``eip155:<chain id>:<address>``, see `task_name`.
        round: round number, from 1.
        client: the client's address.
    """

    task: str
    round: int
    client: str

    def metadata(self) -> dict[str, str]:
        """The file's metadata."""
        return {
            "format": FORMAT,
            "task": self.task.lower(),
            "round": str(self.round),
            "client": self.client.lower(),
        }
