"""What is said of the bucket in which Terraform keeps its state, before anything is done."""
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from azul.aws import clients
from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.infra.backend import check
from fixtures.toys import unique


@pytest.fixture
def deployment(aws: str) -> Deployment:
    return Deployment(stage='test', dss_endpoint='http://nowhere.invalid/v1', aws_endpoint=aws,
                      backend_bucket=unique('state'))


def make_bucket(deployment: Deployment, region: str) -> None:
    elsewhere = {} if region == 'us-east-1' else {'CreateBucketConfiguration': {'LocationConstraint': region}}
    clients.s3(replace(deployment, aws_region=region)).create_bucket(Bucket=deployment.backend_bucket, **elsewhere)


def fault(deployment: Deployment) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check(deployment)
    (told,) = caught.value.faults
    assert 'Nothing was changed' in told
    return told


@contextmanager
def answering(status: int) -> Iterator[str]:
    """URL of an S3 that answers like this whatever it is asked about. About a bucket it says no more than that."""

    class Handler(BaseHTTPRequestHandler):

        def do_HEAD(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f'http://127.0.0.1:{server.server_port}'
        finally:
            server.shutdown()


def test_a_bucket_in_the_region_of_the_deployment_will_do(deployment: Deployment):
    make_bucket(deployment, deployment.aws_region)
    check(deployment)


def test_who_has_no_bucket_is_told_how_to_make_one(deployment: Deployment):
    told = fault(deployment)
    assert f'there is no bucket {deployment.backend_bucket}' in told
    assert f'`aws s3 mb s3://{deployment.backend_bucket} --region us-east-1' in told


def test_a_bucket_in_another_region_is_told_before_terraform_is_sent_there(deployment: Deployment):
    make_bucket(deployment, 'eu-west-1')
    told = fault(deployment)
    assert 'is in eu-west-1, but the deployment in us-east-1' in told
    assert '`export AWS_DEFAULT_REGION=eu-west-1`' in told


@pytest.mark.parametrize('status', [400, 403])
def test_who_may_not_see_the_bucket_is_told_why_that_may_be(status: int, deployment: Deployment):
    """S3 answers 400 if credentials have expired, and 403 for the bucket of another account."""
    with answering(status) as url:
        told = fault(replace(deployment, aws_endpoint=url))
    assert f'({status})' in told
    assert 'If your credentials have expired, log in again.' in told
    assert 'is it a bucket of the account of AWS_PROFILE, and may you read and write it?' in told
