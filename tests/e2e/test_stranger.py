"""A stranger's script, kept as a test: the client's wheel alone, a key, and a claim followed to its events."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import sysconfig
from pathlib import Path

import httpx

from recoup_tools.stack import Stack
from tests.e2e.conftest import ROOT
from tests.unit.deploy.test_wheel import CLIENT, built

SCRIPT = ROOT / "examples" / "integrate.py"
NEEDED = (
    "anyio", "certifi", "h11", "httpcore", "httpx", "idna", "msgspec", "sniffio", "typing_extensions.py",
)  # fmt: skip
"""What httpx and msgspec need, and nothing of the server."""


def installed(folder: Path) -> Path:
    """The client's wheel with what it requires, as an installer lays it out."""
    built(CLIENT, folder).extractall(folder / "site")
    for name in NEEDED:
        found = Path(sysconfig.get_path("purelib")) / name
        if found.exists():
            (folder / "site" / name).symlink_to(found)
    return folder / "site"


async def test_from_a_key_to_a_claim_its_state_a_webhook_and_a_live_event(running: Stack, tmp_path: Path) -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 40
    url, headers = running.url("gateway"), {"Authorization": f"Bearer {running.admin_token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as operator:
        new = {"name": "a stranger", "role": "platform", "tenants": ["stranger"]}
        made = await operator.post("/v1/api-keys", json=new)
    assert made.status_code == 201, made.text
    code = (
        f"import sys; sys.path.insert(0, {str(installed(tmp_path))!r}); sys.argv = sys.argv[1:]; "
        "import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    arguments = (str(SCRIPT), url, made.json()["key"], str(ROOT / "examples/claim-professional.json"))
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RECOUP_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-u", "-c", code, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=bare,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()[-1500:]
    told = dict(line.split(" ", 1) for line in out.decode().splitlines())
    assert told["event"].startswith("recoup.claim.received.v1 ")
    message_id, body = told["webhook"].split(" ", 1)
    assert message_id
    assert json.loads(body)["type"] == "recoup.claim.received.v1"
