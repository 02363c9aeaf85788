"""Datasets: the built-in ones, the user's, and how they are split among clients and jury."""

from fedjury.data.dataset import Dataset, Samples
from fedjury.data.loading import load_dataset

__all__ = ["Dataset", "Samples", "load_dataset"]
