"""What Terraform asks AWS for while it makes, looks at and destroys a deployment, and what GitLab may ask it for."""
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import boto3
import pytest

from azul.deployment import LAMBDAS, Deployment
from azul.index.bundle import JSON
from azul.infra import policies
from azul.infra.functions import FUNCTIONS
from azul.infra.gitlab import permissions
from fixtures.checkout import Checkout

pytestmark = [pytest.mark.infra, pytest.mark.timeout(1800)]

SERVICES = {'ACM': 'acm', 'API Gateway': 'apigateway', 'CloudWatch': 'cloudwatch', 'CloudWatch Logs': 'logs',
            'Elasticsearch Service': 'es', 'IAM': 'iam', 'Lambda': 'lambda', 'Route 53': 'route53', 'S3': 's3',
            'SQS': 'sqs', 'STS': 'sts', 'Secrets Manager': 'secretsmanager'}
"""What IAM calls those that Terraform calls otherwise."""

S3 = {'HeadObject': 'GetObject', 'ListObjectsV2': 'ListBucket'}
"""What IAM calls that may be done to objects, and the library otherwise."""

SETTINGS = {'AZUL_DOMAIN_NAME': 'test.invalid', 'AZUL_SUBDOMAIN_TEMPLATE': '{lambda_name}.example',
            'AZUL_DRS_DOMAIN_NAME': '', 'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME': 'test.invalid',
            'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME': 'url.test.invalid', 'AZUL_URL_REDIRECT_HOSTS': 'test.invalid',
            'AZUL_ENABLE_MONITORING': '1', 'AZUL_DATA_BROWSER_DOMAIN_NAME': '',
            'AZUL_PERMISSIONS_BOUNDARY': 'azul-gitlab', 'AZUL_TERRAFORM_BACKEND_BUCKET': 'state'}
"""With all kinds of resources there are."""

GITLAB = Deployment(stage='example', dss_endpoint='http://store.invalid/v1', backend_bucket='state',
                    permissions_boundary='azul-gitlab')


@dataclass(frozen=True)
class Called:
    """
    :ivar actions: as IAM has them, as far as it calls them what the library does. Those of S3 and of API Gateway it
                   does not, but GitLab may have all of these
    :ivar states: what was done to the bucket of the states of Terraform: actions as IAM has them, and paths
    """
    actions: set[str]
    states: set[tuple[str, str]]

    @classmethod
    def read(cls, log: Path) -> 'Called':
        actions, states = set(), set()
        with log.open(errors='replace') as lines:
            for line in lines:
                method = re.search(r'rpc\.method=(\w+)', line)
                service = re.search(r'rpc\.service=(?:"([^"]+)"|(\S+))', line)
                if method and service:
                    actions.add(f'{SERVICES[service[1] or service[2]]}:{method[1]}')
                if method and ' aws.s3.bucket=state ' in line:
                    key = re.search(r'aws\.s3\.key=(\S+)', line)
                    states.add((f's3:{S3.get(method[1], method[1])}', f'state/{key[1]}' if key else 'state'))
        return cls(actions, states)


@pytest.fixture
def called(checkout: Checkout, account: str, tmp_path: Path) -> Called:
    client = {service: boto3.client(service, endpoint_url=account, region_name='us-east-1', aws_access_key_id='none',
                                    aws_secret_access_key='none') for service in ('s3', 'route53')}
    client['s3'].create_bucket(Bucket='state')
    client['route53'].create_hosted_zone(Name='test.invalid', CallerReference='1')
    checkout.take_lambdas()
    checkout.declare('example', AZUL_DEPLOYMENT_STAGE='example', AZUL_DSS_ENDPOINT='http://store.invalid/v1')
    checkout.select('example', AZUL_AWS_ENDPOINT=account, **SETTINGS)
    log = tmp_path / 'terraform.log'
    for target in 'auto_apply', 'plan', 'auto_destroy delay=0':
        checkout.does(f'TF_LOG=DEBUG TF_LOG_PATH={log} make -C terraform {target}')
    return Called.read(log)


def allowed(documents: Iterable[JSON]) -> set[str]:
    return {action for document in documents for statement in document['Statement'] if statement['Effect'] == 'Allow'
            for action in statement['Action']}


def test_gitlab_may_do_what_it_takes_to_deploy_and_little_else(called: Called):
    assert len(called.actions) > 100
    assert {'iam:CreateRole', 'iam:DeleteRole', 'lambda:CreateFunction',
            'es:DeleteElasticsearchDomain'} <= called.actions
    granted = allowed([permissions.boundary(GITLAB), permissions.iam(GITLAB)])
    refused = {action for action in called.actions if not any(fnmatchcase(action, each) for each in granted)}
    assert refused == set()

    assert {('s3:DeleteObject', 'state/azul--example.tfstate.tflock'), ('s3:ListBucket', 'state')} <= called.states
    boundary = permissions.boundary(GITLAB)['Statement']
    assert {(action, path) for action, path in called.states if not any(
        action in statement['Action'] and fnmatchcase(f'arn:{permissions.PARTITION}:s3:::{path}', resource)
        for statement in boundary for resource in statement['Resource'])} == set()

    # What functions may do must be within the boundary, whether or not Terraform does it.
    asked = called.actions | {action for name in LAMBDAS for function in FUNCTIONS[name]
                              for action in allowed([json.loads(policies.policy(GITLAB, name, function))])}
    asked |= {'iam:PassRole'}  # within other calls
    idle = {each for each in granted if not any(fnmatchcase(action, each) for action in asked)}
    assert idle <= RARELY


RARELY = {
    # When a role is given other settings
    'iam:PutRolePermissionsBoundary', 'iam:UpdateRole',
    'lambda:UpdateEventSourceMapping',
    # By API Gateway, in the name of who makes the first host in an account
    'iam:CreateServiceLinkedRole',
}
