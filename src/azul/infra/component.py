"""What each component begins with: where its state is, and how AWS is reached."""
from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.index.bundle import JSON

PROVIDER = '5.100.0'
"""Version of the AWS provider."""

SERVICES = ('acm', 'apigateway', 'cloudwatch', 'ec2', 'elasticsearch', 'elbv2', 'iam', 'kms', 'lambda', 'logs',
            'route53', 's3', 'secretsmanager', 'sns', 'sqs', 'sts')
"""Of AWS, those that templates declare resources of, as the provider calls them."""

RETENTION = 1827
"""Days for which logs are kept: five years."""

ACCOUNT = '${data.aws_caller_identity.current.account_id}'
PARTITION = '${data.aws_partition.current.partition}'

HEALTH_REGION = 'us-east-1'
"""The only region that has metrics of health checks. The provider for it goes by this alias."""


def component(deployment: Deployment, name: str) -> JSON:
    """
    :param name: of the component
    :raises ConfigurationError: if it is not the one that is selected
    """
    if not deployment.selects(name):
        chosen, this = (f'component {each!r}' if each else 'Azul itself' for each in (deployment.component, name))
        raise ConfigurationError('Environment', [
            f'azul_terraform_component: selects {chosen}, but this is {this}. Select the deployment of that name.'
        ])
    return {
        'terraform': {
            # The first one that locks a state without a table of DynamoDB
            'required_version': '>= 1.10',
            'required_providers': {'aws': {'source': 'hashicorp/aws', 'version': PROVIDER}},
            'backend': {'s3': {
                'bucket': deployment.backend_bucket,
                'key': deployment.state_key,
                'region': deployment.aws_region,
                'encrypt': True,
                'use_lockfile': True,
                **_stand_in_for_state(deployment),
            }},
        },
        'provider': {'aws': [
            {'region': deployment.aws_region, **_stand_in(deployment)},
            {'region': HEALTH_REGION, 'alias': HEALTH_REGION, **_stand_in(deployment)},
        ]},
        'data': {'aws_caller_identity': {'current': {}}, 'aws_partition': {'current': {}}},
    }


def boundary(deployment: Deployment) -> str | None:
    """ARN of the policy that bounds roles; None for none."""
    name = deployment.permissions_boundary
    return f'arn:{PARTITION}:iam::{ACCOUNT}:policy/{name}' if name else None


def topics(deployment: Deployment, region: str) -> list[str]:
    """ARNs of the topics that hear of alarms."""
    return [f'arn:{PARTITION}:sns:{region}:{ACCOUNT}:{name}' for name in deployment.alarm_topic_names]


# A stand-in is shown no real credentials, and asked for nothing that it does not have.
_NONE: JSON = {'access_key': 'none', 'secret_key': 'none', 'skip_credentials_validation': True,
               'skip_metadata_api_check': True, 'skip_region_validation': True}


def _stand_in(deployment: Deployment) -> JSON:
    if not deployment.aws_endpoint:
        return {}
    endpoints = dict.fromkeys(SERVICES, deployment.aws_endpoint)
    # With as many attempts as it would make, what the stand-in cannot do looks as if it took for ever.
    return {**_NONE, 's3_use_path_style': True, 'max_retries': 2,
            'endpoints': [{**endpoints, 'sqs': deployment.sqs_endpoint or deployment.aws_endpoint}]}


def _stand_in_for_state(deployment: Deployment) -> JSON:
    if not deployment.aws_endpoint:
        return {}
    return {**_NONE, 'use_path_style': True, 'skip_requesting_account_id': True,
            'endpoints': {'s3': deployment.aws_endpoint}}
