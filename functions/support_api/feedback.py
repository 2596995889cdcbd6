"""The route that rates an answer."""

from dataclasses import dataclass

from frontdesk.domain.errors import ConflictError
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.inputs import Feedback
from support_api.ports import Desk


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A task of the caller's.

    Attributes:
        is_rateable: False while there is nothing to rate.
    """

    is_rateable: bool


def add_feedback_route(api: Api, desk: Desk) -> None:
    """Adds ``POST /api/chat/{task_id}/feedback``.

    Args:
        api: The resolver.
        desk: What the route reaches the world through.
    """

    @api.operation(
        "POST",
        "/api/chat/<task_id>/feedback",
        Rule(
            Access.ANYONE,
            find=lambda owner, task_id: find_own_task(desk, owner, task_id),
            audited="task.rate",
            object_kind="task",
            conflicts=True,
        ),
        status_code=204,
        summary="Rate an answer",
        description="Once it is there; a later rating replaces an earlier one.",
        operation_id="rateAnswer",
        tags=["chat"],
    )
    def rate_answer(task_id: str, body: Feedback) -> None:
        rated = api.found(OwnTask).is_rateable and desk.ratings.rate(
            api.principal, task_id, body.rating, body.comment, desk.clock()
        )
        if not rated:
            raise ConflictError("There is no answer to rate yet.")


def find_own_task(desk: Desk, owner: Principal, task_id: str) -> OwnTask | None:
    """Finds a task for whom it belongs to; staff have no part in rating others' answers.

    Args:
        desk: Where to look.
        owner: The caller.
        task_id: The task; any text a caller may send.

    Returns:
        The task, or None where the caller has none such.
    """
    if owner.subject is None:
        return None
    if desk.ratings.is_rateable(owner, task_id):
        return OwnTask(is_rateable=True)
    found = desk.tasks.get(task_id)
    if found is None:
        return None
    task, owner_subject = found
    # A guest who signed in has the conversation, and so its tasks.
    owners = (owner_subject, desk.tasks.conversation_owner(task.conversation_id))
    return OwnTask(is_rateable=False) if any(map(owner.owns, owners)) else None
