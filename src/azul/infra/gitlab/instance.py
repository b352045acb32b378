"""The instance: Docker, and in it GitLab, its runner, and another Docker, in which the runner has its jobs.

All that is to be kept is on a volume that is not ours, so that nothing we do can lose it. What changes here makes a new
instance with the same volume.
"""
import json
from collections.abc import Sequence

from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra.gitlab import hosts, name
from azul.infra.gitlab.network import GIT, SHELL, WEB, subnets

GITLAB = 'gitlab/gitlab-ce:18.0.0-ce.0'
RUNNER = 'gitlab/gitlab-runner:v18.0.0'
DOCKER = 'docker:28.1.1-dind'
"""Images. To update GitLab, change these, one of its required upgrade stops at a time, and apply."""

TYPE = 't3.large'

SYSTEM = 'al2023-ami-2023.*-x86_64'
"""Names of images of Amazon Linux, the minimal ones excepted."""

VOLUME = '/mnt/gitlab'

DEVICE = '/dev/sdf'
"""What the volume is attached as. The system has a link of that name, whatever it calls the device itself."""

MOUNT = 'defaults,nofail,x-systemd.device-timeout=10min'

NETWORK = 'gitlab-runner'
"""Of the containers, so that only the runner reaches the Docker of the jobs."""


def resources(deployment: Deployment) -> JSON:
    tags = {'Name': name(deployment)}
    return {
        'data': {
            'aws_ebs_volume': {'gitlab': {'most_recent': True,
                                          'filter': [{'name': 'tag:Name', 'values': [name(deployment)]}]}},
            'aws_ami': {'system': {'most_recent': True, 'owners': ['amazon'],
                                   'filter': [{'name': 'name', 'values': [SYSTEM]}]}},
        },
        'resource': {
            'aws_instance': {'gitlab': {
                'ami': '${data.aws_ami.system.id}',
                'instance_type': TYPE,
                'iam_instance_profile': '${aws_iam_instance_profile.gitlab.name}',
                'subnet_id': subnets('private')[0],
                'vpc_security_group_ids': ['${aws_security_group.instance.id}'],
                'user_data': user_data(deployment),
                'user_data_replace_on_change': True,
                'ebs_optimized': True,
                # By another name than the volume, which is found by its own
                'root_block_device': {'volume_type': 'gp3', 'volume_size': 30, 'encrypted': True,
                                      'tags': {'Name': f'{name(deployment)}-root'}},
                # Three hops, to containers in a container: these are the jobs, which deploy.
                'metadata_options': {'http_tokens': 'required', 'http_put_response_hop_limit': 3},
                'tags': tags,
                # There is a new image every few weeks; a new instance has it when there is another reason for one.
                'lifecycle': {'ignore_changes': ['ami']},
                # Before there is a way out it cannot fetch anything.
                'depends_on': ['aws_route.private_0', 'aws_route_table_association.private_0'],
            }},
            'aws_volume_attachment': {'gitlab': {
                'device_name': DEVICE,
                'volume_id': '${data.aws_ebs_volume.gitlab.id}',
                'instance_id': '${aws_instance.gitlab.id}',
                # Rather than to take it away from those who write to it
                'stop_instance_before_detaching': True,
            }},
        },
    }


def user_data(deployment: Deployment) -> str:
    """What cloud-init does when the instance starts for the first time. Everybody on the instance can read it."""
    containers = {unit: _unit(unit, *container) for unit, container in _containers(deployment).items()}
    document = {
        'ssh_authorized_keys': list(deployment.gitlab_keys),
        'packages': ['docker'],
        'write_files': [
            {'path': f'/etc/systemd/system/{unit}.service', 'content': content} for unit, content in containers.items()
        ],
        'runcmd': [
            # Not by cloud-init's own means: it skips a volume that is attached only after the instance has started.
            ['sh', '-c', f"echo '{DEVICE} {VOLUME} ext4 {MOUNT} 0 2' >> /etc/fstab"],
            ['mkdir', '-p', VOLUME],
            ['systemctl', 'daemon-reload'],
            ['systemctl', 'enable', '--now', '--no-block', 'docker', *containers],
        ],
    }
    # JSON is YAML.
    return f'#cloud-config\n{json.dumps(document, indent=1)}\n'


def _containers(deployment: Deployment) -> dict[str, tuple[str, Sequence[str], Sequence[str]]]:
    """By name: the image, the options of `docker run`, and the arguments of what runs in it."""
    web = hosts(deployment)['web']
    return {
        'gitlab': (GITLAB, [
            f'--hostname {web}', f'--publish {WEB}:80', f'--publish {GIT}:{SHELL}', '--shm-size 256m',
            f'--volume {VOLUME}/config:/etc/gitlab', f'--volume {VOLUME}/logs:/var/log/gitlab',
            f'--volume {VOLUME}/data:/var/opt/gitlab', f'"--env=GITLAB_OMNIBUS_CONFIG={_omnibus(deployment)}"',
        ], []),
        'gitlab-dind': (DOCKER, [
            # Without TLS, which would be for other hosts: only the runner is in that network.
            '--privileged', f'--network {NETWORK}', '--env DOCKER_TLS_CERTDIR=',
            f'--volume {VOLUME}/docker:/var/lib/docker',
            # For the settings and the secrets that jobs are given
            f'--volume {VOLUME}/runner/config:/etc/gitlab-runner',
        ], ['--tls=false']),
        'gitlab-runner': (RUNNER, [
            f'--network {NETWORK}', '--env DOCKER_HOST=tcp://gitlab-dind:2375',
            f'--volume {VOLUME}/runner/config:/etc/gitlab-runner',
        ], []),
    }


def _omnibus(deployment: Deployment) -> str:
    """Behind load balancers that have the certificate."""
    named = hosts(deployment)
    return '; '.join([
        f"external_url 'https://{named['web']}'", "nginx['listen_port'] = 80", "nginx['listen_https'] = false",
        f"registry_external_url 'https://{named['registry']}'", "registry_nginx['listen_port'] = 80",
        "registry_nginx['listen_https'] = false", f"gitlab_rails['gitlab_ssh_host'] = '{named['ssh']}'",
    ])


def _unit(unit: str, image: str, options: Sequence[str], arguments: Sequence[str]) -> str:
    docker = '/usr/bin/docker'
    return '\n'.join([
        '[Unit]',
        'Requires=docker.service',
        'After=docker.service network-online.target',
        'Wants=network-online.target',
        # Or it would begin with an empty folder of the root volume.
        f'RequiresMountsFor={VOLUME}',
        'StartLimitIntervalSec=0',
        '[Service]',
        'Restart=always',
        'RestartSec=10',
        'TimeoutStartSec=20min',
        f'ExecStartPre=-{docker} network create {NETWORK}',
        f'ExecStartPre=-{docker} rm --force {unit}',
        f'ExecStartPre={docker} pull --quiet {image}',
        f'ExecStart={" ".join([docker, "run", "--rm", f"--name {unit}", *options, image, *arguments])}',
        f'ExecStop={docker} stop {unit}',
        '[Install]',
        'WantedBy=multi-user.target',
        '',
    ])
