"""The words of Spark SQL that TAB offers, besides the session's own tables and columns."""

from __future__ import annotations

KEYWORDS = """
    SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT DISTINCT UNION ALL INTERSECT EXCEPT WITH AS AND OR NOT IN EXISTS
    BETWEEN LIKE RLIKE IS NULL TRUE FALSE CASE WHEN THEN ELSE END CAST ASC DESC JOIN INNER LEFT RIGHT FULL OUTER SEMI
    ANTI CROSS ON USING LATERAL VIEW EXPLODE WATERMARK DELAY OF INTERVAL SECONDS MINUTES HOURS DAYS OVER PARTITION
    CREATE REPLACE TEMP TABLE DROP INSERT INTO VALUES DESCRIBE SHOW TABLES EXPLAIN
"""
FUNCTIONS = """
    window session_window window_time count sum avg min max first_value last_value approx_count_distinct collect_list
    collect_set count_if max_by min_by median stddev coalesce concat concat_ws upper lower trim substring split length
    replace regexp_extract regexp_replace abs round floor ceil greatest least to_date to_timestamp date_format
    date_trunc unix_timestamp current_timestamp current_date from_json to_json get_json_object named_struct element_at
    size array_contains sequence nullif nvl
"""


def words(begun: str) -> list[str]:
    """Return the words that go on from what is written, keywords in its case; none before the first letter.

    >>> words("GRO"), words("session"), words("")
    (['GROUP'], ['session_window'], [])
    """
    if not begun:
        return []
    keywords = KEYWORDS if begun.isupper() else KEYWORDS.lower()
    return [word for word in (keywords + FUNCTIONS).split() if word.startswith(begun)]
