"""Everything Recoup needs, on one machine, without root and without Docker."""

from recoup.errors import StackError
from recoup.local import DEFAULT_DIR
from recoup_tools.stack.local import SIMULATOR, Stack

__all__ = ["DEFAULT_DIR", "SIMULATOR", "Stack", "StackError"]
