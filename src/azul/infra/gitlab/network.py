"""The network: two zones, each with a subnet that the Internet sees and one that it does not.

One zone is that of the volume, since an instance can only have volumes of its own zone; the other is there because the
application load balancer wants two.
"""
from collections.abc import Sequence

from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra.gitlab import name

NETWORK = '10.71.0.0/16'
"""Of those that are never routed in the Internet."""

ANYWHERE = '0.0.0.0/0'

ZONES = (0, 1)

WEB, SHELL, GIT = 80, 22, 2222
"""Ports of the instance."""

OPEN = {443: 'HTTPS', GIT: 'shell', SHELL: 'git'}
"""Ports of the load balancers. Git has the port that it has everywhere, and shells make do with the other one."""


def subnets(kind: str) -> list[str]:
    """
    :param kind: `public` or `private`
    :return: their ids, as expressions of Terraform, that in the volume's zone first
    """
    return [f'${{aws_subnet.{kind}_{zone}.id}}' for zone in ZONES]


def resources(deployment: Deployment) -> JSON:
    tags = {'Name': name(deployment)}
    return {
        'data': {
            'aws_availability_zones': {'available': {'state': 'available'}},
        },
        'locals': {'zones': '${concat([data.aws_ebs_volume.gitlab.availability_zone], '
                            'tolist(setsubtract(data.aws_availability_zones.available.names, '
                            '[data.aws_ebs_volume.gitlab.availability_zone])))}'},
        'resource': {
            'aws_vpc': {'gitlab': {
                'cidr_block': NETWORK, 'enable_dns_support': True, 'enable_dns_hostnames': True, 'tags': tags,
            }},
            # Nothing is to be in the group that everything is in unless it says otherwise.
            'aws_default_security_group': {'gitlab': {'vpc_id': VPC, 'ingress': [], 'egress': [], 'tags': tags}},
            'aws_internet_gateway': {'gitlab': {'vpc_id': VPC, 'tags': tags}},
            'aws_subnet': {
                f'{kind}_{zone}': {
                    'vpc_id': VPC,
                    'availability_zone': f'${{local.zones[{zone}]}}',
                    'cidr_block': f'${{cidrsubnet(aws_vpc.gitlab.cidr_block, 8, {2 * zone + public})}}',
                    'map_public_ip_on_launch': False,
                    'tags': {'Name': f'{name(deployment)}-{kind}-{zone}'},
                } for public, kind in enumerate(['private', 'public']) for zone in ZONES
            },
            'aws_eip': {f'gitlab_{zone}': {'domain': 'vpc', 'tags': tags,
                                           'depends_on': ['aws_internet_gateway.gitlab']} for zone in ZONES},
            'aws_nat_gateway': {
                f'gitlab_{zone}': {'allocation_id': f'${{aws_eip.gitlab_{zone}.id}}', 'subnet_id': subnet, 'tags': tags}
                for zone, subnet in zip(ZONES, subnets('public'), strict=True)
            },
            **_routes(tags),
            'aws_security_group': _security_groups(deployment),
        },
    }


VPC = '${aws_vpc.gitlab.id}'


def _routes(tags: JSON) -> JSON:
    """Out, by the gateway of the Internet for what that may see, else by that of the zone, which lets nothing in."""
    gateways = {'public': {'gateway_id': '${aws_internet_gateway.gitlab.id}'},
                **{f'private_{zone}': {'nat_gateway_id': f'${{aws_nat_gateway.gitlab_{zone}.id}}'} for zone in ZONES}}
    tables = {f'{kind}_{zone}': kind if kind == 'public' else f'{kind}_{zone}'
              for kind in ('public', 'private') for zone in ZONES}
    return {
        'aws_route_table': {table: {'vpc_id': VPC, 'tags': tags} for table in gateways},
        'aws_route': {table: {'route_table_id': f'${{aws_route_table.{table}.id}}', 'destination_cidr_block': ANYWHERE,
                              **gateway} for table, gateway in gateways.items()},
        'aws_route_table_association': {subnet: {'subnet_id': f'${{aws_subnet.{subnet}.id}}',
                                                 'route_table_id': f'${{aws_route_table.{table}.id}}'}
                                        for subnet, table in tables.items()},
    }


def _security_groups(deployment: Deployment) -> JSON:
    balancers = ['${aws_security_group.balancers.id}']
    return {
        'balancers': {
            'name': f'{name(deployment)}-balancers',
            'description': 'Load balancers of GitLab: from anywhere, to the instance',
            'vpc_id': VPC,
            'ingress': [_rule(port, purpose, addresses=[ANYWHERE]) for port, purpose in OPEN.items()],
            'egress': [_rule(port, 'instance', addresses=['${aws_vpc.gitlab.cidr_block}'])
                       for port in (WEB, SHELL, GIT)],
        },
        'instance': {
            'name': name(deployment),
            'description': 'GitLab: from its load balancers, to anywhere',
            'vpc_id': VPC,
            'ingress': [_rule(port, 'load balancers', groups=balancers) for port in (WEB, SHELL, GIT)],
            'egress': [{**_rule(0, 'anything', addresses=[ANYWHERE]), 'protocol': '-1'}],
        },
    }


def _rule(port: int, purpose: str, *, addresses: Sequence[str] = (), groups: Sequence[str] = ()) -> JSON:
    """With all members: as JSON has it, none of them is optional."""
    return {'from_port': port, 'to_port': port, 'protocol': 'tcp', 'description': purpose, 'self': False,
            'cidr_blocks': list(addresses), 'security_groups': list(groups), 'ipv6_cidr_blocks': [],
            'prefix_list_ids': []}
