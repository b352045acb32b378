"""Objects of S3: small ones that are replaced with care, and large ones that are written in parts."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import ObjectError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIN_PART = 5 * 1024 * 1024
"""Bytes that each part of an object has but the last."""


class Stored(NamedTuple):
    """
    :param tag: changes whenever the object does
    """
    body: bytes
    tag: str


class Bucket:
    """Safe to share between threads."""

    def __init__(self, client: 'S3Client', name: str) -> None:
        self._client, self.name = client, name

    def region(self) -> str | None:
        """
        Where it is.

        :return: None if there is no bucket of that name
        :raises ObjectError: if that cannot be found out, or if it is not for us
        """
        try:
            return self._client.head_bucket(Bucket=self.name)['BucketRegion']
        except ClientError as error:
            if error.response['Error']['Code'] in ('404', 'NoSuchBucket'):
                return None
            raise ObjectError(f'bucket {self.name}: {error}') from error
        except BotoCoreError as error:
            raise ObjectError(f'bucket {self.name}: {error}') from error

    def read(self, key: str) -> Stored | None:
        """
        :return: None if there is no such object
        """
        with self._translated(key):
            try:
                answer = self._client.get_object(Bucket=self.name, Key=key)
                return Stored(answer['Body'].read(), answer['ETag'])
            except self._client.exceptions.NoSuchKey:
                return None

    def slice(self, key: str, start: int, end: int) -> bytes:
        """
        :param start, end: bytes, the second one exclusive; less come of an object that ends before
        """
        with self._translated(key):
            body: bytes = self._client.get_object(Bucket=self.name, Key=key,
                                                  Range=f'bytes={start}-{end - 1}')['Body'].read()
            return body

    def write(self, key: str, body: bytes, tag: str | None, redirect: str = '') -> str | None:
        """
        Write an object unless somebody else was faster.

        :param tag: what the object has as far as we know; None if there is none
        :param redirect: where a bucket that is a website sends those who ask for the object; empty for nowhere
        :return: its new one; None if somebody was faster
        """
        with self._translated(key):
            extra = {'IfNoneMatch': '*'} if tag is None else {'IfMatch': tag}
            if redirect:
                extra['WebsiteRedirectLocation'] = redirect
            try:
                return self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType='application/json',
                                               **extra)['ETag']  # type: ignore[arg-type]
            except ClientError as error:
                # The second one says that another such request is under way; the third, that the object is gone.
                if error.response['Error']['Code'] in ('PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'):
                    # It may have been us: the request is sent again if its answer is lost.
                    found = self.read(key)
                    return found.tag if found is not None and found.body == body else None
                raise

    def begin(self, key: str, content_type: str) -> str:
        """
        :return: by which to name the object until all of its parts are there
        """
        with self._translated(key):
            return self._client.create_multipart_upload(Bucket=self.name, Key=key, ContentType=content_type)['UploadId']

    def add(self, key: str, upload: str, number: int, body: bytes) -> str:
        """
        Write a part, or write it again.

        :param number: of the part, from 1 on
        :return: what `complete` wants to know of it
        """
        with self._translated(key):
            return self._client.upload_part(Bucket=self.name, Key=key, UploadId=upload, PartNumber=number,
                                            Body=body)['ETag']

    def complete(self, key: str, upload: str, parts: Sequence[str]) -> None:
        """Make an object of its parts. Idempotent."""
        with self._translated(key):
            try:
                self._client.complete_multipart_upload(Bucket=self.name, Key=key, UploadId=upload, MultipartUpload={
                    'Parts': [{'PartNumber': number, 'ETag': part} for number, part in enumerate(parts, start=1)]
                })
            except self._client.exceptions.NoSuchUpload:
                if not self.exists(key):
                    raise

    def abandon(self, key: str, upload: str) -> None:
        """Remove the parts of what is not to become an object. Idempotent."""
        with self._translated(key), suppress(self._client.exceptions.NoSuchUpload):
            self._client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload)

    def exists(self, key: str) -> bool:
        with self._translated(key):
            try:
                self._client.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if error.response['Error']['Code'] in ('404', 'NoSuchKey', 'NotFound'):
                    return False
                raise
            return True

    def url(self, key: str, seconds: int, file_name: str, head: bool = False) -> str:
        """
        Where everybody can get an object for a while.

        :param file_name: under which browsers save it
        :param head: for a HEAD request, which another signature is for
        """
        return self._client.generate_presigned_url('head_object' if head else 'get_object', ExpiresIn=seconds, Params={
            'Bucket': self.name, 'Key': key, 'ResponseContentDisposition': f'attachment;filename="{file_name}"'
        })

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise ObjectError(f'object {key} in bucket {self.name}: {error}') from error
