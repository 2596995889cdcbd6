"""The life of a turn: taken up, answered, committed, published, acknowledged; each of them once.

::

    delivered ─► hidden while it is worked on ─► begun (crashes are counted)
        │ committed already ──────────────────────────────────┐
        ▼                                                     ▼
    taken up ─► window ─► route ─► specialist ─► commit ─► publish ─► acknowledged
        │           the model fails: a degraded answer, same turn
        ├── the infrastructure fails: hidden for a while, delivered again
        └── the message is at fault: recorded failed, copied to the DLQ, acknowledged
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agent_worker import addresses, others, phrases
from agent_worker.addresses import answer_to_address
from agent_worker.budget import TurnBudget
from agent_worker.citations import clipped
from agent_worker.cleaning import storable
from agent_worker.consent import Settled, declines_offer, settle
from agent_worker.languages import spoken_in
from agent_worker.memory import make_window
from agent_worker.model_session import ModelSession
from agent_worker.others import answer_about_others
from agent_worker.routing.cues import escalating_cue
from agent_worker.routing.router import RouteSource
from agent_worker.stages import SETTLED_SECONDS, StageReporter
from agent_worker.team import Reply, Team
from agent_worker.telemetry import Telemetry
from agent_worker.tools.toolbox import Toolbox
from frontdesk.domain.actions import NO_ACTIONS, ActionPolicy
from frontdesk.domain.backoff import backoff
from frontdesk.domain.conversation import (
    CONVERSATION_CLOSED,
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    Turn,
    concerns_people,
)
from frontdesk.domain.errors import (
    ErasedError,
    InfrastructureError,
    MessageError,
    TurnConflictError,
)
from frontdesk.domain.handover import CUE
from frontdesk.domain.model import ModelPrice
from frontdesk.domain.task import (
    AgentName,
    QueuedMessage,
    Route,
    RouteLabel,
    Stage,
    TaskError,
    TaskResult,
    TaskStatus,
    Timings,
    Usage,
)
from frontdesk.domain.ticket_policy import TicketPolicy
from frontdesk.domain.tickets import USUAL
from frontdesk.limiting import TokenBudget
from frontdesk.ports import (
    AccountReader,
    ChatDelivery,
    ChatModel,
    Clock,
    ConversationStore,
    KnowledgeSearch,
    TaskPublisher,
)

VISIBILITY_MARGIN_SECONDS = 5
"""Past the function's own end, so that no second worker runs beside one that is still alive."""

MAX_CRASHES = 3
"""A message that took its worker down three times will do so a fourth time."""

FIRST_BACKOFF_SECONDS = 2
MAX_BACKOFF_SECONDS = 60
"""An outage ends some time; a minute more of waiting is not noticed then."""

CRASH_BACKOFF_SECONDS = 5
"""After an error nobody foresaw: soon, because three of them settle the matter."""

MAX_TRIES_OF_A_TURN = 2
"""A conversation that moves twice while it is answered is being written in by a person."""

SUBJECT_LINE_CHARACTERS = 80
"""A conversation is called after its first words; this fits one line of a list."""

CRASHED = f"crashed its worker {MAX_CRASHES} times"
PROCESSING_FAILED = TaskError.of("processing-failed", "The message could not be processed")
INVALID_MESSAGE = TaskError.of("invalid-message", "The message could not be accepted")
ERASED = TaskError.of("erased", "The conversation was erased")


class PoisonMessageError(MessageError):
    """A message that crashed its worker as often as may be."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A queued message as it was delivered.

    Attributes:
        message_id: The queue's own name for it.
        group_id: Its message group, which is its conversation.
        receive_count: How often it was delivered, this time included.
    """

    body: str
    message_id: str
    receipt_handle: str
    group_id: str
    receive_count: int


@dataclass(frozen=True)
class TurnWorker:
    """Answers one queued message at a time.

    Attributes:
        store: Conversations and turns.
        tasks: The tasks table.
        delivery: The queue, as far as a held message goes.
        accounts: Opens the account of a message's sender.
        knowledge: The knowledge base.
        model: The language model.
        team: Who answers.
        prices: Prices by model name.
        daily_budget: How many tokens a day may cost.
        clock: Tells the time.
        telemetry: Where all of it is seen.
        executor: Runs what the turn does not wait for, one after the other.
        publish_events: Brings the domain events that were committed to the bus; never raises.
        window_size: How many messages the agents remember.
        stage_settled_seconds: How long a stage must last to be told.
        agents_enabled: False silences all agents.
        actions: What the agents may propose to customers.
        ticket_policy: By when tickets are answered, and by whom.
        answer_confidence: How likely passages have to answer what was asked, to be shown.
    """

    store: ConversationStore
    tasks: TaskPublisher
    delivery: ChatDelivery
    accounts: Callable[[QueuedMessage], AccountReader]
    knowledge: KnowledgeSearch
    model: ChatModel
    team: Team
    prices: Mapping[str, ModelPrice]
    daily_budget: TokenBudget
    clock: Clock
    telemetry: Telemetry
    executor: Executor
    publish_events: Callable[[], object]
    window_size: int
    stage_settled_seconds: float = SETTLED_SECONDS
    agents_enabled: bool = True
    actions: ActionPolicy = NO_ACTIONS
    answer_confidence: float = 0.0
    ticket_policy: TicketPolicy = USUAL

    def handle(self, delivered: Delivery, remaining_seconds: Callable[[], float]) -> bool:
        """Sees a delivered message through to its orderly end, or gives it back.

        Args:
            delivered: The message.
            remaining_seconds: What is left of the function's time.

        Returns:
            True where the message is done with; False where it is to be delivered again.
        """
        held_for = int(remaining_seconds()) + VISIBILITY_MARGIN_SECONDS
        try:
            message = _parse(delivered.body)
        except MessageError as error:
            self._hide(delivered, held_for)
            return self._reject(delivered, error)
        with self.telemetry.for_message(
            correlation_id=message.correlation_id,
            task_id=message.task_id,
            conversation_id=message.conversation_id,
        ):
            self._hide(delivered, held_for)
            try:
                self._see_through(message, delivered, remaining_seconds)
            except InfrastructureError as error:
                self._give_back(message, delivered, error)
                return False
            except Exception as error:  # noqa: BLE001 - counted as a crash; the third is the last
                self.telemetry.problem("turn.crashed", error)
                self.telemetry.count("TurnCrashes")
                self._hide(delivered, CRASH_BACKOFF_SECONDS)
                return False
            return True

    def _see_through(
        self,
        message: QueuedMessage,
        delivered: Delivery,
        remaining_seconds: Callable[[], float],
    ) -> None:
        attempt = self.tasks.begin(message.task_id)
        if attempt == 0:
            self.telemetry.event("turn.ended_already")
            return
        started = self.clock()
        result = None
        # Who is the first to have the message need not look for what others committed.
        if attempt > 1 or delivered.receive_count > 1:
            result = self.store.committed_result(message.conversation_id, message.task_id)
        if result is None:
            try:
                if attempt > MAX_CRASHES:
                    raise PoisonMessageError(CRASHED)
                result = self._answer(message, TurnBudget(remaining_seconds()), started)
            except ErasedError:
                result = self._forget(message, started)
            except MessageError as error:
                result = self._fail(message, delivered, error, started)
        self._publish(message, result)

    def _answer(self, message: QueuedMessage, budget: TurnBudget, started: datetime) -> TaskResult:
        for _ in range(MAX_TRIES_OF_A_TURN):
            conversation = self._take_up(message)
            self.telemetry.event("turn.taken_up", version=conversation.version)
            turn = self._make_turn(message, conversation, budget, started)
            try:
                return self.store.commit(turn)
            except TurnConflictError:
                self.telemetry.count("TurnConflicts")
                self.telemetry.event("turn.conflict", read_version=turn.read_version)
        raise InfrastructureError("the conversation moved again and again")

    def _make_turn(
        self,
        message: QueuedMessage,
        conversation: Conversation,
        budget: TurnBudget,
        started: datetime,
    ) -> Turn:
        if conversation.status is ConversationStatus.CLOSED:
            closed = self._ended(message, TaskStatus.FAILED, started, CONVERSATION_CLOSED)
            return self._turn(message, conversation, closed)
        if conversation.handler is Handler.HUMAN or not self.agents_enabled:
            handed_off = self._ended(message, TaskStatus.HANDED_OFF, started)
            return self._turn(message, conversation, handed_off)
        address_noted = message.stated_email in {conversation.contact_email} - {None}
        if message.contact_email is None:
            message = message.model_copy(update={"contact_email": conversation.contact_email})
        recent = self._recent(conversation)
        window = make_window(recent, task_id=message.task_id, text=message.text)
        # Read beside the search for a route: whose result nobody waits for before the first call.
        left = self.executor.submit(self.daily_budget.left, message.counted_as)
        session = ModelSession(
            self.model, budget, self.prices, self.telemetry, tokens_left=left.result
        )
        stages = StageReporter(
            self.tasks,
            message.task_id,
            self.executor,
            settled_seconds=self.stage_settled_seconds,
        )
        toolbox = self._toolbox(message, stages)
        toolbox.address_noted = address_noted
        company = self.team.prompts.company_name
        try:
            settled = settle(
                message,
                conversation,
                window,
                lambda: self.store.pending_action(conversation.id),
                toolbox,
                self.actions,
                self.clock(),
            )
            if settled.reply is not None:
                reply = _settled_reply(settled.reply, settled)
            elif (said := answer_to_address(message, window, noted=address_noted)) is not None:
                reply = _own_reply(said, RouteLabel.FAQ, addresses.REASONING)
            elif (said := answer_about_others(message, window, toolbox, company)) is not None:
                reply = _own_reply(said, RouteLabel.ORDER, others.REASONING)
            elif declines_offer(window):
                says = (spoken_in(message.language, window.written) or phrases.ENGLISH).phrases
                reply = _own_reply(says["anything_else"], RouteLabel.FAQ, "A plain no.")
            else:
                reply = self.team.answer(message, window, session, toolbox, started)
        finally:
            stages.finish()
        self._note_answer(reply, session.usage)
        result = self._completed(message, reply, session.usage, started).model_copy(
            update={"proposed_action": toolbox.proposal}
        )
        return Turn(
            task_id=message.task_id,
            conversation_id=conversation.id,
            read_version=conversation.version,
            result=result,
            intents=tuple(toolbox.intents),
            confirmation=settled.confirmation,
            drops=settled.drops,
            trace=storable(reply.trace | _cue(message)),
        )

    def _recent(self, conversation: Conversation) -> list[Message]:
        if conversation.message_count == 1 and conversation.previous_conversation_id is None:
            return []  # Nothing was said before the first message.
        return self.store.recent_messages(conversation.id, limit=self.window_size)

    def _toolbox(self, message: QueuedMessage, on_stage: Callable[[Stage], None]) -> Toolbox:
        return Toolbox(
            message=message,
            accounts=self.accounts(message),
            knowledge=self.knowledge,
            find_open_ticket=lambda: self.store.open_ticket(message.conversation_id),
            clock=self.clock,
            telemetry=self.telemetry,
            on_stage=on_stage,
            actions=self.actions,
            answer_confidence=self.answer_confidence,
            policy=self.ticket_policy,
        )

    def _turn(self, message: QueuedMessage, conversation: Conversation, result: TaskResult) -> Turn:
        return Turn(
            task_id=message.task_id,
            conversation_id=message.conversation_id,
            read_version=conversation.version,
            result=result,
            trace=_cue(message),
        )

    def _completed(
        self, message: QueuedMessage, reply: Reply, usage: Usage, started: datetime
    ) -> TaskResult:
        ended = self._ended(message, TaskStatus.COMPLETED, started)
        timings = ended.timings_ms.model_copy(
            update={name: reply.timings.get(name, 0) for name in ("routing", "answering")}
        )
        return ended.model_copy(
            update={
                "agent": reply.agent,
                "route": reply.route,
                "response": reply.text,
                "citations": reply.citations,
                "records": reply.records,
                "degraded": reply.degraded,
                "usage": usage,
                "timings_ms": timings,
            }
        )

    def _ended(
        self,
        message: QueuedMessage,
        status: TaskStatus,
        started: datetime,
        error: TaskError | None = None,
    ) -> TaskResult:
        now = self.clock()
        return TaskResult(
            status=status,
            completed_at=now,
            timings_ms=Timings(
                queued=_milliseconds(message.accepted_at, started),
                total=_milliseconds(message.accepted_at, now),
            ),
            error=error,
        )

    def _publish(self, message: QueuedMessage, result: TaskResult) -> None:
        published = self.tasks.publish(message.task_id, message.conversation_id, result)
        if concerns_people(result):
            self.publish_events()
        if published:
            self.telemetry.count_result(result)
        self.telemetry.event(
            "turn.published",
            status=result.status,
            first_time=published,
            total_ms=result.timings_ms.total,
        )
        if published:
            # Nobody waits for it any more.
            usage = result.usage
            self.daily_budget.spend(message.counted_as, usage.input_tokens + usage.output_tokens)

    def _note_answer(self, reply: Reply, usage: Usage) -> None:
        self.telemetry.event(
            "turn.answered",
            agent=reply.agent,
            route=reply.route.agent,
            confidence=reply.route.confidence,
            source=reply.trace["route"]["source"],
            degraded=reply.degraded,
            llm_calls=usage.llm_calls,
            routing_ms=reply.timings.get("routing", 0),
            answering_ms=reply.timings.get("answering", 0),
        )

    def _fail(
        self,
        message: QueuedMessage,
        delivered: Delivery,
        error: MessageError,
        started: datetime,
    ) -> TaskResult:
        """Records a message as failed where staff and customer see it, and keeps it for people."""
        self.telemetry.problem("turn.failed", error, reason=str(error))
        if not isinstance(error, PoisonMessageError):
            self._set_aside(message, delivered, str(error))
            return self._ended(message, TaskStatus.FAILED, started, INVALID_MESSAGE)
        result = self._ended(message, TaskStatus.FAILED, started, PROCESSING_FAILED)
        try:
            conversation = self._try_to_take_up(message)
            # Before it is committed: housekeeping publishes what is, and then nobody comes back.
            self._set_aside(message, delivered, str(error))
            return (
                result
                if conversation is None
                else self._commit_failure(message, conversation, result)
            )
        except ErasedError:
            return self._forget(message, started)

    def _set_aside(self, message: QueuedMessage, delivered: Delivery, reason: str) -> None:
        self.delivery.set_aside(
            delivered.body,
            conversation_id=message.conversation_id,
            # The same for every delivery of it, and another one once people sent it again.
            deduplication_id=delivered.message_id,
            reason=reason,
        )

    def _forget(self, message: QueuedMessage, started: datetime) -> TaskResult:
        """Ends the task of a message that must not come back, and keeps no copy for people."""
        self.telemetry.event("turn.erased")
        return self._ended(message, TaskStatus.FAILED, started, ERASED)

    def _try_to_take_up(self, message: QueuedMessage) -> Conversation | None:
        """Takes a message up, unless that is just what crashes."""
        try:
            return self._take_up(message)
        except (InfrastructureError, ErasedError):
            raise
        except Exception as error:  # noqa: BLE001 - the task is still to be told that it failed
            self.telemetry.problem("turn.failure_not_taken_up", error)
            return None

    def _commit_failure(
        self, message: QueuedMessage, conversation: Conversation, result: TaskResult
    ) -> TaskResult:
        """Commits the failed turn, unless that is just what crashes."""
        try:
            return self.store.commit(self._turn(message, conversation, result))
        except (InfrastructureError, ErasedError):
            raise
        except Exception as error:  # noqa: BLE001 - the task is still to be told that it failed
            self.telemetry.problem("turn.failure_not_committed", error)
            return result

    def _take_up(self, message: QueuedMessage) -> Conversation:
        conversation = self.store.take_up(
            message, subject_line=clipped(message.text, SUBJECT_LINE_CHARACTERS)
        )
        former, owner = message.claimed_subject, message.principal.subject
        if former is not None and owner is not None:
            for conversation_id in self.store.taken_along(message):
                self.tasks.hand_on(conversation_id, former=former, owner=owner)
        return conversation

    def _reject(self, delivered: Delivery, error: MessageError) -> bool:
        """Sets aside what cannot be parsed; ends its task where it names one."""
        task_id, conversation_id = _named_ids(delivered.body)
        self.telemetry.problem("message.rejected", error)
        try:
            self.delivery.set_aside(
                delivered.body,
                conversation_id=delivered.group_id,
                deduplication_id=task_id or delivered.message_id,
                reason=str(error),
            )
            if task_id is not None and conversation_id is not None:
                now = self.clock()
                result = TaskResult(
                    status=TaskStatus.FAILED, completed_at=now, error=INVALID_MESSAGE
                )
                if self.tasks.publish(task_id, conversation_id, result):
                    self.telemetry.count_result(result)
        except InfrastructureError as failure:
            self.telemetry.problem("message.reject_failed", failure)
            self._hide(delivered, _backoff(delivered.receive_count))
            return False
        return True

    def _give_back(
        self, message: QueuedMessage, delivered: Delivery, error: InfrastructureError
    ) -> None:
        """Lets the queue deliver a message again when the outage may be over."""
        self.telemetry.problem("turn.put_off", error, receive_count=delivered.receive_count)
        self.telemetry.count("InfrastructureRetries")
        try:
            self.tasks.release(message.task_id)
        except InfrastructureError as failure:
            # Not taken back, so it counts as a crash; an outage of this table begins nothing.
            self.telemetry.problem("turn.release_failed", failure)
        self._hide(delivered, _backoff(delivered.receive_count))

    def _hide(self, delivered: Delivery, seconds: int) -> None:
        try:
            self.delivery.hide(delivered.receipt_handle, seconds)
        except InfrastructureError as error:
            # The queue's own visibility timeout then does the same, only later.
            self.telemetry.problem("message.not_hidden", error)


def _cue(message: QueuedMessage) -> dict[str, str]:
    """What people see of a message's mood who take the conversation over."""
    cue = escalating_cue(message.text)
    return {CUE: cue} if cue else {}


def _settled_reply(text: str, settled: Settled) -> Reply:
    """The reply to what was proposed before; nobody had to be asked what to say."""
    route = Route(agent=RouteLabel.ORDER, confidence=1.0, reasoning=settled.reasoning)
    return Reply(
        agent=AgentName.ORDER,
        route=route,
        text=text,
        citations=(),
        records=settled.records,
        degraded=False,
        trace={
            "route": {**route.model_dump(mode="json"), "source": "proposal"},
            "confirmed_action": settled.confirmation.token if settled.confirmation else None,
            "dropped_action": settled.drops,
        },
    )


def _own_reply(text: str, label: RouteLabel, reasoning: str) -> Reply:
    """A reply that is not left to any model: who may see what, and how a no is taken."""
    route = Route(agent=label, confidence=1.0, reasoning=reasoning)
    return Reply(
        agent=AgentName(label),
        route=route,
        text=text,
        citations=(),
        records=(),
        degraded=False,
        trace={"route": {**route.model_dump(mode="json"), "source": RouteSource.KEYWORDS.value}},
    )


def _parse(body: str) -> QueuedMessage:
    try:
        return QueuedMessage.model_validate_json(body)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) or "JSON" for item in error.errors()})
        raise MessageError(f"the message cannot be parsed: {', '.join(fields)}") from None


def _named_ids(body: str) -> tuple[str | None, str | None]:
    """What a message that cannot be parsed may still tell of its task."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return None, None
    if not isinstance(content, dict):
        return None, None
    task_id, conversation_id = content.get("task_id"), content.get("conversation_id")
    return (
        task_id if isinstance(task_id, str) else None,
        conversation_id if isinstance(conversation_id, str) else None,
    )


def _backoff(receive_count: int) -> int:
    return int(backoff(receive_count, first=FIRST_BACKOFF_SECONDS, longest=MAX_BACKOFF_SECONDS))


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
