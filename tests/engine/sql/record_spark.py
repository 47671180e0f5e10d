"""Write down what Apache Spark 4.2's own parser says about the fixtures. Run it in an environment with ``pyspark`` and Java.

``python tests/engine/sql/record_spark.py`` rewrites ``accepted.json``, ``expressions.json`` and ``literals.json`` beside the texts; the tests
read those files, so that they need no JVM.
"""

from __future__ import annotations

import json
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"


def lines(name: str) -> list[str]:
    """The statements or expressions of a fixture."""
    text = (FIXTURES / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("--")]


def write(name: str, found: dict) -> None:
    (FIXTURES / name).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def statement(parser, text: str) -> str | None:
    """None when Spark takes it, else the error's condition."""
    from pyspark.errors import PySparkException

    try:
        parser.parsePlan(text)
    except PySparkException as error:
        return error.getCondition() or "without a condition"
    return None


def literal(parser, text: str) -> dict:
    """Type and value of a constant, or the error's condition."""
    from pyspark.errors import PySparkException

    try:
        found = parser.parseExpression(text)
    except PySparkException as error:
        return {"error": error.getCondition() or "without a condition"}
    value = found.value()
    shown = (
        value.hex()
        if isinstance(value, bytes | bytearray)
        else value
        if value is None
        else str(value)
    )
    return {"type": found.dataType().simpleString(), "value": shown}


def main() -> None:
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    )
    parser = spark._jsparkSession.sessionState().sqlParser()
    write("accepted.json", {text: statement(parser, text) for text in lines("accepted.txt")})
    found = {text: parser.parseExpression(text).sql() for text in lines("expressions.txt")}
    write("expressions.json", found)
    spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    write("literals.json", {text: literal(parser, text) for text in lines("literals.txt")})
    spark.stop()


if __name__ == "__main__":
    main()
