"""Functions Apache Spark has and this engine has not, each with the reason."""

from __future__ import annotations

from workbench.engine.functions.row import AGGREGATE, Row, unsupported

VARIANT = "values of type VARIANT have no form in this engine"
SKETCH = "the sketches of Apache DataSketches are not part of this engine"
JVM = "it calls a Java method, and there is no JVM"
GEOMETRY = "values of type GEOMETRY and GEOGRAPHY have no form in this engine"
CIPHER = "encryption is not part of this engine"
PARTITIONS = (
    "it only describes how a table is partitioned, and tables here are not partitioned that way"
)

_NUMBERS = ("bigint", "double", "float")
_TUPLES = ("double", "integer")

_SKETCHES = (
    "hll_sketch_estimate",
    "hll_union",
    "theta_difference",
    "theta_intersection",
    "theta_sketch_estimate",
    "theta_union",
    *(
        f"kll_sketch_{what}_{kind}"
        for what in ("get_n", "get_quantile", "get_rank", "merge", "to_string")
        for kind in _NUMBERS
    ),
    *(
        f"tuple_{what}_{kind}"
        for what in ("difference", "intersection", "union")
        for kind in _TUPLES
    ),
    *(
        f"tuple_{what}_theta_{kind}"
        for what in ("difference", "intersection", "union")
        for kind in _TUPLES
    ),
    *(
        f"tuple_sketch_{what}_{kind}"
        for what in ("estimate", "summary", "theta")
        for kind in _TUPLES
    ),
)
_SKETCH_AGGREGATES = (
    "count_min_sketch",
    "hll_sketch_agg",
    "hll_union_agg",
    "theta_intersection_agg",
    "theta_sketch_agg",
    "theta_union_agg",
    *(f"kll_{what}_agg_{kind}" for what in ("sketch", "merge") for kind in _NUMBERS),
    *(
        f"tuple_{what}_agg_{kind}"
        for what in ("intersection", "sketch", "union")
        for kind in _TUPLES
    ),
)
_VARIANTS = (
    "is_valid_variant",
    "is_variant_null",
    "parse_json",
    "schema_of_variant",
    "to_variant_object",
    "try_parse_json",
    "try_variant_get",
    "variant_get",
)

ROWS: tuple[Row, ...] = (
    *(unsupported(name, SKETCH) for name in _SKETCHES),
    *(unsupported(name, SKETCH, AGGREGATE) for name in _SKETCH_AGGREGATES),
    *(unsupported(name, VARIANT) for name in _VARIANTS),
    unsupported("schema_of_variant_agg", VARIANT, AGGREGATE),
    *(unsupported(name, CIPHER) for name in ("aes_decrypt", "aes_encrypt", "try_aes_decrypt")),
    *(unsupported(name, JVM) for name in ("java_method", "reflect", "try_reflect")),
    *(
        unsupported(name, GEOMETRY)
        for name in ("st_asbinary", "st_geogfromwkb", "st_geomfromwkb", "st_setsrid", "st_srid")
    ),
    *(unsupported(name, PARTITIONS) for name in ("years", "months", "days", "hours", "bucket")),
)
