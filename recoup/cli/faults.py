"""How commands ask services, and what they tell of refusals and silence: what is wrong, where, and how to fix it.

Services speak to programs: of headers, routes and members. A person at a command line has options and files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import msgspec

from recoup_client import ApiError, Unreachable
from shared.commands import CommandError, print_object

T = TypeVar("T")
_PS = "is the stack up? `recoup ps`"
_ANOTHER_KEY = "give another with --token, or set RECOUP_TOKEN (for intake's commands RECOUP_INTAKE_TOKEN)"
_NO_CLAIM = ("no claim of yours has this id", "`recoup status NUMBER` finds one by its number; a new one takes seconds")
_OTHER_RELEASE = ("the service does not know what is asked of it", "it may be of another release than this command")
_AGAIN = "try again in a moment; what was taken before counts once"
_WAIT = "it starts or waits for its database: try again in a moment, or see `recoup ps`"
_SEVERAL = "name one: `recoup status CLAIM` lists the claim's disputes, --case ID names one"
WORDS: dict[str, tuple[str, str]] = {
    "unauthenticated": ("the gateway does not take this credential", _ANOTHER_KEY),
    "staff-token-required": ("the service does not take this credential", _ANOTHER_KEY),
    "operator-token-required": ("the service does not take the operator's credential", "name its stack with --state"),
    "tenant-required": ("it is not said which provider organisation this is for", "name it with --tenant"),
    "tenant": ("this credential is for another provider organisation", "leave --tenant out, or name its own"),
    "not-your-tenant": ("this credential is for another provider organisation", "leave --tenant out, or name its own"),
    "claim-not-found": _NO_CLAIM,
    "unknown-claim": _NO_CLAIM,
    "case-not-found": ("no case of yours is about this claim", "`recoup status CLAIM` shows where it stands"),
    "unknown-id": ("what was given is not an id", "ids are in the answers of `recoup submit` and `recoup worklist`"),
    "which-dispute": ("the claim has several disputes, and it is not said which is meant", _SEVERAL),
    "not-found": _OTHER_RELEASE,
    "unsupported-media-type": _OTHER_RELEASE,
    "nothing-to-answer": ("the claim has no such offer or decision", "`recoup status CLAIM` shows where it stands"),
    "method-not-allowed": _OTHER_RELEASE,
    "unknown-parameter": _OTHER_RELEASE,
    "not-a-pdf": ("a document is no PDF", "give a PDF"),
    "other-content": ("the document is another than the one that was named before", "give the one that was hashed"),
    "not-attached": ("a document is not attached, or its content is not kept", "attach it on the claim's page first"),
    "nothing-to-confirm": ("no filing of the claim waits to be confirmed", "`recoup status CLAIM` shows its step"),
    "uneven": ("", "correct each field in the output; where the paper itself is wrong, enter it with --hold"),
    "paper-file": ("", "correct each place in the output, and enter it again"),
    "bank-file": ("", "correct each place in the output, and submit it again"),
    "received-on": ("", "give the day on which it was received, or leave it out where that is today"),
    "too-large": ("the file is larger than the service takes at once", "send it in parts"),
    "too-slow": ("what was sent did not reach the service in time", "send it in smaller parts"),
    "too-many-at-once": ("the service has too much to do at once", _WAIT),
    "starting": ("the service is starting", _WAIT),
    "try-again": ("the service's database does not answer", _AGAIN),
    "service-unavailable": ("", _AGAIN),
    "service-refused": ("a service behind the gateway failed", "see `recoup ps`, and the services' logs"),
    "access-log-unavailable": ("the access could not be recorded, so nothing was done", _AGAIN),
    "request-under-way": ("the same is being done already", _AGAIN),
    "request-in-flight": ("the same is being done already", _AGAIN),
    "idempotency-key-reused": ("this key was used for something else", "give each thing to do a --key of its own"),
    "idempotency-key-invalid": ("this key cannot be used", "give --key as 8 to 50 letters, digits or hyphens"),
    "too-many-requests": ("this credential has used up what it may ask for now", "wait a minute, and try again"),
    "internal": ("the service failed", "try again; if it stays so, see its log and `recoup dead-letters`"),
}
"""By kind of problem: what a person is told of it, and how to fix it; the service's own words where these are empty."""
_SCOPE = re.compile(r"scope (\S+?)\.?$")


def asked(call: Callable[[], T]) -> T:
    """What the gateway's client returns; its faults become a `CommandError`."""
    try:
        return call()
    except ApiError as error:
        raise command_error(error.status, error.document) from None
    except msgspec.DecodeError:  # a proxy's page, or another server's
        raise command_error(200, {}) from None
    except Unreachable as error:
        raise CommandError(_silence(str(error).partition(" does not answer")[0], error.__cause__), _PS) from None


def call(method: str, url: str, **options: Any) -> httpx.Response:
    """Ask a service; its failures and its silence become a `CommandError`, its refusals are the caller's to tell."""
    options["headers"] = httpx.Headers(options.get("headers"), encoding="utf-8")
    try:
        answer = httpx.request(method, url, timeout=600, **options)
    except httpx.HTTPError as error:
        where = httpx.URL(url)  # of the address only the host: the path may hold a patient control number
        raise CommandError(_silence(f"{where.scheme}://{where.netloc.decode()}", error), _PS) from None
    if answer.status_code >= 500 or answer.status_code == 401 or not _is_json(answer):
        raise refused(answer)
    return answer


def address(url: str, option: str = "--url") -> str:
    """An address that was given, without a slash at its end.

    Raises:
        CommandError: it is none; the call is wrong.
    """
    try:
        known = httpx.URL(url)
    except httpx.InvalidURL:
        known = httpx.URL("")
    if known.scheme not in ("http", "https") or not known.host:
        raise CommandError(f"{option} is no address", "write it as http://HOST:PORT", 2)
    return url.rstrip("/")


def answered(answer: httpx.Response) -> Any:
    """What a service answered; raises its refusal as a `CommandError`."""
    if not answer.is_success:
        raise refused(answer)
    return answer.json()


def print_answer(answer: httpx.Response) -> Any:
    """Print what a service answered as one JSON object and return it; raises its refusal as a `CommandError`."""
    shown = answered(answer)
    print_object(shown)
    return shown


def refused(answer: httpx.Response) -> CommandError:
    """What a service refused, as the command says it."""
    return command_error(answer.status_code, _document(answer))


def command_error(status: int, problem: dict[str, Any]) -> CommandError:
    """A problem of a service as a person is told it; it ends with 3 where the service failed, else with 1."""
    kind = str(problem.get("type", "")).rpartition(":")[2]
    detail, how_to_fix = str(problem.get("detail", "")), str(problem.get("how_to_fix", ""))
    if not (kind or detail):
        detail, how_to_fix = "what answers there is no service of Recoup's", "see --url, --state and `recoup ps`"
    if kind == "forbidden":
        lacking = _SCOPE.search(detail)
        detail = f"this credential lacks the right {lacking[1]}" if lacking else "this credential may not do that here"
        how_to_fix = "give one that may with --token; --tenant must be its provider organisation"
    message, hint = WORDS.get(kind, ("", ""))
    wrong = _reasons(problem)
    if kind == "invalid-request" and wrong:  # without a list of fields the service names the rule in its own words
        message, hint = "what was given does not fit:", "see --help for what it takes"
    message = " ".join(filter(None, ((message or detail).replace("`", ""), wrong)))
    return CommandError(message or "refused", (hint or how_to_fix).replace("`errors`", "them"), _ends_with(status))


def _ends_with(status: int) -> int:
    return 3 if status >= 500 else 1


def _reasons(problem: dict[str, Any]) -> str:
    """What the service lists of a refusal: misfits, problems, missing facts, and fields with what is wrong of each."""
    reasons = [*map(str, problem.get("misfits") or ()), *map(str, problem.get("missing") or ())]
    reasons += [str(one.get("message") or one) for one in problem.get("problems") or ()]
    for one in problem.get("errors") or ():
        field = str(one.get("field", "")).removeprefix("body.").removeprefix("query.").removeprefix("path.")
        reasons.append(": ".join(filter(None, (field, str(one.get("message") or one.get("code") or "")))))
    return "; ".join(dict.fromkeys(reasons))


def _silence(where: str, error: BaseException | None) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"{where} does not answer: nothing is reached there"
    if isinstance(error, httpx.TimeoutException):
        return f"{where} does not answer in time"
    return f"{where} does not answer: the connection broke off"


def _is_json(answer: httpx.Response) -> bool:
    return "json" in answer.headers.get("content-type", "")


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
