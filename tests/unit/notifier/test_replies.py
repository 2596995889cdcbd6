"""Which replies are mailed, how often, and what a mail says."""

from dataclasses import replace

import pytest

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.mail import Mail, MailRefusedError, StaffReply
from notifier.replies import WORDINGS, Outcome, ReplyMailer

REPLY = StaffReply(
    message_id="msg_1",
    conversation_id="conv_1",
    content="We have refunded it.\n\nAll the best, Kim",
    was_read=False,
    email="john@startup.example",
)


class FakeReplies:
    """Implements ReplyStore."""

    def __init__(self, reply: StaffReply | None) -> None:
        self.reply = reply
        self.claimed = False
        self.mailed = False

    def find(self, conversation_id: str, message_id: str) -> StaffReply | None:
        return self.reply

    def claim(self, reply: StaffReply) -> bool:
        taken, self.claimed = self.claimed or self.mailed, True
        return not taken

    def release(self, reply: StaffReply) -> None:
        self.claimed = False

    def settle(self, reply: StaffReply) -> None:
        self.mailed = True


class FakeMailer:
    """Implements Mailer; raises `error` where there is one."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.error: Exception | None = None

    def send(self, mail: Mail) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(mail)


class Desk:
    def __init__(self, reply: StaffReply | None = REPLY, portal_url: str = "") -> None:
        self.replies, self.mailer = FakeReplies(reply), FakeMailer()
        self.counted: list[str] = []
        self._mailer = ReplyMailer(
            self.replies, self.mailer, self.counted.append, "CloudFlow", portal_url
        )

    def see_to(self) -> Outcome:
        return self._mailer.see_to("conv_1", "msg_1")


def test_a_reply_that_nobody_has_come_for_is_mailed() -> None:
    desk = Desk(portal_url="https://help.example/")

    assert desk.see_to() is Outcome.MAILED

    (mail,) = desk.mailer.sent
    assert mail.recipient == "john@startup.example"
    assert mail.subject == "CloudFlow has answered you"
    assert REPLY.content in mail.text
    assert "https://help.example/?conversation=conv_1\n" in mail.text
    assert desk.counted == ["RepliesMailed"]


def test_however_often_it_is_told_of_it_is_mailed_once() -> None:
    desk = Desk()

    outcomes = [desk.see_to() for _ in range(3)]

    assert outcomes == [Outcome.MAILED, Outcome.MAILED_BEFORE, Outcome.MAILED_BEFORE]
    assert len(desk.mailer.sent) == 1


@pytest.mark.parametrize(
    ("reply", "outcome", "counted"),
    [
        (None, Outcome.GONE, "RepliesGone"),
        (replace(REPLY, was_read=True), Outcome.READ, "RepliesRead"),
        (replace(REPLY, email=None), Outcome.NO_ADDRESS, "RepliesNoAddress"),
    ],
)
def test_what_needs_no_mail_gets_none(
    reply: StaffReply | None, outcome: Outcome, counted: str
) -> None:
    desk = Desk(reply)

    assert desk.see_to() is outcome
    assert desk.mailer.sent == []
    assert desk.replies.claimed is False
    assert desk.counted == [counted]


def test_what_could_not_be_sent_is_sent_later() -> None:
    desk = Desk()
    desk.mailer.error = InfrastructureError("SES is out of reach")
    with pytest.raises(InfrastructureError):
        desk.see_to()

    desk.mailer.error = None

    assert desk.see_to() is Outcome.MAILED


def test_an_address_that_is_refused_is_not_tried_again() -> None:
    desk = Desk()
    desk.mailer.error = MailRefusedError("SES refused")
    assert desk.see_to() is Outcome.REFUSED

    desk.mailer.error = None

    assert desk.see_to() is Outcome.MAILED_BEFORE


@pytest.mark.parametrize("language", sorted(WORDINGS))
def test_a_mail_is_in_the_customers_language_and_names_the_ticket(language: str) -> None:
    desk = Desk(replace(REPLY, language=f"{language}-XX", ticket_number="FD-7K2M9"))
    desk.see_to()

    (mail,) = desk.mailer.sent
    wording = WORDINGS[language]
    assert mail.subject == wording.subject.format(company="CloudFlow", ticket=" (FD-7K2M9)")
    assert mail.text.endswith(wording.no_reply + "\n")


def test_a_link_keeps_the_portals_own_query() -> None:
    desk = Desk(portal_url="https://help.example/?lang=en")
    desk.see_to()

    assert "https://help.example/?lang=en&conversation=conv_1" in desk.mailer.sent[0].text


def test_without_a_portal_there_is_no_link() -> None:
    desk = Desk(replace(REPLY, language="tlh"))
    desk.see_to()

    assert "conv_1" not in desk.mailer.sent[0].text
    assert WORDINGS["en"].link not in desk.mailer.sent[0].text
