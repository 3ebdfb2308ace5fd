"""Functions that an SQL text calls: what is known to work on values, what acts, and what nobody knows."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from functools import lru_cache

from groundstop.risk.names import tokens_of
from groundstop.risk.nouns import listed
from groundstop.risk.statements.verbs import meaning
from groundstop.risk.vocabulary import VOCABULARY
from groundstop.vocabulary import Risk
from sqlglot import exp

# Functions that reach the file system, the network, other sessions or the state of a sequence, by database manuals.
REACHING = listed(
    """pg_read_file pg_read_binary_file pg_ls_dir pg_write_file lo_import lo_export dblink dblink_exec dblink_connect
    pg_terminate_backend pg_cancel_backend pg_reload_conf set_config query_to_xml xp_cmdshell sp_executesql xp_regread
    load_file sys_exec sys_eval benchmark sleep pg_sleep waitfor setval nextval pg_advisory_lock copy_to openrowset
    opendatasource utl_http utl_file dbms_scheduler load_extension writefile readfile edit fts3_tokenizer
    s3 url remote mysql postgresql executable jdbc odbc hdfs file get_lock release_lock pg_switch_wal
    remotesecure s3cluster gcs azureblobstorage urlcluster mongodb redis sqlite deltalake iceberg hudi filecluster cluster
    clusterallreplicas merge_parquet read_csv_auto httpget http_get http_post http_put http_delete http net_http_post
    lo_unlink lo_create lo_from_bytea lo_put pg_file_write pg_file_unlink pg_file_rename pg_execute_server_program
    query_to_xmlschema database_to_xml table_to_xml cursor_to_xml ts_stat crosstab connectby plsh xmltable_exec dbms_xmlquery
    utl_inaddr utl_smtp utl_tcp httpuritype dbms_lock dbms_pipe dbms_job sys_get sp_oacreate sp_oamethod xp_dirtree xp_fileexist
    load_csv copy_from aws_s3 table_import_from_s3 query_export_to_s3 lambda_invoke ml_generate external_query"""
)
# Namespaces of functions that take values and give a value, whatever the rest of the name says ("json_remove").
_NAMESPACES = re.compile(
    r"^(?:json|jsonb|array|list|map|regexp|st|h3|geo|hll|approx|string|str|date|time|timestamp|datetime|bit|bitmap|object|variant|struct|"
    r"xml|hex|ts|tsvector|tsquery|net|ip|ipv|inet|url|range|multirange|vector|text|interval|hash|sketch|theta|kll|try|safe|is|to|has|"
    r"pg_get|pg_size|pg_stat_get|pg_is|pg_current|pg_last|pg_column|pg_typeof|quantile|percentile|simple)_(?!and_|then_)|"
    r"^(?:to|array|map|is|has|dict(?:Get|Has|Is)|tuple|bit|bitmap|geo|h3|s2|JSON|formatRow|formatDate|formatReadable|parseDate|multiSearch|"
    r"multiMatch|extract|replace|split|trim|uniq|quantile|any|arg|group|sum|avg|min|max|count|toStartOf|visitParam|simpleJSON|polygon|"
    r"reinterpret|cut|domain|lower|upper|position|match|ngram|base64|IPv4|IPv6|MAC|UUID|ULID|snowflake|tokens|sequence|exponential)(?=[A-Z\d])"
)
# Words of which the names of other such functions are made; one word that is not among them, and nothing is known.
_VALUE_WORDS = listed(
    """abs ceil floor round trunc truncate sqrt exp log ln sin cos tan sign rand random pi degrees radians mod power pow greatest least
    coalesce nullif ifnull nvl nvl2 decode encode case cast convert extract year quarter month week day hour minute second millisecond
    microsecond now today yesterday age interval epoch add sub diff trunc bucket part name of the from unixtime unix make generate series
    subscripts timestamp date time datetime unnest explode flatten posexplode row number rank dense ntile lag lead first last nth value values
    cume dist percent ratio report median mode std stddev stdev var variance corr covar regr histogram width sample top bottom window tumble
    hop session element at cardinality contains starts ends with like ilike glob match position locate instr index charindex patindex
    substr substring left right mid lower upper trim ltrim rtrim btrim lpad rpad reverse repeat replicate space length len char character
    octet ascii chr ord unicode initcap concat ws split format printf quote ident literal nullable levenshtein soundex difference metaphone
    similarity word strict jaro winkler edit distance unaccent plainto phraseto websearch headline cosine dot product l1 l2 norm euclidean
    embedding snippet highlight bm25 rowid typeof changes total iif isnull if null zero else equal md5 sha sha1 sha2 sha224 sha256 sha384
    sha512 crc32 xx hash murmur city farm sip digest hmac gen uuid v4 v7 base64 hex unhex version database schema schemas catalog user
    current setting role timezone localtime localtimestamp pid backend client addr port server host hostname obj description col shobj type
    has table column privilege any function sequence language tablespace foreign size pretty relation indexes indices mem settings
    sys systimestamp sysdate getdate getutcdate sysdatetime dateadd datediff datename datepart eomonth months between last next days from
    scope identity ident objectproperty serverproperty columnproperty choose stuff quotename newid newsequentialid string agg array json
    listagg wm sum avg min max count every bool and or bit xor not group grouping id count big checksum binary bin oct conv elt field find in
    set inet ntoa aton inet6 numbers zeros system tables constant empty not notempty neighbor running accumulate difference retention funnel
    skew kurt pop samp entropy argmin argmax uniq exact combined hll quantile quantiles tdigest timing exact weighted deterministic
    low cardinality finalize aggregation state merge bar translate overlay ngrams tokenize normalize utf8 bytes byte xpath exists pg typeof
    sysuser suser sname db object col name has perms session context userenv vsize dump lnnvl nanvl bitand bitor bitxor bitnot shift
    is valid numeric integer int float double decimal boolean parse json url path query protocol domain fragment parameter
    start end of lateral input file partition collate collation charset coercibility connection found rows count last insert
    relation filepath in recovery wal lsn blocking pids locks stat activity statements progress explain plan estimate approx"""
)
_COMBINATORS = re.compile(r"(?:If|Array|Map|State|Merge|OrNull|OrDefault|Distinct|ForEach|Resample|SimpleState)+$")
_KNOWN = frozenset(name.lower() for name in exp.FUNCTION_BY_NAME)


@lru_cache(4096)
def function_risk(name: str, qualified: bool = False) -> Risk | None:
    """None for a function known to work on values alone; what an acting or an unknown one may do. A function of a
    schema ("cron.schedule") is somebody's own, and known to nobody."""
    if name.lower() in REACHING:
        return Risk.DANGEROUS
    plain = _COMBINATORS.sub("", name) or name
    if not qualified and (name.lower() in _KNOWN or plain.lower() in _KNOWN or _NAMESPACES.match(name)):
        return None
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()
    acting = _acting(snake)
    if acting is not None:
        return acting
    words = [word for word in re.split(r"[^a-z0-9]+", snake) if word and not word.isdigit()]
    known = all(word in _VALUE_WORDS or word.rstrip("0123456789") in _VALUE_WORDS for word in words)
    return None if known and words else Risk.RISKY


def _acting(snake: str) -> Risk | None:
    """The risk of an acting verb among the words of a name."""
    found = Risk.SAFE
    for token in tokens_of(snake):
        if token in _VALUE_WORDS:
            continue
        word = VOCABULARY.get(token)
        risk = meaning(token) or (word.family.risk if word is not None and word.form == "base" else None)
        if token in ("schedule", "unschedule", "exec", "execute", "run", "eval", "call"):
            risk = Risk.DANGEROUS
        if risk is not None and risk.rank > found.rank:
            found = risk
    return found if found is not Risk.SAFE else None
