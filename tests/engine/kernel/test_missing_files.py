"""A file that vanishes while it is read: the query fails by its name, and gives no fewer rows in silence."""

from __future__ import annotations

import os

import pytest
from pyspark.errors import PySparkException, StreamingQueryException

from workbench.engine.connectors.files import read

GONE = "FAILED_READ_FILE.FILE_NOT_EXIST"
FORMATS = ("parquet", "orc", "json", "csv", "text")

STEPS = {
    "parquet": ("FileScan", lambda paths, *_: paths),
    None: ("read_tables", lambda _kind, found, *_: [file.path for file in found.files]),
}
"""What follows, in each format, on the listing of files and on the look at their footers."""


@pytest.fixture
def vanishing(monkeypatch):
    """Deletes the first file of what is read: once it is listed, and of parquet once its footer has been looked at."""

    def between(kind: str) -> list[str]:
        step, paths = STEPS.get(kind, STEPS[None])
        real, gone = getattr(read, step), []

        def delete(*given):
            if not gone:
                gone.append(paths(*given)[0])
                os.unlink(gone[0])
            return real(*given)

        monkeypatch.setattr(read, step, delete)
        return gone

    return between


def folder(spark, tmp_path, kind, files):
    for number in range(files):
        rows = spark.range(number, number + 1, 1, 1).selectExpr("CAST(id AS STRING) AS v")
        rows.write.format(kind).mode("append").save(str(tmp_path / "in"))
    return str(tmp_path / "in")


@pytest.mark.parametrize(("kind", "files"), [*((kind, 2) for kind in FORMATS), ("parquet", 1), ("parquet", 40)])  # fmt: skip
def test_a_file_that_vanishes_fails_the_query_by_its_name(spark, tmp_path, vanishing, kind, files):
    rows = spark.read.schema("v STRING").format(kind).load(folder(spark, tmp_path, kind, files))
    gone = vanishing(kind)
    with pytest.raises(PySparkException) as caught:
        rows.collect()
    assert caught.value.getCondition() == GONE
    assert gone[0] in caught.value.getMessageParameters()["path"]
    assert len(rows.collect()) == files - 1


@pytest.mark.parametrize("kind", FORMATS)
def test_a_query_fails_by_the_name_of_the_file_and_goes_on_where_such_files_are_passed_over(
    spark, tmp_path, vanishing, kind
):
    path = folder(spark, tmp_path, kind, 3)

    def run(**options):
        rows = spark.readStream.schema("v STRING").format(kind).options(**options).load(path)
        query = rows.writeStream.format("parquet").trigger(availableNow=True)
        query = query.option("checkpointLocation", str(tmp_path / "checkpoint"))
        query.start(str(tmp_path / "out")).awaitTermination(60)
        return spark.read.parquet(str(tmp_path / "out")).count()

    gone = vanishing(kind)
    with pytest.raises(StreamingQueryException) as caught:
        run()
    assert GONE in str(caught.value)
    assert gone[0] in str(caught.value)
    assert run(ignoreMissingFiles="true") == 2
