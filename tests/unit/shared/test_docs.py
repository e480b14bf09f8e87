"""The generated pages are those the code gives."""

from __future__ import annotations

import pytest

from recoup.docs import PAGES, ROOT


@pytest.mark.parametrize("path", PAGES)
def test_a_generated_page_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text() == PAGES[path](), "run `make docs`"
