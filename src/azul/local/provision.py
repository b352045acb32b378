"""What Terraform provides in production, made by hand: queues and secrets; and the first generation of indices."""
import orjson

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.indexer import credentials
from azul.indexer.wiring import Indexer
from azul.naming import QUEUES

SPARE_ATTEMPTS = 2
"""How many more attempts than ours the queue's own redrive allows, for workers that die before they can bury."""


def provision(config: Config) -> None:
    """Idempotent."""
    provide_queues(config)
    provide_secret(config)
    Indexer(config).generations.create_first()


def provide_queues(config: Config) -> None:
    sqs, names = clients.sqs(config), config.naming
    for queue in QUEUES:
        failed = sqs.create_queue(QueueName=names.queue(queue, failed=True))['QueueUrl']
        arn = sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=['QueueArn'])['Attributes']['QueueArn']
        redrive = {'deadLetterTargetArn': arn, 'maxReceiveCount': config.max_attempts + SPARE_ATTEMPTS}
        # Attributes are set after creation: a queue that exists with others would be an error.
        url = sqs.create_queue(QueueName=names.queue(queue))['QueueUrl']
        sqs.set_queue_attributes(QueueUrl=url, Attributes={
            'VisibilityTimeout': str(config.visibility),
            'RedrivePolicy': orjson.dumps(redrive).decode(),
        })


def provide_secret(config: Config) -> None:
    """The keys that the data store signs its notifications with, one per action."""
    credentials.create(Secret(clients.secrets(config), config.naming.hmac_secret()))
