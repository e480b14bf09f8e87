"""What serves intake's routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.intake.adapters.http.desk import Desk
from services.intake.application.idempotent_inputs import IdempotentInputs
from services.intake.application.inputs import InputReceiver
from shared.clock import Clock
from shared.runtime.callers import running
from shared.runtime.runtime import Runtime


def desk_of(request: Request) -> Desk:
    """What the routes of this process work with."""
    return request.app.state.desk


def receiver_of(request: Request) -> InputReceiver:
    """What takes inputs in here."""
    return request.app.state.receiver


def deliveries_of(request: Request) -> IdempotentInputs:
    """What takes an input once, however often it is sent."""
    return request.app.state.deliveries


def _clock(runtime: Annotated[Runtime, Depends(running)]) -> Clock:
    return runtime.clock


TheDesk = Annotated[Desk, Depends(desk_of)]
"""What the routes of this process work with."""
TheClock = Annotated[Clock, Depends(_clock)]
"""The service's clock."""
