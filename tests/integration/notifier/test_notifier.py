"""The notifier on a real Postgres and an emulated SES: who has left, and who is written to."""

import email
import json
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import boto3
import psycopg
import pytest
from moto import mock_aws
from moto.sesv2.models import sesv2_backends

from frontdesk.adapters import aws_clients
from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.staff_replies import PostgresStaffReplies
from frontdesk.adapters.ses_mailer import SESMailer
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.mail import Mail, MailRefusedError
from notifier import app
from tests.support.callers import customer
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket
from tests.support.postgres import TestDatabase

pytestmark = pytest.mark.integration

ALICE = customer("alice")


@pytest.fixture
def rows(database: TestDatabase) -> DeskRows:
    return DeskRows(database)


@pytest.fixture
def store(agent_database: Database) -> PostgresStaffReplies:
    return PostgresStaffReplies(agent_database)


def an_answered_conversation(rows: DeskRows, **fields: Any) -> tuple[str, str]:
    """A conversation with a person's reply; returns both ids."""
    contact_email = fields.pop("contact_email", None)
    conversation = a_conversation(str(ALICE.subject), **fields)
    rows.add_conversation(conversation)
    with rows._database.owner() as connection:
        connection.execute("UPDATE conversations SET contact_email = %s WHERE id = %s",
                           (contact_email, conversation.id))  # fmt: skip
    rows.add_message(conversation.id, a_message("Where is my refund?"))
    reply = a_message("On its way — promised.", role="staff", minute=1)
    rows.add_message(conversation.id, reply)
    return conversation.id, reply.id


class TestStore:
    def test_a_customer_who_has_seen_the_reply_is_there(
        self, rows: DeskRows, store: PostgresStaffReplies, desk_database: Database
    ) -> None:
        conversation_id, message_id = an_answered_conversation(rows)
        before = store.find(conversation_id, message_id)

        PostgresConversationReads(desk_database).mark_read(ALICE, conversation_id, message_id)

        after = store.find(conversation_id, message_id)
        assert before is not None
        assert after is not None
        assert (before.was_read, after.was_read) == (False, True)

    def test_nobody_else_reads_for_the_owner(
        self, rows: DeskRows, store: PostgresStaffReplies, desk_database: Database
    ) -> None:
        conversation_id, message_id = an_answered_conversation(rows)

        PostgresConversationReads(desk_database).mark_read(
            customer("bob"), conversation_id, message_id
        )

        reply = store.find(conversation_id, message_id)
        assert reply is not None
        assert reply.was_read is False

    def test_a_later_reply_is_unread_and_reading_an_earlier_one_takes_nothing_back(
        self, rows: DeskRows, store: PostgresStaffReplies, desk_database: Database
    ) -> None:
        reads = PostgresConversationReads(desk_database)
        conversation_id, first = an_answered_conversation(rows)
        reads.mark_read(ALICE, conversation_id, first)
        second = a_message("And another thing", role="staff", minute=2)
        rows.add_message(conversation_id, second)
        unread = store.find(conversation_id, second.id)

        reads.mark_read(ALICE, conversation_id, second.id)
        reads.mark_read(ALICE, conversation_id, first)

        read = store.find(conversation_id, second.id)
        assert unread is not None
        assert read is not None
        assert (unread.was_read, read.was_read) == (False, True)

    def test_a_customer_who_has_written_since_is_there(
        self, rows: DeskRows, store: PostgresStaffReplies
    ) -> None:
        conversation_id, message_id = an_answered_conversation(rows)
        rows.add_message(conversation_id, a_message("Thanks!", minute=2))

        reply = store.find(conversation_id, message_id)
        assert reply is not None
        assert reply.was_read is True

    def test_the_customers_own_address_is_written_to_before_any_that_was_typed(
        self, rows: DeskRows, store: PostgresStaffReplies
    ) -> None:
        rows.add_customer("cust_alice", "alice@example.com")
        mine = an_answered_conversation(
            rows, customer_id="cust_alice", contact_email="typed@example.com"
        )
        guests = an_answered_conversation(rows, contact_email="typed@example.com", language="de")
        by_ticket = an_answered_conversation(rows)
        rows.add_ticket(
            a_ticket(None, conversation_id=by_ticket[0], contact_email="ticket@example.com",
                     number="FD-AAAAA")
        )  # fmt: skip
        nobodys = an_answered_conversation(rows)

        found = [store.find(*ids) for ids in (mine, guests, by_ticket, nobodys)]

        assert [(one.email, one.ticket_number, one.language) for one in found if one] == [
            ("alice@example.com", None, None),
            ("typed@example.com", None, "de"),
            ("ticket@example.com", "FD-AAAAA", None),
            (None, None, None),
        ]

    def test_only_a_persons_reply_is_found_and_only_in_its_conversation(
        self, rows: DeskRows, store: PostgresStaffReplies
    ) -> None:
        conversation_id, message_id = an_answered_conversation(rows)
        other, _ = an_answered_conversation(rows)
        note = a_message("careful", role="staff", internal=True, minute=3)
        rows.add_message(conversation_id, note)

        assert store.find(other, message_id) is None
        assert store.find(conversation_id, note.id) is None
        assert store.find(conversation_id, "msg_none") is None

    def test_a_mail_is_claimed_by_one_until_it_is_sent_or_given_up(
        self, rows: DeskRows, store: PostgresStaffReplies, database: TestDatabase
    ) -> None:
        reply = store.find(*an_answered_conversation(rows))
        assert reply is not None
        assert (store.claim(reply), store.claim(reply)) == (True, False)

        store.release(reply)
        assert store.claim(reply) is True
        with database.owner() as connection:
            connection.execute("UPDATE reply_mails SET claimed_until = now() - interval '1 s'")
        assert store.claim(reply) is True

        store.settle(reply)
        store.release(reply)
        with database.owner() as connection:
            connection.execute("UPDATE reply_mails SET claimed_until = now() - interval '1 s'")
        assert store.claim(reply) is False

    def test_the_desk_cannot_say_that_a_mail_was_sent(self, desk_database: Database) -> None:
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            desk_database.transaction(RowScope(staff=True)) as connection,
        ):
            connection.execute("UPDATE reply_mails SET sent_at = now()")


@pytest.fixture
def ses() -> Iterator[None]:
    with mock_aws():
        aws_clients.mail_client.cache_clear()
        boto3.client("sesv2").create_email_identity(EmailIdentity="cloudflow.com")
        yield
        aws_clients.mail_client.cache_clear()


def sent_mails() -> list[EmailMessage]:
    raw = sesv2_backends["123456789012"]["us-east-1"].core_backend.sent_messages
    return [email.message_from_string(message.raw_data, policy=policy.default) for message in raw]


class TestMailer:
    @pytest.fixture
    def mailer(self, ses: None) -> SESMailer:
        return SESMailer(aws_clients.mail_client(), "support@cloudflow.com", "CloudFlow, Inc.")

    def test_a_mail_says_what_it_is_to_say(self, mailer: SESMailer) -> None:
        mailer.send(Mail("john@example.com", "Grüße — 你好", "Hello\n\nThere ✓\n", "msg_1"))

        (mail,) = sent_mails()
        assert mail["From"] == '"CloudFlow, Inc." <support@cloudflow.com>'
        assert (mail["To"], mail["Subject"]) == ("john@example.com", "Grüße — 你好")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail.get_content().splitlines() == ["Hello", "", "There ✓"]

    @pytest.mark.parametrize(
        "address", ["john@example.com\nBcc: all@example.com", "no address", "a@b@c", ""]
    )
    def test_no_address_becomes_another_header(self, mailer: SESMailer, address: str) -> None:
        with pytest.raises(MailRefusedError):
            mailer.send(Mail(address, "Hello", "Text", "msg_1"))
        assert sent_mails() == []

    def test_no_subject_becomes_another_header(self, mailer: SESMailer) -> None:
        with pytest.raises(MailRefusedError):
            mailer.send(Mail("john@example.com", "Hello\nBcc: all@example.com", "Text", "msg_1"))

    def test_what_ses_refuses_is_told_from_what_it_cannot_do_now(self) -> None:
        from botocore.stub import Stubber

        client = boto3.client("sesv2")
        mailer = SESMailer(client, "support@cloudflow.com", "CloudFlow")
        mail = Mail("john@example.com", "Hello", "Text", "msg_1")
        with Stubber(client) as stub:
            stub.add_client_error("send_email", "BadRequestException")
            with pytest.raises(MailRefusedError):
                mailer.send(mail)
            # The second is what an account in the sandbox gets for every mail.
            for code in ("TooManyRequestsException", "MessageRejected"):
                stub.add_client_error("send_email", code)
                with pytest.raises(InfrastructureError):
                    mailer.send(mail)


class TestHandler:
    @pytest.fixture
    def function(
        self, ses: None, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[None]:
        for name, value in {
            "DATABASE_URL": database.agent_url,
            "MAIL_FROM": "support@cloudflow.com",
            "COMPANY_NAME": "CloudFlow",
            "PORTAL_URL": "https://help.example/",
            "POWERTOOLS_METRICS_NAMESPACE": "Frontdesk",
            "POWERTOOLS_SERVICE_NAME": "notifier",
        }.items():
            monkeypatch.setenv(name, value)
        app.build_mailer.cache_clear()
        app.build_metrics.cache_clear()
        yield
        app.build_mailer().replies._database.close()  # type: ignore[attr-defined]
        app.build_mailer.cache_clear()

    def test_one_event_twice_is_one_mail(
        self, function: None, rows: DeskRows, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows.add_customer("cust_alice", "alice@example.com")
        ids = an_answered_conversation(rows, customer_id="cust_alice")
        event = {"Records": [a_record("1", *ids), a_record("2", *ids)]}

        assert app.handler(event, None) == {"batchItemFailures": []}

        (mail,) = sent_mails()
        assert mail["To"] == "alice@example.com"
        assert "On its way — promised." in mail.get_content()
        output = capsys.readouterr().out
        assert '"RepliesMailed"' in output
        assert "alice@example.com" not in output
        assert "promised" not in output

    def test_what_cannot_be_read_comes_back_and_no_more(
        self, function: None, rows: DeskRows
    ) -> None:
        rows.add_customer("cust_alice", "alice@example.com")
        ids = an_answered_conversation(rows, customer_id="cust_alice")
        event = {"Records": [{"messageId": "odd", "body": "{}"}, a_record("good", *ids)]}

        assert app.handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
        assert len(sent_mails()) == 1

    def test_an_outage_brings_the_event_back(
        self, function: None, rows: DeskRows, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise InfrastructureError("SES is out of reach")

        rows.add_customer("cust_alice", "alice@example.com")
        record = a_record("1", *an_answered_conversation(rows, customer_id="cust_alice"))
        with monkeypatch.context() as patched:
            patched.setattr(SESMailer, "send", fail)
            failed = app.handler({"Records": [record]}, None)
        assert failed == {"batchItemFailures": [{"itemIdentifier": "1"}]}

        assert app.handler({"Records": [record]}, None) == {"batchItemFailures": []}
        assert len(sent_mails()) == 1


def a_record(record_id: str, conversation_id: str, message_id: str) -> dict[str, Any]:
    detail = {
        "event_id": "evt_1",
        "version": 1,
        "data": {"conversation_id": conversation_id, "message_id": message_id},
    }
    body = {"detail-type": "conversation.replied", "source": "frontdesk", "detail": detail}
    return {"messageId": record_id, "body": json.dumps(body)}
