"""Mails that say that one of ours did not arrive, as servers write them."""

REPORT = """\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{number}@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<{who}>: host mx2.example.org said: 550 5.1.1 User unknown

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 23 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; {who}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User
    unknown

--cut
Content-Type: {copy}

From: Larkhaven <hello@larkhaven.example>
To: <{who}>
Subject: Re: My permit
Message-ID: {id}

Come on Monday.
--cut--
"""

OLD = """\
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {to}
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: {who}
Message-ID: <{number}@mx.example.org>

A message that you sent could not be delivered.

  {who}
    host mx2.example.org: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

From: Larkhaven <hello@larkhaven.example>
Message-ID: {id}
Subject: Re: My permit

Come on Monday.
"""

COMPLAINT = """\
From: feedback@provider.example
To: hello@larkhaven.example
Subject: Email Feedback Report for IP 192.0.2.1
Message-ID: <{number}@provider.example>
MIME-Version: 1.0
Content-Type: multipart/{subtype}; report-type=feedback-report; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

This is an email abuse report for an email message received on 23 Nov 2026.

--cut
Content-Type: {type}

Feedback-Type: {kind}
User-Agent: Provider-FBL/1.0
Version: 1
{whom}
--cut
Content-Type: {copy}

From: Larkhaven <hello@larkhaven.example>
To: redacted@provider.example
Subject: Re: My permit
Message-ID: {id}

Come on Monday.
--cut--
"""


def complaint(
    *,
    id: str,
    kind: str = "abuse",
    subtype: str = "report",
    type: str = "message/feedback-report",
    copy: str = "message/rfc822",
    who: str = "",
    number: int = 1,
) -> str:
    """As RFC 5965 has it, and as far from that as is wished."""
    whom = f"Original-Rcpt-To: {who}\n" if who else ""
    return COMPLAINT.format(id=id, kind=kind, subtype=subtype, type=type, copy=copy, whom=whom, number=number)


def report(
    *,
    id: str,
    who: str = "wei@example.org",
    to: str = "hello@larkhaven.example",
    number: int = 1,
    action: str = "failed",
    copy: str = "message/rfc822",
) -> str:
    """As RFC 3464 has it."""
    return REPORT.format(id=id, who=who, to=to, number=number, action=action, copy=copy)


def old_report(*, id: str, who: str = "wei@example.org", to: str = "hello@larkhaven.example", number: int = 1) -> str:
    """As servers wrote before there was a form for it, and some still do."""
    return OLD.format(id=id, who=who, to=to, number=number)
