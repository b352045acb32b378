"""Whoever works on a job may die between any two effects: the manifest is the same, and complete."""
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from azul.aws.objects import MIN_PART, Bucket
from azul.aws.sqs import Queue
from azul.engine import Engine
from azul.index.bundle import BundleFQID
from azul.index.documents import Aggregate, EntityReference
from azul.service.manifest.jobs import Jobs
from azul.service.manifest.state import States
from azul.service.manifest.worker import JobWorker
from fixtures import rows
from fixtures.exports import Exports, exporting

ROWS = 700
WIDTH = 10_000
"""Characters of a row, so that there are several parts."""


class Killed(BaseException):
    """As if the process had been killed: nobody catches it."""


class Deathbed:
    """Kills whoever has an effect when their time has come, before or after it."""

    def __init__(self, at: int, kill: Any) -> None:
        self.left, self._kill = at, kill

    def effect(self) -> None:
        self.left -= 1
        if self.left == 0:
            self._kill()


class MortalBucket(Bucket):
    deathbed: Deathbed

    def _mortal(self, effect: Any, *arguments: Any) -> Any:
        self.deathbed.effect()
        result = effect(*arguments)
        self.deathbed.effect()
        return result

    def write(self, *arguments: Any) -> Any:
        return self._mortal(super().write, *arguments)

    def begin(self, *arguments: Any) -> Any:
        return self._mortal(super().begin, *arguments)

    def add(self, *arguments: Any) -> Any:
        return self._mortal(super().add, *arguments)

    def complete(self, *arguments: Any) -> Any:
        return self._mortal(super().complete, *arguments)


class MortalQueue(Queue):
    deathbed: Deathbed

    def send(self, *arguments: Any) -> Any:
        self.deathbed.effect()
        super().send(*arguments)
        self.deathbed.effect()


class MortalEngine(Engine):
    deathbed: Deathbed

    def request(self, *arguments: Any, **params: Any) -> Any:
        self.deathbed.effect()
        return super().request(*arguments, **params)


def mortal(exports: Exports, deathbed: Deathbed) -> JobWorker:
    worker = exports.worker
    bucket = MortalBucket(worker.bucket._client, worker.bucket.name)
    engine = MortalEngine(worker.engine._client)
    queue = MortalQueue(worker.jobs.queue._client, worker.jobs.queue.name)
    bucket.deathbed = engine.deathbed = queue.deathbed = deathbed
    return replace(worker, bucket=bucket, engine=engine, jobs=Jobs(States(bucket), queue, worker.jobs.clock))


def killed() -> None:
    raise Killed


@pytest.fixture(scope='module')
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    with exporting(engine, queues, aws, rows.plugin, lease=1) as exports:
        exports.shelf.put(*map(wide, range(ROWS)))
        for number in range(0, ROWS, 10):
            text = f'{number} ' + 'x' * (10 * WIDTH)
            exports.shelf.put(*rows.parts(bundle(number), {'text': text}, [{'picture': f'{number}.png'}]))
        yield exports


def bundle(number: int) -> BundleFQID:
    return BundleFQID(f'{number:08}-0000-4000-8000-000000000000', '1')


def wide(number: int) -> Aggregate:
    contents = {'pictures': [{'name': f'{number}.png', 'uuid': f'{number}'}],
                'boxes': [{'maker': [f'{number} ' + 'x' * WIDTH]}]}
    return Aggregate(EntityReference('pictures', f'{number:08}'), [bundle(number)], contents)


@pytest.mark.parametrize(('format', 'seconds', 'stride'), [
    ('tsv', 60, 5), ('tsv', 0, 9), ('bdbag', 60, 97), ('full', 60, 79), ('full', 0, 199)
])
def test_the_manifest_is_the_same_whenever_somebody_dies(
    exports: Exports, request: pytest.FixtureRequest, format: str, seconds: int, stride: int
):
    """
    :param seconds: that each worker has; with none of them it hands the job over after each part
    :param stride: every so many effects, somebody dies. `make kill-jobs` tries all.
    """
    expected = exports.made(format=format)
    assert len(expected) > MIN_PART, 'two parts'
    if request.config.getoption('--every-death'):
        stride = 1
    moment, died = 1, True
    while died:
        # A job of its own, with the same rows
        filters = f'{{"toyName": {{"is": [null, "{moment} {seconds}"]}}}}'
        answer = exports.ask(format=format, filters=filters)
        try:
            exports.work(lambda: seconds, mortal(exports, Deathbed(moment, killed)))
            died = False
        except Killed:
            moment += stride
        while answer.status == 301:
            exports.work()
            answer = exports.again(answer)
        assert exports.download(answer).content == expected, moment
    assert moment > 15


def test_it_is_the_same_when_a_process_is_killed(exports: Exports):
    expected = exports.made(format='tsv')
    for moment in (17,):
        answer = exports.ask(format='tsv', filters=f'{{"toyName": {{"is": [null, "killed {moment}"]}}}}')
        child = os.fork()
        if child == 0:
            exports.reconnect()
            exports.work(worker=mortal(exports, Deathbed(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), 'it was too late'
        while answer.status == 301:
            exports.work()
            answer = exports.again(answer)
        assert exports.download(answer).content == expected
