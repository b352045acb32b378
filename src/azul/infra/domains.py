"""The hosts of the lambdas: certificates, and records in hosted zones that are there already."""
from azul.deployment import LAMBDAS, Deployment, Lambda
from azul.index.bundle import JSON


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
    option = f'tolist(aws_acm_certificate.{resource}.domain_validation_options)[0]'
    domain = f'aws_api_gateway_domain_name.{resource}'
    return {
        'aws_acm_certificate': {resource: {
            'domain_name': host,
            'validation_method': 'DNS',
            # One that is in use cannot be destroyed.
            'lifecycle': {'create_before_destroy': True},
        }},
        'aws_route53_record': {
            f'{resource}_validation': {
                'zone_id': zone_id,
                'name': f'${{{option}.resource_record_name}}',
                'type': f'${{{option}.resource_record_type}}',
                'records': [f'${{{option}.resource_record_value}}'],
                'ttl': 60,
                # Its name is that of the domain: a certificate that takes the place of another one has the same.
                'allow_overwrite': True,
            },
            resource: {
                'zone_id': zone_id,
                'name': host,
                'type': 'A',
                'alias': {'name': f'${{{domain}.regional_domain_name}}', 'zone_id': f'${{{domain}.regional_zone_id}}',
                          'evaluate_target_health': False},
            },
        },
        'aws_acm_certificate_validation': {resource: {
            'certificate_arn': f'${{aws_acm_certificate.{resource}.arn}}',
            'validation_record_fqdns': [f'${{aws_route53_record.{resource}_validation.fqdn}}'],
        }},
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
