"""Newer code lists and edit tables: read as published, kept in a folder by first day, put in force by the service."""

from __future__ import annotations

from services.intake.adapters.codes.folder import CodesError, Release, Watch, kept, put_in_force, store, withdraw
from services.intake.adapters.codes.sources import KINDS, Refusal, SourceError, read_release

__all__ = [
    "KINDS",
    "CodesError",
    "Refusal",
    "Release",
    "SourceError",
    "Watch",
    "kept",
    "put_in_force",
    "read_release",
    "store",
    "withdraw",
]
