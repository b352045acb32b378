"""What GitLab may do in the account, and what those may do to whom it gives roles.

Jobs on the instance make the roles of functions. Without a bound they could make themselves one that may do anything.
The *boundary* is that bound: a role can be made only with it. It is also what the instance may do itself, apart from
that making of roles, which is the other policy.
"""
import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.infra import component
from azul.infra.component import ACCOUNT, PARTITION
from azul.infra.gitlab import name
from azul.infra.statements import allow, document

MAX_POLICY = 6144
"""Characters of a policy, other than white space, that AWS allows."""


def resources(deployment: Deployment) -> JSON:
    own = name(deployment)
    documents = {'boundary': (deployment.permissions_boundary, boundary(deployment)),
                 'iam': (f'{own}-iam', iam(deployment))}
    return {'resource': {
        'aws_iam_policy': {resource: {'name': named, 'policy': json.dumps(document, sort_keys=True)}
                           for resource, (named, document) in documents.items()},
        'aws_iam_role': {'gitlab': {'name': own, 'assume_role_policy': json.dumps(document([
            allow(['sts:AssumeRole'], to={'Service': 'ec2.amazonaws.com'})
        ]), sort_keys=True)}},
        'aws_iam_role_policy_attachment': {
            resource: {'role': '${aws_iam_role.gitlab.name}', 'policy_arn': f'${{aws_iam_policy.{resource}.arn}}'}
            for resource in documents
        },
        'aws_iam_instance_profile': {'gitlab': {'name': own, 'role': '${aws_iam_role.gitlab.name}'}},
    }}


def boundary(deployment: Deployment) -> JSON:
    """
    By name, where what has a name can be told by it; of some services all, since AWS gives them ids.

    :raises ConfigurationError: if the bucket of Terraform's states cannot be told from those of deployments
    """
    prefix = f'{deployment.resource_prefix}-*'
    groups = ['/aws/lambda/', '/aws/apigateway/', '/aws/aes/domains/']
    return document([
        *_buckets(deployment, [prefix, *_short_urls(deployment)]),
        allow(['sqs:*'], [_arn(deployment, 'sqs', prefix)]),
        allow(['es:*'], [_arn(deployment, 'es', f'domain/{prefix}')]),
        allow(['lambda:*'], [_arn(deployment, 'lambda', f'function:{prefix}')]),
        allow(['lambda:CreateEventSourceMapping', 'lambda:UpdateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
              ['*'], condition={'ArnLike': {'lambda:FunctionArn': _arn(deployment, 'lambda', f'function:{prefix}')}}),
        allow(['logs:*'], [_arn(deployment, 'logs', f'log-group:{group}{prefix}') for group in groups]),
        allow(['secretsmanager:*'], [_arn(deployment, 'secretsmanager', 'secret:dcp/azul/*')]),
        # Names are given by AWS, or are none.
        allow(['apigateway:*'], [f'arn:{PARTITION}:apigateway:{deployment.aws_region}::/*']),
        allow(['acm:*', 'cloudwatch:*', 'route53:*'], ['*']),
        # Of all, or nothing can be found.
        allow(['es:Describe*', 'es:List*', 'lambda:Get*', 'lambda:List*', 'logs:Describe*', 'logs:List*',
               'sts:GetCallerIdentity'], ['*']),
        # Of the account: who may write into its groups of logs
        allow(['logs:DeleteResourcePolicy', 'logs:PutResourcePolicy'], ['*']),
    ])


def iam(deployment: Deployment) -> JSON:
    roles, bound = [_iam_arn(f'role/{deployment.resource_prefix}-*')], component.boundary(deployment)
    own = name(deployment)
    # Whoever makes the first host of an API in an account makes this role as well. That of the engine is for domains in
    # a VPC, which ours is not in.
    hosts = 'ops.apigateway.amazonaws.com'
    return document([
        allow(['iam:Get*', 'iam:List*'], ['*']),
        allow(['iam:CreateRole', 'iam:DeleteRolePolicy', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'], roles,
              condition={'StringEquals': {'iam:PermissionsBoundary': bound}}),
        allow(['iam:DeleteRole', 'iam:UpdateRole'], roles),
        allow(['iam:PassRole'], roles, condition={'StringEquals': {'iam:PassedToService': 'lambda.amazonaws.com'}}),
        allow(['iam:CreateServiceLinkedRole'], [_iam_arn(f'role/aws-service-role/{hosts}/*')],
              condition={'StringEquals': {'iam:AWSServiceName': hosts}}),
        # Its own permissions, which have such names, too. Those are changed by whoever applies this component.
        {'Effect': 'Deny', 'NotAction': ['iam:Get*', 'iam:List*'], 'Resource': [
            _iam_arn(f'role/{own}'), _iam_arn(f'instance-profile/{own}'), _iam_arn(f'policy/{own}-iam'), bound
        ]},
    ])


def _buckets(deployment: Deployment, names: Sequence[str]) -> Iterator[JSON]:
    """
    Everything in those of deployments and, in that of the states of Terraform, their states. Those of the other
    components are none of its business: one of them has a key of Google's in it, and people apply them.
    """
    backend, states = deployment.backend_bucket, deployment.state_keys
    for pattern in names:
        if fnmatchcase(backend, pattern):
            raise ConfigurationError('Environment', [
                f'AZUL_TERRAFORM_BACKEND_BUCKET: {backend} is called like the buckets of deployments, {pattern}, '
                f'in which GitLab may do anything, but states of other components are not for it. Take another bucket.'
            ])
    yield allow(['s3:*'], [_bucket(name + part) for part in ('', '/*') for name in names])
    yield allow(['s3:ListBucket'], [_bucket(backend)])
    yield allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
                [_bucket(f'{backend}/{states}{kind}') for kind in ('', '.tflock')])


def _short_urls(deployment: Deployment) -> list[str]:
    """The buckets of short URLs, of this and of the other deployments of the account."""
    if not deployment.redirect_domain:
        return []
    shared = deployment.redirect_domain
    while shared.startswith(f'{deployment.stage}.'):
        shared = shared.removeprefix(f'{deployment.stage}.')
    return [deployment.redirect_domain] if shared == deployment.redirect_domain else [f'*.{shared}']


def _arn(deployment: Deployment, service: str, resource: str) -> str:
    return f'arn:{PARTITION}:{service}:{deployment.aws_region}:{ACCOUNT}:{resource}'


def _bucket(resource: str) -> str:
    return f'arn:{PARTITION}:s3:::{resource}'


def _iam_arn(resource: str) -> str:
    return f'arn:{PARTITION}:iam::{ACCOUNT}:{resource}'


