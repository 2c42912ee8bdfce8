"""What tests on Spark share: settings that start quickly, and a comparison of every number."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

needs_spark = [
    pytest.mark.slow,
    # Sessions here outlive a test, and with it the place where the engine ignores this.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.skipif(find_spec("pyspark") is None, reason="requirements-spark.txt is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
]
#: Little memory; and compiling for speed takes longer than these few rows.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
QUICK = {
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
}


def read(path: Path) -> pa.Table:
    """Return a Parquet file or folder in the order of its sessions."""
    return pq.read_table(path).sort_by("session_id")


def assert_same(found: pa.Table, wanted: pa.Table) -> None:
    """Check every value of every session: numbers to 1e-6, the rest exactly."""
    assert found.schema.names == wanted.schema.names
    assert found.schema.types == wanted.schema.types
    assert found["session_id"].equals(wanted["session_id"])
    for name in wanted.schema.names:
        one, other = found[name], wanted[name]
        if not pa.types.is_floating(one.type):
            assert one.equals(other), name
            continue
        assert pc.is_null(one).equals(pc.is_null(other)), name
        far = np.abs(one.drop_null().to_numpy() - other.drop_null().to_numpy())
        assert (far <= 1e-6 * np.maximum(1.0, np.abs(other.drop_null().to_numpy()))).all(), name
