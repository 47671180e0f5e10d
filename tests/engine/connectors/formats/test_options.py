"""No documented option of Spark's file formats is without effect in silence: it works, or it is refused by name."""

from __future__ import annotations

import pytest
from pyspark.errors import UnsupportedOperationException

from workbench.engine.connectors import registry
from workbench.engine.connectors.files.refused import REFUSED

DOCUMENTED = {
    "csv": "sep delimiter extension encoding charset quote quoteAll escape escapeQuotes comment header inferSchema preferDate enforceSchema "
    "ignoreLeadingWhiteSpace ignoreTrailingWhiteSpace nullValue nanValue positiveInf negativeInf dateFormat timestampFormat "
    "timestampNTZFormat enableDateTimeParsingFallback maxColumns maxCharsPerColumn mode columnNameOfCorruptRecord multiLine "
    "charToEscapeQuoteEscaping samplingRatio emptyValue locale lineSep unescapedQuoteHandling compression codec timeZone",
    "json": "timeZone primitivesAsString prefersDecimal allowComments allowUnquotedFieldNames allowSingleQuotes allowNumericLeadingZeros "
    "allowBackslashEscapingAnyCharacter mode columnNameOfCorruptRecord dateFormat timestampFormat timestampNTZFormat "
    "enableDateTimeParsingFallback multiLine allowUnquotedControlChars encoding lineSep samplingRatio dropFieldIfAllNull locale "
    "allowNonNumericNumbers compression ignoreNullFields writeNonAsciiCharacterAsCodePoint",
    "text": "wholetext lineSep compression encoding",
    "parquet": "datetimeRebaseMode int96RebaseMode mergeSchema compression",
    "orc": "mergeSchema compression",
}
"""Spark 4.2's tables of data source options."""

SHARED = "basePath recursiveFileLookup pathGlobFilter modifiedBefore modifiedAfter ignoreCorruptFiles ignoreMissingFiles maxRecordsPerFile"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_option_is_known(name):
    known = registry.find(name).options
    assert set(DOCUMENTED[name].split()) | set(SHARED.split()) <= known


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, refused in REFUSED.items() for option in refused]
)
def test_an_option_that_cannot_be_followed_is_refused_by_name(spark, tmp_path, name, option):
    with pytest.raises(UnsupportedOperationException, match=option) as caught:
        spark.read.option(option, "something").format(name).load(str(tmp_path)).schema  # noqa: B018 - it asks the server
    assert caught.value.getCondition() == "UNSUPPORTED_FEATURE.OPTION"
    with pytest.raises(UnsupportedOperationException, match=option):
        spark.range(1).write.option(option, "something").format(name).save(str(tmp_path / "out"))


def test_the_value_that_means_what_is_done_anyway_is_taken(spark, tmp_path):
    spark.range(2).write.csv(str(tmp_path / "out"))
    assert spark.read.option("locale", "en-US").csv(str(tmp_path / "out")).count() == 2
