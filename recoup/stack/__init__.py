"""Everything Recoup needs, on one machine, without root and without Docker."""

from recoup.errors import StackError
from recoup.stack.local import DEFAULT_DIR, SIMULATOR, Stack

__all__ = ["DEFAULT_DIR", "SIMULATOR", "Stack", "StackError"]
