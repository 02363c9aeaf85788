"""Models of token sequences: recurrent ones, masks, shared embeddings, sparse gradients."""

import torch
from torch import nn
from torch.nn.utils import rnn

from tests.support.sentences import POSITIONS, WORDS

_WIDTH = 16


class Recurrent(nn.Module):
    """Predicts each next word by a GRU that begins with a state of the module's.

    Args:
        saved: whether the state is a buffer, or an attribute that nothing saves.
        used: whether the next call begins with it, or with zeros.
    """

    state: torch.Tensor

    def __init__(self, saved: bool, used: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, _WIDTH)
        self.reading = nn.GRU(_WIDTH, _WIDTH, batch_first=True)
        self.head = nn.Linear(_WIDTH, WORDS)
        self.used = used
        if saved:
            self.register_buffer("state", torch.zeros(1, 1, _WIDTH))
        else:
            self.state = torch.zeros(1, 1, _WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, positions, words) of words (n, positions)."""
        start = self.state if self.used else torch.zeros_like(self.state)
        hidden, last = self.reading(self.embedding(x), start.expand(1, len(x), _WIDTH).contiguous())
        self.state = last.detach().mean(1, keepdim=True)
        logits: torch.Tensor = self.head(hidden)
        return logits


def gru_that_notes_its_state() -> nn.Module:
    """It writes a buffer in every forward pass, and reads it nowhere."""
    return Recurrent(saved=True, used=False)


def gru_that_goes_on_from_a_buffer() -> nn.Module:
    """Each call begins where the last one ended."""
    return Recurrent(saved=True, used=True)


def gru_that_goes_on_from_an_attribute() -> nn.Module:
    """The same, with a state that is no buffer."""
    return Recurrent(saved=False, used=True)


class Attentive(nn.Module):
    """Predicts each next word by attention to the words so far.

    Args:
        saved: whether the mask, with -inf above its diagonal, is saved with the state.
    """

    mask: torch.Tensor

    def __init__(self, saved: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, _WIDTH)
        self.attention = nn.MultiheadAttention(_WIDTH, 2, batch_first=True)
        self.head = nn.Linear(_WIDTH, WORDS)
        above = torch.full((POSITIONS, POSITIONS), float("-inf")).triu(1)
        self.register_buffer("mask", above, persistent=saved)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, positions, words) of words (n, positions)."""
        words = self.embedding(x)
        seen, _ = self.attention(words, words, words, attn_mask=self.mask, need_weights=False)
        logits: torch.Tensor = self.head(words + seen)
        return logits


def attention_with_a_saved_mask() -> nn.Module:
    """A buffer of infinities that the state holds."""
    return Attentive(saved=True)


def attention_with_an_unsaved_mask() -> nn.Module:
    """A buffer of infinities that the state does not hold."""
    return Attentive(saved=False)


class Tied(nn.Module):
    """Predicts the next word with the matrix that it reads words with (Press and Wolf 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, _WIDTH)
        self.hidden = nn.Linear(_WIDTH, _WIDTH)
        self.head = nn.Linear(_WIDTH, WORDS)
        self.head.weight = self.embedding.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, positions, words) of words (n, positions)."""
        logits: torch.Tensor = self.head(torch.tanh(self.hidden(self.embedding(x))))
        return logits


def tied_embeddings() -> nn.Module:
    """Two names for one tensor."""
    return Tied()


def sparse_embedding() -> nn.Module:
    """Its gradient is sparse, which Adam does not take."""
    return _word_by_word(nn.Embedding(WORDS, _WIDTH, sparse=True))


def embedding_that_limits_itself() -> nn.Module:
    """Its forward pass writes weights: those of a length above 1 are cut to it."""
    return _word_by_word(nn.Embedding(WORDS, _WIDTH, max_norm=1.0))


class _Packed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, _WIDTH)
        self.reading = nn.LSTM(_WIDTH, _WIDTH, batch_first=True)
        self.head = nn.Linear(_WIDTH, WORDS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        lengths = (x != 0).sum(1).clamp(min=1)
        packed = rnn.pack_padded_sequence(
            self.embedding(x), lengths, batch_first=True, enforce_sorted=False
        )
        hidden, _ = rnn.pad_packed_sequence(
            self.reading(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        logits: torch.Tensor = self.head(hidden)
        return logits


def packed_sequences() -> nn.Module:
    """An LSTM that reads each sentence as far as it goes, and the longest ones first."""
    return _Packed()


class _Bag(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, _WIDTH, padding_idx=0)
        self.head = nn.Linear(_WIDTH, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        counted = (x != 0).sum(1, keepdim=True).clamp(min=1)
        logits: torch.Tensor = self.head(self.embedding(x).sum(1) / counted)
        return logits


def one_label_of_a_sequence() -> nn.Module:
    """Whole numbers in, and one answer for all positions together."""
    return _Bag()


def classes_before_positions() -> nn.Module:
    """Logits as torch's cross entropy wants them, (n, words, positions)."""
    return nn.Sequential(_word_by_word(nn.Embedding(WORDS, _WIDTH)), Turned())


class Turned(nn.Module):
    """The two last dimensions exchanged."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (n, b, a) of (n, a, b)."""
        return x.transpose(1, 2)


def _word_by_word(embedding: nn.Embedding) -> nn.Module:
    return nn.Sequential(embedding, nn.Linear(_WIDTH, WORDS))
