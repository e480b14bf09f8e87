"""Ways out: what is sent, what counts as proof, and which faults are tried again."""

from __future__ import annotations

import base64
import smtplib
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import httpx
import msgspec
import pytest

from services.appeals.adapters.filing.channels import HttpEndpoint, PrintQueue
from services.appeals.adapters.filing.mail import Mailbox
from services.appeals.adapters.filing.x12 import X12
from services.appeals.application.ports import Enclosure, Package, Paper, SendFailed

PAPER = Paper("appeal_letter", "ab" * 32, b"%PDF-1.7", "text", b"{}")


def package(**recipient: str) -> Package:
    return Package("case-1", "claim", "commercial_appeal", 1, date(2026, 10, 5), recipient, (PAPER,))


async def post(status: int, *, headers: dict[str, str] | None = None, seen: list[httpx.Request] | None = None) -> str:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, headers=headers)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await HttpEndpoint(client).send(package(endpoint="https://payer.example/appeals"))


async def test_the_endpoints_reference_is_the_proof() -> None:
    seen: list[httpx.Request] = []
    assert await post(201, headers={"Location": "/appeals/77"}, seen=seen) == "/appeals/77"
    assert seen[0].headers["Idempotency-Key"] == "case-1" and b"%PDF-1.7" in seen[0].content


async def test_a_repetition_the_endpoint_knows_is_filed() -> None:
    assert await post(409) == "HTTP 409"


@pytest.mark.parametrize(("status", "passing"), [(500, True), (503, True), (400, False), (403, False)])
async def test_faults(status: int, passing: bool) -> None:
    with pytest.raises(SendFailed) as caught:
        await post(status)
    assert caught.value.passing is passing


async def test_nothing_goes_out_without_tls() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(SendFailed, match="https") as caught:
            await HttpEndpoint(client).send(package(endpoint="http://payer.example"))
    assert caught.value.passing is False


async def test_the_print_queue_writes_all_or_nothing_and_once(tmp_path: Path) -> None:
    queue = PrintQueue(tmp_path)
    first = await queue.send(package())
    assert await queue.send(package()) == first
    assert {p.name for p in Path(first).iterdir()} == {  # noqa: ASYNC240
        "appeal_letter.pdf", "appeal_letter.txt", "appeal_letter.json", "manifest.json",
    }  # fmt: skip
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SendFailed):
        await PrintQueue(blocked).send(package())


class FakeServer:
    """Records what a real SMTP connection would be told, in order."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.told: list[str] = []
        self.message: EmailMessage | None = None
        self._fault = fault

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.told.append("quit")

    def starttls(self, *, context: object) -> None:
        assert context is not None
        self.told.append("starttls")

    def send_message(self, message: EmailMessage) -> None:
        if self._fault:
            raise self._fault
        self.told.append("send")
        self.message = message


def mailbox(server: FakeServer) -> Mailbox:
    return Mailbox("mail.example", 587, "appeals@practice.example", connect=lambda: server)  # type: ignore[arg-type]


async def test_mail_goes_out_over_tls_with_the_papers_and_an_id_that_stays() -> None:
    server = FakeServer()
    proof = await mailbox(server).send(package(to="nsa@payer.example"))
    assert server.told == ["starttls", "send", "quit"] and proof == "<case-1@practice.example>"
    assert server.message is not None and server.message["Message-ID"] == proof
    (attached,) = server.message.iter_attachments()
    assert attached.get_content() == b"%PDF-1.7"


@pytest.mark.parametrize("address", ["", "P.O. Box 1", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example"])
async def test_mail_wants_one_address(address: str) -> None:
    with pytest.raises(SendFailed) as caught:
        await mailbox(FakeServer()).send(package(to=address))
    assert caught.value.passing is False


@pytest.mark.parametrize(
    ("fault", "passing"),
    [
        (smtplib.SMTPDataError(451, b"later"), True),
        (smtplib.SMTPDataError(554, b"no"), False),
        (smtplib.SMTPRecipientsRefused({}), False),
        (smtplib.SMTPNotSupportedError("no TLS"), True),
        (ConnectionRefusedError(), True),
    ],
)
async def test_mail_faults(fault: Exception, passing: bool) -> None:
    with pytest.raises(SendFailed) as caught:
        await mailbox(FakeServer(fault)).send(package(to="nsa@payer.example"))
    assert caught.value.passing is passing


async def handed(status: int, said: dict[str, object], seen: list[httpx.Request]) -> str:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=said)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        enclosure = Enclosure("chart-1", "Chart", "medical_records", b"%PDF-chart", "18842-5")
        sent = msgspec.structs.replace(package(), enclosures=(enclosure,), request_id="r1", tenant="clinic")
        return await X12(client, "http://intake:8081/", "token-of-16-chars").send(sent)


async def test_x12_hands_papers_and_enclosures_to_intake_and_keeps_its_word() -> None:
    seen: list[httpx.Request] = []
    proof = await handed(201, {"control_number": "000000007", "receiver": "PAYER", "sha256": "ab"}, seen)
    assert proof == "X12 275, interchange 000000007 to PAYER, SHA-256 ab"
    (request,) = seen
    assert str(request.url) == "http://intake:8081/v1/claims/claim/attachments"
    assert (request.headers["X-Tenant"], request.headers["Authorization"]) == ("clinic", "Bearer token-of-16-chars")
    body = msgspec.json.decode(request.content)
    assert (body["key"], body["request_id"]) == ("case-1", "r1")
    papers = [(base64.b64decode(d["content"]), d.get("asked", "")) for d in body["documents"]]
    assert papers == [(b"%PDF-1.7", ""), (b"%PDF-chart", "18842-5")]


@pytest.mark.parametrize(("status", "passing"), [(503, True), (401, True), (404, False), (409, False), (422, False)])
async def test_x12_faults_say_what_intake_says(status: int, passing: bool) -> None:
    with pytest.raises(SendFailed, match=f"HTTP {status}: No accepted claim") as caught:
        await handed(status, {"detail": "No accepted claim."}, [])
    assert caught.value.passing is passing
