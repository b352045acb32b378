"""Where the parts of exports are put together."""
from collections.abc import Mapping
from urllib.parse import urlsplit

from azul.aws import clients
from azul.aws.objects import Bucket
from azul.aws.secrets import Secret
from azul.aws.sqs import Queue
from azul.config import Config
from azul.engine import Engine
from azul.messaging.inbox import Inbox, Retries
from azul.plugin import Plugin
from azul.service.manifest.export import Format
from azul.service.manifest.formats import formats
from azul.service.manifest.jobs import Jobs
from azul.service.manifest.participants import drs_address, store_address
from azul.service.manifest.request import Manifests
from azul.service.manifest.state import States
from azul.service.manifest.tokens import Tokens
from azul.service.manifest.worker import JobWorker


def manifests(config: Config, engine: Engine, plugin: Plugin) -> Manifests:
    bucket = Bucket(clients.s3(config), config.bucket)
    tokens = Tokens(Secret(clients.secrets(config), config.naming.token_secret()))
    return Manifests(engine, config.naming, plugin, Jobs(States(bucket), _queue(config)), bucket, tokens,
                     _formats(config, plugin))


def job_worker(config: Config, plugin: Plugin) -> JobWorker:
    bucket = Bucket(clients.s3(config), config.bucket)
    queue = _queue(config)
    inbox = Inbox(queue, _queue(config, failed=True), Retries(config.retry_delay, config.max_attempts))
    # A worker has more time than who answers a request.
    engine = Engine.connect(config.es_endpoint, config.es_timeout)
    # A message and the job come free at the same time.
    return JobWorker(inbox, Jobs(States(bucket), queue), bucket, engine, _formats(config, plugin),
                     lease=config.visibility)


def _formats(config: Config, plugin: Plugin) -> Mapping[str, Format]:
    domain = config.drs_domain or urlsplit(config.service_url).netloc
    return formats(plugin, {'drs_url': drs_address(domain), 'file_url': store_address(config.dss_endpoint)})


def _queue(config: Config, failed: bool = False) -> Queue:
    return Queue(clients.sqs(config), config.naming.queue('jobs', failed))
