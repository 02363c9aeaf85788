"""Models of sequences, as users write them; tokens come as whole numbers in float32."""

import torch
from torch import nn
from torch.nn import functional

VOCABULARY = 24
LENGTH = 8


class Bag(nn.Module):
    """The mean of the tokens' embeddings."""

    def __init__(self, width: int = 16, outputs: int = 5) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(VOCABULARY, width, mode="mean")
        self.hidden = nn.Linear(width, 32)
        self.head = nn.Linear(32, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(torch.relu(self.hidden(self.bag(x.long()))))
        return logits


class Gru(nn.Module):
    """Embeddings read by a GRU in both directions."""

    def __init__(self, width: int = 12, outputs: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(self.embedding(x.long()))
        logits: torch.Tensor = self.head(states.mean(dim=1))
        return logits


class Lstm(nn.Module):
    """Two layers of LSTM over real numbers, from states of zero; the last state decides."""

    def __init__(self, features: int = 6, width: int = 12, outputs: int = 5) -> None:
        super().__init__()
        self.width = width
        self.lstm = nn.LSTM(features, width, num_layers=2, batch_first=True)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        start = torch.zeros(2, len(x), self.width, device=x.device)
        states, _ = self.lstm(x, (start, start))
        logits: torch.Tensor = self.head(states[:, -1])
        return logits


class Encoder(nn.Module):
    """Torch's own transformer encoder over embeddings with learned positions."""

    def __init__(self, width: int = 16, outputs: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.positions = nn.Parameter(torch.zeros(LENGTH, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.1, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(
            self.encoder(self.embedding(x.long()) + self.positions).mean(dim=1)
        )
        return logits


class Attention(nn.Module):
    """Causal attention over real numbers, written with torch's attention function."""

    def __init__(self, features: int = 6, width: int = 16, outputs: int = 5) -> None:
        super().__init__()
        self.entry = nn.Linear(features, width)
        self.projections = nn.Linear(width, 3 * width, bias=False)
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.entry(x)
        count, length, width = x.shape
        parts = self.projections(self.norm(x)).view(count, length, 3, 2, width // 2)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        logits: torch.Tensor = self.head((x + found.transpose(1, 2).flatten(2))[:, -1])
        return logits
