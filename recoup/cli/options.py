"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StateDir = Annotated[Path, typer.Option("--state", help="where the stack keeps its state", envvar="RECOUP_STATE_DIR")]
