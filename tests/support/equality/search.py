"""Search for updates on which plain float32 disagrees with itself for as many samples as it can.

Gradients draw the two largest logits of every sample together, until rounding decides which of them
is the larger one; of all steps the one is kept that parts most samples. What was found is committed
in `searched/`, since another machine rounds otherwise and finds other weights:

    python -m tests.support.equality.search
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch.func import functional_call

from fedjury.models import mlp
from fedjury.protocol.tensors import Tensors, decode, encode
from tests.support.equality.case import Case
from tests.support.equality.kinds import KINDS, Kind, default_type

_DIRECTORY = Path(__file__).with_name("searched")
_STEPS = 1500
_LOOK_EVERY = 10
_SEARCHED = (
    Kind("searched mlp", partial(mlp, 48, 40, 4), (48,), 4),
    *(kind for kind in KINDS if kind.name in ("conv", "attention")),
)


def searched() -> Iterator[Case]:
    """What was found, from the committed files."""
    for kind in _SEARCHED:
        weights, _ = decode(_path(kind).read_bytes())
        samples = kind.draw("jury", kind.samples)
        yield Case(f"{kind.name}/searched", kind.model, samples, weights)


def search(kind: Kind) -> tuple[Tensors, int]:
    """The weights found, and how many samples they part."""
    samples, model = kind.draw("jury", kind.samples), kind.model()
    weights = {name: tensor.double() for name, tensor in kind.honest("one").items()}
    moved = [weights[name].requires_grad_() for name, _ in model.named_parameters()]
    optimizer = torch.optim.Adam(moved, lr=0.01)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.995)
    best, most = kind.honest("one"), -1
    for step in range(_STEPS):
        with default_type(torch.float64):
            logits = functional_call(model.double(), weights, (samples.x.double(),))
        first, second = logits.topk(2, dim=1).values.T
        optimizer.zero_grad()
        (((first - second) / logits.detach().std()) ** 2).mean().backward()
        optimizer.step()
        schedule.step()
        if step % _LOOK_EVERY == 0:
            narrow = {name: tensor.detach().float() for name, tensor in weights.items()}
            parted = _parted(Case(kind.name, kind.model, samples, narrow))
            if parted > most:
                best, most = narrow, parted
    return best, most


def _parted(case: Case) -> int:
    """Samples on whose class float32 disagrees with itself, by batch or with other convolutions."""
    model, x = case.build(), case.samples.x
    with torch.no_grad():
        whole = functional_call(model, case.weights, (x,)).argmax(dim=1)
        alone = [functional_call(model, case.weights, (each,)) for each in torch.split(x, 1)]
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=False):
            other = functional_call(model, case.weights, (x,)).argmax(dim=1)
    return int(((whole != torch.cat(alone).argmax(dim=1)) | (whole != other)).sum())


def _path(kind: Kind) -> Path:
    return _DIRECTORY / f"{kind.name.replace(' ', '-')}.safetensors"


def main() -> None:
    """Search anew and write the files."""
    torch.set_num_threads(1)
    _DIRECTORY.mkdir(exist_ok=True)
    for kind in _SEARCHED:
        weights, parted = search(kind)
        _path(kind).write_bytes(encode(weights))
        print(f"{kind.name}: {parted} of {kind.samples} samples parted")


if __name__ == "__main__":
    main()
