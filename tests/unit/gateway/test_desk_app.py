"""How the desk's built files are served."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.adapters.http import desk_app
from shared.problem import Problem


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(desk_app.router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@pytest.mark.parametrize(
    "address", ["/desk", "/desk/", "/desk/work", "/desk/claim/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"]
)
async def test_the_address_of_any_view_brings_the_page(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert '<div id="root">' in answer.text


@pytest.mark.parametrize("address", ["/", "/dashboard/"])
async def test_the_home_address_and_that_of_before_lead_to_the_desk(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, answer.headers["location"]) == (307, "/desk/")


async def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client: httpx.AsyncClient) -> None:
    page = await client.get("/desk/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == [] and "<style" not in page.text
    assert " style=" not in page.text and re.findall(r"\son\w+=", page.text) == []
    names = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert names and all(name.startswith("/desk/") for name in names)
    for name in names:
        assert (await client.get(name)).status_code == 200, name


async def test_it_is_zipped_for_who_can_read_that_and_not_sent_again(client: httpx.AsyncClient) -> None:
    plain = await client.get("/desk/", headers={"Accept-Encoding": "identity"})
    async with client.stream("GET", "/desk/", headers={"Accept-Encoding": "gzip"}) as zipped:
        raw = b"".join([part async for part in zipped.aiter_raw()])
    assert zipped.headers["content-encoding"] == "gzip" and gzip.decompress(raw) == plain.content
    again = await client.get("/desk/", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["none.js", "desk_app.py", "..%2Fdesk_app.py", "build.json", "%2e%2e/x.py"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    with pytest.raises(Problem) as refused:
        await client.get(f"/desk/{name}")
    assert refused.value.status == 404
