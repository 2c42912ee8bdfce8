"""Datasets, results, jobs, audiences and saved scenarios: files in the data folder, records in a database.

What others put into a record (an audience's definition, a training's options) is plain JSON here; its owner
decodes it.

``get_store`` gives the process's ``Store``; everything else here is what it hands out.
"""

from core.storage._adding import NewFile
from core.storage._basis import Basis, Contest, Recorded
from core.storage._fetching import FetchJobs
from core.storage._files import Room, safe_filename
from core.storage._ids import new_id
from core.storage._jobs import JobRecords, Jobs, Place
from core.storage._outcomes import KeptOutcomes
from core.storage._reasons import ReasonJob
from core.storage._recipes import Recipe
from core.storage._records import (
    Audience,
    Dataset,
    DatasetFile,
    DatasetState,
    Fetch,
    Job,
    JobState,
    Result,
    Training,
)
from core.storage._scenarios import SavedScenario
from core.storage._schedule_tables import Arrival, ArrivalState, Run, RunKind, Schedule
from core.storage._shop import LABELS as SHOP_LABELS
from core.storage._store import Store, get_store, shop_of

__all__ = [
    "SHOP_LABELS",
    "Arrival",
    "ArrivalState",
    "Audience",
    "Basis",
    "Contest",
    "Dataset",
    "DatasetFile",
    "DatasetState",
    "Fetch",
    "FetchJobs",
    "Job",
    "JobRecords",
    "JobState",
    "Jobs",
    "KeptOutcomes",
    "NewFile",
    "Place",
    "ReasonJob",
    "Recipe",
    "Recorded",
    "Result",
    "Room",
    "Run",
    "RunKind",
    "SavedScenario",
    "Schedule",
    "Store",
    "Training",
    "get_store",
    "new_id",
    "safe_filename",
    "shop_of",
]
