"""Datasets, results and trainings: their files under the data folder, what is known of them in a database.

``get_store`` gives the process's ``Store``; everything else here is what it hands out.
"""

from core.storage._files import Room, safe_filename
from core.storage._records import Dataset, DatasetState, Result, ResultState, Training, TrainingState
from core.storage._store import Store, get_store

__all__ = [
    "Dataset",
    "DatasetState",
    "Result",
    "ResultState",
    "Room",
    "Store",
    "Training",
    "TrainingState",
    "get_store",
    "safe_filename",
]
