"""A Spark session that has this program's code and tells time in UTC; a local one stays off the network."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import BundleError, EngineError, IngestError
from core.base.settings import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOOPBACK = "127.0.0.1"
#: Rows a Python worker gets at a time: their matrices stay in the processor's cache.
BATCH_ROWS = 32_768
#: How this program wants a session, whoever started Spark.
OURS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    # Spark knows no nanoseconds; as whole numbers the reader recognises them.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
}
#: What is set where Spark knows by itself where it runs: started by spark-submit, or installed.
CONFIGURED = frozenset({"PYSPARK_GATEWAY_PORT", "SPARK_CONF_DIR", "SPARK_HOME"})
LOCAL_PARTITIONS = "16"
_PANDAS = "PySpark does not yet fully support pandas"


@contextmanager
def spark_session(master: str | None = None, conf: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """Yield a session: one beside the session that is there already, or of a Spark started for it.

    Parameters
    ----------
    master
        Where Spark runs: ``local[4]``, ``spark://host:7077``, ``yarn``. Without it, what
        ``spark-submit`` or Spark's own settings say.
    conf
        Spark's settings, by name. Those of a Spark that runs already can't be changed.

    Raises
    ------
    EngineError
        If Spark isn't installed, or can't be started or reached.
    """
    pyspark = _pyspark()
    running = pyspark.sql.SparkSession.getActiveSession()
    with quiet():
        if running is not None:
            yield _prepared(running.newSession())
            return
        session = _start(pyspark, master, dict(conf or {}))
        try:
            yield _prepared(session)
        finally:
            session.stop()


def _pyspark() -> Any:  # noqa: ANN401
    try:
        with quiet():
            import pyspark
            import pyspark.sql
    except ImportError as error:
        raise EngineError(
            "Spark is not installed.",
            remedy="Install it: pip install -r requirements-spark.txt, and Java 17.",
        ) from error
    return pyspark


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out a warning of Spark's pandas interface, which nothing here uses: everything goes by Arrow."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_PANDAS)
        yield


def _start(pyspark: Any, master: str | None, conf: dict[str, str]) -> SparkSession:  # noqa: ANN401
    if master is None and not CONFIGURED & set(os.environ):
        master = "local[*]"
    if master is not None and master.startswith("local"):
        # Spark's 200 are for a cluster: on one machine most of the time would go into starting them.
        conf = {"spark.sql.shuffle.partitions": LOCAL_PARTITIONS, **conf}
    if master is not None and _stays_here(master):
        # Nothing outside has a business with it; and the machine's name may resolve to anything.
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
        conf = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK, **conf}
        # Its Python is the one that has what this one has.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", **conf}
    builder = pyspark.sql.SparkSession.builder.appName("Smart Customer Session Predictor").config(map=conf)
    try:
        session: SparkSession = (builder.master(master) if master else builder).getOrCreate()
    except Exception as error:  # whatever py4j or the JVM says
        raise EngineError(
            f"Spark can't be started: {_first_line(error)}",
            where=master,
            remedy="Check that Java 17 or newer is installed (java -version) and that the master runs.",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what Spark raises into an error of ours that says what to do.

    Raises
    ------
    BundleError
        If an executor refused the bundle.
    EngineError
        Else.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        if missing := re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", text):
            raise EngineError(
                f"The Python of the executors has no {missing[1]}.",
                where=where,
                remedy="Install requirements.txt on every machine of the cluster: see docs/spark.md.",
            ) from error
        name = re.escape(f"{BundleError.__module__}.{BundleError.__name__}")
        if refused := re.findall(rf"^{name}: (.+)$", text, re.M):
            raise BundleError(f"An executor refused it: {refused[-1]}", where=where) from error
        if "header does not conform" in text.lower():
            raise IngestError(
                "The files don't have the same columns in the same order.",
                where=where,
                remedy="Export them with the same columns, or score them one by one.",
            ) from error
        raise EngineError(f"Spark gave up: {_first_line(error)}", where=where) from error


def _stays_here(master: str) -> bool:
    return master.startswith("local") or f"//{LOOPBACK}:" in master or "//localhost:" in master


def _prepared(session: SparkSession) -> SparkSession:
    for name, value in OURS.items():
        session.conf.set(name, value)
    session.sparkContext.addPyFile(str(packed_code()))
    return session


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


@lru_cache(maxsize=1)
def packed_code() -> Path:
    """Return this program's core as a zip for executors; it lasts as long as the process.

    Executors that come late fetch it late, also for other jobs of a session that isn't ours.
    """
    folder = Path(tempfile.mkdtemp(prefix="predictor-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = ROOT / "core"
    packed = folder / "smart_customer_session_predictor.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.suffix in {".py", ".toml"}:
                archive.write(path, Path(root.name) / path.relative_to(root))
    return packed
