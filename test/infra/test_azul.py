"""Azul itself: it is made with its real packages, is then as declared, and goes without a trace."""
import re

import pytest

from azul.deployment import LAMBDAS
from fixtures.checkout import ROOT, Checkout
from fixtures.deployed import BUCKET, NO_HOSTS, Deployed, client, make_zones, write_personal


def test_without_a_bucket_for_its_state_nothing_is_begun(sources: Checkout, account: str):
    deployed = Deployed(sources, account, 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert f'AZUL_TERRAFORM_BACKEND_BUCKET: there is no bucket {BUCKET}. Nothing was changed.' in done.stderr
    assert deployed.left() == {}
    assert not (sources.folder / 'terraform' / 'indexer' / 'deployment.zip').exists()


def test_an_account_that_does_not_answer_is_not_waited_for(sources: Checkout):
    Deployed(sources, 'http://127.0.0.1:1', 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert 'State of Terraform' in done.stderr
    assert 'Nothing was changed' in done.stderr


def test_who_is_cut_short_leaves_a_lock_and_whoever_comes_next_is_told_how_to_take_it_off(sources: Checkout,
                                                                                          prepared: str):
    deployed = Deployed(sources, prepared, 'example', **NO_HOSTS)
    for name in LAMBDAS:  # as far as is looked at until then
        (sources.folder / 'terraform' / name).mkdir(exist_ok=True)
        (sources.folder / 'terraform' / name / 'chalice.tf.json').write_text('{}')

    def locks() -> list[str]:
        listed = client('s3', prepared).list_objects_v2(Bucket=BUCKET).get('Contents', [])
        return [each['Key'] for each in listed if each['Key'].endswith('.tflock')]

    sources.kill('make -C terraform auto_apply', when=lambda: bool(locks()))
    refused = sources.run('make -C terraform auto_apply')
    assert refused.returncode != 0
    assert 'Error acquiring the state lock' in refused.stderr
    assert deployed.left() == {}
    (id_,) = re.findall(r'ID: +(\S+)', refused.stderr)
    assert '`terraform -chdir=terraform force-unlock ID`' in (ROOT / 'docs' / 'deploying.md').read_text()
    sources.does(f'terraform -chdir=terraform force-unlock -force {id_}')
    assert locks() == []


@pytest.mark.infra
@pytest.mark.timeout(1800)
@pytest.mark.parametrize('name', ['dev', 'sandbox', 'prod', 'personal'])
def test_a_deployment_comes_changes_and_goes(name: str, sources: Checkout, prepared: str):
    if name == 'personal':
        write_personal(sources, name, 'otter')
    deployed = Deployed(sources, prepared, name)
    settings = sources.settings()
    make_zones(prepared, settings)
    shared = settings.get('AZUL_SHARE_ES_DOMAIN') == '1'
    if shared:
        # Without these the provider falls over what the stand-in says of it.
        client('es', prepared).create_elasticsearch_domain(
            DomainName=settings['AZUL_ES_DOMAIN'],
            EBSOptions={'EBSEnabled': True, 'VolumeType': 'gp2', 'VolumeSize': 70},
            ElasticsearchClusterConfig={'InstanceCount': 2, 'InstanceType': 'r4.2xlarge.elasticsearch'})
    before = deployed.left()

    deployed.make('-C terraform auto_apply')
    deployed.make('-C lambdas package')
    assert deployed.planned() == {}

    stage = settings['AZUL_DEPLOYMENT_STAGE']
    made = deployed.left()
    assert len(made['functions']) == 5
    assert len(made['queues']) == 6
    assert len(made['hosts']) == (3 if settings.get('AZUL_DRS_DOMAIN_NAME') else 2)
    assert ('domains' in before) == shared
    assert [each for kind in ('functions', 'secrets', 'roles', 'apis') for each in made[kind]
            if stage not in each.replace('/', '-').split('-')] == []

    deployed.select(AZUL_INDEXER_CONCURRENCY='32')
    assert deployed.planned() == {
        f'module.{mapping}': ['update'] for mapping in (
            'indexer.aws_lambda_event_source_mapping.aggregate', 'indexer.aws_lambda_event_source_mapping.contribute',
            'service.aws_lambda_event_source_mapping.work')
    }

    deployed.make('-C terraform auto_destroy delay=0')
    assert deployed.left() == before
