import torch
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode

from fedjury.oracle.evaluation.reference.products import multiply


class M(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        n = func.overloadpacket.__name__
        if n == "addmm":
            return args[0] + multiply(args[1], args[2])
        if n == "mm":
            return multiply(*args)
        return func(*args, **(kwargs or {}))


def reference_logits(model, weights, x):
    with torch.no_grad(), M():
        return functional_call(model, {k: v.double() for k, v in weights.items()}, (x.double(),))
