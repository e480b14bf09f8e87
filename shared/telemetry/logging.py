"""Structured logs: one JSON object a line, of allow-listed fields only.

A field that is not on the list is dropped, and exceptions are logged by type and place, never by message: a message
may hold a value from a claim.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

ALLOWED = frozenset(
    [
        "attempt",
        "batch",
        "bootstrap",
        "claim_id",
        "consumer_group",
        "count",
        "deadlines",
        "drift_s",
        "duplicates",
        "duration_ms",
        "error_type",
        "event_id",
        "event_type",
        "events",
        "file_sha256",
        "interchange_id",
        "offset",
        "parked",
        "partition",
        "partitions",
        "path",
        "port",
        "reason",
        "route",
        "rows",
        "schema",
        "service",
        "shard",
        "shards",
        "sqlstate",
        "status",
        "topic",
        "trace_id",
        "version",
        "wait_s",
    ]
)


class _JsonFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage() if record.name.startswith(("recoup", "uvicorn")) else str(record.msg),
        }
        fields: dict[str, Any] = getattr(record, "fields", {})
        line.update({name: value for name, value in fields.items() if name in ALLOWED})
        if record.exc_info and record.exc_info[0] is not None:
            line["error_type"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{frame.name}:{frame.lineno}" for frame in frames[-6:]]
        return json.dumps(line, default=str)


def configure(service: str, level: str = "INFO") -> None:
    """Send the process's logs to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter(service))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("aiokafka", "uvicorn.access", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)


class Log:
    """A logger whose fields are keyword arguments: `log.info("batch handled", events=3)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"recoup.{name}")

    def debug(self, message: str, **fields: object) -> None:
        """Log at DEBUG."""
        self._logger.debug(message, extra={"fields": fields})

    def info(self, message: str, **fields: object) -> None:
        """Log at INFO."""
        self._logger.info(message, extra={"fields": fields})

    def warning(self, message: str, **fields: object) -> None:
        """Log at WARNING."""
        self._logger.warning(message, extra={"fields": fields})

    def error(self, message: str, *, exc: BaseException | None = None, **fields: object) -> None:
        """Log at ERROR; the place of `exc` is logged, its message is not, since it may quote patient data."""
        self._logger.error(message, exc_info=exc, extra={"fields": fields})
