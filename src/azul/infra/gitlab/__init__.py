"""The GitLab instance that tests and deploys: the component `gitlab`, one for each AWS account.

::

                    ┌ application load balancer, 443 ──▶ 80   web, registry ┐
    the Internet ───┤                                                       ├──▶ instance ──▶ volume at /mnt/gitlab
                    └ network load balancer,      22 ──▶ 2222 git           │    (a private     (not ours: it must be
                                                2222 ──▶ 22   shell ────────┘     subnet)         there already)

    network       the VPC, its subnets and gateways, and who may talk to whom
    balancers     the two load balancers, with the certificate and the records of their hosts
    instance      the instance, the volume, and the containers on it
    permissions   what the instance may do, and what the roles may that it makes

It serves all deployments of the account, so its names have no stage.
"""
from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.infra import component


def declared(deployment: Deployment) -> JSON:
    """What the component begins with.

    :raises ConfigurationError: if it is not the one that is selected, or lacks a setting
    """
    document = component.component(deployment, 'gitlab')
    faults = [f'{variable}: must be set, {reason}' for variable, value, reason in [
        ('AZUL_DOMAIN_NAME', deployment.domain, 'for the hosts of GitLab are in that zone'),
        ('AZUL_PERMISSIONS_BOUNDARY', deployment.permissions_boundary, 'for GitLab makes the policy of that name'),
    ] if not value]
    if faults:
        raise ConfigurationError('Environment', faults)
    return document


def name(deployment: Deployment) -> str:
    """Of what there is one of."""
    return f'{deployment.resource_prefix}-gitlab'


def hosts(deployment: Deployment) -> dict[str, str]:
    """
    Web UI and API, the registry of images, and where Git and shells are to be had.
    """
    domain = f'gitlab.{deployment.domain}'
    return {'web': domain, 'registry': f'docker.{domain}', 'ssh': f'ssh.{domain}'}
