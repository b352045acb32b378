"""What Terraform provides in production, made by hand: queues, secrets, a bucket; and a first generation of indices."""
from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.indexer import credentials
from azul.indexer.wiring import Indexer
from azul.infra import queues, storage
from azul.naming import Queue
from azul.service.manifest import tokens


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
    sqs = clients.sqs(config)
    arns: dict[Queue, str] = {}
    for queue in queues.declared(config):
        # Attributes are set after creation: a queue that exists with others would be an error.
        url = sqs.create_queue(QueueName=queue.name)['QueueUrl']
        if queue.max_receive is None:
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['QueueArn'])
            arns[queue.queue] = answer['Attributes']['QueueArn']
        else:
            # Of the retention the queue server knows nothing.
            sqs.set_queue_attributes(QueueUrl=url, Attributes={
                'VisibilityTimeout': str(queue.visibility),
                'RedrivePolicy': queues.redrive(queue.max_receive, arns[queue.queue]),
            })


def provide_secrets(config: Config) -> None:
    """The keys that the data store signs its notifications with, and the one that seals tokens of manifests."""
    client = clients.secrets(config)
    Secret(client, config.naming.hmac_secret()).create(credentials.generated())
    Secret(client, config.naming.token_secret()).create(tokens.generated())


def provide_bucket(config: Config) -> None:
    s3 = clients.s3(config)
    s3.create_bucket(Bucket=config.bucket)
    s3.put_bucket_lifecycle_configuration(Bucket=config.bucket, LifecycleConfiguration=storage.lifecycle())
