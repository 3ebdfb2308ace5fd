"""Which URL parameters are settings, and what a request may set them to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from groundstop_store.errors import StoreError
from groundstop_store.names import SETTINGS_REFUSED
from groundstop_store.users import MIB, User

TRANSPORT: Final = frozenset(
    {
        "query",
        "user",
        "password",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "quota_key",
        "role",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "http_zlib_compression_level",
        "client_protocol_version",
        "stacktrace",
        "add_http_cors_header",
        "log_comment",
        "cancel_http_readonly_queries_on_client_close",
    }
)
# Settings a reader may choose: how results look and how a query runs, never where data comes from or goes to.
READER_SETTINGS: Final = frozenset(
    {
        "bool_false_representation",
        "bool_true_representation",
        "date_time_output_format",
        "decimal_trailing_zeros",
        "extremes",
        "format_csv_delimiter",
        "format_csv_null_representation",
        "format_tsv_null_representation",
        "join_use_nulls",
        "max_block_size",
        "max_bytes_to_read",
        "max_rows_to_read",
        "output_format_arrow_string_as_string",
        "output_format_csv_crlf_end_of_line",
        "output_format_json_escape_forward_slashes",
        "output_format_json_quote_64bit_floats",
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_decimals",
        "output_format_json_quote_denormals",
        "output_format_native_encode_types_in_binary_format",
        "output_format_parquet_string_as_string",
        "output_format_write_statistics",
        "result_overflow_mode",
        "session_timezone",
        "timeout_overflow_mode",
        "use_query_cache",
        "use_query_condition_cache",
    }
)
BUFFERED_BYTES_MAX: Final = 512 * MIB  # formats that cannot be streamed are held in memory
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def query_params(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values behind `{name:Type}` placeholders, from parameters called `param_<name>`."""
    return {key[6:]: value for key, value in items if key.startswith("param_")}


def settings_for(user: User, params: Mapping[str, str], mark: str, streamed: bool) -> dict[str, str]:
    """All settings of one session, in the order in which they are set; a reader's last one locks the others.

    Raises StoreError 115 for names that are no settings and 164 for settings or values a reader may not choose.
    """
    asked = {k: v for k, v in params.items() if k not in TRANSPORT and not k.startswith("param_")}
    chosen = {name: _checked(user, name, value) for name, value in asked.items() if name != "readonly"}
    settings = {name: str(ceiling) for name, ceiling in user.ceilings.items()} | chosen
    if not streamed:
        settings.setdefault("max_result_bytes", str(BUFFERED_BYTES_MAX))
    settings["log_comment"] = mark
    if user.read_only and asked.get("readonly", "1") != "1":
        raise StoreError(164, "READONLY", "Cannot modify 'readonly' setting in readonly mode.")
    if user.read_only:
        settings["allow_introspection_functions"] = "0"
    locked = "1" if user.read_only else asked.get("readonly", "0")
    if locked != "0":
        settings["readonly"] = locked
    return settings


def _checked(user: User, name: str, value: str) -> str:
    if not _NAME.fullmatch(name) or name in SETTINGS_REFUSED:
        raise StoreError(115, "UNKNOWN_SETTING", f"Setting {name} is neither a builtin setting nor allowed here")
    if not user.read_only:
        return value
    if name in user.ceilings:
        return _lowered(name, value, user.ceilings[name])
    if name not in READER_SETTINGS:
        raise StoreError(164, "READONLY", f"Cannot modify {name!r} setting in readonly mode.")
    return value


def _lowered(name: str, value: str, ceiling: int) -> str:
    """A reader may ask for less than the ceiling; 0 means no limit and is refused like anything above it."""
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= ceiling:
        raise StoreError(164, "READONLY", f"Cannot set {name!r} to {value!r} in readonly mode: 1 to {ceiling}")
    return value
