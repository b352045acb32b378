"""The hosts of the lambdas: certificates, and records in hosted zones that are there already."""
from azul.deployment import LAMBDAS, Deployment, Lambda
from azul.index.bundle import JSON
from azul.infra import certificates


def resources(deployment: Deployment) -> JSON | None:
    declared: JSON = {}
    zones: dict[str, str] = {}
    for name in LAMBDAS:
        for host in deployment.hosts(name):
            zone = _zone(deployment, name, host)
            zones[_resource(zone)] = zone
            for type_, resources in _host(name, host, _resource(zone)).items():
                declared.setdefault(type_, {}).update(resources)
    if not declared:
        return None
    return {
        'data': {'aws_route53_zone': {resource: {'name': f'{zone}.'} for resource, zone in zones.items()}},
        'resource': declared,
    }


def _zone(deployment: Deployment, name: Lambda, host: str) -> str:
    """That in which a host is: that of the deployment or, for another host, the domain above it."""
    return deployment.domain if host == deployment.host(name) else host.partition('.')[2]


def _resource(host: str) -> str:
    return host.replace('.', '_')


def _host(name: Lambda, host: str, zone: str) -> JSON:
    resource = _resource(host)
    zone_id = f'${{data.aws_route53_zone.{zone}.id}}'
    domain = f'aws_api_gateway_domain_name.{resource}'
    certified = certificates.certificate(resource, zone_id, host)
    return {
        **certified,
        'aws_route53_record': {
            **certified['aws_route53_record'],
            resource: certificates.alias(zone_id, host, f'{domain}.regional_domain_name', f'{domain}.regional_zone_id'),
        },
        'aws_api_gateway_domain_name': {resource: {
            'domain_name': host,
            'regional_certificate_arn': f'${{aws_acm_certificate_validation.{resource}.certificate_arn}}',
            'security_policy': 'TLS_1_2',
            'endpoint_configuration': {'types': ['REGIONAL']},
        }},
        'aws_api_gateway_base_path_mapping': {resource: {
            'domain_name': f'${{{domain}.domain_name}}',
            'api_id': f'${{module.{name}.rest_api_id}}',
            'stage_name': f'${{module.{name}.stage_name}}',
        }},
    }
