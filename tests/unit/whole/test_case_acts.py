"""Whatever a person may do to a case at appeals, they may do at the gateway, with a body that appeals takes."""

from __future__ import annotations

from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from recoup_client.casework import CaseAct
from services.appeals.adapters.http import cases, documents, idr, misdirected
from services.gateway.adapters.http.casework import BODIES, Act

_CASE = "/v1/cases/{claim_id}/"


def taken_by_appeals() -> dict[str, Any]:
    """The body of each act on one case, by the act's name."""
    routers = (cases.router, documents.router, idr.router, misdirected.router)
    routes = [r for router in routers for r in router.routes if isinstance(r, APIRoute)]
    acts = [r for r in routes if r.methods == {"POST"} and r.path.startswith(_CASE) and "{" not in r.path[len(_CASE) :]]
    return {r.path[len(_CASE) :]: r.dependant.body_params[0].field_info.annotation for r in acts}


def test_every_act_on_a_case_is_passed_on_and_known_to_the_client() -> None:
    known = set(taken_by_appeals())
    assert len(known) > 15
    assert set(get_args(Act)) == set(get_args(CaseAct)) == set(BODIES) == known


def test_the_example_of_each_act_is_a_body_that_appeals_takes() -> None:
    for act, body in taken_by_appeals().items():
        TypeAdapter(body).validate_python(BODIES[act])  # type: ignore[index]
