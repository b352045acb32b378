"""The search engine, as one node with an empty data directory.

We start Java ourselves and not by the script of the distribution. It would start three more Java processes in order to
find out what is known here, and has to be kept from a Java option that our runtime does not know.
"""
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from azul.local.artifacts import ELASTICSEARCH, OPENSEARCH, Artifact, fetch
from azul.local.java import JAVA
from azul.local.ports import HOST
from azul.local.process import Child, get

Flavour = Literal['opensearch', 'elasticsearch']


@dataclass(frozen=True)
class _Distribution:
    """
    :param properties: first part of the names of its Java properties
    :param options: Java options that only this one needs
    """
    artifact: Artifact
    main_class: str
    properties: str
    options: tuple[str, ...]


_DISTRIBUTIONS: dict[Flavour, _Distribution] = {
    'opensearch': _Distribution(
        OPENSEARCH, 'org.opensearch.bootstrap.OpenSearch', 'opensearch',
        ('-Djava.util.concurrent.ForkJoinPool.common.threadFactory='
         'org.opensearch.secure_sm.SecuredForkJoinWorkerThreadFactory',)
    ),
    'elasticsearch': _Distribution(
        ELASTICSEARCH, 'org.elasticsearch.bootstrap.Elasticsearch', 'es',
        ('-Des.distribution.flavor=oss',)
    )
}

FLAVOURS = tuple(_DISTRIBUTIONS)

_LOGGING = """
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


def start_engine(flavour: Flavour, port: int, run: Path, cache: Path, heap: str = '512m') -> Child:
    """
    Start an engine; wait for it with `Child.wait`.

    :param run: an existing folder in which the engine gets one for its documents and its settings
    :param cache: where programs are kept
    :param heap: the most that Java may use for objects, like `512m` or `2g`. It takes that only when it needs it.
    """
    distribution = _DISTRIBUTIONS[flavour]
    home = fetch(distribution.artifact, cache)
    folder = run / 'engine'
    for name in ('config', 'temporary'):
        (folder / name).mkdir(parents=True)
    (folder / 'config' / 'log4j2.properties').write_text(_LOGGING)
    node = f'azul-{os.getpid()}-{port}'
    command = [*JAVA, *_java_options(heap, folder), *distribution.options,
               f'-D{distribution.properties}.path.home={home}',
               f'-D{distribution.properties}.path.conf={folder / "config"}',
               f'-D{distribution.properties}.distribution.type=zip',
               f'-D{distribution.properties}.bundled_jdk=false',
               '-cp', f'{home}/lib/*', distribution.main_class,
               *(f'-E{name}={value}' for name, value in _settings(node, port, folder).items())]

    def ready(child: Child) -> bool:
        answer = get(child.url)
        if answer is None or not answer.ok:
            return False
        identity = answer.json()
        return bool(identity['name'] == node and identity['version']['number'] == distribution.artifact.version)

    return Child('engine', command, port=port, run=run, environment={}, ready=ready)


def _java_options(heap: str, folder: Path) -> list[str]:
    return [
        f'-Xmx{heap}', '-Xms64m',
        # As the distributions have it: garbage left in the heap counts when the engine decides to refuse a request
        '-XX:+UseG1GC', '-XX:G1ReservePercent=25', '-XX:InitiatingHeapOccupancyPercent=30',
        # … and as they have it for heaps below one gigabyte
        '-Dio.netty.allocator.type=unpooled',
        '-XX:+ExitOnOutOfMemoryError',
        f'-XX:ErrorFile={folder}/java-error.log',
        f'-Djava.io.tmpdir={folder}/temporary',
        '-Djava.security.manager=allow',
        # The security manager stands in the way of both
        '-Dlog4j2.disable.jmx=true', '-Dlog4j.shutdownHookEnabled=false',
        '-Dio.netty.noUnsafe=true', '-Dio.netty.noKeySetOptimization=true',
        # By means of this library the engine asks for its user, and refuses to run as root. Without it the engine
        # starts no matter who we are, and no folder needs to be readable by another user.
        '-Djna.boot.library.path=/nonexistent', '-Djna.nounpack=true'
    ]


def _settings(node: str, port: int, folder: Path) -> dict[str, object]:
    return {
        'node.name': node,
        'path.data': folder / 'data',
        'path.logs': folder / 'logs',
        'network.host': HOST,
        'http.port': port,
        # Nobody asks for it, but without that, two engines would look for one in the same narrow range.
        'transport.port': 0,
        'discovery.type': 'single-node',
        # A laptop's disk is mostly full.
        'cluster.routing.allocation.disk.threshold_enabled': 'false',
        # A late write must not bring a dropped index back, with a guessed mapping.
        'action.auto_create_index': 'false'
    }
