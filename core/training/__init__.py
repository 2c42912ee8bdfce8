"""Training: from session rows with outcomes to a bundle and honest figures of its quality."""

from core.training.options import TrainingOptions
from core.training.train import train_bundle

__all__ = ["TrainingOptions", "train_bundle"]
