"""Benchmarks look for recordings and models where the tests do."""

from tests.conftest import data_dir, models_dir

__all__ = ["data_dir", "models_dir"]
