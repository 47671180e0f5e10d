import { SQLDialect } from '@codemirror/lang-sql';

// Spark's keywords, those first that matter in a stream; what sets a watermark is only in streams.
const KEYWORDS = `
select from where group by having order limit offset union all distinct intersect except minus with as on using
join inner left right full outer semi anti cross natural lateral view explode posexplode tablesample values
watermark delay of interval over partition window rows range unbounded preceding following current row filter within
case when then else end and or not in exists between like ilike rlike regexp is null true false escape cast try_cast
asc desc nulls first last sort cluster distribute pivot unpivot for grouping sets cube rollup qualify
create replace temporary temp global table view database schema function if insert into overwrite update delete merge
matched set drop alter add column columns rename to describe desc show tables explain extended formatted codegen cost
cache uncache refresh analyze compute statistics use options tblproperties location comment partitioned stored
year years quarter quarters month months week weeks day days hour hours minute minutes second seconds
millisecond milliseconds microsecond microseconds at time zone version timestamp system_time any some
stream streaming table_changes default constraint primary key references declare variable execute immediate begin
`;
const TYPES = `
boolean tinyint byte smallint short int integer bigint long float real double decimal dec numeric string varchar char
character binary date timestamp timestamp_ntz timestamp_ltz array map struct variant void
`;
// The functions a stream's SQL is made of; every other name followed by a bracket is read as a name.
const FUNCTIONS = `
window session_window window_time count sum avg mean min max first_value last_value any_value approx_count_distinct
collect_list collect_set count_if max_by min_by percentile percentile_approx median stddev variance corr
coalesce concat concat_ws upper lower trim substring split length replace regexp_extract regexp_replace format_string
abs round floor ceil pow sqrt greatest least hash xxhash64 pmod
to_date to_timestamp date_format date_trunc unix_timestamp from_unixtime current_timestamp current_date now expr
from_json to_json get_json_object schema_of_json named_struct element_at size array_contains sequence transform
aggregate flatten map_keys map_values inline stack nullif nvl isnull isnotnull
`;

/** Spark SQL: names in backticks, texts in either quote, hints as comments. */
export const spark = SQLDialect.define({
  keywords: KEYWORDS.trim().replace(/\s+/g, ' '),
  types: TYPES.trim().replace(/\s+/g, ' '),
  builtin: FUNCTIONS.trim().replace(/\s+/g, ' '),
  backslashEscapes: true,
  doubleQuotedStrings: true,
  identifierQuotes: '`',
  caseInsensitiveIdentifiers: true,
  operatorChars: '*+-%<>!=&|^/~:'
});
