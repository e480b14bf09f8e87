"""Filing by hand at a payer's or the federal portal: one archive with everything to enter and to upload.

The archive is the same bytes for the same filing. What was exported counts as filed only once a person confirms it
with the portal's own number.
"""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from hashlib import sha256
from pathlib import Path

import msgspec

from services.appeals.adapters.documents.portal_form import EPOCH, as_csv, as_excel, form_tables
from services.appeals.adapters.filing.channels import manifest_of
from services.appeals.application.ports import AwaitsPerson, Package, SendFailed


class Portal:
    """Puts each package as one archive into a directory, for a person to enter at the portal."""

    name = "portal"

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "portal"

    async def send(self, package: Package) -> str:
        """Raises `AwaitsPerson` with the archive's place: nothing is filed yet."""
        try:
            place = await asyncio.to_thread(self._write, package)
        except OSError as error:
            raise SendFailed(f"portal export: {error.strerror or type(error).__name__}", passing=True) from None
        raise AwaitsPerson(place)

    def _write(self, package: Package) -> str:
        final = self._directory / package.filed_on.isoformat() / f"{package.key}.zip"
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch = final.with_name(f".{final.name}.{os.getpid()}")
        scratch.write_bytes(bundle(package))
        scratch.rename(final)
        return str(final)


def bundle(package: Package) -> bytes:
    """The archive: each document as PDF, text and data, and `manifest.json` with the SHA-256 of every file.

    Of a paper whose form the portal has, the form's fields and its lines are tables for a spreadsheet, as CSV and as
    one workbook. What the portal
    wants uploaded with it lies under `upload/`.
    """
    files: dict[str, bytes] = {f"upload/{paper.kind}.pdf": paper.pdf for paper in package.uploads}
    for paper in package.papers:
        files[f"{paper.kind}.pdf"] = paper.pdf
        files[f"{paper.kind}.txt"] = paper.text.encode()
        files[f"{paper.kind}.json"] = msgspec.json.format(paper.data, indent=2)
        form = msgspec.json.decode(paper.data).get("form")
        if form and form["fields"]:
            tables = form_tables(form)
            files |= {f"{paper.kind}_{name}.csv": as_csv(*table) for name, table in tables.items()}
            files[f"{paper.kind}.xlsx"] = as_excel(tables)
    sums = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {**msgspec.json.decode(manifest_of(package)), "files": sums}
    files["manifest.json"] = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
