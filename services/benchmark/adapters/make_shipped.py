"""`python -m services.benchmark.adapters.make_shipped CMS_FOLDER`: writes the CMS release that the project ships."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import size_of, write_packed

OUT = Path(__file__).resolve().parents[1] / "reference" / "cms-2025.json.gz"


def main(source: str) -> None:
    """CMS's October release corrects the earlier ones of its year and speaks for the whole of it here."""
    packed = read_cms(
        Path(source), name="CMS CY2025 (October)", effective_from=date(2025, 1, 1), effective_to=date(2025, 12, 31)
    )
    OUT.write_bytes(write_packed(packed))
    sys.stdout.write(f"{size_of(packed)}, {OUT.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
