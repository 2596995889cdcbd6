"""All routes of the support API, put together."""

from support_api import chat_description
from support_api.api import Api
from support_api.audit import add_audit_route
from support_api.conversation_changes import add_conversation_change_routes
from support_api.conversations import add_conversation_routes
from support_api.description import add_description_route
from support_api.document_versions import add_document_version_routes
from support_api.feedback import add_feedback_route
from support_api.gaps import add_gap_route
from support_api.handovers import add_handover_route
from support_api.health import add_health_route
from support_api.knowledge import add_knowledge_routes
from support_api.me import add_me_route
from support_api.metrics import add_metrics_routes
from support_api.personal_data import add_personal_data_routes
from support_api.ports import Desk
from support_api.preview import add_preview_route
from support_api.records import add_record_routes
from support_api.ticket_changes import add_ticket_change_routes
from support_api.ticket_comments import add_ticket_comment_routes
from support_api.tickets import add_ticket_routes


def build_api(desk: Desk) -> Api:
    """Makes the resolver with every route.

    Args:
        desk: What the routes reach the world through.

    Returns:
        The resolver.
    """
    api = Api(desk.audit)
    add_health_route(api, desk)
    add_description_route(api)
    add_me_route(api)
    add_conversation_routes(api, desk)
    add_conversation_change_routes(api, desk)
    add_handover_route(api, desk)
    add_feedback_route(api, desk)
    add_ticket_routes(api, desk)
    add_ticket_change_routes(api, desk)
    add_ticket_comment_routes(api, desk)
    add_metrics_routes(api, desk)
    # Before the routes of single documents: "gaps" is none.
    add_gap_route(api, desk)
    add_knowledge_routes(api, desk)
    add_document_version_routes(api, desk)
    add_preview_route(api, desk)
    add_record_routes(api, desk)
    add_personal_data_routes(api, desk)
    add_audit_route(api, desk)
    for path, operations in chat_description.PATHS.items():
        for method in operations:
            api.answered_elsewhere(method.upper(), path)
    return api
