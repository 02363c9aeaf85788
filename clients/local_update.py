"""What a client submits for a round: weights, and what it says beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fedjury.clients.training_error import TrainingError
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_file import UpdateRejected, check_values


@dataclass(frozen=True)
class LocalUpdate:
    """One client's update of a round.

    Attributes:
        weights: the federated tensors, float32.
        metadata: of the update's file, beside whose it is; docs/protocol/files.md has the keys
            that by convention mean the same for everybody.
    """

    weights: Tensors
    metadata: Mapping[str, str] = field(default_factory=dict)

    def require_within(self, max_magnitude: float, who: str) -> None:
        """Make sure that the jury would not turn the update away for its values alone.

        Args:
            max_magnitude: the task's limit.
            who: whose weights they are, as the sentence begins.

        Raises:
            TrainingError: a weight is not finite or beyond the limit.
        """
        try:
            check_values(self.weights, max_magnitude)
        except UpdateRejected as error:
            raise TrainingError(
                f"{who} went too far in training: {error}", lasting=False
            ) from error


# (round number, global weights) to what the client submits; an adversary says nothing beside it
UpdateSource = Callable[[int, Tensors], Tensors | LocalUpdate]
