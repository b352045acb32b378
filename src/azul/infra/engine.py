"""The domain of the search engine, unless it is another deployment's, or elsewhere."""
import json

from azul.aws.signing import is_signed
from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra.component import ACCOUNT, PARTITION, RETENTION
from azul.infra.statements import allow, document

LOGS = {'index': 'INDEX_SLOW_LOGS', 'search': 'SEARCH_SLOW_LOGS', 'error': 'ES_APPLICATION_LOGS'}


def is_made(deployment: Deployment) -> bool:
    return not deployment.share_es_domain and not deployment.es_endpoint


def endpoint(deployment: Deployment) -> str:
    """`host:port`, as an expression of Terraform."""
    if deployment.es_endpoint:
        return deployment.es_endpoint
    source = 'aws_elasticsearch_domain' if is_made(deployment) else 'data.aws_elasticsearch_domain'
    return f'${{{source}.engine.endpoint}}:443'


def arn(deployment: Deployment) -> str | None:
    """As an expression of Terraform; None if the engine is not one of Amazon's."""
    if deployment.es_endpoint and not is_signed(deployment.es_endpoint):
        return None
    return f'arn:{PARTITION}:es:{deployment.aws_region}:{ACCOUNT}:domain/{deployment.engine_domain}'


def resources(deployment: Deployment) -> JSON | None:
    if is_made(deployment):
        return {'resource': {
            'aws_cloudwatch_log_group': {
                f'engine_{log}': {'name': f'/aws/aes/domains/{deployment.engine_domain}/{log}-logs',
                                  'retention_in_days': RETENTION} for log in LOGS
            },
            'aws_cloudwatch_log_resource_policy': {'engine': _log_policy(deployment)},
            'aws_elasticsearch_domain': {'engine': _domain(deployment)},
        }}
    if deployment.es_endpoint:
        return None
    return {'data': {'aws_elasticsearch_domain': {'engine': {'domain_name': deployment.engine_domain}}}}


def _domain(deployment: Deployment) -> JSON:
    # In two zones, which an odd number of nodes cannot be divided among, nor shards that there are no copies of
    several = deployment.es_instance_count % 2 == 0 and deployment.es_replicas > 0
    return {
        'domain_name': deployment.engine_domain,
        'elasticsearch_version': deployment.es_version,
        'cluster_config': {
            'instance_count': deployment.es_instance_count,
            'instance_type': deployment.es_instance_type,
            'zone_awareness_enabled': several,
            **({'zone_awareness_config': {'availability_zone_count': 2}} if several else {}),
        },
        'ebs_options': {'ebs_enabled': True, 'volume_type': 'gp2', 'volume_size': deployment.es_volume_size},
        'encrypt_at_rest': {'enabled': True},
        'node_to_node_encryption': {'enabled': True},
        'domain_endpoint_options': {'enforce_https': True, 'tls_security_policy': 'Policy-Min-TLS-1-2-2019-07'},
        # Requests for several indices name them in their bodies.
        'advanced_options': {'rest.action.multi.allow_explicit_index': 'true'},
        'log_publishing_options': [
            {'log_type': type_, 'cloudwatch_log_group_arn': f'${{aws_cloudwatch_log_group.engine_{log}.arn}}'}
            for log, type_ in LOGS.items()
        ],
        'snapshot_options': {'automated_snapshot_start_hour': 23},
        'access_policies': _access(deployment),
        'depends_on': ['aws_cloudwatch_log_resource_policy.engine'],
    }


def _access(deployment: Deployment) -> str:
    """For those to whom a policy of their own in this account allows it, and nobody else: the functions of all
    deployments that share the domain, and operators. Their requests must be signed."""
    return json.dumps(document([
        allow(['es:ESHttp*'], [f'{arn(deployment)}/*'], to={'AWS': f'arn:{PARTITION}:iam::{ACCOUNT}:root'})
    ]), sort_keys=True)


def _log_policy(deployment: Deployment) -> JSON:
    groups = [f'${{aws_cloudwatch_log_group.engine_{log}.arn}}:*' for log in LOGS]
    return {'policy_name': deployment.engine_domain, 'policy_document': json.dumps(document([
        allow(['logs:CreateLogStream', 'logs:PutLogEvents'], groups, to={'Service': 'es.amazonaws.com'},
              condition={'StringEquals': {'aws:SourceAccount': ACCOUNT}})
    ]), sort_keys=True)}
