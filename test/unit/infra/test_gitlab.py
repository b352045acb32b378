"""What the component `gitlab` declares, as far as that can be said without Terraform."""
import json
import re
import shlex
from dataclasses import replace
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from azul.deployment import COMPONENTS, LAMBDAS, Deployment
from azul.errors import ConfigurationError
from azul.infra import gitlab, policies, queues, secrets
from azul.infra.functions import FUNCTIONS
from azul.infra.gitlab import balancers, instance, network, permissions
from azul.naming import QUEUES

DEPLOYMENT = Deployment(
    stage='dev', component='gitlab', dss_endpoint='https://store.example.org/v1', backend_bucket='backend',
    domain='dev.example.org', redirect_domain='dev.dev.short.example.org', redirect_zone='dev.short.example.org',
    redirect_hosts='example.org', permissions_boundary='azul-gitlab'
)


def test_it_is_declared_where_it_is_selected_and_nowhere_else():
    assert gitlab.declared(DEPLOYMENT)['terraform']['backend']['s3']['key'] == 'azul-gitlab-dev.tfstate'
    with pytest.raises(ConfigurationError, match='selects Azul itself'):
        gitlab.declared(replace(DEPLOYMENT, component=''))


@pytest.mark.parametrize(('changes', 'variable'), [
    ({'domain': ''}, 'AZUL_DOMAIN_NAME'),
    ({'permissions_boundary': ''}, 'AZUL_PERMISSIONS_BOUNDARY'),
], ids=str)
def test_what_it_needs_is_asked_for(changes, variable):
    with pytest.raises(ConfigurationError, match=f'{variable}: must be set'):
        gitlab.declared(replace(DEPLOYMENT, **changes))


def test_its_network_is_nobody_elses():
    assert ip_network(network.NETWORK).is_private


def test_only_load_balancers_are_reached_from_anywhere():
    groups = network.resources(DEPLOYMENT)['resource']['aws_security_group']
    reached = {group for group, declared in groups.items() for rule in declared['ingress']
               if network.ANYWHERE in rule['cidr_blocks']}
    assert reached == {'balancers'}
    assert {rule['from_port'] for rule in groups['balancers']['ingress']} == {22, 443, 2222}


def test_each_port_of_a_load_balancer_leads_to_one_that_the_instance_opens():
    declared = balancers.resources(DEPLOYMENT)['resource']
    opened = {rule['from_port'] for rule in
              network.resources(DEPLOYMENT)['resource']['aws_security_group']['instance']['ingress']}
    targets = {name: target['port'] for name, target in declared['aws_lb_target_group'].items()}
    leads = {}
    for listener in declared['aws_lb_listener'].values():
        [action] = listener['default_action']
        leads[listener['port']] = targets[re.search(r'group\.(\w+)\.arn', action['target_group_arn'])[1]]
    assert leads == {443: 80, 22: 2222, 2222: 22}
    assert set(leads.values()) == opened


def cloud_config(deployment: Deployment) -> Any:
    text = instance.user_data(deployment)
    assert text.startswith('#cloud-config\n')
    return yaml.safe_load(text)


def test_the_instance_is_set_up_by_yaml_that_terraform_leaves_alone():
    text = instance.user_data(DEPLOYMENT)
    assert '${' not in text
    assert '%{' not in text
    assert len(text.encode()) < 16_384  # what AWS takes
    config = cloud_config(DEPLOYMENT)
    units = [file['path'].rpartition('/')[2].removesuffix('.service') for file in config['write_files']]
    assert units == ['gitlab', 'gitlab-dind', 'gitlab-runner']
    assert config['runcmd'][-1][-3:] == units


def test_containers_are_of_images_with_a_version_and_keep_what_they_have_on_the_volume():
    for file in cloud_config(DEPLOYMENT)['write_files']:
        [start] = [line for line in file['content'].splitlines() if line.startswith('ExecStart=')]
        assert re.search(r' [\w/-]+:v?\d+\.\d+\.\d+[\w.-]*( --tls=false)?$', start), start
        volumes = re.findall(r'--volume (\S+):/', start)
        assert volumes
        assert all(volume.startswith('/mnt/gitlab/') for volume in volumes)
        assert 'RequiresMountsFor=/mnt/gitlab' in file['content']


def test_gitlab_is_told_its_hosts_in_one_argument():
    [content] = [file['content'] for file in cloud_config(DEPLOYMENT)['write_files']
                 if file['path'].endswith('/gitlab.service')]
    [start] = [line.removeprefix('ExecStart=') for line in content.splitlines() if line.startswith('ExecStart=')]
    [told] = [argument for argument in shlex.split(start) if 'OMNIBUS' in argument]
    assert told.startswith("--env=GITLAB_OMNIBUS_CONFIG=external_url 'https://gitlab.dev.example.org'; ")
    assert told.endswith("gitlab_rails['gitlab_ssh_host'] = 'ssh.gitlab.dev.example.org'")
    assert '%' not in start  # which would stand for something


def test_the_hosts_are_in_the_zone():
    assert gitlab.hosts(DEPLOYMENT) == {'web': 'gitlab.dev.example.org', 'registry': 'docker.gitlab.dev.example.org',
                                        'ssh': 'ssh.gitlab.dev.example.org'}


def test_who_may_log_in_is_a_setting():
    keys = 'ssh-ed25519 AAAAC3Nz me@example.org,ecdsa-sha2-nistp256 AAAA'
    assert cloud_config(DEPLOYMENT)['ssh_authorized_keys'] == []
    assert cloud_config(replace(DEPLOYMENT, gitlab_ssh_keys=keys))['ssh_authorized_keys'] == keys.split(',')
    for none in 'AAAA', 'ssh-ed25519', 'ssh-ed25519 AAAA\nruncmd: []', f'{keys},':
        with pytest.raises(ConfigurationError, match='azul_gitlab_ssh_keys'):
            replace(DEPLOYMENT, gitlab_ssh_keys=none)


@pytest.mark.parametrize('document', [permissions.boundary(DEPLOYMENT), permissions.iam(DEPLOYMENT)],
                         ids=['boundary', 'iam'])
def test_policies_are_as_short_as_they_must_be(document):
    # By their longest: an account has twelve digits, and a partition ten letters.
    text = json.dumps(document, separators=(',', ':')).replace(permissions.ACCOUNT, '1' * 12)
    assert len(text.replace(permissions.PARTITION, 'aws-us-gov')) < permissions.MAX_POLICY


def test_the_boundary_allows_nothing_of_iam():
    actions = [action for statement in permissions.boundary(DEPLOYMENT)['Statement'] for action in statement['Action']]
    assert actions
    assert not any(action.startswith(('iam:', '*', 'ec2:', 'organizations:')) for action in actions)


def test_roles_are_made_within_the_boundary_only():
    statements = permissions.iam(DEPLOYMENT)['Statement']
    [makes] = [statement for statement in statements if 'iam:CreateRole' in statement.get('Action', [])]
    assert makes['Condition'] == {'StringEquals': {
        'iam:PermissionsBoundary': f'arn:{permissions.PARTITION}:iam::{permissions.ACCOUNT}:policy/azul-gitlab'}}
    allowed = {action for statement in statements for action in statement.get('Action', [])}
    assert not allowed & {'iam:DeleteRolePermissionsBoundary', 'iam:UpdateAssumeRolePolicy',
                          'iam:CreatePolicyVersion', 'iam:SetDefaultPolicyVersion',
                          'iam:CreatePolicy', 'iam:CreateUser', 'iam:*'}


def test_the_role_that_the_first_host_of_an_account_takes_can_be_made():
    [makes] = [statement for statement in permissions.iam(DEPLOYMENT)['Statement']
               if 'iam:CreateServiceLinkedRole' in statement.get('Action', [])]
    assert makes['Condition'] == {'StringEquals': {'iam:AWSServiceName': 'ops.apigateway.amazonaws.com'}}
    [role] = makes['Resource']
    assert fnmatchcase(f'arn:{permissions.PARTITION}:iam::{permissions.ACCOUNT}:role/aws-service-role/'
                       'ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway', role)


def test_what_it_may_do_itself_it_cannot_change():
    [denied] = [statement for statement in permissions.iam(DEPLOYMENT)['Statement'] if statement['Effect'] == 'Deny']
    assert {arn.rpartition(':')[2] for arn in denied['Resource']} == {
        'role/azul-gitlab', 'instance-profile/azul-gitlab', 'policy/azul-gitlab-iam', 'policy/azul-gitlab'}


@pytest.mark.parametrize(('stage', 'domain', 'bucket'), [
    ('dev', 'dev.dev.short.example.org', '*.short.example.org'),
    ('prod', 'short.example.org', 'short.example.org'),
    ('dev', '', None)
])
def test_short_urls_of_all_deployments_of_the_account_are_within_the_boundary(stage, domain, bucket):
    deployment = replace(DEPLOYMENT, stage=stage, redirect_domain=domain, redirect_zone='')
    s3 = permissions.boundary(deployment)['Statement'][0]
    expected = ['azul-*', *([bucket] if bucket else [])]
    assert [arn.rpartition(':')[2] for arn in s3['Resource']] == [*expected, *(f'{each}/*' for each in expected)]


def may(action: str, resource: str) -> bool:
    """Whether the boundary allows it, without regard to conditions."""
    return any(fnmatchcase(action, actions) and fnmatchcase(resource, resources)
               for statement in permissions.boundary(DEPLOYMENT)['Statement']
               for actions in statement['Action'] for resources in statement['Resource'])


@pytest.mark.parametrize('component', COMPONENTS)
@pytest.mark.parametrize('stage', ['dev', 'sandbox', 'gitlab', 'a_b'])
@pytest.mark.parametrize('suffix', ['', '.tflock'])
def test_only_states_of_azul_itself_are_within_the_boundary(component: str, stage: str, suffix: str):
    key = replace(DEPLOYMENT, component=component, stage=stage).state_key + suffix
    for action in 's3:GetObject', 's3:PutObject', 's3:DeleteObject':
        assert may(action, f'arn:{permissions.PARTITION}:s3:::backend/{key}') == (component == '')


@pytest.mark.parametrize('action', ['s3:GetObjectVersion', 's3:DeleteObjectVersion', 's3:PutBucketPolicy',
                                    's3:PutBucketVersioning', 's3:DeleteBucket', 's3:PutReplicationConfiguration'])
def test_the_bucket_of_the_states_and_old_versions_in_it_are_not_within_the_boundary(action: str):
    bucket = f'arn:{permissions.PARTITION}:s3:::backend'
    assert may('s3:ListBucket', bucket)
    assert not may(action, bucket)
    assert not may(action, f'{bucket}/{replace(DEPLOYMENT, component="").state_key}')


@pytest.mark.parametrize('bucket', ['azul-states', 'states.short.example.org'])
def test_the_bucket_of_the_states_is_not_called_like_those_of_deployments(bucket: str):
    with pytest.raises(ConfigurationError, match=f'AZUL_TERRAFORM_BACKEND_BUCKET: {bucket} is called like'):
        permissions.resources(replace(DEPLOYMENT, backend_bucket=bucket))


SAME_ACCOUNT = [
    replace(DEPLOYMENT, component='', stage=stage, redirect_domain=f'{host}.short.example.org', redirect_zone='')
    for stage, host in [('dev', 'dev.dev'), ('sandbox', 'sandbox.dev'), ('integration', 'integration')]
]


@pytest.mark.parametrize('deployment', SAME_ACCOUNT, ids=lambda deployment: deployment.stage)
@pytest.mark.parametrize(('name', 'function'), [(name, function) for name in LAMBDAS for function in FUNCTIONS[name]])
def test_functions_of_all_deployments_of_the_account_can_do_their_work_within_the_boundary(deployment, name, function):
    allowed = [(action, resource) for statement in permissions.boundary(DEPLOYMENT)['Statement']
               if 'Condition' not in statement for action in statement['Action'] for resource in statement['Resource']]
    for statement in json.loads(policies.policy(deployment, name, function))['Statement']:
        for action in statement['Action']:
            for resource in statement['Resource']:
                known = arn(deployment, resource)
                assert any(fnmatchcase(action, actions) and fnmatchcase(known, resources)
                           for actions, resources in allowed), (action, known)


def arn(deployment: Deployment, resource: str) -> str:
    """What Terraform is going to know, as it is known by name."""
    here = f'{deployment.aws_region}:{permissions.ACCOUNT}'
    known = {
        **{queues.arn(queue, failed): f'sqs:{here}:{deployment.naming.queue(queue, failed)}'
           for queue in QUEUES for failed in (False, True)},
        **{secrets.arn(each): f'secretsmanager:{here}:secret:{named}-AbCdEf'
           for each, named in secrets.names(deployment).items()},
        '${aws_s3_bucket.storage.arn}': f's3:::{deployment.bucket}',
        '${aws_s3_bucket.urls.arn}': f's3:::{deployment.redirect_domain}',
    }
    for expression, each in known.items():
        resource = resource.replace(expression, f'arn:{permissions.PARTITION}:{each}')
    assert resource.startswith(f'arn:{permissions.PARTITION}:'), resource
    return resource
