"""A cluster of a master and two workers: the same result as one machine, also when a worker is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engines.session import spark_session
from core.engines.spark import score_on_spark
from core.scoring.pipeline import score_file
from tests.core.engines.cluster import Cluster, cluster, wait_until
from tests.core.engines.sparks import QUICK, QUICK_JAVA, assert_same, needs_spark, read

pytestmark = [*needs_spark, pytest.mark.server]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster"), workers=2, java=QUICK_JAVA) as made:
        yield made


def test_it_goes_on_when_a_worker_is_killed(two_workers: Cluster, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "rees46_2019-10-01.csv"
    conf = {
        **QUICK,
        "spark.executor.memory": "512m",
        "spark.executor.extraJavaOptions": QUICK_JAVA,
        # Small pieces, so that both workers have some of the export.
        "spark.sql.files.maxPartitionBytes": "600k",
        "spark.sql.files.openCostInBytes": "1k",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    killed: list[int] = []
    with spark_session(two_workers.master, conf) as spark:
        tracker = spark.sparkContext.statusTracker()
        java = spark.sparkContext._jsc.sc()
        wait_until(lambda: java.getExecutorMemoryStatus().size() == 3, "two executors and the driver")

        def busy() -> list[int]:
            stages = (tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds())
            return [stage.stageId for stage in stages if stage is not None and stage.numActiveTasks > 0]

        def kill_when_busy() -> None:
            wait_until(busy, "a stage that runs")
            killed.extend(busy() or [-1])
            two_workers.kill_worker()

        killer = threading.Thread(target=kill_when_busy)

        def watch(share: float, message: str) -> None:
            # The events have been read and are kept by both workers: one half is lost, and read again.
            if message.startswith("Making session rows"):
                assert java.getExecutorMemoryStatus().size() == 3
                killer.start()

        score_on_spark(str(source), str(tmp_path / "there"), progress=watch)
        killer.join()
        assert killed
        wait_until(lambda: java.getExecutorMemoryStatus().size() == 2, "the killed worker to be missed")
    score_file(source, tmp_path / "here.parquet")
    assert_same(read(tmp_path / "there"), read(tmp_path / "here.parquet"))
    left = {
        path.name for path in (tmp_path / "there").iterdir() if not path.name.endswith((".parquet", ".crc"))
    }
    assert left == {"_SUCCESS"}
