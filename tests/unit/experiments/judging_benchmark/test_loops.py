"""The plain loops count what one pass over all samples counts."""

import torch

from experiments.judging_benchmark.loops import (
    Slices,
    count_right,
    evaluating,
    loader_batches,
    mixed,
    sliced_batches,
)
from fedjury.oracle.aggregation.averaging import mix
from fedjury.protocol.tensors import decode
from fedjury.task.models import build_trusted_model
from tests.support.judging_rounds import SMALL, clients, images, small_round


def test_slices_are_all_samples_in_their_order() -> None:
    x, y = zip(*Slices(images().test, 128), strict=True)
    assert [len(each) for each in x] == [128, 128, 44]
    assert torch.equal(torch.cat(x), images().test.x)
    assert torch.equal(torch.cat(y), images().test.y)


def test_a_loop_counts_right_answers_with_the_weights_that_it_is_given() -> None:
    samples, model = images().test, build_trusted_model(SMALL)
    model.load_state_dict(clients().current)
    with torch.no_grad():
        right = int((model(samples.x).argmax(dim=1) == samples.y).sum())
    other = build_trusted_model(SMALL)
    assert 60 < right < 300  # neither guessing nor certain
    for batches in (loader_batches(samples), sliced_batches(samples), Slices(samples, 7)):
        assert count_right(other, clients().current, batches) == right


def test_mixing_is_the_jurys_but_for_rounding() -> None:
    update, _ = decode(small_round().updates[0])
    plain, exact = mixed(clients().current, update, 0.3), mix(clients().current, update, 0.3)
    for name, weight in exact.items():
        assert plain[name].dtype == torch.float32
        assert torch.allclose(plain[name], weight, rtol=1e-6, atol=1e-7)


def test_every_update_of_a_round_is_evaluated_as_it_would_enter_the_model() -> None:
    round_, model = small_round(), build_trusted_model(SMALL)
    counts = evaluating(round_, 0.5, loader_batches(round_.samples))()
    assert counts == evaluating(round_, 0.5, sliced_batches(round_.samples))()
    third = mixed(round_.current, decode(round_.updates[2])[0], 0.5)
    assert counts[2] == count_right(model, third, sliced_batches(round_.samples))
    assert len(counts) == 10
