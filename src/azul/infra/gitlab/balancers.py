"""The ways in: an application load balancer for HTTPS, and one that knows only TCP for Git and shells."""
from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra.gitlab import hosts, name
from azul.infra.gitlab.network import GIT, OPEN, SHELL, VPC, WEB, subnets

HTTPS = 443

SECURITY_POLICY = 'ELBSecurityPolicy-TLS13-1-2-2021-06'
"""TLS 1.2 and 1.3."""

TCP = {GIT: SHELL, SHELL: GIT}
"""From ports of the load balancer to those of the instance. See `OPEN`."""


def resources(deployment: Deployment) -> JSON:
    return {
        'data': {'aws_route53_zone': {'gitlab': {'name': f'{deployment.domain}.'}}},
        'resource': {
            'aws_lb': {
                'web': {**_balancer(deployment, 'application'), 'drop_invalid_header_fields': True},
                # The one instance is in one of the zones, but the other one is in the DNS as well.
                'tcp': {**_balancer(deployment, 'network'), 'enable_cross_zone_load_balancing': True},
            },
            'aws_lb_target_group': {
                'web': {**_target(deployment, 'web', WEB, 'HTTP'),
                        # It sends those whom it does not know to where they can say who they are.
                        'health_check': {'path': '/', 'matcher': '302'}},
                **{OPEN[port]: {**_target(deployment, OPEN[port], inner, 'TCP'),
                                     'health_check': {'protocol': 'TCP'}} for port, inner in TCP.items()},
            },
            'aws_lb_target_group_attachment': {target: _attached(target)
                                               for target in ('web', *(OPEN[port] for port in TCP))},
            'aws_lb_listener': {
                'web': {**_listener('web', 'web', HTTPS, 'HTTPS'), 'ssl_policy': SECURITY_POLICY,
                        'certificate_arn': '${aws_acm_certificate_validation.gitlab.certificate_arn}'},
                **{OPEN[port]: _listener('tcp', OPEN[port], port, 'TCP') for port in TCP},
            },
            **_certificate(deployment),
        },
    }


def _balancer(deployment: Deployment, type_: str) -> JSON:
    return {
        'name': f'{name(deployment)}-{"web" if type_ == "application" else "tcp"}',
        'load_balancer_type': type_,
        'subnets': subnets('public'),
        'security_groups': ['${aws_security_group.balancers.id}'],
    }


def _target(deployment: Deployment, purpose: str, port: int, protocol: str) -> JSON:
    return {'name': f'{name(deployment)}-{purpose}', 'port': port, 'protocol': protocol, 'vpc_id': VPC}


def _attached(target: str) -> JSON:
    return {'target_group_arn': f'${{aws_lb_target_group.{target}.arn}}', 'target_id': '${aws_instance.gitlab.id}'}


def _listener(balancer: str, target: str, port: int, protocol: str) -> JSON:
    return {
        'load_balancer_arn': f'${{aws_lb.{balancer}.arn}}',
        'port': port,
        'protocol': protocol,
        'default_action': [{'type': 'forward', 'target_group_arn': f'${{aws_lb_target_group.{target}.arn}}'}],
    }


def _certificate(deployment: Deployment) -> JSON:
    named = hosts(deployment)
    zone = '${data.aws_route53_zone.gitlab.zone_id}'
    balancers = {'web': 'web', 'registry': 'web', 'ssh': 'tcp'}
    return {
        'aws_acm_certificate': {'gitlab': {
            'domain_name': named['web'],
            'subject_alternative_names': [named['registry']],
            'validation_method': 'DNS',
            # One that is in use cannot be destroyed.
            'lifecycle': {'create_before_destroy': True},
        }},
        'aws_route53_record': {
            'validation': {
                'for_each': '${{for option in aws_acm_certificate.gitlab.domain_validation_options : '
                            'option.domain_name => option}}',
                'zone_id': zone,
                'name': '${each.value.resource_record_name}',
                'type': '${each.value.resource_record_type}',
                'records': ['${each.value.resource_record_value}'],
                'ttl': 60,
                'allow_overwrite': True,
            },
            **{service: {
                'zone_id': zone,
                'name': named[service],
                'type': 'A',
                'alias': {'name': f'${{aws_lb.{balancer}.dns_name}}', 'zone_id': f'${{aws_lb.{balancer}.zone_id}}',
                          'evaluate_target_health': False},
            } for service, balancer in balancers.items()},
        },
        'aws_acm_certificate_validation': {'gitlab': {
            'certificate_arn': '${aws_acm_certificate.gitlab.arn}',
            'validation_record_fqdns': '${[for record in aws_route53_record.validation : record.fqdn]}',
        }},
    }
