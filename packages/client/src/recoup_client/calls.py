"""Any operation of the gateway by its id, for what has no method of its own, in both clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from recoup_client.operations import KEYED, OPERATIONS, OperationId
from recoup_client.policy import clean

T = TypeVar("T")
Named = str | int | date | datetime


def _asked(
    operation: OperationId, path: Mapping[str, Named], query: Mapping[str, Any], body: Any, tenant: str
) -> tuple[str, str, dict[str, Any]]:
    """Method, path and what goes with them; a request that writes without a key is sent once."""
    method, template = OPERATIONS[operation].split(" ", 1)
    filled = template.format(**{name: quote(str(value), safe="") for name, value in path.items()})
    headers = {"X-Tenant": tenant} if tenant else {}
    if operation in KEYED:
        headers["Idempotency-Key"] = str(uuid4())
    what: dict[str, Any] = {"params": clean(dict(query)), "repeat": method != "POST" or operation in KEYED}
    if body is not None:
        headers["Content-Type"] = "application/json"
        what["content"] = msgspec.json.encode(body)
    return method, filled, what | {"headers": headers}


def _told(response: httpx.Response, into: type[T]) -> T:
    if into is bytes:
        return cast("T", response.content)
    return msgspec.json.decode(response.content or b"null", type=into)


class OperationCalls:
    """The calls of `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def call(
        self,
        operation: OperationId,
        *,
        into: type[T],
        path: Mapping[str, Named] = {},
        query: Mapping[str, Any] = {},
        body: Any = None,
        tenant: str = "",
    ) -> T:
        """Ask an operation of the gateway's OpenAPI document.

        Args:
            operation: Its `operationId`.
            into: What its answer is read as: a msgspec struct, a plain type, `bytes` for a document, `type(None)` for
                no answer.
            path: The parameters of its path by name.
            query: The parameters of its query by name; empty ones are left out.
            body: Its JSON body: a struct, or plain values.
            tenant: The provider organisation, for a caller of several.

        Returns:
            The answer.

        Raises:
            ApiError: The gateway refused it.
            Unreachable: No answer came.
        """
        method, filled, what = _asked(operation, path, query, body, tenant)
        return _told(self._send(method, filled, **what), into)


class AsyncOperationCalls:
    """The calls of `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def call(
        self,
        operation: OperationId,
        *,
        into: type[T],
        path: Mapping[str, Named] = {},
        query: Mapping[str, Any] = {},
        body: Any = None,
        tenant: str = "",
    ) -> T:
        """Ask an operation of the gateway's OpenAPI document.

        Args:
            operation: Its `operationId`.
            into: What its answer is read as: a msgspec struct, a plain type, `bytes` for a document, `type(None)` for
                no answer.
            path: The parameters of its path by name.
            query: The parameters of its query by name; empty ones are left out.
            body: Its JSON body: a struct, or plain values.
            tenant: The provider organisation, for a caller of several.

        Returns:
            The answer.

        Raises:
            ApiError: The gateway refused it.
            Unreachable: No answer came.
        """
        method, filled, what = _asked(operation, path, query, body, tenant)
        return _told(await self._send(method, filled, **what), into)
