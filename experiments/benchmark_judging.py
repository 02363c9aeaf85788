"""How long the parts of judging take, as ratios within one run (machines are noisy).

python experiments/benchmark_judging.py --samples 5000 --repeats 7
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import decode, encode
from fedjury.task.models import build_model, weights_of

MODEL = CallableSpec(callable="fedjury.models:mlp")


def median_seconds(action: Callable[[], object], repeats: int) -> float:
    """Median wall time of an action, after one run that does not count."""
    action()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def measure(samples: int, repeats: int) -> dict[str, float]:
    """Seconds of each part for one update of the paper's model."""
    generator = torch.Generator().manual_seed(1)
    x = torch.rand((samples, 28, 28), generator=generator)
    y = torch.randint(10, (samples,), generator=generator)
    verification = VerificationSet(Samples(x, y), bytes(32))
    model = build_model(MODEL)
    current, update = (weights_of(build_model(MODEL, seed=seed)) for seed in (1, 2))
    data = encode(update)
    actions: dict[str, Callable[[], object]] = {
        "count, mixed precision": lambda: Evaluator(model, verification).correct(update),
        "count, float64": lambda: Evaluator(model, verification, engine="float64").correct(update),
        "loss, mixed precision": lambda: Evaluator(model, verification).loss(update),
        "mix": lambda: mix(current, update, 0.5),
        "decode the file": lambda: decode(data),
        "digest of the file": lambda: Digest.of(data),
    }
    return {name: median_seconds(action, repeats) for name, action in actions.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=5000, help="verification samples")
    parser.add_argument("--repeats", type=int, default=7, help="runs to take the median of")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    seconds = measure(options.samples, options.repeats)
    unit = seconds["count, mixed precision"]
    ratios = {name: round(value / unit, 4) for name, value in seconds.items()}
    if options.json:
        print(json.dumps({"seconds": seconds, "ratios": ratios}))
        return
    for name, ratio in ratios.items():
        print(f"{name:<24} {ratio:8.3f} × counting in mixed precision ({seconds[name]:.4f} s)")


if __name__ == "__main__":
    main()
