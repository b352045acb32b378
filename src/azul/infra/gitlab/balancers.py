"""The ways in: an application load balancer for HTTPS, and one that knows only TCP for Git and shells."""
from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra import certificates
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
    certified = certificates.certificate('gitlab', zone, named['web'], [named['registry']])
    return {**certified, 'aws_route53_record': {
        **certified['aws_route53_record'],
        **{service: certificates.alias(zone, named[service], f'{balancer}.dns_name', f'{balancer}.zone_id')
           for service, balancer in {'web': 'aws_lb.web', 'registry': 'aws_lb.web', 'ssh': 'aws_lb.tcp'}.items()},
    }}
