"""DNS queries and replies: built and parsed by dnspython, checked by us.

Sources: RFC 1035, RFC 5452 section 9 (which answers to matching_reply).
"""

from typing import TYPE_CHECKING

from posdiag.model.questions.wire import DnsReply, Lookup

if TYPE_CHECKING:
    from dns.message import Message

ALIASES = 16  # CNAMEs that are followed, loops included
ADDRESSES = 64  # addresses that are kept
TEXTS = 20  # texts that are kept
TEXT = 300  # characters of each


def query(question: Lookup) -> "Message | None":
    """The message to send; None for a name that DNS cannot carry.

    Without EDNS: it is what terminals send, some old forwarders choke on it, and an
    answer that does not fit into 512 bytes is fetched by TCP.
    """
    import dns.exception
    import dns.message
    import dns.rdataclass

    rdclass = dns.rdataclass.CH if question.chaos else dns.rdataclass.IN
    try:
        made = dns.message.make_query(
            question.name, question.kind, rdclass, use_edns=False
        )
        made.to_wire()
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None
    return made


def matching_reply(sent_query: "Message", data: bytes) -> "Message | None":
    """The reply in `data` if it answers our query, else None."""
    import dns.exception
    import dns.message

    if data[:2] != sent_query.id.to_bytes(2, "big"):
        return None  # spares the parsing of a flood
    try:
        found = dns.message.from_wire(data, ignore_trailing=True)
    # ValueError: names and addresses that the record types themselves refuse.
    except (dns.exception.DNSException, ValueError):
        return None
    return found if sent_query.is_response(found) else None


def truncated(found: "Message") -> bool:
    import dns.flags

    return bool(found.flags & dns.flags.TC)


def reply(
    question: Lookup,
    sent_query: "Message",
    found: "Message",
    seconds: float,
    tries: int,
) -> DnsReply:
    import dns.rcode

    records = _records(sent_query, found)
    texts = question.kind == "TXT"
    return DnsReply(
        outcome="ok",
        rcode=dns.rcode.to_text(found.rcode()),
        addresses=() if texts else tuple(records[:ADDRESSES]),
        seconds=seconds,
        tries=tries,
        texts=tuple(record[:TEXT] for record in records[:TEXTS]) if texts else (),
    )


def _records(sent_query: "Message", found: "Message") -> list[str]:
    """The records of the wanted type, behind the CNAMEs of the same reply."""
    import dns.rdatatype

    wanted = sent_query.question[0]
    name = wanted.name
    for _ in range(ALIASES):
        here = found.get_rrset(found.answer, name, wanted.rdclass, wanted.rdtype)
        if here:
            return [
                b"".join(r.strings).decode("utf-8", "replace")
                if wanted.rdtype == dns.rdatatype.TXT
                else str(r.address)
                for r in here
            ]
        alias = found.get_rrset(found.answer, name, wanted.rdclass, dns.rdatatype.CNAME)
        if not alias:
            return []
        name = alias[0].target
    return []
