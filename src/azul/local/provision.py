"""What Terraform provides in production, made by hand: queues, secrets, a bucket; and a first generation of indices."""
import orjson

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.indexer import credentials
from azul.indexer.wiring import Indexer
from azul.naming import QUEUES
from azul.service.manifest import tokens
from azul.service.manifest.state import FOLDER

SPARE_ATTEMPTS = 2
"""How many more attempts than ours the queue's own redrive allows, for workers that die before they can bury."""


def provision(config: Config) -> None:
    """Idempotent."""
    provide(config)
    Indexer(config).generations.create_first()


def provide(config: Config) -> None:
    """Without the indices."""
    provide_queues(config)
    provide_secrets(config)
    provide_bucket(config)


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


def provide_secrets(config: Config) -> None:
    """The keys that the data store signs its notifications with, and the one that seals tokens of manifests."""
    client = clients.secrets(config)
    credentials.create(Secret(client, config.naming.hmac_secret()))
    tokens.create(Secret(client, config.naming.token_secret()))


def provide_bucket(config: Config) -> None:
    s3 = clients.s3(config)
    s3.create_bucket(Bucket=config.bucket)
    s3.put_bucket_lifecycle_configuration(Bucket=config.bucket, LifecycleConfiguration={'Rules': [
        {'ID': 'manifests', 'Status': 'Enabled', 'Filter': {'Prefix': FOLDER}, 'Expiration': {'Days': 1},
         'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 1}}
    ]})
