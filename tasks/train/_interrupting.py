"""A flow run that is suspended or cancelled in Prefect while its training runs is left with a checkpoint."""

from __future__ import annotations

import asyncio
import threading
from typing import NoReturn
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort, Pause
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Cancelled

LOOK_SECONDS = 5.0
"""Between two looks at the flow run's state, which is all that tells a process of a suspension."""

ANSWER_SECONDS = 10.0


class FlowRunCancelled(Abort):
    """Ends a flow run that has been given its last state, which its log then tells."""

    def __init__(self, reason: str, state: State) -> None:
        super().__init__(reason)
        self.state = state


class Interruption:
    """Sees that others have taken this process's flow run out of its hands.

    Args:
        stop: set as soon as they have.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._run_count = flow_run.run_count or 0
        self._own, self._root = flow_run.id, ""
        self._told = False
        self.state: State | None = None
        """Into which the flow run was put; None while it is ours."""
        self.reason = ""
        """In words."""

    async def keep_looking(self) -> None:
        """Until there is something to see, or this is cancelled."""
        while self.state is None:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """At the flow run, and at the one that people see if this is a part of it.

        A server that is silent, or does not know the flow run any more, changes nothing.
        """
        if not self._own or self.state is not None:
            return
        try:
            self._root = self._root or await asyncio.to_thread(lambda: flow_run.root_flow_run_id)
            async with asyncio.timeout(ANSWER_SECONDS), get_client() as client:
                for each in dict.fromkeys((self._own, self._root)):
                    self._judge(await client.read_flow_run(UUID(each)))
            self._told = False
        except Exception as error:  # noqa: BLE001 - of Prefect's API, whatever it raises
            if not self._told:
                get_run_logger().warning("the training goes on; Prefect cannot be asked: %s", error)
            self._told = True

    async def leave(self) -> NoReturn:
        """End this process's part of the flow run, which stays as others have put it.

        Raises:
            Pause: it was suspended, or resumed in another process since.
            FlowRunCancelled: it was cancelled.
        """
        assert self.state is not None
        assert self._own
        if not self.state.is_cancelling():
            raise Pause(self.reason, state=self.state)
        state = Cancelled(message=self.reason)
        async with get_client() as client:
            await client.set_flow_run_state(UUID(self._own), state, force=True)
        raise FlowRunCancelled(self.reason, state)

    def _judge(self, found: FlowRun) -> None:
        if self.state is None and (reason := self._taken(found)):
            self.state, self.reason = found.state, reason
            get_run_logger().info("%s", reason)
            self._stop.set()

    def _taken(self, found: FlowRun) -> str:
        """Why it is not ours any more; empty while it is."""
        state = found.state
        if state is None:
            return ""
        if state.is_paused() and state.state_details.pause_reschedule:
            how = "Resume" if found.deployment_id else "the same training id"  # which a terminal can be given
            return f"suspended; {how} goes on from its last checkpoint"
        is_ours = str(found.id) == self._own
        if is_ours and (state.is_scheduled() or state.is_pending() or found.run_count > self._run_count):
            return "suspended, and resumed since: another process goes on with it"
        if is_ours and state.is_cancelling() and (found.deployment_id is None or self._stop.is_set()):
            return "cancelled; the same training id goes on from its last checkpoint"
        return ""  # cancelled in a deployment: its worker sends SIGTERM, and so sets `stop`
