"""What each function may do: the calls that it makes, and no others. A test has them make all of these, and compares.

Of the engine that is less than it looks like: indices are told by paths only, and what reads or writes several at once
names them in the body.
"""
import json
from collections.abc import Iterable, Sequence
from itertools import chain

from azul.deployment import Deployment, Lambda
from azul.index.bundle import JSON
from azul.infra import engine, queues, secrets
from azul.infra.component import ACCOUNT, PARTITION
from azul.infra.functions import function_name
from azul.infra.statements import allow, document
from azul.naming import QUEUES, IndexName, Queue
from azul.service.manifest.state import FOLDER

# Requests to the engine. It has POST for reading and for writing.
HEALTH = ('HEAD /', 'GET /_alias/{aliases}', 'POST /_mget')
READ = ('POST /_mget', 'POST /{indices}/_search')
WRITE = (*READ, 'POST /_bulk')
CONTRIBUTE = (*WRITE, 'POST /{indices}/_refresh')
SERVE = ('GET /_alias/{aliases}', 'GET /{indices}/_stats/docs', 'POST /_msearch', 'POST /{indices}/_search')
# Points in time, and what is there instead where there are none
VIEW = ('GET /{indices}/_stats/docs', 'POST /{indices}/_refresh', 'POST /{indices}/_search*', 'POST /_search*',
        'DELETE /_search/*')


def policy(deployment: Deployment, lambda_name: Lambda, function: str) -> str:
    """
    :param function: one of `azul.infra.functions`
    :return: an IAM policy, with expressions of Terraform in it
    """
    statements = [*_logs(deployment, lambda_name, function)]
    match lambda_name, function:
        case 'indexer', 'api_handler':
            at_once = CONTRIBUTE if deployment.sync else ()
            statements += [*_engine(deployment, HEALTH, READ, at_once), *_health(), *_secret('hmac'),
                           *_send(['notifications'])]
        case 'indexer', 'contribute':
            statements += [*_engine(deployment, CONTRIBUTE), *_work('notifications'),
                           *_send(['notifications', 'tallies'], ['notifications'])]
        case 'indexer', 'aggregate':
            statements += [*_engine(deployment, WRITE), *_work('tallies'), *_send(['tallies'], ['tallies'])]
        case 'service', 'api_handler':
            statements += [*_engine(deployment, HEALTH, SERVE), *_health(), *_secret('token'), *_send(['jobs']),
                           *_objects('storage', ['s3:GetObject', 's3:PutObject'], FOLDER)]
            if deployment.redirect_domain:
                statements += _objects('urls', ['s3:GetObject', 's3:PutObject'])
        case 'service', 'work':
            statements += [*_engine(deployment, VIEW), *_work('jobs'), *_send(['jobs'], ['jobs']),
                           *_objects('storage', ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], FOLDER)]
        case _:
            raise KeyError(function)
    return json.dumps(document(statements), sort_keys=True)


def _logs(deployment: Deployment, lambda_name: Lambda, function: str) -> Iterable[JSON]:
    # The group itself is Terraform's to make, with a retention.
    group = f'/aws/lambda/{function_name(deployment, lambda_name, function)}'
    yield allow(['logs:CreateLogStream', 'logs:PutLogEvents'],
                [f'arn:{PARTITION}:logs:{deployment.aws_region}:{ACCOUNT}:log-group:{group}:*'])


def _engine(deployment: Deployment, *requests: Iterable[str]) -> Iterable[JSON]:
    """
    :param requests: methods and patterns of paths, as above
    """
    arn = engine.arn(deployment)
    if arn is None:
        return
    aliases = deployment.naming.index(IndexName('*'))
    resources: dict[str, list[str]] = {}
    for request in chain(*requests):
        method, path = request.format(aliases=aliases, indices=f'{aliases}_*').split()
        resources.setdefault(method, []).append(arn + path)
    for method, paths in resources.items():
        yield allow([f'es:ESHttp{method.capitalize()}'], paths)


def _health() -> Iterable[JSON]:
    yield allow(['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
                [queues.arn(queue, failed) for queue in QUEUES for failed in (False, True)])


def _send(to: Sequence[Queue], failed: Sequence[Queue] = ()) -> Iterable[JSON]:
    """
    :param failed: those to whose dead-letter queues they are sent
    """
    yield allow(['sqs:GetQueueUrl', 'sqs:SendMessage'],
                [*map(queues.arn, to), *(queues.arn(queue, failed=True) for queue in failed)])


def _work(queue: Queue) -> Iterable[JSON]:
    """The first and the third are for the event source, which acts in our name."""
    yield allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
                [queues.arn(queue)])


def _secret(resource: str) -> Iterable[JSON]:
    yield allow(['secretsmanager:GetSecretValue'], [secrets.arn(resource)])


def _objects(bucket: str, actions: Sequence[str], folder: str = '') -> Iterable[JSON]:
    yield allow(actions, [f'${{aws_s3_bucket.{bucket}.arn}}/{folder}*'])
    # To who may not know what there is, a missing object is a forbidden one.
    yield allow(['s3:ListBucket'], [f'${{aws_s3_bucket.{bucket}.arn}}'])
