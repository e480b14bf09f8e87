"""Filing by e-mail: one message to the payer's notice address, over TLS only, known again by its Message-ID."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.utils import format_datetime

from services.appeals.application.ports import Package, SendFailed

_LASTING = range(500, 600)


class Mailbox:
    """Sends packages through one SMTP server. `connect` opens a connection that has not yet spoken TLS.

    The message itself carries no patient data beside the attached papers; its Message-ID is the package's key, so that
    a repeated message is recognised by the recipient's server and by people.
    """

    name = "mail"

    def __init__(self, host: str, port: int, sender: str, *, connect: Callable[[], smtplib.SMTP] | None = None) -> None:
        self._sender = sender
        self._connect = connect or (lambda: smtplib.SMTP(host, port, timeout=30))

    async def send(self, package: Package) -> str:
        """The proof is the Message-ID that the server accepted."""
        recipient = package.recipient.get("to", "")
        if recipient.count("@") != 1 or any(c in recipient for c in " ,\r\n"):
            raise SendFailed("the payer's profile has no single e-mail address for this filing", passing=False)
        message = self._message(package, recipient)
        try:
            await asyncio.to_thread(self._deliver, message)
        except smtplib.SMTPRecipientsRefused:
            raise SendFailed("mail: the recipient was refused", passing=False) from None
        except smtplib.SMTPResponseException as error:
            raise SendFailed(f"mail: SMTP {error.smtp_code}", passing=error.smtp_code not in _LASTING) from None
        except (OSError, smtplib.SMTPException) as error:
            raise SendFailed(f"mail: {type(error).__name__}", passing=True) from None
        return str(message["Message-ID"])

    def _message(self, package: Package, recipient: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = recipient
        message["Subject"] = f"{package.forum.replace('_', ' ').capitalize()}: {package.key}"
        message["Date"] = format_datetime(datetime.combine(package.filed_on, time(12), UTC))
        message["Message-ID"] = f"<{package.key}@{self._sender.rpartition('@')[2]}>"
        message.set_content("The papers of this filing are attached.")
        for paper in package.papers:
            message.add_attachment(paper.pdf, maintype="application", subtype="pdf", filename=f"{paper.kind}.pdf")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        with self._connect() as server:
            server.starttls(context=ssl.create_default_context())
            server.send_message(message)
