"""FedAvg: no verification at all, for comparison.

McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized data",
with equal weights, since nobody can check how many samples a client says it has.
"""

from dataclasses import dataclass

from fedjury.oracle.rules.accept_all import AcceptingRule
from fedjury.oracle.rules.mean import MeanAggregation


@dataclass(frozen=True)
class FedAvgRule(AcceptingRule, MeanAggregation):
    """Accept every well-formed update and take the mean."""
