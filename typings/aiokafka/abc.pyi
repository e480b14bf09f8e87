from collections.abc import Collection

from aiokafka import TopicPartition

class ConsumerRebalanceListener:
    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> object: ...
    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> object: ...
