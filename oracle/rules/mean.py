"""What rules share that mix with the task's λ, and those that average what they accept."""

from collections.abc import Sequence

from fedjury.oracle.aggregation.averaging import mix_mean
from fedjury.oracle.aggregation.updates import Updates
from fedjury.protocol.tensors import Tensors


class TaskWeight:
    """A rule that mixes every new model with the task's λ."""

    def mixing_weights(self, lam: float) -> Sequence[float]:
        """The task's λ alone."""
        return (lam,)


class MeanAggregation(TaskWeight):
    """A rule whose new model is the mean of the accepted updates, mixed with the old model."""

    def aggregate(self, current: Tensors, accepted: Updates, mixing_weight: float) -> Tensors:
        """λ·w + (1−λ)·mean(accepted), or w where nothing was accepted."""
        return mix_mean(current, accepted, mixing_weight)
