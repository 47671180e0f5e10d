"""The examples in the documentation of PySpark's own functions for a user's Python, taken from its docstrings and run as they stand."""

from __future__ import annotations

import doctest
import inspect
import warnings

import pyspark.sql.udf
import pyspark.sql.udtf
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.pandas.functions import arrow_udf, pandas_udf
from pyspark.sql.pandas.group_ops import PandasCogroupedOps, PandasGroupedOpsMixin
from pyspark.sql.streaming.readwriter import DataStreamWriter as Documented

EXAMPLES = {
    "udf": F.udf,
    "udf.register": pyspark.sql.udf.UDFRegistration.register,
    "arrow_udf": arrow_udf,
    "pandas_udf": pandas_udf,
    "udtf": F.udtf,
    "udtf.register": pyspark.sql.udtf.UDTFRegistration.register,
    "mapInPandas": DataFrame.mapInPandas,
    "mapInArrow": DataFrame.mapInArrow,
    "applyInPandas": PandasGroupedOpsMixin.applyInPandas,
    "applyInArrow": PandasGroupedOpsMixin.applyInArrow,
    "cogroup.applyInPandas": PandasCogroupedOps.applyInPandas,
    "cogroup.applyInArrow": PandasCogroupedOps.applyInArrow,
    "foreach": Documented.foreach,
    "foreachBatch": Documented.foreachBatch,
}
HOW = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Lines(doctest.OutputChecker):
    """Rows shown after a grouping come in no order."""

    def check_output(self, want, got, optionflags):
        lines = [
            "\n".join(sorted(map(str.strip, text.strip().splitlines()))) for text in (want, got)
        ]
        return super().check_output(*lines, optionflags)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(spark, name):
    # PySpark's own tests run the examples of a module among the names of that module.
    names = {**vars(F), **vars(inspect.getmodule(EXAMPLES[name])), "spark": spark}
    if name == "foreach":
        # Its writers print beside the examples, and at what moment is chance.
        names["print"] = lambda *_: None
    text = inspect.getdoc(EXAMPLES[name])
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    assert any(doctest.SKIP not in one.options for one in test.examples)
    said = []
    with warnings.catch_warnings():
        # The documentation shows forms that PySpark itself warns of.
        warnings.simplefilter("ignore")
        found = doctest.DocTestRunner(Lines(), optionflags=HOW).run(test, out=said.append)
    assert not found.failed, "".join(said)
