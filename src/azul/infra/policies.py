"""What each function may do: the calls that it makes, and no others. A test compares them with the code."""
import json
from collections.abc import Iterable, Sequence

from azul.deployment import Deployment, Lambda
from azul.index.bundle import JSON
from azul.infra import engine, queues, secrets
from azul.infra.component import ACCOUNT, PARTITION
from azul.infra.functions import FUNCTIONS, function_name
from azul.naming import QUEUES, Queue
from azul.service.manifest.state import FOLDER

READ = ('Get', 'Head', 'Post')
"""HTTP methods of requests to the engine. The engine has POST for reading and for writing."""


def policy(deployment: Deployment, lambda_name: Lambda, function: str) -> str:
    """
    :param function: one of `FUNCTIONS`
    :return: an IAM policy, with expressions of Terraform in it
    """
    statements = [*_logs(deployment, lambda_name, function),
                  *_engine(deployment, views=FUNCTIONS[lambda_name][function].queue == 'jobs')]
    match lambda_name, function:
        case 'indexer', 'api_handler':
            statements += [*_health(), *_secret('hmac'), *_send(['notifications', *_sync(deployment)])]
        case 'indexer', 'contribute':
            statements += [*_work('notifications'), *_send(['notifications', 'tallies'], ['notifications'])]
        case 'indexer', 'aggregate':
            statements += [*_work('tallies'), *_send(['tallies'], ['tallies'])]
        case 'service', 'api_handler':
            statements += [*_health(), *_secret('token'), *_send(['jobs']),
                           *_objects('storage', ['s3:GetObject', 's3:PutObject'], FOLDER)]
            if deployment.redirect_domain:
                statements += _objects('urls', ['s3:GetObject', 's3:PutObject'])
        case 'service', 'work':
            statements += [*_work('jobs'), *_send(['jobs'], ['jobs']),
                           *_objects('storage', ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], FOLDER)]
        case _:
            raise KeyError(function)
    return json.dumps({'Version': '2012-10-17', 'Statement': statements}, sort_keys=True)


def _logs(deployment: Deployment, lambda_name: Lambda, function: str) -> Iterable[JSON]:
    # The group itself is Terraform's to make, with a retention.
    group = f'/aws/lambda/{function_name(deployment, lambda_name, function)}'
    yield _allow(['logs:CreateLogStream', 'logs:PutLogEvents'],
                 [f'arn:{PARTITION}:logs:{deployment.aws_region}:{ACCOUNT}:log-group:{group}:*'])


def _engine(deployment: Deployment, views: bool) -> Iterable[JSON]:
    arn = engine.arn(deployment)
    if arn is not None:
        yield _allow([f'es:ESHttp{method}' for method in READ], [f'{arn}/*'])
        if views:
            yield _allow(['es:ESHttpDelete'], [f'{arn}/_search/*'])  # no indices, but views that were read


def _health() -> Iterable[JSON]:
    yield _allow(['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
                 [queues.arn(queue, failed) for queue in QUEUES for failed in (False, True)])


def _sync(deployment: Deployment) -> Sequence[Queue]:
    return ('tallies',) if deployment.sync else ()


def _send(to: Sequence[Queue], failed: Sequence[Queue] = ()) -> Iterable[JSON]:
    """
    :param failed: those to whose dead-letter queues they are sent
    """
    yield _allow(['sqs:GetQueueUrl', 'sqs:SendMessage'],
                 [*map(queues.arn, to), *(queues.arn(queue, failed=True) for queue in failed)])


def _work(queue: Queue) -> Iterable[JSON]:
    """The first and the third are for the event source, which acts in our name."""
    yield _allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
                 [queues.arn(queue)])


def _secret(resource: str) -> Iterable[JSON]:
    yield _allow(['secretsmanager:GetSecretValue'], [secrets.arn(resource)])


def _objects(bucket: str, actions: Sequence[str], folder: str = '') -> Iterable[JSON]:
    yield _allow(actions, [f'${{aws_s3_bucket.{bucket}.arn}}/{folder}*'])
    # To who may not know what there is, a missing object is a forbidden one.
    yield _allow(['s3:ListBucket'], [f'${{aws_s3_bucket.{bucket}.arn}}'])


def _allow(actions: Sequence[str], resources: Sequence[str]) -> JSON:
    return {'Effect': 'Allow', 'Action': sorted(actions), 'Resource': list(dict.fromkeys(resources))}
