"""The component `gitlab`: it is made, is then as declared, and goes without a trace."""
import json

import pytest

from fixtures.checkout import Checkout
from fixtures.deployed import client
from fixtures.gitlab import GITLAB, make_volume, prepare, select

pytestmark = [pytest.mark.infra, pytest.mark.timeout(1800)]


@pytest.fixture
def gitlab(checkout: Checkout, account: str) -> Checkout:
    """What there has to be before, but for the volume."""
    prepare(checkout, account)
    return checkout


def planned(checkout: Checkout) -> dict[str, list[str]]:
    """What would be done to each resource that something would be done to."""
    checkout.does(f'make -C {GITLAB} plan args=-out=plan')
    changes = json.loads(checkout.does(f'terraform -chdir={GITLAB} show -json plan'))['resource_changes']
    return {change['address']: change['change']['actions'] for change in changes
            if change['change']['actions'] not in (['no-op'], ['read'])}


def test_it_comes_changes_and_goes(gitlab: Checkout, account: str):
    ec2 = client('ec2', account)
    refused = gitlab.run(f'make -C {GITLAB} auto_apply')
    assert refused.returncode != 0
    assert 'data.aws_ebs_volume.gitlab' in refused.stderr
    assert ec2.describe_vpcs(Filters=[{'Name': 'is-default', 'Values': ['false']}])['Vpcs'] == []

    volume = make_volume(account)
    gitlab.does(f'make -C {GITLAB} auto_apply')
    assert planned(gitlab) == {}
    [instance] = [instance for reservation in ec2.describe_instances()['Reservations']
                  for instance in reservation['Instances']]
    [attachment] = ec2.describe_volumes(VolumeIds=[volume])['Volumes'][0]['Attachments']
    assert (attachment['InstanceId'], attachment['Device']) == (instance['InstanceId'], '/dev/sdf')
    assert instance['Placement']['AvailabilityZone'] == 'us-east-1c'
    assert 'PublicIpAddress' not in instance

    # Who may log in is told when the instance is made.
    select(gitlab, account, azul_gitlab_ssh_keys='ssh-ed25519 AAAA')
    assert planned(gitlab) == {replaced: ['delete', 'create'] for replaced in [
        'aws_instance.gitlab', 'aws_volume_attachment.gitlab', 'aws_lb_target_group_attachment.git',
        'aws_lb_target_group_attachment.shell', 'aws_lb_target_group_attachment.web'
    ]}

    gitlab.does(f'make -C {GITLAB} auto_destroy delay=0')
    assert gitlab.does(f'terraform -chdir={GITLAB} state list') == ''
    assert ec2.describe_volumes(VolumeIds=[volume])['Volumes'][0]['State'] == 'available'
    assert ec2.describe_vpcs(Filters=[{'Name': 'is-default', 'Values': ['false']}])['Vpcs'] == []
    assert client('elbv2', account).describe_load_balancers()['LoadBalancers'] == []
    assert client('iam', account).list_roles()['Roles'] == []
    assert client('acm', account).list_certificates()['CertificateSummaryList'] == []


def test_it_is_not_made_of_what_another_component_is_selected_for(gitlab: Checkout, account: str):
    gitlab.select('dev', AZUL_AWS_ENDPOINT=account)
    refused = gitlab.run(f'make -C {GITLAB} plan')
    assert refused.returncode != 0
    assert 'azul_terraform_component: selects Azul itself' in refused.stderr
