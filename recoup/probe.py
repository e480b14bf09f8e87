"""Asks one URL and exits 0 when it answers 200: the health check of containers that have no curl."""

from __future__ import annotations

import sys

import httpx


def main(url: str) -> int:
    """0 where `url` answers 200 within four seconds, else 1."""
    try:
        return 0 if httpx.get(url, timeout=4).is_success else 1
    except httpx.HTTPError:
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
