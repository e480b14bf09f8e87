"""What each principal may do on the log: the least that its work needs.

Which topics a service writes follows from the contracts of its events; which it reads is said here, and a service
whose principal may not read what it subscribes to does not come up (tests run all of them under these rights).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from shared.db.provision import SERVICES
from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
    contracts,
)
from shared.runtime.topics import TOPICS
from shared.settings import MAX_MESSAGE_BYTES

Kind = Literal["topic", "group", "cluster"]
_READS = {
    "intake": (EDI_INBOUND_TOPIC, CLAIMS_TOPIC),
    "benchmark": (CLAIMS_TOPIC,),
    "appeals": (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC),
    "settlement": (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC),
    "gateway": (CLAIMS_TOPIC, DEAD_LETTER_TOPIC),
}
_ALL = tuple(topic.name for topic in TOPICS)
PROVISION = "recoup-provision"
"""The principal of `python -m recoup.provision`, the only one that may make topics."""


class Right(msgspec.Struct, frozen=True):
    """Operations that are allowed on one resource, or on all whose name begins so."""

    kind: Kind
    name: str
    operations: tuple[str, ...]
    prefix: bool = False


class Principal(msgspec.Struct, frozen=True):
    """One user of the brokers, with all it may do; everything else is refused."""

    name: str
    rights: tuple[Right, ...]


def principals(
    *, senders: Sequence[str] = (), payers: Sequence[str] = (), listeners: Sequence[str] = ()
) -> list[Principal]:
    """The principals of an installation.

    Args:
        senders: users of systems that put inputs on `edi.inbound` and read their answers.
        payers: users of systems that put what payers say on `payer.inbound`.
        listeners: users of systems that subscribe to the claims' events.

    Returns:
        The provisioning job, every service, and those named. A consumer group's name begins with its user's.
    """
    return [
        Principal(
            PROVISION,
            (
                Right("cluster", "kafka-cluster", ("Create",)),
                *(Right("topic", topic, ("Create", "Describe", "DescribeConfigs", "AlterConfigs")) for topic in _ALL),
            ),
        ),
        *(_service(service) for service in SERVICES),
        *(_outside(name, writes=EDI_INBOUND_TOPIC, reads=EDI_OUTBOUND_TOPIC) for name in senders),
        *(_outside(name, writes=PAYER_INBOUND_TOPIC) for name in payers),
        *(_outside(name, reads=CLAIMS_TOPIC) for name in listeners),
    ]


def _service(service: str) -> Principal:
    user = f"recoup-{service}"
    emits = {one.topic for one in contracts() if one.source in (service, "runtime")}
    reads = set(_READS[service])
    rights = [Right("topic", topic, _operations(reads=topic in reads, writes=topic in emits)) for topic in _ALL]
    rights.append(Right("group", user, ("Read",), prefix=True))
    if service == "intake":  # it publishes history no faster than all of them read it
        rights.append(Right("group", "recoup-", ("Describe",), prefix=True))
    return Principal(user, tuple(rights))


def _operations(*, reads: bool, writes: bool) -> tuple[str, ...]:
    """A service sees that every topic is there, so that it does not try to make one, and their limits of bytes."""
    return ("Describe", "DescribeConfigs", *(("Read",) if reads else ()), *(("Write",) if writes else ()))


def _outside(name: str, *, writes: str = "", reads: str = "") -> Principal:
    rights = [
        Right("topic", topic, ("Describe", verb)) for topic, verb in ((writes, "Write"), (reads, "Read")) if topic
    ]
    return Principal(name, (*rights, *([Right("group", name, ("Read",), prefix=True)] if reads else [])))


def as_strimzi(
    users: Sequence[Principal], *, cluster: str = "recoup", partitions: int = 24, replicas: int = 3
) -> list[dict[str, Any]]:
    """Users and topics as Strimzi's resources.

    Args:
        users: the principals, each of which signs in by SCRAM-SHA-512. The provisioning job's is left out: topics are
            resources here.
        cluster: the name of the `Kafka` resource that they belong to.
        partitions: of each topic.
        replicas: of each partition.

    Returns:
        `KafkaTopic` and `KafkaUser` resources, ready to be written as YAML or JSON.
    """
    labels = {"strimzi.io/cluster": cluster}
    topics = [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": labels},
            "spec": {
                "partitions": partitions,
                "replicas": replicas,
                "config": {"max.message.bytes": MAX_MESSAGE_BYTES, **{key: int(v) for key, v in topic.config.items()}},
            },
        }
        for topic in TOPICS
    ]
    signed = [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaUser",
            "metadata": {"name": user.name, "labels": labels},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {"type": "simple", "acls": [_acl(right) for right in user.rights]},
            },
        }
        for user in users
        if user.name != PROVISION
    ]
    return [*topics, *signed]


def _acl(right: Right) -> dict[str, Any]:
    resource: dict[str, Any] = {"type": right.kind}
    if right.kind != "cluster":
        resource |= {"name": right.name, "patternType": "prefix" if right.prefix else "literal"}
    return {"resource": resource, "operations": list(right.operations)}


def as_commands(users: Sequence[Principal]) -> Iterator[str]:
    """The principals as calls of Kafka's own `kafka-acls.sh`, one for each resource."""
    for user in users:
        for right in user.rights:
            resource = "--cluster" if right.kind == "cluster" else f"--{right.kind} {right.name}"
            pattern = " --resource-pattern-type prefixed" if right.prefix else ""
            operations = " ".join(f"--operation {one}" for one in right.operations)
            yield f"kafka-acls.sh --add --allow-principal User:{user.name} {operations} {resource}{pattern}"
