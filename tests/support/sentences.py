"""Next-word prediction in the small: sentences of numbered words, and models of them."""

from pathlib import Path

import torch
from torch import nn

from fedjury.data import Dataset, Samples

WORDS = 12
POSITIONS = 6
PADDING = -100
_RULED = 0.9  # share of words that follow from the one before
_END = 0  # the word that fills up short sentences


def sentences(directory: Path | None = None) -> Dataset:
    """200 sentences to train on and 100 to test on, of 2 to 7 words from 1 to 11.

    After word w mostly comes 2w mod 11 + 1, else any. Inputs are all words but the last, labels all
    but the first: int64, (n, 6), filled up with word 0 and with the label -100, which does not
    count. No file is read.
    """
    generator = torch.Generator().manual_seed(4)
    return Dataset("sentences", _draw(200, generator), _draw(100, generator))


def next_word(words: int = WORDS, width: int = 16, recurrent: bool = True) -> nn.Module:
    """A model of sentences: takes (n, positions), gives logits (n, positions, words).

    Args:
        words: how many there are, word 0 included.
        width: of the embedding and the state.
        recurrent: whether a GRU reads the sentence; else each word goes by the one before alone.
    """
    return NextWord(words, width, recurrent)


class NextWord(nn.Module):
    """See `next_word`."""

    def __init__(self, words: int, width: int, recurrent: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.reading = nn.GRU(width, width, batch_first=True) if recurrent else None
        self.head = nn.Linear(width, words)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, positions, words) of words (n, positions)."""
        hidden = self.embedding(x)
        if self.reading is not None:
            hidden, _ = self.reading(hidden)
        logits: torch.Tensor = self.head(hidden)
        return logits


def _draw(count: int, generator: torch.Generator) -> Samples:
    words = torch.randint(1, WORDS, (count, POSITIONS + 1), generator=generator)
    ruled = torch.rand(words.shape, generator=generator) < _RULED
    for place in range(1, POSITIONS + 1):
        following = 2 * words[:, place - 1] % (WORDS - 1) + 1
        words[:, place] = torch.where(ruled[:, place], following, words[:, place])
    lengths = torch.randint(1, POSITIONS + 1, (count, 1), generator=generator)
    past = torch.arange(POSITIONS) >= lengths
    x, y = words[:, :-1].masked_fill(past, _END), words[:, 1:].masked_fill(past, PADDING)
    return Samples(x.contiguous(), y.contiguous(), PADDING)
