"""How every command fails: its exit code, one line that says what is wrong to a person, and no stack trace."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import httpx
import pytest

from recoup.cli.faults import WORDS, command_error
from tests.unit.cli.wire import known_stack, problem, recoup, wired

ROOT = Path(__file__).parents[3]
ID = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10"
DAY = ("--from", "2026-01-01", "--to", "2026-12-31")

MISSING_FILE = [
    ("submit", "none.edi"),
    ("parse", "none.edi"),
    ("deposits", "submit", "none.csv"),
    ("paper", "enter", "none.json"),
    ("paper", "enter", "there.json", "--scan", "none.pdf"),
    ("paper", "scan", ID, "none.pdf"),
    ("resolve", ID, "--correct", "none.x12", "--note", "why"),
    ("resolve", ID, "--split", "none.x12", "--note", "why"),
    ("quote", "--claim", "none.json"),
    ("estimate", "reckon", "none.json"),
    ("estimate", "write", "none.json"),
    ("estimate", "dispute", "none.json"),
    ("codes", "update", "none.csv", "--list", "rarc", "--from", "2026-01-01"),
    ("reference", "load", "none", "--kind", "cms", "--name", "R", *DAY),
    ("reprice", "--policy", "none.toml", "--since", "2026-01-01"),
    ("tic", "index", "none.json"),
    ("tic", "medians", "none.json"),
    ("tic", "medians", "none.json", "--codes", "@none.txt"),
    ("tic", "load", "none.json", "--name", "R", "--payer", "P", *DAY),
    ("qpa", "audit", "--since", "2026-01-01", "--areas", "none.csv"),
    ("ratios", "--since", "2026-01-01", "--areas", "none.csv"),
]
ASKING = [
    ("submit", "there.json"),
    ("status", "N1"),
    ("status", ID),
    ("dead-letters",),
    ("replay",),
    ("worklist",),
    ("worklist", ID),
    ("worklist", "--held"),
    ("resolve", ID, "--none"),
    ("resolve", ID, "--claim", "N1"),
    ("ask", ID),
    ("ask", "N1", "--coverage"),
    ("correct", ID, "--void"),
    ("correct", "N1", "--void"),
    ("deposits", "submit", "there.json"),
    ("deposits", "list"),
    ("deposits", "show", ID),
    ("deposits", "resolve", ID, "--reopen"),
    ("deposits", "record", "--amount", "1", "--number", "1", "--on", "2026-03-02"),
    ("paper", "enter", "there.json"),
    ("paper", "show", ID),
    ("idr", "plan"),
    ("idr", "file", ID, ID, "--reference", "D", "--on", "2026-03-02"),
    ("idr", "file", "N1", ID, "--reference", "D", "--on", "2026-03-02"),
]
NEEDING_BENCHMARK = [
    ("qpa", "audit", "--since", "2026-01-01"),
    ("ratios", "--since", "2026-01-01"),
    ("reference", "list"),
    ("reference", "withdraw", "R", "--kind", "cms"),
    ("reference", "snapshot", "--kind", "ucr_charge", "--name", "R", "--received-from", "2026-01-01",
     "--received-to", "2026-02-01", *DAY),
]  # fmt: skip
UNKNOWN_CLAIM = [
    ("status", "N1"),
    ("status", ID),
    ("resolve", ID, "--claim", "N1"),
    ("resolve", ID, "--claim", ID),
    ("ask", "N1"),
    ("ask", ID),
    ("correct", "N1", "--void"),
    ("correct", ID, "--void"),
    ("idr", "file", "N1", ID, "--reference", "D", "--on", "2026-03-02"),
    ("idr", "file", ID, ID, "--reference", "D", "--on", "2026-03-02"),
    ("replay", "--claim", "N1"),
]
_HTTP = re.compile(
    r"\b[45]\d\d\b|\bHTTP\b|/v1/|\b(POST|GET|PUT|JWT)\b|X-Tenant|Authorization|Bearer|openapi|Conflict|Unprocessable|"
    r"Not Found|\broute\b|[Tt]h(e|is) (first )?request\b|several requests|schema|Retry-After|Idempotency|`errors`"
)


def in_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said: one line under the command's name, and how to fix it on lines set in."""
    said = capsys.readouterr().err
    first, *hints = said.splitlines()
    assert first.startswith("recoup: ") and len(first) > len("recoup: x"), said
    assert all(hint.startswith("        ") for hint in hints), said
    assert "Traceback" not in said and not _HTTP.search(said), said
    return said


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.json").write_text("{}")
    (tmp_path / ".recoup").mkdir()
    return known_stack(tmp_path / ".recoup")


@pytest.mark.parametrize("words", MISSING_FILE, ids=" ".join)
def test_a_file_that_is_not_there_is_a_wrong_call_and_nothing_is_asked(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = wired(monkeypatch, lambda _: httpx.Response(200, json={}))
    assert recoup(monkeypatch, *words) == 2
    assert "none" in in_one_line(capsys)
    assert asked == []


@pytest.mark.parametrize("words", [*ASKING, *NEEDING_BENCHMARK], ids=" ".join)
def test_a_stack_that_is_down_ends_with_3(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    wired(monkeypatch, refuses)
    assert recoup(monkeypatch, *words) == 3
    assert "does not answer" in in_one_line(capsys)


@pytest.mark.parametrize("words", [*ASKING, *NEEDING_BENCHMARK], ids=" ".join)
def test_where_no_stack_was_ever_started_it_ends_with_3(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wired(monkeypatch, lambda _: httpx.Response(200, json={}))
    (folder / "stack.json").unlink()
    assert recoup(monkeypatch, *words) == 3
    assert "recoup up" in in_one_line(capsys)


@pytest.mark.parametrize("words", UNKNOWN_CLAIM, ids=" ".join)
def test_an_unknown_claim_ends_with_1(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/claims/search":
            return httpx.Response(200, json={"items": [], "next": None})
        if request.url.port == 8080:
            return problem(404, "claim-not-found", "No claim of yours has this id.", how_to_fix="See /v1/lag.")
        return problem(404, "unknown-claim", "No accepted claim of this tenant has this id.")

    wired(monkeypatch, answer)
    assert recoup(monkeypatch, *words) == 1
    assert re.search("no claim .*has this id", in_one_line(capsys))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404, text="<html>Not Found</html>", headers={"content-type": "text/html"}), 1),
        (httpx.Response(200, text="<html>A proxy's page</html>", headers={"content-type": "text/html"}), 1),
        (httpx.Response(502, text="Bad Gateway"), 3),
        (problem(401, "unauthenticated", "The request carries no valid credential.", how_to_fix="Send `Bearer`."), 1),
        (problem(403, "forbidden", "This route needs the scope claims:act.", how_to_fix="Ask for a key."), 1),
        (problem(500, "internal", "The service failed while answering.", how_to_fix="Try again."), 3),
    ],
    ids=["other server", "proxy", "bad gateway", "unknown key", "lacks a right", "failed"],
)
def test_what_else_comes_back_is_told_in_words(
    answer: httpx.Response, code: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    wired(monkeypatch, lambda _: answer)
    for words in ASKING:
        assert recoup(monkeypatch, *words) == code, words
        in_one_line(capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("submit", "there.json", "--url", "gateway"), "--url is no address"),
        (("deposits", "list", "--url", "intake:8081", "--token", "t"), "--url is no address"),
        (("status",), "missing argument"),
        (("fly",), "no such command"),
        (("status", "N1", "--fly"), "no such option"),
        (("worklist", "--kind", "bills"), "--kind bills is unknown"),
        (("deadlines", "--forum", "nsa", "--paid", "soon"), "--paid"),
        (("tic", "load"), "missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_wrong_call_is_told_in_one_line_and_ends_with_2(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wired(monkeypatch, lambda _: httpx.Response(200, json={}))
    assert recoup(monkeypatch, *words) == 2
    assert said in in_one_line(capsys)


def _problems() -> dict[str, set[str]]:
    """Every refusal in the services' sources, its words by its kind."""
    found: dict[str, set[str]] = {}
    for path in [*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                not isinstance(node, ast.Call)
                or len(node.args) < 3
                or ast.unparse(node.func) not in ("Problem", "Refusal")
            ):
                continue
            kind = node.args[1]
            if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
                words = [*node.args[2:4], *(one.value for one in node.keywords if one.arg == "how_to_fix")]
                found.setdefault(kind.value, set()).add(" ".join(ast.unparse(one) for one in words))
    return found


_NOT_ASKED = {
    "unknown-profile", "invalid-estimate", "too-many", "too-many-streams", "invalid-last-event-id",
    "unknown-event-type", "letter-not-found", "bad-cursor", "invalid-cursor", "unknown-field", "unknown-parameter",
    "invalid-request", "forbidden", "no-x12", "endpoint-not-found", "key-not-found",
}  # fmt: skip
"""Kinds that no command meets (letters, live events, webhooks, quotes and estimates by HTTP), or told by a rule."""


def test_a_refusal_that_speaks_of_the_protocol_has_words_for_people() -> None:
    speaking = {kind for kind, words in _problems().items() if any(map(_HTTP.search, words))}
    assert len(speaking) > 10
    assert not speaking - WORDS.keys() - _NOT_ASKED
    assert not [words for words in WORDS.values() if any(map(_HTTP.search, words))]


@pytest.mark.parametrize(
    ("status", "document", "message", "code"),
    [
        (409, {"type": "urn:recoup:problem:refused", "detail": "two claims at least"}, "two claims at least", 1),
        (409, {"type": "urn:recoup:problem:misfit", "detail": "It does not fit.", "misfits": ["charge differs"]},
         "It does not fit. charge differs", 1),
        (422, {"type": "urn:recoup:problem:invalid-request", "detail": "x", "errors": [
            {"field": "body.note", "message": "String should have at most 2000 characters"}]},
         "what was given does not fit: note: String should have at most 2000 characters", 1),
        (422, {"type": "urn:recoup:problem:invalid-request", "detail": "`paid_on` lies in the future."},
         "paid_on lies in the future.", 1),
        (403, {"type": "urn:recoup:problem:forbidden", "detail": "This route needs the scope claims:act."},
         "this credential lacks the right claims:act", 1),
        (503, {"type": "urn:recoup:problem:service-unavailable", "detail": "Intake does not answer (ConnectError)."},
         "Intake does not answer (ConnectError).", 3),
    ],
)  # fmt: skip
def test_a_problem_as_a_person_is_told_it(status: int, document: dict[str, object], message: str, code: int) -> None:
    error = command_error(status, document)
    assert (error.message, error.exit_code) == (message, code)
