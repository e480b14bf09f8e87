"""Views of the desk that people keep for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class SavedView(msgspec.Struct, frozen=True):
    """A view: what its owner calls it, and its address within the desk."""

    name: str
    url: str


class SavedViews(Protocol):
    """Each caller's own views."""

    async def list(self, owner: str) -> Sequence[SavedView]:
        """The views of one caller, by name."""
        ...

    async def keep(self, owner: str, view: SavedView, now: datetime, *, most: int) -> bool:
        """Keep a view in the place of one of its name; False where the caller has as many as may be.

        Args:
            owner: Whose it is.
            view: The view.
            now: The moment.
            most: How many one caller may have.

        Returns:
            Whether it was kept.
        """
        ...

    async def forget(self, owner: str, name: str) -> None:
        """Forget a view, whether there is one or not."""
        ...
