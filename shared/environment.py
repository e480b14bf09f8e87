"""Settings as they come from outside: the variable of each, files in their place, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, ValidationError
from pydantic_settings import BaseSettings

FOLDER_VARIABLE = "RECOUP_SECRETS_DIR"


def secrets_folder() -> Path | None:
    """The folder whose files are settings, each named as its variable; a variable that is set goes first.

    A mounted secret is so read without a variable that every listing of processes shows.

    Returns:
        The folder that `RECOUP_SECRETS_DIR` names, None where it is not set or is no folder.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() else None


def variable_of(settings: type[BaseSettings], field: str) -> str:
    """The environment variable of one field of a settings class."""
    alias = settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def complaints(settings: type[BaseSettings], error: ValidationError) -> Iterator[str]:
    """What is wrong with settings, one line each, by the names that a person set; values are not repeated."""
    for item in error.errors():
        place = "_".join(str(part) for part in item["loc"])
        name = variable_of(settings, place) if place in settings.model_fields else place.upper()
        problem = item["msg"].removeprefix("Value error, ")
        yield f"setting {name}: {problem}" if name else f"settings: {problem}"
