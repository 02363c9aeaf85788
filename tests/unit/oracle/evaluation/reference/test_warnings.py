"""What torch says of itself is not told to users; what it says of their models is."""

import subprocess
import sys

import pytest

# torch says so once a process
PADDED = """
import warnings
{before}
import torch
from torch import nn

layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
padding = torch.tensor([[False, True], [False, False]])
with torch.no_grad():
    nn.TransformerEncoder(layer, 1).eval()(torch.ones(2, 2, 4), src_key_padding_mask=padding)
warnings.warn("the model's own", UserWarning)
"""


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("", True),
        ("import fedjury.deploy.trial", False),
        ("import fedjury.oracle.evaluation.passes", False),
        ("import fedjury.oracle.evaluation.blending", False),
    ],
)
def test_an_encoder_with_padding_is_evaluated_in_silence(before: str, told: bool) -> None:
    program = PADDED.format(before=before)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ("nested tensors is in prototype stage" in ended.stderr) is told
    assert "the model's own" in ended.stderr
