"""Objects that are replaced with care, also where answers are lost on their way to us."""
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from azul.aws import clients
from azul.aws.objects import MIN_PART, Bucket
from azul.config import Config
from azul.errors import ObjectError
from azul.local.ports import HOST, free_port
from fixtures.toys import unique

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope='module')
def config(aws: str) -> Config:
    nowhere = f'{HOST}:{free_port()}'
    config = Config(stage='test', es_endpoint=nowhere, dss_endpoint=f'http://{nowhere}/v1', aws_endpoint=aws,
                    sqs_endpoint=f'http://{nowhere}', s3_bucket=unique('objects'))
    clients.s3(config).create_bucket(Bucket=config.bucket)
    return config


@pytest.fixture
def bucket(config: Config) -> Bucket:
    return Bucket(clients.s3(config), config.bucket)


class Leak:
    """Between us and the object store: what we ask is done, but the first answers are lost.

    :param client: whose calls are meant
    :param call: which of them
    """

    def __init__(self, client: 'S3Client', call: str, answers: int = 1) -> None:
        self.lost, self._answers, self._session = 0, answers, URLLib3Session()
        client.meta.events.register(f'before-send.s3.{call}', self._send)

    def _send(self, request: Any, **_: Any) -> None:
        if self.lost < self._answers:
            self.lost += 1
            assert self._session.send(request).status_code < 500
            raise ConnectionClosedError(endpoint_url=request.url)

    def close(self) -> None:
        self._session.close()


class Gone(io.BytesIO):
    """What S3 answers some time after an upload has become an object. Its stand-in never forgets."""

    def __init__(self) -> None:
        super().__init__(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchUpload</Code></Error>')

    def stream(self) -> Iterator[bytes]:
        yield self.read()

    @classmethod
    def answer(cls, request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 404, {}, cls())


@pytest.fixture
def leaks() -> Iterator[list[Leak]]:
    leaks: list[Leak] = []
    yield leaks
    for leak in leaks:
        assert leak.lost
        leak.close()


def leaking(config: Config, leaks: list[Leak], call: str, answers: int = 1, attempts: int = 3) -> Bucket:
    client = clients.s3(config, attempts=attempts)
    leaks.append(Leak(client, call, answers))
    return Bucket(client, config.bucket)


def test_an_object_is_replaced_by_who_knows_what_it_is(bucket: Bucket):
    assert bucket.read('known') is None
    first = bucket.write('known', b'1', None)
    assert first is not None
    assert bucket.read('known') == (b'1', first)
    second = bucket.write('known', b'2', first)
    assert second not in (None, first)
    for tag in None, first:
        assert bucket.write('known', b'3', tag) is None
    assert bucket.write('unknown', b'1', first) is None, 'somebody has removed it'
    assert bucket.read('known') == (b'2', second)


def test_a_write_whose_answer_was_lost_is_recognized_as_ours(config: Config, bucket: Bucket, leaks: list[Leak]):
    created = leaking(config, leaks, 'PutObject').write('lost', b'1', None)
    assert bucket.read('lost') == (b'1', created)
    replaced = leaking(config, leaks, 'PutObject', answers=2).write('lost', b'2', created)
    assert bucket.read('lost') == (b'2', replaced)
    assert bucket.write('lost', b'3', replaced) is not None, 'so that we can go on'


def test_that_of_somebody_else_is_not(config: Config, bucket: Bucket, leaks: list[Leak]):
    tag = bucket.write('theirs', b'1', None)
    bucket.write('theirs', b'2', tag)
    assert leaking(config, leaks, 'PutObject').write('theirs', b'3', tag) is None
    assert leaking(config, leaks, 'PutObject').write('theirs', b'3', None) is None


def test_who_has_no_time_to_try_again_is_told_so(config: Config, bucket: Bucket, leaks: list[Leak]):
    with pytest.raises(ObjectError, match='object late in bucket'):
        leaking(config, leaks, 'PutObject', attempts=1).write('late', b'1', None)
    stored = bucket.read('late')
    assert stored is not None
    assert bucket.write('late', b'1', None) == stored.tag, 'the second time it is ours'


def test_an_object_is_made_of_parts_although_answers_are_lost(config: Config, bucket: Bucket, leaks: list[Leak]):
    upload = bucket.begin('large', 'text/plain')
    head = bytes(MIN_PART)
    parts = [leaking(config, leaks, 'UploadPart').add('large', upload, 1, head), bucket.add('large', upload, 2, b'x')]
    assert not bucket.exists('large')
    for each in leaking(config, leaks, 'CompleteMultipartUpload'), bucket:
        each.complete('large', upload, parts)
    assert bucket.slice('large', MIN_PART - 1, MIN_PART + 10) == b'\0x'
    bucket.abandon('large', upload)
    assert bucket.exists('large')


def test_an_object_may_have_been_made_of_parts_long_ago(config: Config, bucket: Bucket):
    client = clients.s3(config)
    client.meta.events.register('before-send.s3.CompleteMultipartUpload', Gone.answer)
    late, upload = Bucket(client, config.bucket), bucket.begin('old', 'text/plain')
    parts = [bucket.add('old', upload, 1, b'x')]
    with pytest.raises(ObjectError, match='object old in bucket'):
        late.complete('old', upload, parts)
    bucket.complete('old', upload, parts)
    late.complete('old', upload, parts)
    assert bucket.slice('old', 0, 10) == b'x'


def test_what_is_abandoned_never_becomes_an_object(bucket: Bucket):
    upload = bucket.begin('abandoned', 'text/plain')
    part = bucket.add('abandoned', upload, 1, b'x')
    for _ in range(2):
        bucket.abandon('abandoned', upload)
    with pytest.raises(ObjectError, match='object abandoned in bucket'):
        bucket.complete('abandoned', upload, [part])
    assert not bucket.exists('abandoned')
