"""Where the parts of exports are put together."""
import hashlib
from collections.abc import Mapping
from dataclasses import replace
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
    bucket = Bucket(clients.s3(config, *clients.IN_REQUESTS), config.bucket)
    queue = Queue(clients.sqs(config, *clients.IN_REQUESTS), config.naming.queue('jobs'))
    tokens = Tokens(Secret(clients.secrets(config, *clients.IN_REQUESTS), config.naming.token_secret()))
    return Manifests(engine, config.naming, plugin, Jobs(States(bucket), queue), bucket, tokens,
                     _formats(config, plugin), _release(config, plugin))


def job_worker(config: Config, plugin: Plugin) -> JobWorker:
    bucket = Bucket(clients.s3(config), config.bucket)
    queue, failed = (Queue(clients.sqs(config), config.naming.queue('jobs', each)) for each in (False, True))
    inbox = Inbox(queue, failed, Retries(config.retry_delay, config.max_attempts))
    # A worker has more time than who answers a request.
    engine = Engine.connect(config.es_endpoint, config.es_timeout, sign=clients.signer(config))
    # A job is never held for longer than its message is hidden.
    return JobWorker(inbox, Jobs(States(bucket), queue), bucket, engine, _formats(config, plugin),
                     lease=config.visibility, release=_release(config, plugin))


def _formats(config: Config, plugin: Plugin) -> Mapping[str, Format]:
    domain = config.drs_domain or urlsplit(config.service_url).netloc
    return formats(plugin, {'drs_url': drs_address(domain), 'file_url': store_address(config.dss_endpoint)})


def _release(config: Config, plugin: Plugin) -> str:
    """What manifests are made by: tables of one release are not to be gone on with, or handed out, by another one."""
    manifest = plugin.manifest
    # Whether two functions do the same cannot be told; but a new version of the plug-in has another fingerprint.
    declared = None if manifest is None else (replace(manifest, kind=None), manifest.kind is not None)
    made_by = (declared, plugin.fingerprint, config.git_commit, config.drs_domain, config.dss_endpoint)
    return hashlib.sha256(repr(made_by).encode()).hexdigest()[:16]
